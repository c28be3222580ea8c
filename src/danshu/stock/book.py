"""The one place that writes balances and the ledger: rows locked in key order, moves collected, written by two statements.

`Book` reads the balances it is told to lock and keeps their running numbers. `move` changes them in memory and refuses what is not
there; `close` writes one set-based UPDATE, in which the database checks again, and the ledger rows. When the database counts
other rows than we did, `StaleError` makes the caller begin again with fresh numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from django.db import connection, transaction

from danshu.catalogue import rows
from danshu.core import bulk, database
from danshu.core.actor import Actor
from danshu.stock.models import Balance, LedgerEntry

P = ParamSpec("P")
R = TypeVar("R")
TRIES = 5


class StaleError(Exception):
    """Another writer was faster: the numbers we reckoned with are old."""


@dataclass(slots=True)
class Line:
    """The running counters of one SKU in one warehouse; `touched` ones are written at the end."""

    id: int
    sku_id: int
    warehouse_id: int
    on_hand: int
    locked: int
    defective: int
    buffer: int
    inspecting: int
    incoming: int
    in_transit: int
    moved: list[int] = field(default_factory=lambda: [0] * 6)

    @property
    def sellable(self) -> int:
        """Never below zero: what one warehouse lacks does not make another's goods unsellable."""
        return max(0, self.on_hand - self.locked - self.buffer)


class Cause(NamedTuple):
    """Why a counter moved: shown in the ledger."""

    kind: str = ""
    id: int | None = None
    label: str = ""
    reason: str = ""


NOTHING = Cause()

COUNTERS = ("on_hand", "locked", "defective", "inspecting", "incoming", "in_transit")
PLACES = {name: place for place, name in enumerate(COUNTERS)}
LEDGER = (
    "at", "sku_id", "warehouse_id", "kind", "on_hand_delta", "locked_delta", "defective_delta", "on_hand_after", "locked_after",
    "reason", "cause_kind", "cause_id", "cause_label", "actor_id", "actor_name",
)  # fmt: skip
WAYS = ("inspecting_delta", "incoming_delta", "in_transit_delta")  # not named by the usual entries, which move none of them


class Book:
    """Opened inside a transaction for some SKUs; holds their balance rows until the transaction ends."""

    def __init__(self, sku_ids: Iterable[int], *, by: Actor, now: datetime) -> None:
        self.by, self.at = by, now
        self.entries: list[tuple[object, ...]] = []
        self.ways: dict[int, tuple[int, int, int]] = {}  # place of an entry → its deltas of `WAYS`
        tail = "" if connection.vendor == "sqlite" else " FOR UPDATE OF b"  # SQLite's transaction holds the whole file already
        found = database.fetch(
            "SELECT b.id, b.sku_id, b.warehouse_id, b.on_hand, b.locked, b.defective, b.buffer, b.inspecting, b.incoming,"  # noqa: S608 -- our own fragments
            " b.in_transit, w.priority, w.is_active, w.regions, w.is_emptied_first"
            " FROM stock_balance b JOIN stock_warehouse w ON w.id = b.warehouse_id"
            f" WHERE {rows.among('b.sku_id')} ORDER BY b.id{tail}",
            [rows.listed(sku_ids)],
        )
        self.lines: dict[tuple[int, int], Line] = {(row[1], row[2]): Line(*row[:10]) for row in found}
        self.order: dict[int, list[Line]] = {}  # by SKU, in shipping order of the active warehouses
        for row in sorted(found, key=lambda row: (row[10], row[2])):
            if row[11]:
                self.order.setdefault(row[1], []).append(self.lines[row[1], row[2]])
        self.regions: dict[int, str] = {row[2]: row[12] for row in found}
        self.emptied_first = {row[2] for row in found if row[13]}

    def route(self, sku_id: int, home: int | None, region: str) -> list[Line]:
        """The SKU's lines in the order in which they are asked: `home`, those that serve the region, then in shipping order."""
        lines = self.order.get(sku_id, [])
        if len(lines) < 2:
            return lines
        return sorted(lines, key=lambda x: (x.warehouse_id != home, not region or region not in self.regions[x.warehouse_id]))

    def move(self, line: Line, kind: str, *, cause: Cause = NOTHING, **pieces: int) -> None:
        """Change the counters (`COUNTERS` by name) and note why. One that drifted below what leaves it stops at zero: parcels go on, and
        `check` tells of the difference."""
        deltas = [0] * len(COUNTERS)
        for name, wanted in pieces.items():
            place, before = PLACES[name], getattr(line, name)
            deltas[place] = delta = max(wanted, -before)
            setattr(line, name, before + delta)
            line.moved[place] += delta
        self.note(line, kind, deltas, cause)

    def note(self, line: Line, kind: str, deltas: Sequence[int], cause: Cause) -> None:
        """A ledger entry (deltas as `COUNTERS`) with the counters as they stand after it."""
        if any(deltas[3:]):
            self.ways[len(self.entries)] = (deltas[3], deltas[4], deltas[5])
        self.entries.append((
            self.at, line.sku_id, line.warehouse_id, kind, *deltas[:3], line.on_hand, line.locked,
            cause.reason[:120], cause.kind, cause.id, cause.label[:60], self.by.id, self.by.name[:80],
        ))  # fmt: skip

    def close(self) -> tuple[int, ...]:
        """Write everything; returns the SKUs whose counters changed. Raises `StaleError` when the database sees other numbers."""
        changes = [(line.id, *line.moved) for line in self.lines.values() if any(line.moved)]
        if changes and rows.run(CHANGE.format(table=rows.table(V)), rows.columns(changes)) != len(changes):
            raise StaleError
        self._write()
        return tuple(sorted({line.sku_id for line in self.lines.values() if any(line.moved)}))

    def settle(self, lines: Iterable[Line]) -> None:
        """Write the running numbers of these lines as they are, whatever the database holds, and the ledger: for repairs only."""
        found = [(x.id, x.on_hand, x.locked, x.defective, x.inspecting, x.incoming, x.in_transit) for x in lines]
        rows.run(SET.format(table=rows.table(V)), rows.columns(found))
        self._write()

    def _write(self) -> None:
        if not self.ways:
            bulk.insert(LedgerEntry, LEDGER, self.entries)
        else:
            wide = [(*entry, *self.ways.get(place, (0, 0, 0))) for place, entry in enumerate(self.entries)]
            bulk.insert(LedgerEntry, (*LEDGER, *WAYS), wide)


V = ("id", "h", "l", "d", "i", "c", "t")
SET = """
UPDATE stock_balance SET on_hand = v.h, locked = v.l, defective = v.d, inspecting = v.i, incoming = v.c, in_transit = v.t
FROM {table} WHERE stock_balance.id = v.id
"""

# What locks more must find it above the buffer; what takes away must leave the locked pieces on the shelf.
CHANGE = """
UPDATE stock_balance SET on_hand = on_hand + v.h, locked = locked + v.l, defective = defective + v.d, inspecting = inspecting + v.i,
  incoming = incoming + v.c, in_transit = in_transit + v.t FROM {table}
WHERE stock_balance.id = v.id
  AND on_hand + v.h - locked - v.l >= CASE WHEN v.l > 0 AND v.h = 0 THEN buffer ELSE 0 END
"""


def ensure(pairs: Iterable[tuple[int, int]]) -> None:
    """Make the balance rows (SKU, warehouse) that do not exist yet: a missing row means 0."""
    columns = ("sku_id", "warehouse_id", "on_hand", "locked", "defective", "incoming", "buffer")
    bulk.insert(Balance, columns, [(*pair, 0, 0, 0, 0, 0) for pair in sorted(set(pairs))], conflict=())


def in_one_go(story: Callable[P, R]) -> Callable[P, R]:
    """Run the story in one transaction, and again with fresh numbers when another writer was faster."""

    @wraps(story)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TRIES - 1):
            try:
                with transaction.atomic():
                    return story(*args, **kwargs)
            except StaleError:
                continue
        with transaction.atomic():
            return story(*args, **kwargs)

    return told
