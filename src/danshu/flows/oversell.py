"""Oversells replayed: a platform sold what was not there. Who sold what at which second, what was said when, what would have avoided it.

What was short is read from the facts (`OrdersShort`) and stays readable after the order was filled or cancelled: a line was short when it
holds nothing, or got its first piece later than the fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q

from danshu.catalogue import queries as catalogue
from danshu.channels.models import Shop, StockPush
from danshu.core.models import EventRow
from danshu.core.reactions import kind_of
from danshu.flows.stock_sync_numbers import affected
from danshu.orders.events import OrdersShort
from danshu.orders.models import Order, OrderLine
from danshu.stock.models import LedgerEntry, Reservation

LOOKED_BACK = timedelta(days=30)
BEFORE = timedelta(minutes=30)
AFTER = timedelta(seconds=5)
MOST_FACTS, MOST_MOMENTS = 300, 150


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One line of a platform's order for which there was nothing left when we heard of it."""

    line: OrderLine
    heard_at: datetime
    filled_at: datetime | None

    @property
    def order(self) -> Order:
        return self.line.order

    @property
    def missing(self) -> int:
        return self.line.sku_quantity

    @property
    def lag(self) -> int:
        """Seconds from the sale until we heard of it."""
        return max(0, int((self.heard_at - self.order.placed_at).total_seconds()))


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `what`: sold (on the platform), locked (we heard of it), short, pushed, refused, or a kind of the ledger.
    `left` is on hand − locked after it, or the number that was said."""

    at: datetime
    what: str
    shop: Shop | None
    label: str
    pieces: int
    left: int | None
    is_ours: bool = False  # the order that found nothing

    @property
    def order(self) -> tuple[datetime, int]:
        return self.at, ORDER.get(self.what, 3)


ORDER = {"sold": 0, "locked": 1, "short": 2}


@dataclass(frozen=True, slots=True)
class Avoided:
    """What would have avoided it, in pieces: with `said − sold + 1` kept back, the last piece of this order was not there to buy.
    `said` is the last number the listing took before the sale, `sold` what it sold since, this order included. `keep` None: no number of
    ours could have helped, for the platform sold more than it was told."""

    said_at: datetime | None
    said: int
    sold: int
    keep: int | None


@dataclass(frozen=True, slots=True)
class Replay:
    shortfall: Shortfall
    moments: list[Moment]
    avoided: Avoided


def shortfalls(shop_ids: Sequence[int] | None, *, now: datetime, order_id: int | None = None) -> list[Shortfall]:
    """Of the last 30 days, the newest first; three statements. None for the shops = all."""
    facts = EventRow.objects.filter(kind=kind_of(OrdersShort), at__gte=now - LOOKED_BACK).order_by("-pk")
    heard: dict[int, datetime] = {}
    for payload, at in facts.values_list("payload", "at")[:MOST_FACTS]:
        for pk in payload["order_ids"]:
            heard[pk] = at  # the first fact wins: they come newest first
    mine = Q() if shop_ids is None else Q(order__shop__in=shop_ids)
    found = OrderLine.objects.filter(
        mine, order__in=heard if order_id is None else [order_id], sku__isnull=False, sku_quantity__gt=0,
        order__source__in=[Order.Source.FILE, Order.Source.API],
    )  # fmt: skip
    lines = list(found.select_related("order__shop", "sku", "listing").order_by("-order_id", "pk"))
    held = Reservation.objects.filter(demand_id__in=[line.pk for line in lines]).values_list("demand_id")
    first = dict(held.annotate(first=Min("created_at")).order_by())
    return [
        Shortfall(line, heard[line.order_id], None if line.is_short else first.get(line.pk))
        for line in lines
        if line.order_id in heard and (line.is_short or line.pk not in first or first[line.pk] > heard[line.order_id])
    ]


def replay(shortfall: Shortfall) -> Replay:
    """The half hour before the sale until we heard of it."""
    line, order = shortfall.line, shortfall.order
    base = [sku_id for sku_id, _each in catalogue.explode([(line.sku_id or 0, 1)])[0]]
    related = affected(base)
    since, until = order.placed_at - BEFORE, shortfall.heard_at + AFTER
    moments = [*_sold(related, since, until, shortfall), *_said(related, since, until), *_moved(base, since, until)]
    moments.append(Moment(shortfall.heard_at, "short", order.shop, order.no, shortfall.missing, None, is_ours=True))
    return Replay(shortfall, sorted(moments, key=lambda moment: moment.order), _avoided(shortfall))


def _sold(related: set[int], since: datetime, until: datetime, shortfall: Shortfall) -> list[Moment]:
    lines = OrderLine.objects.filter(sku__in=related, order__placed_at__gte=since, order__placed_at__lte=until)
    newest = lines.select_related("order__shop").order_by("-order__placed_at", "-pk")[:MOST_MOMENTS]
    return [
        Moment(row.order.placed_at, "sold", row.order.shop, row.order.no, row.sku_quantity, None, row.pk == shortfall.line.pk)
        for row in reversed(newest)
    ]


def _said(related: set[int], since: datetime, until: datetime) -> list[Moment]:
    pushes = StockPush.objects.filter(sku_id__in=related, at__gte=since, at__lte=until).select_related("shop").order_by("-at", "-pk")
    return [
        Moment(push.at, "pushed" if push.is_taken else "refused", push.shop, push.error, 0, push.quantity)
        for push in reversed(pushes[:MOST_MOMENTS])
    ]


def _moved(base: Sequence[int], since: datetime, until: datetime) -> list[Moment]:
    entries = LedgerEntry.objects.filter(sku__in=base, at__gte=since, at__lte=until).order_by("-at", "-pk")
    return [
        Moment(
            entry.at, "locked" if entry.kind == LedgerEntry.Kind.LOCK else entry.kind, None, entry.cause_label or entry.reason,
            entry.locked_delta or entry.on_hand_delta, entry.on_hand_after - entry.locked_after,
        )
        for entry in reversed(entries[:MOST_MOMENTS])
    ]  # fmt: skip


def _avoided(shortfall: Shortfall) -> Avoided:
    line, placed = shortfall.line, shortfall.order.placed_at
    last = None
    if line.listing_id and line.sku_id:
        taken = StockPush.objects.filter(sku_id=line.sku_id, listing_id=line.listing_id, is_taken=True, at__lte=placed)
        last = taken.order_by("-at", "-pk").first()
    if last is None or line.listing is None:
        return Avoided(None, 0, 0, shortfall.missing)
    said = last.quantity * line.listing.quantity
    here = OrderLine.objects.filter(listing=line.listing_id, order__placed_at__gt=last.at, order__placed_at__lte=placed)
    sold = sum(here.values_list("sku_quantity", flat=True))
    return Avoided(last.at, said, sold, said - sold + 1 if sold <= said else None)
