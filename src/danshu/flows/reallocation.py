"""Scarce goods go from one order to another when a person says so: at once, with a trace on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.catalogue.models import BundlePart
from danshu.core import events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders.events import OrdersChanged, OrdersShort
from danshu.orders.models import Order, OrderLine
from danshu.orders.operations import lock
from danshu.orders.states import Fulfilment
from danshu.stock import operations as stock
from danshu.stock.models import Reservation

POLICY = (F("ship_by").asc(nulls_last=True), F("paid_at").asc(nulls_last=True), "-is_urgent", "pk")
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Swap:
    """Goods of one SKU that order `from_id` holds are for `to_id`, which is short of them."""

    sku_id: int
    from_id: int
    to_id: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that is short of a SKU, and who could give; the last by policy first."""

    order: Order
    pieces: int
    givers: tuple[tuple[Order, int], ...]


@transaction.atomic
def reallocate(swaps: Sequence[Swap], *, by: Actor, now: datetime) -> list[int]:
    """Take the goods from the one and lock them for the other; returns the orders that are short now.

    Refused as a whole: "stock.printed" when papers of the giver are out, "stock.not_enough" when the taker would still be short.
    """
    orders = {order.pk: order for order in Order.objects.filter(pk__in={pk for swap in swaps for pk in (swap.from_id, swap.to_id)})}
    givers = [orders[swap.from_id] for swap in swaps]
    printed = next((order for order in givers if order.fulfilment != Fulfilment.WAITING), None)
    if printed:
        raise DomainError(_("%(no)s 已经打印或发出，不能再把货调走。请选别的订单。") % {"no": printed.short_no}, "stock.printed")
    held = Reservation.objects.filter(owner_id__in=[order.pk for order in givers], sku__in=[swap.sku_id for swap in swaps], state="held")
    pairs = {(swap.from_id, swap.sku_id) for swap in swaps}
    demands = [demand for owner, sku, demand in held.values_list("owner_id", "sku_id", "demand_id") if (owner, sku) in pairs]
    takers = [orders[swap.to_id] for swap in swaps]
    lock.hold(sorted(orders))
    stock.release(demand_ids=demands, by=by, now=now, reason=_("调给 %(no)s") % {"no": "、".join(order.short_no for order in takers[:3])})
    filled = set(lock.lock([order.pk for order in takers], by=by, now=now).filled_ids)
    empty = next((order for order in takers if order.pk not in filled), None)
    if empty:
        raise DomainError(_("调过去还是不够 %(no)s 用，没有动任何订单。请换一个货多的订单。") % {"no": empty.short_no}, "stock.not_enough")
    short = lock.lock([order.pk for order in givers], by=by, now=now).short_ids
    deeds = []
    for giver, taker in zip(givers, takers, strict=True):
        deeds.append(audit.Deed("order.gave_stock", "order", giver.pk, giver.short_no, {}, taker.short_no))
        deeds.append(audit.Deed("order.got_stock", "order", taker.pk, taker.short_no, {}, giver.short_no))
    audit.record(deeds, by=by, now=now)
    events.publish(OrdersChanged(tuple(orders), "stock"), *([OrdersShort(short)] if short else []))
    return list(short)


def waiting(sku_id: int, scope: QuerySet[Order]) -> list[Waiting]:
    """Orders of the scope that are short of the SKU, alone or in a bundle, in policy order, with those that could give; four statements."""
    each = dict(BundlePart.objects.filter(part=sku_id).values_list("bundle_id", "quantity")) | {sku_id: 1}
    short = OrderLine.objects.filter(is_short=True, sku__in=each, order__is_open=True, order__in=scope)
    needs: dict[int, int] = {}
    for order_id, line_sku, pieces in short.values_list("order_id", "sku_id", "sku_quantity"):
        needs[order_id] = needs.get(order_id, 0) + pieces * each[line_sku or sku_id]
    if not needs:
        return []
    rows = Reservation.objects.filter(sku=sku_id, state="held").values_list("owner_id", "quantity")
    held: dict[int, int] = {}
    for owner_id, quantity in rows:
        held[owner_id] = held.get(owner_id, 0) + quantity
    ranked = list(scope.filter(pk__in=[*needs, *held]).order_by(*POLICY)[:2000])
    givers = [(order, held[order.pk]) for order in reversed(ranked) if order.pk in held and order.fulfilment == Fulfilment.WAITING]
    return [
        Waiting(order, needs[order.pk], tuple(pair for pair in givers if pair[0].pk != order.pk)[:SHOWN])
        for order in ranked
        if order.pk in needs
    ][:SHOWN]
