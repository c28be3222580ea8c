"""Take an import back: new orders go, changed ones stand as before."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.core import bulk, events
from danshu.core.actor import Actor
from danshu.orders import change
from danshu.orders.events import OrdersCancelled, OrdersChanged
from danshu.orders.models import ImportedOrder, Order, OrderLine
from danshu.orders.operations import chosen, lock, refunds
from danshu.orders.states import OPEN, PAYABLE
from danshu.stock import operations as stock
from danshu.stock.models import Reservation

AT_ONCE = 2000
MOMENTS = frozenset(name for name in change.COLUMNS if name.endswith("_at") or name == "ship_by")


@dataclass(frozen=True, slots=True)
class Kept:
    """An order that the undo left alone, and why."""

    order_id: int
    no: str
    reason: str


@dataclass(frozen=True, slots=True)
class UndoReport:
    removed: int
    restored: int
    kept: tuple[Kept, ...]


@transaction.atomic
def undo_batch(batch_id: int, *, by: Actor, now: datetime) -> UndoReport:
    """Remove the orders that the batch made and restore those it changed. Orders that went on meanwhile are left alone and named:
    printed, shipped by us, merged, split, or changed by a later import."""
    ids = list(ImportedOrder.objects.filter(batch=batch_id).order_by("order_id").values_list("order_id", flat=True))
    removed, restored = 0, 0
    kept: list[Kept] = []
    for start in range(0, len(ids), AT_ONCE):
        part = _undo(batch_id, ids[start : start + AT_ONCE], by=by, now=now)
        removed, restored = removed + part.removed, restored + part.restored
        kept += part.kept
    changes = {"removed": removed, "restored": restored, "kept": len(kept)}
    audit.record([Deed("orders.import_undone", "batch", batch_id, str(batch_id), changes)], by=by, now=now)
    return UndoReport(removed, restored, tuple(kept))


def _undo(batch_id: int, order_ids: Sequence[int], *, by: Actor, now: datetime) -> UndoReport:
    """Some of the batch's orders: databases take only so many values in a statement, and a file may hold a hundred thousand."""
    rows = {row.order_id: row for row in ImportedOrder.objects.filter(batch=batch_id, order__in=order_ids)}
    orders = chosen.orders(list(rows))
    reasons = _reasons(batch_id, orders, rows)
    free = [order for order in orders if order.pk not in reasons]
    restored = [order for order in free if rows[order.pk].before]
    removed = [order for order in free if not rows[order.pk].before]
    before = [line for order in restored for line in (rows[order.pk].before or {})["lines"]]
    lock.hold([order.pk for order in free], [line["sku_id"] for line in before if line["sku_id"]])
    if removed:
        _remove(removed, by=by, now=now)
    if restored:
        _restore(restored, rows, by=by, now=now)
    ImportedOrder.objects.filter(batch=batch_id, order__in=[order.pk for order in free]).delete()
    _tell(removed, restored, by=by, now=now)
    return UndoReport(len(removed), len(restored), tuple(Kept(o.pk, o.no, reasons[o.pk]) for o in orders if o.pk in reasons))


def _reasons(batch_id: int, orders: Sequence[Order], rows: dict[int, ImportedOrder]) -> dict[int, str]:
    """Why an order cannot go back, for those that cannot."""
    ids = [order.pk for order in orders]
    later = set(ImportedOrder.objects.filter(order__in=ids, batch__gt=batch_id).values_list("order_id", flat=True))
    joined = Order.objects.filter(Q(merged__in=ids) | Q(split_off__in=ids) | Q(pk__in=ids, parcels__isnull=False))
    tied = set(joined.values_list("pk", flat=True))
    heads = set(Order.objects.filter(Q(merged_into__in=ids) | Q(split_from__in=ids)).values_list("merged_into_id", "split_from_id"))
    tied |= {order_id for pair in heads for order_id in pair if order_id}
    sent = set(Reservation.objects.filter(owner_id__in=ids, state=Reservation.State.CONSUMED).values_list("owner_id", flat=True))
    reasons = {}
    for order in orders:
        was_open = (rows[order.pk].before or {}).get("order", {}).get("fulfilment", "waiting") in OPEN
        if order.printed_at or order.checked_at:
            reasons[order.pk] = _("已打印")
        elif order.pk in sent and was_open:
            reasons[order.pk] = _("已发货")
        elif order.pk in later:
            reasons[order.pk] = _("后来的导入又改过")
        elif order.pk in tied or order.merged_into_id or order.split_from_id:
            reasons[order.pk] = _("已合单、拆单或建了包裹")
    return reasons


def _remove(orders: Sequence[Order], *, by: Actor, now: datetime) -> None:
    ids = [order.pk for order in orders]
    stock.release(ids, by=by, now=now)
    OrderLine.objects.filter(order__in=ids).delete()
    Order.objects.filter(pk__in=ids).delete()


def _restore(orders: Sequence[Order], rows: dict[int, ImportedOrder], *, by: Actor, now: datetime) -> None:
    before: dict[int, Any] = {order.pk: rows[order.pk].before for order in orders}
    columns = change.COLUMNS
    bulk.update(
        Order, ("id",), columns,
        [(i, *(now if name == "updated_at" else _value(name, each["order"][name]) for name in columns)) for i, each in before.items()],
        lock=False,
    )  # fmt: skip
    old_lines = [line for each in before.values() for line in each["lines"]]
    added = OrderLine.objects.filter(order__in=list(before)).exclude(pk__in=[line["id"] for line in old_lines])
    added_ids = list(added.values_list("pk", flat=True))
    stock.release(demand_ids=[*added_ids, *(line["id"] for line in old_lines)], by=by, now=now)
    OrderLine.objects.filter(pk__in=added_ids).delete()
    bulk.update(
        OrderLine, ("id",), change.LINE_COLUMNS, [(line["id"], *(line[name] for name in change.LINE_COLUMNS)) for line in old_lines]
    )
    lock.lock(before, by=by, now=now)
    lock.reckon(before, now=now)
    for shop_id in {order.shop_id for order in orders}:  # requests that came since the import stay heard
        refunds.follow(shop_id, [order.platform_no for order in orders], by=by, now=now)


def _value(name: str, plain: Any) -> Any:
    if plain is None:
        return None
    if name == "receiver_sealed":
        return b64decode(plain)
    return datetime.fromisoformat(plain) if name in MOMENTS else plain


def _tell(removed: Sequence[Order], restored: Sequence[Order], *, by: Actor, now: datetime) -> None:
    audit.record([Deed("order.import_undone", "order", order.pk, order.no) for order in restored], by=by, now=now)
    if touched := tuple(order.pk for order in (*removed, *restored)):
        events.publish(OrdersChanged(touched, "undo"))
    if gone := tuple(order.pk for order in removed if order.fulfilment in OPEN and order.payment in PAYABLE):
        events.publish(OrdersCancelled(gone))
