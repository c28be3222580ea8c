"""Goods sold before they are here: within the quota of their SKU, written by `reserve` and `release` alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from danshu.catalogue import rows
from danshu.core import bulk, database
from danshu.stock.models import Promise
from danshu.stock.operations.demands import Demand

PROMISE: Final = ("owner_id", "demand_id", "label", "sku_id", "quantity", "state", "created_at")


class Quotas:
    """The presale quotas of some SKUs, held until the transaction ends, and what of them these demands have by now."""

    def __init__(self, demands: Sequence[Demand]) -> None:
        tail = "" if connection.vendor == "sqlite" else " FOR UPDATE"
        found = database.fetch(
            "SELECT sku_id, quota, taken, is_open FROM stock_presale"  # noqa: S608 -- our own fragments
            f" WHERE {rows.among('sku_id')} ORDER BY id{tail}",
            [rows.listed({demand.sku_id for demand in demands})],
        )
        self.left = {sku_id: max(0, quota - taken) if is_open else 0 for sku_id, quota, taken, is_open in found}
        self.open: dict[int, int] = {}  # demand → pieces promised
        if found:
            ids = rows.listed({demand.demand_id for demand in demands})
            text = f"SELECT demand_id, quantity FROM stock_promise WHERE state = 'open' AND {rows.among('demand_id')}"  # noqa: S608 -- our own fragment
            self.open = dict(database.fetch(text, [ids]))
        self.made: list[tuple[Demand, int]] = []
        self.kept: list[int] = []

    def comes_first(self, demand: Demand) -> bool:
        """A presale demand that was promised nothing yet asks the quota, not the shelf."""
        return demand.kind == "presale" and demand.demand_id not in self.open and self.left.get(demand.sku_id, 0) >= demand.quantity

    def promise(self, demand: Demand) -> int:
        """Pieces that the demand is promised, in all: everything or what it had before."""
        had = self.open.get(demand.demand_id, 0)
        more = demand.quantity - had
        if had or self.left.get(demand.sku_id, 0) < more:
            return had
        self.left[demand.sku_id] -= more
        self.open[demand.demand_id] = demand.quantity
        self.made.append((demand, more))
        return demand.quantity

    def keep(self, demand: Demand) -> None:
        """Its goods are here and held."""
        if self.open.pop(demand.demand_id, 0):
            self.kept.append(demand.demand_id)

    def close(self, now: datetime) -> tuple[int, ...]:
        """Write it; returns the SKUs of which more is promised."""
        taken: dict[int, int] = {}
        for demand, more in self.made:
            taken[demand.sku_id] = taken.get(demand.sku_id, 0) + more
        bulk.insert(Promise, PROMISE, [(d.owner_id, d.demand_id, d.label[:60], d.sku_id, n, "open", now) for d, n in self.made])
        take(taken)
        if self.kept:
            end(self.kept, "demand_id", "kept", now)
        return tuple(taken)


def take(pieces: dict[int, int]) -> None:
    """SKU → pieces more (or fewer) that count against its quota; the database refuses to go beyond."""
    if pieces:
        text = f"UPDATE stock_presale SET taken = taken + v.more FROM {rows.table(('sku', 'more'))} WHERE sku_id = v.sku"  # noqa: S608 -- our own fragment
        rows.run(text, rows.columns(sorted(pieces.items())))


def end(ids: Iterable[int], column: str, state: str, now: datetime) -> dict[int, int]:
    """End open promises; returns SKU → pieces."""
    found = database.fetch(
        f"UPDATE stock_promise SET state = %s, closed_at = %s WHERE state = 'open' AND {rows.among(column)} RETURNING sku_id, quantity",  # noqa: S608 -- our own fragments
        [state, rows.moment(now), rows.listed(set(ids))],
    )
    pieces: dict[int, int] = {}
    for sku_id, quantity in found:
        pieces[sku_id] = pieces.get(sku_id, 0) + quantity
    return pieces


def give_back(owner_ids: Sequence[int], demand_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Open promises of these are released, and the quota has their pieces again."""
    pieces: dict[int, int] = {}
    for column, ids in (("owner_id", owner_ids), ("demand_id", demand_ids)):
        if ids:
            for sku_id, quantity in end(ids, column, "released", now).items():
                pieces[sku_id] = pieces.get(sku_id, 0) + quantity
    take({sku_id: -quantity for sku_id, quantity in pieces.items()})
    return pieces
