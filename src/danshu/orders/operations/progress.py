"""Along the bench: printed, checked, shipped, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from danshu.core.actor import Actor
from danshu.orders.events import OrdersShipped
from danshu.orders.models import Order
from danshu.orders.operations import chosen, lock
from danshu.orders.operations.doubts import LOOKED_AT
from danshu.orders.states import Fulfilment, Issue
from danshu.stock import operations as stock


@transaction.atomic
def mark_printed(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """The papers came out; printing again keeps the first moment and the state. Raises `DomainError("state.not_allowed")`."""
    fresh = [order for order in chosen.orders(order_ids) if order.fulfilment not in {Fulfilment.PRINTED, Fulfilment.CHECKED}]
    chosen.check_move(fresh, Fulfilment.PRINTED)
    _set(fresh, fulfilment=Fulfilment.PRINTED, printed_at=now, updated_at=now)
    chosen.tell("order.printed", fresh, "print", by=by, now=now)
    return len(fresh)


@transaction.atomic
def unprint(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Back to waiting: the papers were thrown away. Raises `DomainError("order.not_printed")` for others than printed and checked.

    A cancelled order that lay in the same box stays cancelled.
    """
    wanted = set(order_ids)
    orders = [
        order for order in chosen.orders(order_ids, whole_parcels=True) if order.pk in wanted or order.fulfilment != Fulfilment.CANCELLED
    ]
    wrong = (o for o in orders if o.fulfilment not in {Fulfilment.WAITING, Fulfilment.PRINTED, Fulfilment.CHECKED})
    chosen.refuse(wrong, _("%(orders)s 不是「已打印」，退不回待处理。"), "order.not_printed")
    back = [order for order in orders if order.fulfilment != Fulfilment.WAITING]
    _set(
        back, fulfilment=Fulfilment.WAITING, printed_at=None, checked_at=None, updated_at=now,
        issues=F("issues").bitand(~LOOKED_AT),  # they speak of the papers
    )  # fmt: skip
    chosen.tell("order.unprinted", back, "undo", by=by, now=now)
    return len(back)


@transaction.atomic
def mark_checked(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Every item was scanned. Raises `DomainError("state.not_allowed")`."""
    fresh = chosen.check_move(chosen.orders(order_ids), Fulfilment.CHECKED)
    _set(fresh, fulfilment=Fulfilment.CHECKED, checked_at=now, updated_at=now)
    chosen.tell("order.checked", fresh, "check", by=by, now=now)
    return len(fresh)


@transaction.atomic
def mark_shipped(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """The goods left: what is still held is consumed, exceptions are over. Shipping twice changes nothing.

    Raises `DomainError("state.not_allowed")` for cancelled orders.
    """
    there = {Fulfilment.SHIPPED, Fulfilment.DELIVERED}
    fresh = [order for order in chosen.orders(order_ids) if order.fulfilment not in there]
    chosen.check_move(fresh, Fulfilment.SHIPPED)
    ids = [order.pk for order in fresh]
    _set(
        fresh, fulfilment=Fulfilment.SHIPPED, shipped_at=now, updated_at=now, is_held=False, hold_until=None,
        issues=F("issues").bitand(Issue.REFUNDING.value),
    )  # fmt: skip
    if ids:
        stock.consume(ids, by=by, now=now)
        chosen.tell("order.shipped", fresh, "ship", by=by, now=now, facts=[OrdersShipped(tuple(ids))])
    return len(fresh)


@transaction.atomic
def mark_left(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Of these cancelled orders a part had left the house: only the rest is cancelled, which has let go of its stock, and somebody must
    see to what is on its way. Others stay as they are."""
    gone = [order for order in chosen.orders(order_ids) if order.fulfilment == Fulfilment.CANCELLED]
    _set(gone, fulfilment=Fulfilment.SHIPPED, shipped_at=now, cancelled_at=None, updated_at=now)
    chosen.tell("order.shipped", gone, "ship", by=by, now=now)
    return len(gone)


@transaction.atomic
def unship(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Take a shipping back: goods return to the shelf and to their locks, the order to where it stood before by its own marks."""
    orders = [order for order in chosen.orders(order_ids) if order.fulfilment == Fulfilment.SHIPPED]
    back: dict[Fulfilment, list[Order]] = {Fulfilment.CHECKED: [], Fulfilment.PRINTED: [], Fulfilment.WAITING: []}
    for order in orders:
        back[Fulfilment.CHECKED if order.checked_at else Fulfilment.PRINTED if order.printed_at else Fulfilment.WAITING].append(order)
    for state, some in back.items():
        _set(some, fulfilment=state, shipped_at=None, updated_at=now)
    if orders:
        ids = [order.pk for order in orders]
        lock.hold(ids)
        chosen.restore_issues(orders)
        stock.unconsume(ids, by=by, now=now)
        lock.lock(ids, by=by, now=now)
        lock.reckon(ids, now=now)
        chosen.tell("order.unshipped", orders, "undo", by=by, now=now)
    return len(orders)


def _set(orders: Sequence[Order], **values: Any) -> None:
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(**values)
