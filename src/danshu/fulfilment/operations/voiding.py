"""Giving parcels up: what lay in them goes to the others, their papers are not made, and an order without any waits again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.core import events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment.models import Parcel, ParcelLine
from danshu.fulfilment.operations.parcels import open_again
from danshu.fulfilment.operations.waybills import reckon_doubts
from danshu.fulfilment.operations.withdrawing import leave_batches
from danshu.fulfilment.queries import IN_HOUSE
from danshu.orders import operations as orders
from danshu.orders.events import OrdersChanged
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment

PAPERED = (Fulfilment.PRINTED, Fulfilment.CHECKED)


def void_parcels(parcel_ids: Sequence[int], *, by: Actor, now: datetime, reason: str = "") -> int:
    """Give up parcels that have not left; their numbers stay on record. Contents go to the order's first parcel that is still here.

    An order that has no parcel left waits for papers again. Returns how many were given up. Raises `DomainError`: "parcel.shipped"
    when one of them has left, "parcel.rest" when it holds the rest of an order of which other parcels have left.
    """
    with transaction.atomic():
        leave_batches(parcel_ids)
        parcels = list(Parcel.objects.filter(pk__in=parcel_ids).select_for_update(of=("self",)).select_related("order").order_by("id"))
        gone = [parcel.order.short_no for parcel in parcels if parcel.state == Parcel.State.SHIPPED]
        if gone:
            told = _("%(orders)s 已经发货，包裹不能作废。要撤回请先撤销发货。") % {"orders": "、".join(gone[:5])}
            raise DomainError(told, "parcel.shipped")
        parcels = [parcel for parcel in parcels if parcel.state != Parcel.State.VOID]
        left = _left(parcels)
        _refuse_rest(parcels, left)
        Parcel.objects.filter(pk__in=[p.pk for p in parcels]).update(state=Parcel.State.VOID)
        _give_contents_back(parcels, left)
        reckon_doubts({parcel.order_id for parcel in parcels}, now=now)
        deeds = [Deed("parcel.voided", "order", p.order_id, p.order.no, {"waybill_no": p.waybill_no}, reason) for p in parcels]
        record(deeds, by=by, now=now)
        bare = [p.order_id for p in parcels if p.order_id not in left and p.order.fulfilment in PAPERED]
        if bare:
            orders.unprint(list(dict.fromkeys(bare)), by=by, now=now)
        if parcels:
            events.publish(OrdersChanged(tuple(dict.fromkeys(p.order_id for p in parcels)), "parcel"))
    return len(parcels)


def void_cancelled(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Give up the parcels that still stand here for cancelled orders. A box in which another, living order travels stays; an order of which
    a part has left counts as shipped.

    Returns how many were given up; twice changes nothing, and an order that waits again by now keeps its parcel.
    """
    with transaction.atomic():
        held = Parcel.objects.filter(order__in=order_ids, state__in=IN_HOUSE, order__fulfilment=Fulfilment.CANCELLED)
        living = Order.objects.filter(merged_into__in=order_ids).exclude(fulfilment=Fulfilment.CANCELLED).values("merged_into")
        found = list(held.exclude(order__in=living).order_by("pk").values_list("pk", flat=True))
        voided = void_parcels(found, by=by, now=now, reason=_("订单已取消")) if found else 0
        left = Parcel.objects.filter(order__in=order_ids, state=Parcel.State.SHIPPED, order__fulfilment=Fulfilment.CANCELLED)
        if ids := sorted(set(left.values_list("order", flat=True))):
            orders.mark_left(ids, by=by, now=now)
        return voided


def _left(voided: Sequence[Parcel]) -> dict[int, list[Parcel]]:
    """Order id → its parcels that stay, also those that have left the house; an order without any is missing."""
    ids = [parcel.pk for parcel in voided]
    rows = Parcel.objects.filter(order__in={p.order_id for p in voided}).exclude(state=Parcel.State.VOID).exclude(pk__in=ids)
    left: dict[int, list[Parcel]] = {}
    for parcel in rows.order_by("order_id", "sequence"):
        left.setdefault(parcel.order_id, []).append(parcel)
    return left


def _here(parcels: Sequence[Parcel]) -> list[Parcel]:
    return [parcel for parcel in parcels if parcel.state in IN_HOUSE]


def _refuse_rest(voided: Sequence[Parcel], left: dict[int, list[Parcel]]) -> None:
    """Goods that still have to leave need a box. Of a cancelled order nothing has to leave."""
    stuck = [
        parcel.order.short_no
        for parcel in voided
        if parcel.order.fulfilment != Fulfilment.CANCELLED and parcel.order_id in left and not _here(left[parcel.order_id])
    ]
    if stuck:
        told = _("%(orders)s 的别的包裹已经发走，剩下的货在这个包裹里，不能作废。要换单号请直接改运单号。")
        raise DomainError(told % {"orders": "、".join(stuck[:5])}, "parcel.rest")


def _give_contents_back(voided: Sequence[Parcel], left: dict[int, list[Parcel]]) -> None:
    """When one parcel of an order is left, it holds everything again; with more left, the first here gets the rows of the void ones.

    A box that is given something is no checked box any more.
    """
    alone = [some[0].pk for some in left.values() if len(some) == 1 and _here(some)]
    heirs = {p.pk: _here(left[p.order_id])[0].pk for p in voided if len(left.get(p.order_id, [])) > 1 and _here(left[p.order_id])}
    ParcelLine.objects.filter(parcel__in=[*alone, *(p.pk for p in voided if p.order_id not in left)]).delete()
    open_again([*alone, *heirs.values()])
    if not heirs:
        return
    rows = list(ParcelLine.objects.filter(parcel__in=[*heirs, *heirs.values()]).order_by("id"))
    counted: dict[tuple[int, int], int] = {}
    for row in rows:
        key = (heirs.get(row.parcel_id, row.parcel_id), row.line_id)
        counted[key] = counted.get(key, 0) + row.quantity
    ParcelLine.objects.filter(pk__in=[row.pk for row in rows]).delete()
    ParcelLine.objects.bulk_create([ParcelLine(parcel_id=p, line_id=line, quantity=n) for (p, line), n in counted.items()])
