"""Several orders of one person travel in one parcel: 合单. And apart again, until they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from danshu.core import bulk
from danshu.core.actor import Actor
from danshu.orders.models import Order
from danshu.orders.operations import chosen
from danshu.orders.states import Fulfilment, Issue, Payment, Refund


@transaction.atomic
def merge(order_ids: Sequence[int], *, by: Actor, now: datetime) -> list[int]:
    """Put the orders together, those of one shop, person and warehouse each; returns the heads. The oldest order is the head.

    Orders keep their own lines, numbers and stock. Raises `DomainError`: "order.not_waiting", "order.held", "order.refunding",
    "order.not_payable" (unpaid, deposit, cash on delivery), "order.no_receiver" (masked without the platform's merge key),
    "order.has_waybill", "order.merge_alone" for one that has no partner among them.
    """
    orders = chosen.orders(order_ids, whole_parcels=True)
    _check(orders)
    groups: dict[tuple[int, str, int | None], list[Order]] = {}
    for order in orders:
        groups.setdefault((order.shop_id, order.merge_hash, order.warehouse_id), []).append(order)
    alone = [group[0] for group in groups.values() if len(group) == 1]
    chosen.refuse(alone, _("%(orders)s 没有可以一起走的订单：要同一店铺、同一收件人和地址、同一仓库。"), "order.merge_alone")
    rows, joined, heads = [], [], []
    for group in groups.values():
        members_of = [order.pk for order in group if order.merged_into_id is None]
        head = next(order for order in group if order.pk == members_of[0])
        heads.append(head.pk)
        for order in group:
            if head.pk not in {order.pk, order.merged_into_id}:
                rows.append((order.pk, head.pk, head.courier_code, order.issues & ~Issue.LATE_JOINER.value, now))
                joined.append(order)
    bulk.update(Order, ("id",), ("merged_into_id", "courier_code", "issues", "updated_at"), rows, lock=False)
    head_of = {row[0]: row[1] for row in rows}
    numbers = {order.pk: order.no for order in orders}
    chosen.tell("order.merged", joined, "merge", by=by, now=now, changes=lambda o: {"into": ["", numbers[head_of[o.pk]]]})
    chosen.tell("order.joined", [o for o in orders if o.pk in heads], "merge", by=by, now=now)
    return heads


def _check(orders: list[Order]) -> None:
    refuse = chosen.refuse
    refuse((o for o in orders if o.fulfilment != Fulfilment.WAITING), _("%(orders)s 已打印或已发货，不能合单。"), "order.not_waiting")
    refuse((o for o in orders if o.is_held), _("%(orders)s 挂起中。请先解除挂起，再合单。"), "order.held")
    refuse((o for o in orders if o.refund in {Refund.REQUESTED, Refund.REFUNDED}), _("%(orders)s 在退款，不能合单。"), "order.refunding")
    refuse((o for o in orders if o.payment != Payment.PAID), _("%(orders)s 没有付清，或是货到付款，不能合单。"), "order.not_payable")
    refuse((o for o in orders if not o.merge_hash), _("%(orders)s 的收件信息被平台遮住了，认不出是不是同一人。"), "order.no_receiver")
    numbered = set(
        Order.objects.filter(pk__in=[o.pk for o in orders], parcels__waybill_no__gt="")
        .exclude(parcels__state="void").values_list("pk", flat=True)
    )  # fmt: skip
    refuse((o for o in orders if o.pk in numbered), _("%(orders)s 已有运单号。请先作废运单，再合单。"), "order.has_waybill")


@transaction.atomic
def unmerge(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Let orders travel alone again: a head frees all its members, a member itself. Raises `DomainError("order.not_waiting")` once
    they are printed. Returns how many were freed."""
    asked = set(order_ids)
    group = chosen.orders(order_ids, whole_parcels=True)
    free = [order for order in group if order.merged_into_id and (order.pk in asked or order.merged_into_id in asked)]
    chosen.refuse(
        (o for o in free if o.fulfilment != Fulfilment.WAITING), _("%(orders)s 已打印或已发货，不能取消合单。"), "order.not_waiting"
    )
    Order.objects.filter(pk__in=[order.pk for order in free]).update(merged_into=None, updated_at=now)
    heads = {order.merged_into_id for order in free}
    chosen.tell("order.unmerged", free, "merge", by=by, now=now)
    chosen.tell("order.left", [order for order in group if order.pk in heads], "merge", by=by, now=now)
    return len(free)


def clear_late(order_ids: Sequence[int], *, now: datetime) -> None:
    """Somebody saw to it: the late-joiner mark goes."""
    bit = Issue.LATE_JOINER.value
    marked = Order.objects.filter(pk__in=order_ids).annotate(bit=F("issues").bitand(bit)).filter(bit__gt=0)
    Order.objects.filter(pk__in=list(marked.values_list("pk", flat=True))).update(issues=F("issues").bitand(~bit), updated_at=now)
