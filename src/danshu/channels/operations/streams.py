"""How far each stream is read, who reads it, when it is due. A lease makes sure that one worker alone reads a stream."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels.connecting import Stream
from danshu.channels.connector_errors import ConnectorError, RateLimited
from danshu.channels.events import StreamsChanged
from danshu.channels.models import Shop, ShopConnection, StreamCursor
from danshu.core import database, events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

LEASE = timedelta(minutes=2)
FIRST_WAIT, LONGEST_WAIT = 5, 600  # seconds a stream rests after trouble that may pass; twice as long after each
FIRST_REST, LONGEST_REST = 600, 6 * 3600  # after a refusal that a person must look into
NAMES: dict[Stream, str | Promise] = {Stream.ORDERS: _("订单"), Stream.REFUNDS: _("售后")}
OPEN = (ShopConnection.State.CONNECTED.value, ShopConnection.State.EXPIRING.value)


@dataclass(slots=True)
class Lease:
    """The right to read one stream until a moment."""

    cursor_id: int
    until: datetime

    def keep(self, *, now: datetime) -> bool:
        """Go on; cheap while most of the time is left. False when it ran out and somebody else reads."""
        if self.until - now > LEASE / 2:
            return True
        fresh = now + LEASE
        if not StreamCursor.objects.filter(pk=self.cursor_id, busy_until=self.until).update(busy_until=fresh):
            return False
        self.until = fresh
        return True

    def let_go(self) -> None:
        StreamCursor.objects.filter(pk=self.cursor_id, busy_until=self.until).update(busy_until=None)


def take(shop_id: int, stream: Stream, *, now: datetime) -> Lease | None:
    """Be the only one who reads this stream; None while somebody else does, or while its shop may not be asked."""
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    open_ = Shop.objects.filter(pk=shop_id, is_active=True, connection__state__in=OPEN).values("pk")
    until = now + LEASE
    found = StreamCursor.objects.filter(free, shop__in=open_, stream=stream.value, paused_at=None)
    if not found.update(busy_until=until, attempted_at=now):
        return None
    pk = StreamCursor.objects.values_list("pk", flat=True).get(shop=shop_id, stream=stream.value)
    return Lease(pk, until)


def due(*, now: datetime) -> list[tuple[int, str]]:
    """(shop, stream) of what is to be read now and is not: refunds first, for they stop parcels."""
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    open_ = {"paused_at": None, "shop__is_active": True, "shop__connection__state__in": OPEN}
    found = StreamCursor.objects.filter(free, next_at__lte=now, **open_)
    return list(found.order_by("-stream", "next_at", "pk").values_list("shop_id", "stream"))


def busy(*, now: datetime) -> int:
    """How many streams are being read."""
    return StreamCursor.objects.filter(busy_until__gt=now).count()


def moved(cursor: StreamCursor, until: datetime, *, asked_at: datetime) -> None:
    """Everything before `until` is saved: never back, whatever our clock does. Silence of the shop counts from there."""
    if until <= cursor.until:
        return
    cursor.until, cursor.read_at = until, asked_at
    StreamCursor.objects.filter(pk=cursor.pk, until__lt=until).update(until=until, read_at=asked_at)
    if cursor.stream == Stream.ORDERS:
        Shop.objects.filter(pk=cursor.shop_id).update(heard_until=until)


def counted(cursor: StreamCursor, *, rows: int, new: int, updated: int, lags: Sequence[float]) -> None:
    """Add to what was read so far; `lags` are seconds from a change at the platform to here."""
    values: dict[str, Any] = {
        "rows_count": F("rows_count") + rows,
        "new_count": F("new_count") + new,
        "updated_count": F("updated_count") + updated,
    }
    if lags:
        values["lag_seconds"] = max(0, round(sorted(lags)[len(lags) // 2]))
    StreamCursor.objects.filter(pk=cursor.pk).update(**values)


def succeeded(cursor: StreamCursor, *, next_at: datetime, now: datetime) -> None:
    """A window was read to its end, so the shop was heard from, whether it had anything to say or not."""
    with database.joined():
        StreamCursor.objects.filter(pk=cursor.pk).update(succeeded_at=now, next_at=next_at, failures=0, error_code="", error="")
        if cursor.stream == Stream.ORDERS:
            Shop.objects.filter(pk=cursor.shop_id).update(last_intake_at=now)
        if cursor.failures:
            events.publish(StreamsChanged((cursor.shop_id,)))
        cursor.failures, cursor.succeeded_at = 0, now


def rest(cursor: StreamCursor, *, next_at: datetime) -> None:
    """Nothing to ask at the moment."""
    StreamCursor.objects.filter(pk=cursor.pk).update(next_at=next_at)


def failed(cursor_id: int, error: DomainError, *, now: datetime) -> datetime:
    """Reading broke off: nothing is known of what is new. The stream rests and shows why. Returns until when."""
    with database.joined():
        cursor = StreamCursor.objects.get(pk=cursor_id)
        next_at = now + timedelta(seconds=wait_after(cursor.failures, error))
        StreamCursor.objects.filter(pk=cursor_id).update(
            failures=F("failures") + 1, error_code=error.code[:40], error=str(error)[:200], next_at=next_at
        )
        if not cursor.failures:
            events.publish(StreamsChanged((cursor.shop_id,)))
    return next_at


def wait_after(failures: int, error: DomainError) -> float:
    """Seconds to rest after `failures` earlier ones in a row: as long as the platform said, else longer each time, with jitter so that
    shops that failed together do not come back together."""
    if isinstance(error, RateLimited) and error.wait > 0:
        return error.wait
    is_passing = not isinstance(error, ConnectorError) or error.is_passing
    first, longest = (FIRST_WAIT, LONGEST_WAIT) if is_passing else (FIRST_REST, LONGEST_REST)
    return float(min(longest, first * 2 ** min(failures, 20)) * random.uniform(0.75, 1))  # noqa: S311 - jitter


def wake(shop_ids: Sequence[int], *, now: datetime) -> None:
    """Read these shops' streams at once: a person looked after them, or wants to see something new."""
    StreamCursor.objects.filter(shop__in=shop_ids).update(next_at=now)


def set_paused(shop_id: int, stream: Stream, *, paused: bool, by: Actor, now: datetime) -> bool:
    """Read this stream no more in the background, or go on where it stood. What messages and people name is fetched all the same.
    Returns whether that changed anything."""
    with database.joined():
        found = StreamCursor.objects.filter(shop=shop_id, stream=stream.value, paused_at__isnull=paused)
        if not found.update(paused_at=now if paused else None, next_at=now):
            return False
        name = Shop.objects.values_list("name", flat=True).get(pk=shop_id)
        verb = "shop.stream_paused" if paused else "shop.stream_resumed"
        audit.record([Deed(verb, "shop", shop_id, name, note=str(NAMES[stream]))], by=by, now=now)
        events.publish(StreamsChanged((shop_id,)))
    return True
