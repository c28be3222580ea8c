"""漏单哨兵: orders as the platform lists them by their creation, held against those that are here. What is missing is fetched.

Changes are what the stream reads; creations are another question to the platform, so a mistake of the one is found by the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from danshu.channels.connecting import Basis, Span, Stream
from danshu.channels.events import MissedOrdersFound
from danshu.channels.models import DayCount, RawPayload
from danshu.channels.operations import granting, pulling
from danshu.channels.operations.pulling import Desk, Tick
from danshu.channels.operations.taking import Save
from danshu.core import clock, events
from danshu.core.errors import DomainError

Known = Callable[[int, Sequence[str]], set[str]]  # (shop, platform numbers) → those that are here
ASKED = 500


@dataclass(frozen=True, slots=True)
class Counted:
    """`platform` orders in the span, `here` of them now, `missing` before they were fetched. `stuck` are on the shelf and wait for
    another try or a person."""

    platform: int
    here: int
    missing: tuple[str, ...]
    stuck: int


def compare(shop_id: int, start: datetime, end: datetime, *, known: Known, save: Save, tick: Tick = clock.now) -> Counted:
    """Count orders placed in [start, end) there and here, and fetch what is missing. Calls the network. Raises what the platform says;
    `connection.unable` where it cannot list by creation."""
    numbers = _listed(shop_id, Span(start, end, Basis.CREATED), tick)
    missing = _missing(shop_id, numbers, known)
    stuck = _stuck(shop_id, missing)
    for start_at in range(0, len(asked := [no for no in missing if no not in stuck]), ASKED):
        some = asked[start_at : start_at + ASKED]
        pulling.pull_numbers(shop_id, Stream.ORDERS, some, save=save, tick=tick, is_urgent=False)
    left = _missing(shop_id, missing, known)
    if asked:
        events.publish(MissedOrdersFound(shop_id, len(asked), len(missing) - len(left)))
    return Counted(len(numbers), len(numbers) - len(left), tuple(missing), len(stuck))


def count_day(shop_id: int, day: date, *, known: Known, save: Save, tick: Tick = clock.now) -> DayCount:
    """Compare a whole business day and write it down. As `compare`."""
    counted = compare(shop_id, *clock.day_bounds(day), known=known, save=save, tick=tick)
    facts = {
        "platform_count": counted.platform,
        "our_count": counted.here,
        "missing_count": len(counted.missing),
        "checked_at": tick(),
    }
    return DayCount.objects.update_or_create(shop_id=shop_id, day=day, defaults=facts)[0]


def _listed(shop_id: int, span: Span, tick: Tick) -> list[str]:
    found: dict[str, None] = {}

    def work(place: Desk) -> None:
        if not place.reading.can_list_created:
            raise DomainError(_("%s不能按下单时间列出订单，没法核对。") % place.shop.get_platform_display(), "connection.unable")
        for portion in pulling.listed(place, span, tick=tick):
            found.update(dict.fromkeys(row.no for row in portion.rows))

    pulling.with_refresh(shop_id, Stream.ORDERS, work, tick=tick)
    granting.call_answered(shop_id, now=tick())
    return list(found)


def _missing(shop_id: int, numbers: Sequence[str], known: Known) -> list[str]:
    missing: list[str] = []
    for start in range(0, len(numbers), ASKED):
        some = numbers[start : start + ASKED]
        here = known(shop_id, some)
        missing += [no for no in some if no not in here]
    return missing


def _stuck(shop_id: int, numbers: Sequence[str]) -> set[str]:
    """Those whose trouble is known: they are tried again without the sentinel."""
    found = RawPayload.objects.filter(shop=shop_id, stream=Stream.ORDERS.value).exclude(state=RawPayload.State.TAKEN)
    return set(found.values_list("no", flat=True)) & set(numbers)
