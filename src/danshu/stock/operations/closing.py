"""Ends of reservations: released, expired, consumed; and the way back from consumed. Idempotent by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from danshu.catalogue import rows
from danshu.core import database, events
from danshu.core.actor import SYSTEM, Actor
from danshu.stock.book import Book, Cause, Line, ensure, in_one_go
from danshu.stock.events import ReservationsLost, StockArrived, StockChanged
from danshu.stock.operations import promises
from danshu.stock.states import CONSUMED, EXPIRED, HELD, MOVES, RELEASED

EXPIRE_AT_ONCE = 5000  # rows one transaction lets go of


class Row(NamedTuple):
    id: int
    owner_id: int
    sku_id: int
    warehouse_id: int
    quantity: int
    label: str


@in_one_go
def release(
    owner_ids: Sequence[int] = (), *, demand_ids: Sequence[int] = (), by: Actor, now: datetime, expired: bool = False, reason: str = ""
) -> int:
    """Let go of what these owners, or these demands, hold or were promised; returns the number of pieces. Letting go twice changes nothing.

    With `expired`, only rows whose time is over are let go (one that was paid a moment ago stays), and their owners are announced.
    """
    after = EXPIRED if expired else RELEASED
    done, changed = _turn(_of(HELD, owner_ids, demand_ids), HELD, after, by=by, now=now, reason=reason)
    promised = {} if expired else promises.give_back(owner_ids, demand_ids, now)
    if done or promised:
        lost = [ReservationsLost(tuple(sorted({row.owner_id for row in done})), "expired")] if expired else []
        arrived = [StockArrived(changed)] if changed else []
        events.publish(StockChanged(tuple(sorted({*changed, *promised}))), *arrived, *lost)
    return sum(row.quantity for row in done) + sum(promised.values())


def expire_due(now: datetime) -> int:
    """Let go of unpaid locks whose time is over; returns how many owners lost theirs. Found by index, some thousand at a time."""
    owners: set[int] = set()
    while demands := _due(now):
        release(demand_ids=[demand_id for demand_id, _ in demands], by=SYSTEM, now=now, expired=True)
        owners |= {owner_id for _, owner_id in demands}
    return len(owners)


def _due(now: datetime) -> list[tuple[int, ...]]:
    return database.fetch(
        "SELECT demand_id, owner_id FROM stock_reservation WHERE state = 'held' AND expires_at IS NOT NULL AND expires_at <= %s"
        " ORDER BY expires_at LIMIT %s",
        [rows.moment(now), EXPIRE_AT_ONCE],
    )


@in_one_go
def consume(owner_ids: Sequence[int] = (), *, demand_ids: Sequence[int] = (), by: Actor, now: datetime, reason: str = "") -> int:
    """The goods left the house: held rows become consumed, on hand and locked fall together; returns the number of pieces."""
    done, changed = _turn(_of(HELD, owner_ids, demand_ids), HELD, CONSUMED, by=by, now=now, reason=reason)
    if done:
        events.publish(StockChanged(changed))
    return sum(row.quantity for row in done)


@in_one_go
def unconsume(owner_ids: Sequence[int] = (), *, demand_ids: Sequence[int] = (), by: Actor, now: datetime, reason: str = "") -> int:
    """Undo a shipment: the pieces are back on the shelf and held as before; returns their number."""
    found = _of(CONSUMED, owner_ids, demand_ids)
    ensure((row.sku_id, row.warehouse_id) for row in found)
    done, changed = _turn(found, CONSUMED, HELD, by=by, now=now, reason=reason)
    if done:
        events.publish(StockChanged(changed))
    return sum(row.quantity for row in done)


def _of(state: str, owner_ids: Sequence[int], demand_ids: Sequence[int]) -> list[Row]:
    found: list[tuple[object, ...]] = []
    for column, ids in (("owner_id", owner_ids), ("demand_id", demand_ids)):
        if ids:
            found += database.fetch(
                "SELECT id, owner_id, sku_id, warehouse_id, quantity, label FROM stock_reservation"  # noqa: S608 -- our own fragments
                f" WHERE state = %s AND {rows.among(column)}",
                [state, rows.listed(set(ids))],
            )
    return list({row[0]: Row(*row) for row in found}.values())  # type: ignore[arg-type]  # the columns of Row, in order


def _turn(found: Sequence[Row], before: str, after: str, *, by: Actor, now: datetime, reason: str) -> tuple[list[Row], tuple[int, ...]]:
    """Turn the rows that are still in `before`, and only those, and move the counters by what was really turned."""
    if not found or after not in MOVES[before]:
        return [], ()
    book = Book({row.sku_id for row in found}, by=by, now=now)
    due = " AND expires_at <= %s" if after == EXPIRED else ""
    turned = database.fetch(
        f"UPDATE stock_reservation SET state = %s, closed_at = %s WHERE state = %s AND {rows.among('id')}{due}"  # noqa: S608 -- our own fragments
        " RETURNING id, owner_id, sku_id, warehouse_id, quantity, label",
        [
            after,
            None if after == HELD else rows.moment(now),
            before,
            rows.listed([row.id for row in found]),
            *([rows.moment(now)] if due else []),
        ],
    )
    done = sorted(Row(*row) for row in turned)
    for row in done:
        SHIFTS[before, after](book, book.lines[row.sku_id, row.warehouse_id], row, Cause("order", row.owner_id, row.label, reason))
    return done, book.close()


def _release(book: Book, line: Line, row: Row, cause: Cause) -> None:
    book.move(line, "release", locked=-row.quantity, cause=cause)


def _expire(book: Book, line: Line, row: Row, cause: Cause) -> None:
    book.move(line, "expire", locked=-row.quantity, cause=cause)


def _ship(book: Book, line: Line, row: Row, cause: Cause) -> None:
    book.move(line, "ship", on_hand=-row.quantity, locked=-row.quantity, cause=cause)


def _unship(book: Book, line: Line, row: Row, cause: Cause) -> None:
    book.move(line, "unship", on_hand=row.quantity, locked=row.quantity, cause=cause)


SHIFTS: dict[tuple[str, str], Callable[[Book, Line, Row, Cause], None]] = {
    (HELD, RELEASED): _release,
    (HELD, EXPIRED): _expire,
    (HELD, CONSUMED): _ship,
    (CONSUMED, HELD): _unship,
}
