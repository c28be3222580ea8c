"""Correct where an order goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.channels.contract import Receiver
from danshu.core import bulk
from danshu.core.actor import Actor
from danshu.orders import prepared, receiver
from danshu.orders.models import Order
from danshu.orders.operations import chosen
from danshu.orders.states import OPEN, Issue

COLUMNS = (*receiver.COLUMNS, "issues", "updated_at")


@transaction.atomic
def edit_receiver(order_ids: Sequence[int], to: Receiver, *, by: Actor, now: datetime) -> int:
    """Write another receiver, in plain, on open orders. One that was printed is marked as changed: its label is wrong now.

    Raises `DomainError`: "order.not_open" after shipping, "order.merged" for orders that travel together.
    """
    orders = chosen.orders(order_ids)
    chosen.refuse((o for o in orders if o.fulfilment not in OPEN), _("%(orders)s 已发货或已取消，不能改地址。"), "order.not_open")
    heads = set(Order.objects.filter(merged_into__in=order_ids).values_list("merged_into_id", flat=True))
    together = [order for order in orders if order.merged_into_id or order.pk in heads]
    chosen.refuse(together, _("%(orders)s 已合单。请先取消合单，再改地址。"), "order.merged")
    rows = []
    for order in orders:
        bits = order.issues & ~Issue.ADDRESS.value
        bits |= Issue.ADDRESS.value if prepared.lacks_address(to.name, to.phone, to.address, to.province) else 0
        bits |= Issue.CHANGED.value if order.fulfilment != "waiting" else 0
        rows.append((order.pk, *receiver.columns(order.shop_id, to), bits, now))
    bulk.update(Order, ("id",), COLUMNS, rows, lock=False)
    after = " ".join(
        part for part in (receiver.mask_name(to.name), receiver.mask_phone(to.phone), to.province, to.city, to.district) if part
    )
    chosen.tell("order.readdressed", orders, "address", by=by, now=now, changes=lambda o: {"address": [_shown(o), after]})
    return len(orders)


def _shown(order: Order) -> str:
    parts = (order.receiver_name, order.receiver_phone, order.province, order.city, order.district)
    return " ".join(part for part in parts if part)
