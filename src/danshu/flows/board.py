"""Moving a card on the board: what the column means for papers, parcels and stock, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel, Printer
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.operations.move import PRINTED, SHIPPED, TO_DO
from danshu.orders.states import Fulfilment

OPEN = (Parcel.State.OPEN, Parcel.State.PRINTED, Parcel.State.CHECKED)


@transaction.atomic
def move(order_ids: Sequence[int], column: str, *, by: Actor, now: datetime) -> dict[int, str]:
    """Move orders to a column and return where each stood; moving back to there is the undo.

    已打印 makes a print batch for orders that still wait, 已发货 sends their parcels off (stock goes with them), and back from 已发货
    takes the shipping back within ten minutes. Back in 待处理 parcels wait for papers again, and papers not drawn yet are not made.
    Raises `DomainError` with the first reason, and then nothing has moved.
    """
    found = list(Order.objects.filter(pk__in=order_ids).order_by("pk"))
    before = {order.pk: orders.column_of(order) for order in found}
    waiting = [order.pk for order in found if order.fulfilment == Fulfilment.WAITING]
    if column == PRINTED and waiting:
        _print(waiting, by=by, now=now)
        orders.move(order_ids, column, by=by, now=now)  # at once: the parcels follow when their papers are drawn
    elif column == SHIPPED and (parcels := _parcels(found, *OPEN)):
        _ship(parcels, by=by, now=now)
        if loose := _without_parcels(found):
            orders.move(loose, column, by=by, now=now)
    else:
        away = [order for order in found if order.fulfilment == Fulfilment.SHIPPED]
        if column != SHIPPED and (parcels := _parcels(away, Parcel.State.SHIPPED)):
            fulfilment.unship(parcels, by=by, now=now)
        if column == TO_DO:
            fulfilment.withdraw_papers(order_ids, by=by, now=now)
        orders.move(order_ids, column, by=by, now=now)
    return before


def _parcels(found: Sequence[Order], *states: str) -> list[int]:
    heads = {order.merged_into_id or order.pk for order in found}
    return list(Parcel.objects.filter(order__in=heads, state__in=states).order_by("id").values_list("pk", flat=True))


def _without_parcels(found: Sequence[Order]) -> list[int]:
    boxed = set(Parcel.objects.filter(order__in={order.merged_into_id or order.pk for order in found}).values_list("order_id", flat=True))
    return [order.pk for order in found if (order.merged_into_id or order.pk) not in boxed]


def _print(order_ids: Sequence[int], *, by: Actor, now: datetime) -> None:
    """Papers on the default printer; orders that cannot be printed refuse the move with their reason."""
    printer = Printer.objects.order_by("-is_default", "id").first()
    batch = fulfilment.print_papers(
        order_ids=order_ids, papers=("label",), printer_id=printer.pk if printer else None, plain=False, by=by, now=now
    )
    if batch.left_out:
        told = "；".join(f"{one['order']} {one['reason']}" for one in batch.left_out[:5])
        raise DomainError(_("没有移动：%(why)s。") % {"why": told}, "board.left_out")


def _ship(parcel_ids: Sequence[int], *, by: Actor, now: datetime) -> None:
    report = fulfilment.ship(parcel_ids, by=by, now=now)
    if report.refused:
        told = "；".join(f"{one.order_no} {one.reason}" for one in report.refused[:5])
        raise DomainError(_("没有发货：%(why)s。") % {"why": told}, "board.left_out")
