"""Orders of own shops whose money has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.channels.models import Shop
from danshu.core import bulk
from danshu.core.actor import Actor
from danshu.orders.events import OrdersPaid
from danshu.orders.models import Order
from danshu.orders.operations import chosen, lock
from danshu.orders.operations.ingest_fresh import late
from danshu.orders.states import OPEN, Payment
from danshu.stock import operations as stock

WAITING = {Payment.UNPAID, Payment.DEPOSIT}
COLUMNS = ("payment", "paid_at", "ship_by", "updated_at")


@transaction.atomic
def pay(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Write that the buyers paid: locks no longer end, what had ended is asked for again (缺货 when it is gone), the promise to ship
    begins. Paid ones stay as they are. Returns how many changed. Raises `DomainError("order.not_open")` for cancelled and shipped ones."""
    orders = [order for order in chosen.orders(order_ids) if order.payment in WAITING]
    chosen.refuse((o for o in orders if o.fulfilment not in OPEN), _("%(orders)s 已发货或已取消，不能再记付款。"), "order.not_open")
    if not orders:
        return 0
    hours = dict(Shop.objects.filter(pk__in={order.shop_id for order in orders}).values_list("pk", "ship_hours"))
    rows = [(o.pk, Payment.PAID.value, now, o.ship_by or now + timedelta(hours=hours[o.shop_id]), now) for o in orders]
    bulk.update(Order, ("id",), COLUMNS, rows, lock=False)
    ids = [order.pk for order in orders]
    stock.mark_paid(ids, by=by, now=now)
    lock.lock(ids, by=by, now=now)
    joined: dict[str, list[int]] = {}
    for order in orders:
        if order.merge_hash and order.fulfilment == "waiting" and order.refund == "none":
            joined.setdefault(order.merge_hash, []).append(order.pk)
    late(joined)
    chosen.tell(
        "order.paid", orders, "payment", by=by, now=now, changes=lambda o: {"payment": [o.payment, Payment.PAID.value]},
        facts=[OrdersPaid(tuple(ids))],
    )  # fmt: skip
    return len(orders)
