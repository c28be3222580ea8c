"""Ask stock for what orders' lines want, and write down which lines are short. An inner step of the other stories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from danshu.core import database
from danshu.core.actor import Actor
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Issue
from danshu.stock import operations as stock
from danshu.stock.operations import Demand

KINDS = {"unpaid": "unpaid", "deposit": "presale"}
SHORT = Issue.SHORT.value


@dataclass(frozen=True, slots=True)
class Outcome:
    """Orders among those asked about that lack goods since now, and those that lack nothing any more."""

    short_ids: tuple[int, ...] = ()
    filled_ids: tuple[int, ...] = ()


def demand(
    line_id: int, order_id: int, sku_id: int, pieces: int, *, payment: str, no: str, place: tuple[int | None, str], ends: datetime
) -> Demand:
    """What a line wants held, from `place` (the named warehouse or None, the receiver's province); `ends` counts while unpaid."""
    kind = KINDS.get(payment, "paid")
    return Demand(order_id, line_id, sku_id, pieces, kind, ends if kind == "unpaid" else None, place[0], no, place[1])


def reserve(demands: Sequence[Demand], *, by: Actor, now: datetime, strict: bool = False, fresh: bool = False) -> set[int]:
    """The ids of the lines that did not get their goods. `fresh`: the lines were made just now."""
    if not demands:
        return set()
    outcomes = stock.reserve(demands, by=by, now=now, strict=strict, fresh=fresh)
    return {wanted.demand_id for wanted, outcome in zip(demands, outcomes, strict=True) if outcome.short}


def hold(order_ids: Sequence[int], beside: Iterable[int] = ()) -> None:
    """Before the first of several steps: take the balances of all that these orders hold or want, and of the SKUs `beside`."""
    if database.ON_POSTGRES and order_ids:
        wanted = OrderLine.objects.filter(order__in=order_ids, sku__isnull=False).values_list("sku_id", flat=True).distinct()
        stock.hold({*beside, *(pk for pk in wanted if pk)}, owner_ids=order_ids)


def lock(order_ids: Iterable[int], *, by: Actor, now: datetime, strict: bool = False) -> Outcome:
    """Hold all that the open orders among these still want, the most urgent first: by deadline, then by payment, then 加急.

    What is held already counts, so asking twice holds once. With `strict`, short stock refuses: `DomainError("stock.short")`.
    """
    lines = list(
        OrderLine.objects.filter(order_id__in=list(order_ids), order__is_open=True, sku__isnull=False, sku_quantity__gt=0)
        .exclude(refund="refunded")
        .select_related("order__shop")
        .only(
            "order_id", "sku_id", "sku_quantity", "is_short", "order__payment", "order__no", "order__warehouse_id", "order__province",
            "order__shop__unpaid_minutes",
        )
        .order_by(F("order__ship_by").asc(nulls_last=True), F("order__paid_at").asc(nulls_last=True), "-order__is_urgent", "id")
    )  # fmt: skip
    demands = [
        demand(
            line.pk, line.order_id, line.sku_id or 0, line.sku_quantity, payment=line.order.payment, no=line.order.no,
            place=(line.order.warehouse_id, line.order.province), ends=now + timedelta(minutes=line.order.shop.unpaid_minutes),
        )
        for line in lines
    ]  # fmt: skip
    short = reserve(demands, by=by, now=now, strict=strict)
    before = {line.pk for line in lines if line.is_short}
    return note(short - before, before - short, now=now)


def note(short: set[int], filled: set[int], *, now: datetime) -> Outcome:
    """Write which lines became short and which no longer are, and what that makes of their orders."""
    if not short and not filled:
        return Outcome()
    OrderLine.objects.filter(pk__in=short).update(is_short=True)
    OrderLine.objects.filter(pk__in=filled).update(is_short=False)
    order_ids = set(OrderLine.objects.filter(pk__in=short | filled).values_list("order_id", flat=True))
    return reckon(order_ids, now=now)


def reckon(order_ids: Iterable[int], *, now: datetime) -> Outcome:
    """Set 缺货 on orders with a short line, take it from those without."""
    asked = set(order_ids)
    still = set(OrderLine.objects.filter(order_id__in=asked, is_short=True, order__is_open=True).values_list("order_id", flat=True))
    marked = Order.objects.filter(pk__in=asked).annotate(bit=F("issues").bitand(SHORT))
    newly = tuple(marked.filter(pk__in=still, bit=0).order_by("pk").values_list("pk", flat=True))
    whole = tuple(marked.filter(bit__gt=0).exclude(pk__in=still).order_by("pk").values_list("pk", flat=True))
    Order.objects.filter(pk__in=newly).update(issues=F("issues").bitor(SHORT), updated_at=now)
    Order.objects.filter(pk__in=whole).update(issues=F("issues").bitand(~SHORT), updated_at=now)
    return Outcome(newly, whole)
