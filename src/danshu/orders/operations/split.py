"""One order travels in several parcels at several times: 拆单. Amounts are shared to the last fen, locks go with their goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.core import bulk, money
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders.models import Order, OrderLine
from danshu.orders.operations import chosen, lock
from danshu.orders.operations.chosen import unmapped_orders
from danshu.orders.states import Fulfilment, Issue
from danshu.stock import operations as stock

Part = Sequence[tuple[int, int]]  # (line id, pieces as sold)
AMOUNTS = ("goods_fen", "freight_fen", "discount_fen", "paid_fen")
COPIED = tuple(field.attname for field in Order._meta.concrete_fields if field.attname not in {"id", "is_open", "is_ready"})  # noqa: SLF001 -- Django's public meta API
LINE = tuple(field.attname for field in OrderLine._meta.concrete_fields if field.attname != "id")  # noqa: SLF001 -- as above


@dataclass(slots=True)
class _Plan:
    """Pieces of each line by part; part 0 is what stays."""

    lines: list[OrderLine]
    taken: list[dict[int, int]]

    def weight(self, part: int) -> int:
        """What the part's goods cost the buyer, to share the order's amounts by."""
        return sum(line.paid_fen * self.taken[part].get(line.pk, 0) // line.quantity for line in self.lines)


@transaction.atomic
def split(order_id: int, parts: Sequence[Part], *, by: Actor, now: datetime) -> list[int]:
    """Each part becomes an order of its own, numbered `…-2`, `…-3`; the rest stays. Returns the new orders' ids.

    Raises `DomainError`: "order.not_waiting" once printed, "order.merged" for orders that travel together, "order.split" when a part
    is empty, wants more than there is, or nothing would stay.
    """
    order = chosen.orders([order_id])[0]
    _check(order)
    lock.hold([order.pk])
    lines = list(order.lines.order_by("pk"))
    plan = _plan(order, lines, parts)
    head_id = order.split_from_id or order.pk
    count = Order.objects.filter(split_from=head_id).count()
    rows = _orders(order, plan, head_id, count, now)
    ids = dict(bulk.insert(Order, COPIED, rows, returning=("no", "id")))
    new_ids = [ids[row[COPIED.index("no")]] for row in rows]
    _move_lines(order, plan, new_ids, by=by, now=now)
    _settle(order, [order.pk, *new_ids], by=by, now=now)
    numbers = " ".join(sorted(ids))
    chosen.tell("order.split", [order], "split", by=by, now=now, changes=lambda _order: {"into": ["", numbers]})
    chosen.tell("order.split_off", list(Order.objects.filter(pk__in=new_ids)), "split", by=by, now=now)
    return new_ids


def _check(order: Order) -> None:
    if order.fulfilment != Fulfilment.WAITING:
        chosen.refuse([order], _("%(orders)s 已打印或已发货，不能拆单。"), "order.not_waiting")
    if order.merged_into_id or Order.objects.filter(merged_into=order.pk).exists():
        chosen.refuse([order], _("%(orders)s 已合单。请先取消合单，再拆单。"), "order.merged")


def _plan(order: Order, lines: list[OrderLine], parts: Sequence[Part]) -> _Plan:
    left = {line.pk: line.quantity for line in lines}
    taken: list[dict[int, int]] = []
    for part in parts:
        mine: dict[int, int] = {}
        for line_id, pieces in part:
            if line_id not in left or pieces <= 0 or pieces > left[line_id]:
                raise DomainError(_("%(order)s 拆出的数量比订单里的多。请重新填写。") % {"order": order.short_no}, "order.split")
            left[line_id] -= pieces
            mine[line_id] = mine.get(line_id, 0) + pieces
        taken.append(mine)
    if not taken or not all(taken) or not any(left.values()):
        raise DomainError(_("%(order)s 拆出的每一部分都要有商品，原单也要留下至少一件。") % {"order": order.short_no}, "order.split")
    return _Plan(lines, [left, *taken])


def _orders(order: Order, plan: _Plan, head_id: int, count: int, now: datetime) -> list[list[Any]]:
    """Rows for the parts; the order itself gets its own share and is saved by `_settle`."""
    weights = [plan.weight(part) for part in range(len(plan.taken))]
    shares = {name: money.split(getattr(order, name), weights) for name in AMOUNTS}
    root, platform_root = order.no.rpartition("-")[0], order.platform_no.rpartition("-")[0]
    if order.split_from_id is None:
        root, platform_root = order.no, order.platform_no
    rows = []
    for part in range(1, len(plan.taken)):
        suffix = f"-{count + part + 1}"
        values = {name: getattr(order, name) for name in COPIED} | {
            "no": root + suffix, "platform_no": platform_root[: 64 - len(suffix)] + suffix, "split_from_id": head_id,
            "created_at": now, "updated_at": now, "issues": order.issues & ~(Issue.SHORT.value | Issue.UNMAPPED.value),
            **{name: shares[name][part] for name in AMOUNTS},
        }  # fmt: skip
        rows.append([values[name] for name in COPIED])
    for name in AMOUNTS:
        setattr(order, name, shares[name][0])
    return rows


def _move_lines(order: Order, plan: _Plan, new_ids: list[int], *, by: Actor, now: datetime) -> None:
    """Whole lines go with their locks; of divided ones the lock is let go, and asked for again by both sides."""
    owners: dict[int, int] = {}
    divided: list[int] = []
    kept, fresh = [], []
    for line in plan.lines:
        where = [part for part, taken in enumerate(plan.taken) if taken.get(line.pk)]
        home = order.pk if where[0] == 0 else new_ids[where[0] - 1]
        if len(where) > 1:
            divided.append(line.pk)
        if home != order.pk:
            owners[line.pk] = home
        paid = money.split(line.paid_fen, [plan.taken[part][line.pk] for part in where])
        for part, share in zip(where, paid, strict=True):
            pieces = plan.taken[part][line.pk]
            values = {name: getattr(line, name) for name in LINE} | {
                "quantity": pieces, "sku_quantity": line.sku_quantity * pieces // line.quantity, "paid_fen": share,
            }  # fmt: skip
            if part == where[0]:
                kept.append((line.pk, home, pieces, values["sku_quantity"], share))
            else:
                fresh.append([*({**values, "order_id": new_ids[part - 1], "is_short": False}[name] for name in LINE)])
    if divided:
        stock.release(demand_ids=divided, by=by, now=now)
    stock.move_owners(owners)
    bulk.update(OrderLine, ("id",), ("order_id", "quantity", "sku_quantity", "paid_fen"), kept)
    bulk.insert(OrderLine, LINE, fresh)


def _settle(order: Order, ids: list[int], *, by: Actor, now: datetime) -> None:
    """Counts, marks and locks of all parts."""
    unmapped = set(unmapped_orders(ids))
    counts = {order_id: [0, 0] for order_id in ids}
    for order_id, quantity in OrderLine.objects.filter(order__in=ids).exclude(refund="refunded").values_list("order_id", "quantity"):
        counts[order_id][0] += 1
        counts[order_id][1] += quantity
    base = order.issues & ~(Issue.SHORT.value | Issue.UNMAPPED.value)
    bulk.update(
        Order, ("id",), ("kind_count", "item_count", "issues", "updated_at"),
        [(i, *counts[i], base | (Issue.UNMAPPED.value if i in unmapped else 0), now) for i in ids], lock=False,
    )  # fmt: skip
    bulk.update(Order, ("id",), AMOUNTS, [(order.pk, *(getattr(order, name) for name in AMOUNTS))], lock=False)
    lock.lock(ids, by=by, now=now)
    lock.reckon(ids, now=now)
