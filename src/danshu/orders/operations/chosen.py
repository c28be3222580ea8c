"""The orders a story is about, locked in one order everywhere; and saying no with their numbers. An inner step of the other stories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.core import bulk, events, states
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders import prepared, receiver
from danshu.orders.events import OrdersChanged
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import FULFILMENT_MOVES, Fulfilment, Issue, Refund

SHOWN = 5


def orders(order_ids: Sequence[int], *, whole_parcels: bool = False) -> list[Order]:
    """The orders by id, locked until the transaction ends; with `whole_parcels` also those that travel with them.

    Raises `DomainError("order.missing")` when one does not exist.
    """
    wanted = set(order_ids)
    where = Q(pk__in=wanted)
    if whole_parcels:
        heads = set(Order.objects.filter(pk__in=wanted).values_list(Coalesce("merged_into_id", "id"), flat=True))
        where |= Q(pk__in=heads) | Q(merged_into__in=heads)
    found = list(Order.objects.filter(where).order_by("pk").select_for_update(no_key=True, of=("self",)))
    if not wanted <= {order.pk for order in found}:
        raise DomainError(_("有订单找不到了，可能导入已被撤销。请刷新页面。"), "order.missing")
    return found


def named(some: Iterable[Order]) -> str:
    """`1122-0379、1122-0380 等 7 单`."""
    numbers = [order.short_no for order in some]
    shown = "、".join(numbers[:SHOWN])
    return shown if len(numbers) <= SHOWN else _("%(orders)s 等 %(count)d 单") % {"orders": shown, "count": len(numbers)}


def refuse(some: Iterable[Order], sentence: str, code: str) -> None:
    """Raises a `DomainError` when there is any; `sentence` takes `orders`."""
    listed = list(some)
    if listed:
        raise DomainError(sentence % {"orders": named(listed)}, code, details={"order_ids": [order.pk for order in listed]})


def check_move(some: Iterable[Order], after: Fulfilment) -> list[Order]:
    """Those that are not there yet; raises `DomainError("state.not_allowed")` when one may not go there."""
    moving = [order for order in some if order.fulfilment != after]
    for order in moving:
        states.check(FULFILMENT_MOVES, Fulfilment(order.fulfilment), after, label=order.short_no)
    return moving


def tell(
    verb: str, some: Sequence[Order], what: str, *, by: Actor, now: datetime, note: str = "",
    changes: Callable[[Order], Mapping[str, Any]] | None = None, facts: Sequence[events.Event] = (),
) -> None:  # fmt: skip
    """Entry per order, and the fact for open pages."""
    if not some:
        return
    audit.record([Deed(verb, "order", order.pk, order.no, changes(order) if changes else {}, note) for order in some], by=by, now=now)
    events.publish(OrdersChanged(tuple(order.pk for order in some), what), *facts)


def restore_issues(some: Sequence[Order]) -> None:
    """What stood in the way of orders before they were closed or sent off, and does again now that they are open: 未对码, 地址不全,
    退款中. Stock says 缺货 by itself (`lock.reckon`)."""
    unmapped = set(unmapped_orders([order.pk for order in some]))
    rows = []
    for order in some:
        bits = Issue.UNMAPPED.value if order.pk in unmapped else 0
        lacks = prepared.lacks_address(order.receiver_name, order.receiver_phone, order.receiver_address, order.province)
        bits |= Issue.ADDRESS.value if lacks and order.receiver_phone != receiver.HIDDEN else 0
        bits |= Issue.REFUNDING.value if order.refund == Refund.REQUESTED else 0
        rows.append((order.pk, bits))
    bulk.update(Order, ("id",), ("issues",), rows, lock=False)


def unmapped_orders(order_ids: Sequence[int]) -> list[int]:
    """Those with a line that is wanted and means no SKU yet, or with no lines at all."""
    bare = list(Order.objects.filter(pk__in=order_ids, lines=None).values_list("pk", flat=True))
    lines = OrderLine.objects.filter(order__in=order_ids, sku=None, listing__is_ignored=False).exclude(refund="refunded")
    return bare + list(lines.values_list("order_id", flat=True).distinct())
