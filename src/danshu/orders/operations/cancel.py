"""Cancel orders here: their stock is free at once. And take that back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from danshu.core import bulk
from danshu.core.actor import Actor
from danshu.orders.events import OrdersCancelled
from danshu.orders.models import Order, OrderLine
from danshu.orders.operations import chosen, lock, progress
from danshu.orders.states import OPEN, Fulfilment, Issue
from danshu.stock import operations as stock

PAPERED = (Fulfilment.PRINTED, Fulfilment.CHECKED)


@transaction.atomic
def cancel(order_ids: Sequence[int], *, reason: str = "", by: Actor, now: datetime) -> int:
    """Cancel open orders and let go of what they hold, in one transaction. Returns how many were cancelled; cancelled ones stay so.

    A platform's file does not reopen them. Raises `DomainError`: "state.not_allowed" after shipping, "order.is_head" while others
    travel with one of them.
    """
    orders = chosen.check_move(chosen.orders(order_ids), Fulfilment.CANCELLED)
    ids = [order.pk for order in orders]
    heads = set(Order.objects.filter(merged_into__in=ids).exclude(pk__in=ids).values_list("merged_into_id", flat=True))
    chosen.refuse((o for o in orders if o.pk in heads), _("%(orders)s 带着合单的订单。请先取消合单，再取消这一单。"), "order.is_head")
    Order.objects.filter(pk__in=ids).update(
        fulfilment=Fulfilment.CANCELLED, cancelled_at=now, is_held=False, hold_until=None, issues=0, updated_at=now
    )
    leave_boxes(ids, by=by, now=now)
    OrderLine.objects.filter(order__in=ids, is_short=True).update(is_short=False)
    if ids:
        stock.release(ids, by=by, now=now)
        chosen.tell("order.cancelled", orders, "cancel", by=by, now=now, note=reason, facts=[OrdersCancelled(tuple(ids))])
    return len(orders)


def leave_boxes(order_ids: Sequence[int], *, by: Actor, now: datetime) -> None:
    """Orders that were just cancelled travel with nobody any more.

    Those that would have travelled with a cancelled head travel with the oldest of them, and wait: the box with its papers was the
    head's. Of a box that only lost a member the papers are wrong now, which the other orders in it say as 打印后有变更.
    """
    if not order_ids:
        return
    leaving = Order.objects.filter(pk__in=order_ids, merged_into__isnull=False)
    boxes = set(leaving.values_list("merged_into_id", flat=True)) - set(order_ids)
    leaving.update(merged_into=None)
    freed = list(Order.objects.filter(merged_into__in=order_ids).order_by("pk").select_for_update(no_key=True, of=("self",)))
    heirs: dict[int | None, int] = {}
    for order in freed:
        if order.fulfilment in OPEN:
            heirs.setdefault(order.merged_into_id, order.pk)
    heads = {order.pk: heirs.get(order.merged_into_id) if order.fulfilment in OPEN else None for order in freed}
    rows = [(pk, None if head == pk else head, now) for pk, head in heads.items()]
    bulk.update(Order, ("id",), ("merged_into_id", "updated_at"), rows, lock=False)
    progress.unprint([order.pk for order in freed if order.fulfilment in PAPERED], by=by, now=now)
    chosen.tell("order.unmerged", freed, "merge", by=by, now=now)
    stay = list(Order.objects.filter(Q(pk__in=boxes) | Q(merged_into__in=boxes)).order_by("pk"))
    papered = [order.pk for order in stay if order.fulfilment in PAPERED]
    Order.objects.filter(pk__in=papered).update(issues=F("issues").bitor(Issue.CHANGED.value), updated_at=now)
    chosen.tell("order.left", [order for order in stay if order.pk in boxes], "merge", by=by, now=now)


@transaction.atomic
def reopen(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Cancelled orders wait again and ask for their stock; what is gone meanwhile shows as 缺货.

    Raises `DomainError("order.closed")` for orders that their platform closed.
    """
    orders = [order for order in chosen.orders(order_ids) if order.fulfilment == Fulfilment.CANCELLED]
    chosen.refuse((o for o in orders if o.progress == "closed"), _("%(orders)s 是平台关闭的，只能由平台重新打开。"), "order.closed")
    ids = [order.pk for order in orders]
    Order.objects.filter(pk__in=ids).update(
        fulfilment=Fulfilment.WAITING, cancelled_at=None, printed_at=None, checked_at=None, updated_at=now
    )
    chosen.restore_issues(orders)
    lock.lock(ids, by=by, now=now)
    chosen.tell("order.reopened", orders, "cancel", by=by, now=now)
    return len(orders)
