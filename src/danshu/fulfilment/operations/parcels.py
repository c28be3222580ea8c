"""Opening parcels for orders, adding one more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.core import events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment import queries
from danshu.fulfilment.models import Parcel, ParcelLine, Scan
from danshu.orders.events import OrdersChanged
from danshu.orders.models import Order
from danshu.orders.states import OPEN


def open_parcels(order_ids: Sequence[int], *, by: Actor, now: datetime) -> list[int]:
    """One parcel for each open order that has none (void ones do not count), in the given order; merged orders get their head's.

    Orders that were cancelled, or left without us, get none. Returns the ids of the parcels the orders travel in, each once. Doing it
    twice opens nothing new.
    """
    with transaction.atomic():
        found = Order.objects.filter(pk__in=order_ids).select_for_update()
        by_id = {order.pk: order for order in found}
        heads = list(dict.fromkeys(by_id[i].merged_into_id or i for i in order_ids if i in by_id))
        missing_heads = [head for head in heads if head not in by_id]
        if missing_heads:
            by_id |= {order.pk: order for order in Order.objects.filter(pk__in=missing_heads)}
        known = _known(heads)
        fresh = [_parcel(by_id[head], known[head][0], now) for head in heads if not known[head][1] and by_id[head].fulfilment in OPEN]
        Parcel.objects.bulk_create(fresh)
        if fresh:
            made = tuple(parcel.order_id for parcel in fresh)
            record([Deed("parcel.opened", "order", head, by_id[head].no) for head in made], by=by, now=now)
            events.publish(OrdersChanged(made, "parcel"))
        opened = {parcel.order_id: [parcel.pk] for parcel in fresh}
    return [parcel_id for head in heads for parcel_id in (known[head][1] or opened.get(head, []))]


def _known(heads: Sequence[int]) -> dict[int, tuple[int, list[int]]]:
    """Head id → the highest sequence used, the ids of the parcels that count."""
    known: dict[int, tuple[int, list[int]]] = {head: (0, []) for head in heads}
    for parcel in Parcel.objects.filter(order__in=heads).order_by("order_id", "sequence"):
        ids = known[parcel.order_id][1]
        if parcel.state != Parcel.State.VOID:
            ids.append(parcel.pk)
        known[parcel.order_id] = (parcel.sequence, ids)
    return known


def _parcel(order: Order, last: int, now: datetime) -> Parcel:
    courier = order.courier_code
    return Parcel(order=order, sequence=last + 1, courier_code=courier, warehouse_id=order.warehouse_id, created_at=now)


def add_parcel(order_id: int, contents: Mapping[int, int], *, by: Actor, now: datetime) -> Parcel:
    """One more parcel for an order, holding `contents` (line id → pieces of the line).

    The first parcel that is still here keeps the rest: when it held everything, its rows are written out now; was it checked, it is
    to be checked again. An open order that has no parcel yet gets both. Raises `DomainError` with "parcel.shipped" when nothing is
    left to divide and "parcel.contents" when the pieces are not in that parcel.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        first = queries.dividable(order.pk)
        if first is None and order.fulfilment in OPEN and not order.merged_into_id:
            open_parcels([order.pk], by=by, now=now)
            first = queries.dividable(order.pk)
        if first is None:
            raise DomainError(_("这单没有待发的包裹，不能再拆出一个。请先打印，或另建补发单。"), "parcel.shipped")
        have = queries.inside(order.pk, first)
        _check_contents(contents, have)
        open_again([first.pk])
        rest = {line_id: have[line_id] - contents.get(line_id, 0) for line_id in have}
        ParcelLine.objects.filter(parcel=first).delete()
        last = Parcel.objects.filter(order=order).aggregate(last=Max("sequence"))["last"]
        extra = _parcel(order, last, now)
        extra.save(force_insert=True)
        rows = [(first.pk, rest), (extra.pk, dict(contents))]
        ParcelLine.objects.bulk_create(
            [ParcelLine(parcel_id=pk, line_id=line, quantity=count) for pk, some in rows for line, count in some.items() if count]
        )
        record([Deed("parcel.added", "order", order.pk, order.no, {"sequence": extra.sequence})], by=by, now=now)
        events.publish(OrdersChanged((order.pk,), "parcel"))
    return extra


def _check_contents(contents: Mapping[int, int], have: Mapping[int, int]) -> None:
    wrong = any(count < 0 or count > have.get(line_id, 0) for line_id, count in contents.items())
    moved = sum(contents.values())
    if wrong or not 0 < moved < sum(have.values()):
        raise DomainError(_("新包裹至少放 1 件，也不能把原包裹拿空。请改一下件数。"), "parcel.contents")


def open_again(parcel_ids: Sequence[int]) -> None:
    """Contents of boxes changed: what was scanned of them no longer counts, and checked ones are to be checked again."""
    Scan.objects.filter(parcel__in=parcel_ids, is_right=True).update(is_right=False)
    Parcel.objects.filter(pk__in=parcel_ids, state=Parcel.State.CHECKED).update(
        state=Parcel.State.PRINTED, checked_at=None, checked_by="", is_forced=False, force_reason="", refund_forced_at=None
    )
