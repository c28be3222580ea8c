"""The part of intake for orders that we never saw: numbers, rows, lines, locks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F

from danshu.catalogue.rows import among, listed
from danshu.core import bulk, clock, database, events
from danshu.core.actor import Actor
from danshu.orders import arrival, numbers
from danshu.orders.arrival import AT, OID, QUANTITY, REFUND, Arrived, Intake
from danshu.orders.events import LateJoiners, OrdersPaid, OrdersPlaced, RefundsRequested
from danshu.orders.models import ImportedOrder, Order, OrderLine
from danshu.orders.operations import lock
from danshu.orders.states import OPEN, PAYABLE, Issue
from danshu.stock.operations import Demand, ShortError


@dataclass(frozen=True, slots=True)
class Taken:
    """What a part of intake did."""

    order_ids: tuple[int, ...] = ()
    short_ids: tuple[int, ...] = ()
    unmapped_ids: tuple[int, ...] = ()


def numbered(intake: Intake, arrived: Sequence[Arrived]) -> list[str]:
    """Our numbers for new orders. A day's count is held until the transaction ends: stories that also hold goods take it first."""
    return numbers.allocate([each.prepared(intake).day for each in arrived])


def place(
    intake: Intake, arrived: Sequence[Arrived], given: Sequence[str] | None = None, *, by: Actor, strict: bool = False
) -> Taken:  # fmt: skip
    """Save new orders, lock stock for the open ones, announce them. Shipped and finished ones are history: nothing is locked.

    `given`: what `numbered` gave them. Orders without a number of their platform get ours.
    With `strict`, short stock refuses all: `DomainError("stock.short")`.
    """
    if not arrived:
        return Taken()
    rows = [arrival.row(intake, no, each) for no, each in zip(numbered(intake, arrived) if given is None else given, arrived, strict=True)]
    ids = dict(bulk.insert(Order, arrival.COLUMNS, rows, returning=("platform_no", "id")))
    order_ids = [ids[row[AT["platform_no"]]] for row in rows]
    line_ids = _insert_lines(intake, order_ids, arrived)
    demands = _demands(intake, rows, order_ids, line_ids, arrived)
    try:
        short_lines = lock.reserve(demands, by=by, now=intake.now, strict=strict, fresh=True)
    except ShortError as error:  # the rows go, and their ids with them: what is left to say whose goods lack is the place in the batch
        error.places = {order_ids.index(owner_id): skus for owner_id, skus in error.owners.items()}
        raise
    short_ids = _note_short(short_lines, line_ids)
    if intake.batch_id:
        bulk.insert(ImportedOrder, ("batch_id", "order_id", "before"), [(intake.batch_id, order_id, None) for order_id in order_ids])
    _tell(intake, rows, order_ids)
    announce_late(rows, order_ids)
    unmapped = tuple(order_id for order_id, row in zip(order_ids, rows, strict=True) if row[AT["issues"]] & Issue.UNMAPPED)
    return Taken(tuple(order_ids), short_ids, unmapped)


def _insert_lines(intake: Intake, order_ids: list[int], arrived: Sequence[Arrived]) -> dict[tuple[int, str], int]:
    """(order id, sub-order number) → line id."""
    rows = [
        arrival.line_row(order_id, line, found)
        for order_id, each in zip(order_ids, arrived, strict=True)
        for line, found in zip(each.prepared(intake).lines, each.found, strict=True)
    ]
    saved = bulk.insert(OrderLine, arrival.LINE_COLUMNS, rows, returning=("order_id", "oid", "id"))
    return {(order_id, oid): line_id for order_id, oid, line_id in saved}


def _demands(
    intake: Intake, rows: list[tuple[Any, ...]], order_ids: list[int], line_ids: dict[tuple[int, str], int], arrived: Sequence[Arrived]
) -> list[Demand]:
    """What the open orders want held, the most urgent first."""
    no, payment, state, ship_by, province = AT["no"], AT["payment"], AT["fulfilment"], AT["ship_by"], AT["province"]
    warehouse_id, ends = intake.shop.warehouse_id, intake.now + timedelta(minutes=intake.shop.unpaid_minutes)
    last = clock.written(ends + timedelta(days=3650))  # written moments come one after the other as the moments do
    ranked: list[tuple[str, int]] = [(row[ship_by] or last, at) for at, row in enumerate(rows) if row[state] in OPEN]
    ranked.sort()
    demands = []
    for _, at in ranked:
        row, order_id = rows[at], order_ids[at]
        for line, found in zip(arrived[at].prepared(intake).lines, arrived[at].found, strict=True):
            sku_id, pieces = arrival.goods(line[QUANTITY], found)
            if sku_id and pieces and line[REFUND] != "refunded":
                line_id = line_ids[order_id, line[OID]]
                demands.append(lock.demand(
                    line_id, order_id, sku_id, pieces, payment=row[payment], no=row[no], place=(warehouse_id, row[province]), ends=ends,
                ))  # fmt: skip
    return demands


def _note_short(short_lines: set[int], line_ids: dict[tuple[int, str], int]) -> tuple[int, ...]:
    if not short_lines:
        return ()
    short_ids = tuple(sorted({order_id for (order_id, _), line_id in line_ids.items() if line_id in short_lines}))
    OrderLine.objects.filter(pk__in=short_lines).update(is_short=True)
    Order.objects.filter(pk__in=short_ids).update(issues=F("issues").bitor(Issue.SHORT.value))
    return short_ids


def _tell(intake: Intake, rows: list[tuple[Any, ...]], order_ids: list[int]) -> None:
    payment, state, refund = AT["payment"], AT["fulfilment"], AT["refund"]
    told: list[events.Event] = [OrdersPlaced(tuple(order_ids), intake.shop.pk)]
    pairs = list(zip(order_ids, rows, strict=True))
    if paid := tuple(order_id for order_id, row in pairs if row[payment] in PAYABLE and row[state] in OPEN):
        told.append(OrdersPaid(paid))
    if refunding := tuple(order_id for order_id, row in pairs if row[refund] == "requested"):
        told.append(RefundsRequested(refunding))
    events.publish(*told)


def announce_late(rows: Sequence[Sequence[Any]], order_ids: Sequence[int]) -> None:
    """Packable newcomers whose receiver has a printed parcel that has not left yet: both are marked, and announced."""
    merge, payment, state, refund = AT["merge_hash"], AT["payment"], AT["fulfilment"], AT["refund"]
    by_hash: dict[str, list[int]] = {}
    for order_id, row in zip(order_ids, rows, strict=True):
        if row[merge] and row[state] == "waiting" and row[payment] in PAYABLE and row[refund] == "none":
            by_hash.setdefault(row[merge], []).append(order_id)
    late(by_hash)


def late(by_hash: dict[str, list[int]]) -> None:
    """`by_hash`: merge hash → waiting orders that could travel with printed ones."""
    if not by_hash:
        return
    printed = database.fetch(
        f"SELECT id, merge_hash FROM orders_order WHERE is_open AND {among('merge_hash', 'text')}"  # noqa: S608 -- our own fragment
        " AND fulfilment IN ('printed', 'checked') ORDER BY id",
        [listed(by_hash)],
    )
    if not printed:
        return
    printed_ids = tuple(order_id for order_id, _ in printed)
    late_ids = tuple(sorted(order_id for key in {key for _, key in printed} for order_id in by_hash[key]))
    Order.objects.filter(pk__in=printed_ids + late_ids).update(issues=F("issues").bitor(Issue.LATE_JOINER.value))
    events.publish(LateJoiners(late_ids, printed_ids))
