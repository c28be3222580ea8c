"""Dragging cards on the board."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders.models import Order
from danshu.orders.operations import chosen, progress
from danshu.orders.states import OPEN, PAYABLE, Fulfilment, Issue, Refund

TO_DO, PRINTED, SHIPPED, AFTER = "todo", "printed", "shipped", "after"  # slugs of the board's columns


def column_of(order: Order) -> str:
    """Where the board shows an order; after-sales wins. Empty for what no column holds: unpaid, cancelled, travelling with others."""
    if order.refund == Refund.REQUESTED and order.fulfilment != Fulfilment.CANCELLED:
        return AFTER
    if order.fulfilment in {Fulfilment.SHIPPED, Fulfilment.DELIVERED}:
        return SHIPPED
    if order.payment not in PAYABLE or order.fulfilment not in OPEN or order.merged_into_id:
        return ""
    return TO_DO if order.fulfilment == Fulfilment.WAITING else PRINTED


@transaction.atomic
def move(order_ids: Sequence[int], column: str, *, by: Actor, now: datetime) -> dict[int, str]:
    """Move orders to a column and return where each stood, so that moving back is the undo. Orders of one parcel move together.

    To `shipped` only without parcels: those leave by `fulfilment.ship`. Raises `DomainError` with the reason: "order.after_sales",
    "order.held", "order.not_payable", "order.unmapped", "order.short", "order.address", "order.ship_parcels", "state.not_allowed",
    "board.column".
    """
    orders = chosen.orders(order_ids, whole_parcels=True)
    before = {order.pk: column_of(order) for order in orders if order.pk in set(order_ids)}
    ids = [order.pk for order in orders]
    if column == TO_DO:
        away = [order.pk for order in orders if order.fulfilment == Fulfilment.SHIPPED]
        _refuse_parcels(orders, away, "shipped")
        progress.unship(away, by=by, now=now)
        progress.unprint(ids, by=by, now=now)
    elif column == PRINTED:
        away = [order.pk for order in orders if order.fulfilment == Fulfilment.SHIPPED]
        _refuse_parcels(orders, away, "shipped")
        progress.unship(away, by=by, now=now)
        _ready(orders)
        progress.mark_printed(ids, by=by, now=now)
    elif column == SHIPPED:
        _ready(orders)
        _refuse_parcels(orders, ids, "open", "printed", "checked")
        progress.mark_shipped(ids, by=by, now=now)
    elif column == AFTER:
        raise DomainError(_("「售后中」跟着平台的退款走，不能手工拖进去。"), "order.after_sales")
    else:
        raise DomainError(_("看板没有「%(column)s」这一列。") % {"column": column}, "board.column")
    return before


def _ready(orders: Sequence[Order]) -> None:
    """What stands in the way of packing."""
    refuse = chosen.refuse
    refuse((o for o in orders if o.refund in {Refund.REQUESTED, Refund.REFUNDED}), _("%(orders)s 在退款，先别发货。"), "order.after_sales")
    refuse((o for o in orders if o.is_held), _("%(orders)s 挂起中。请先解除挂起。"), "order.held")
    refuse((o for o in orders if o.payment not in PAYABLE), _("%(orders)s 还没付款。"), "order.not_payable")
    refuse((o for o in orders if o.issues & Issue.UNMAPPED), _("%(orders)s 有商品没对码，不知道要发什么。请先去对码。"), "order.unmapped")
    refuse((o for o in orders if o.issues & Issue.SHORT), _("%(orders)s 缺货。请先入库，或拆单发有货的部分。"), "order.short")
    homeless = [order for order in orders if order.issues & Issue.ADDRESS]
    known = _addressed(homeless)
    refuse((o for o in homeless if o.pk not in known), _("%(orders)s 的收件地址不全。请先补上。"), "order.address")


def _addressed(orders: Sequence[Order]) -> set[int]:
    """Ids of those whose box has a waybill number.

    Some platforms keep the receiver to themselves (Pinduoduo's files have none, others mask or cipher it) and print the waybill with their
    own programs. The number that came back is the proof that an address stands on the box, so the missing one here holds up nobody:
    the hand-over page sends such parcels off by the same rule (`fulfilment.checks.against_shipping`).
    """
    heads = {order.pk: order.merged_into_id or order.pk for order in orders}
    live = {"parcels__state__in": ["open", "printed", "checked", "shipped"], "parcels__waybill_no__gt": ""}
    numbered = set(Order.objects.filter(pk__in=set(heads.values()), **live).values_list("pk", flat=True))
    return {pk for pk, head in heads.items() if head in numbered}


def _refuse_parcels(orders: Sequence[Order], order_ids: Sequence[int], *states: str) -> None:
    boxed = set(Order.objects.filter(pk__in=order_ids, parcels__state__in=states).values_list("pk", flat=True))
    chosen.refuse((o for o in orders if o.pk in boxed), _("%(orders)s 有包裹。请在包裹上发货或撤销发货。"), "order.ship_parcels")
