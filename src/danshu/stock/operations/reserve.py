"""Lock stock for order lines. This is the only code that locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from danshu.catalogue import queries as catalogue
from danshu.catalogue import rows
from danshu.catalogue.models import Sku
from danshu.core import bulk, database, events
from danshu.core.actor import Actor
from danshu.stock import regions
from danshu.stock.book import Book, Cause, Line, in_one_go
from danshu.stock.events import StockChanged
from danshu.stock.models import Reservation
from danshu.stock.operations import reserve_one
from danshu.stock.operations.demands import RESERVATION, Demand, Outcome, ShortError
from danshu.stock.operations.promises import Quotas

Grant = tuple[Line, int]


def reserve(demands: Sequence[Demand], *, by: Actor, now: datetime, strict: bool = False, fresh: bool = False) -> list[Outcome]:
    """Lock stock for the demands, in their order; outcomes are aligned with them.

    Each demand gets everything or nothing: from the warehouse it names, else the one its owner's other lines come from, else the
    first on its route (serving the receiver's region, then in shipping order) that has all of it, else spread over several. With
    `strict`, one demand without stock refuses them all: `DomainError("stock.short")`, and nothing is held. `fresh` promises that nothing
    was ever held for these demands: their lines were made in this transaction.
    """
    if len(demands) == 1 and not strict and (outcome := reserve_one.at_once(demands[0], by=by, now=now)):
        return [outcome]
    # a part of a longer story holds its rows until that ends: its numbers cannot grow old, so it needs no savepoint to begin again
    serve = _serve if connection.in_atomic_block else in_one_go(_serve)
    return serve(demands, by=by, now=now, strict=strict, fresh=fresh)


def _serve(demands: Sequence[Demand], *, by: Actor, now: datetime, strict: bool, fresh: bool) -> list[Outcome]:
    wanted = catalogue.explode([(demand.sku_id, demand.quantity) for demand in demands])
    book = Book({sku_id for parts in wanted for sku_id, _ in parts}, by=by, now=now)
    held = {} if fresh else _held(demands)
    clerk, quotas = _Clerk(book, held), Quotas(demands)
    outcomes = [_answer(clerk, quotas, demand, parts) for demand, parts in zip(demands, wanted, strict=True)]
    if strict and any(outcome.short > outcome.promised for outcome in outcomes):
        raise _refusal(demands, outcomes)
    changed = tuple(sorted({*book.close(), *quotas.close(now)}))
    _write(clerk.grants, held, now)
    if changed:
        events.publish(StockChanged(changed))
    return outcomes


def _answer(clerk: _Clerk, quotas: Quotas, demand: Demand, parts: list[tuple[int, int]]) -> Outcome:
    """From the shelf; what is not there, from the presale quota."""
    if quotas.comes_first(demand) and not clerk.holds(demand):
        return Outcome(0, demand.quantity, 0, None, quotas.promise(demand))
    outcome = clerk.serve(demand, parts)
    if outcome.short:
        return outcome._replace(promised=quotas.promise(demand))
    quotas.keep(demand)
    return outcome


class _Clerk:
    """Grants demand after demand from the book's running numbers."""

    def __init__(self, book: Book, held: dict[tuple[int, int, int], int]) -> None:
        self.book = book
        self.held: dict[tuple[int, int], int] = {}
        for (demand_id, sku_id, _warehouse), quantity in held.items():
            self.held[demand_id, sku_id] = self.held.get((demand_id, sku_id), 0) + quantity
        self.last: dict[int, int] = {}  # owner → warehouse: one parcel rather than two
        self.grants: list[tuple[Demand, Line, int]] = []

    def holds(self, demand: Demand) -> bool:
        return any(demand_id == demand.demand_id for demand_id, _sku in self.held)

    def serve(self, demand: Demand, parts: list[tuple[int, int]]) -> Outcome:
        region = regions.key(demand.region)
        needs = [(sku_id, each - self.held.get((demand.demand_id, sku_id), 0)) for sku_id, each in parts]
        taken: list[Grant] = []
        home = demand.warehouse_id or self.last.get(demand.owner_id)
        if len(parts) > 1:
            home = self._home_of_all(needs, home, region)
        for sku_id, need in needs:
            if need > 0:
                grants = _pick(self.book.route(sku_id, home, region), need, self.book.emptied_first)
                if not grants:
                    return Outcome(0, demand.quantity, self._left(demand, parts), None)
                taken += grants
        self._take(demand, taken)
        warehouse_id = taken[0][0].warehouse_id if taken else home
        if warehouse_id:
            self.last[demand.owner_id] = warehouse_id
        return Outcome(demand.quantity, 0, 0, warehouse_id)

    def _take(self, demand: Demand, taken: list[Grant]) -> None:
        cause = Cause("order", demand.owner_id, demand.label)
        for line, quantity in taken:
            self.book.move(line, "lock", locked=quantity, cause=cause)
            self.grants.append((demand, line, quantity))
            key = demand.demand_id, line.sku_id
            self.held[key] = self.held.get(key, 0) + quantity

    def _home_of_all(self, needs: list[tuple[int, int]], home: int | None, region: str) -> int | None:
        """The warehouse that has all parts of a bundle, `home` first; `home` when none has."""
        lines = self.book.lines
        for first in self.book.route(needs[0][0], home, region):
            found = (lines.get((sku_id, first.warehouse_id)) for sku_id, _ in needs)
            if all(line and line.sellable >= need for line, (_, need) in zip(found, needs, strict=True)):
                return first.warehouse_id
        return home

    def _left(self, demand: Demand, parts: list[tuple[int, int]]) -> int:
        """How many pieces (or whole sets) the demand could still have."""
        return min(
            (sum(line.sellable for line in self.book.order.get(sku_id, ())) * demand.quantity // each for sku_id, each in parts),
            default=0,
        )


def _pick(lines: Sequence[Line], need: int, emptied_first: set[int]) -> list[Grant]:
    """Where `need` pieces come from, asked in this order; empty when all warehouses together have fewer.

    One that has all of it is taken, so that one parcel goes out, unless one before it is to be emptied first.
    """
    start = 0
    for place, line in enumerate(lines):
        if line.sellable >= need:
            return [(line, need)]
        if line.sellable and line.warehouse_id in emptied_first:
            start = place
            break
    grants: list[Grant] = []
    for line in [*lines[start:], *lines[:start]]:
        if part := min(line.sellable, need):
            grants.append((line, part))
            need -= part
    return grants if need == 0 else []


def _held(demands: Sequence[Demand]) -> dict[tuple[int, int, int], int]:
    """What the demands hold by now: (demand, SKU, warehouse) → pieces."""
    found = database.fetch(
        "SELECT demand_id, sku_id, warehouse_id, quantity FROM stock_reservation"  # noqa: S608 -- our own fragment
        f" WHERE state = 'held' AND {rows.among('demand_id')}",
        [rows.listed({demand.demand_id for demand in demands})],
    )
    return {(row[0], row[1], row[2]): row[3] for row in found}


def _write(grants: Iterable[tuple[Demand, Line, int]], held: dict[tuple[int, int, int], int], now: datetime) -> None:
    """One row per demand, SKU and warehouse: new ones are inserted, topped-up ones grow."""
    fresh: dict[tuple[int, int, int], list[object]] = {}
    grown: dict[tuple[int, int, int], int] = {}
    for demand, line, quantity in grants:
        key = demand.demand_id, line.sku_id, line.warehouse_id
        if key in held:
            grown[key] = grown.get(key, 0) + quantity
        elif key in fresh:
            fresh[key][5] += quantity  # type: ignore[operator]  # the quantity of RESERVATION
        else:
            fresh[key] = [
                demand.owner_id, demand.demand_id, demand.label[:60], line.sku_id, line.warehouse_id, quantity,
                demand.kind, "held", demand.expires_at, now,
            ]  # fmt: skip
    bulk.insert(Reservation, RESERVATION, list(fresh.values()))
    if grown:
        table = rows.table(("demand", "sku", "warehouse", "more"))
        rows.run(
            f"UPDATE stock_reservation SET quantity = quantity + v.more FROM {table} WHERE state = 'held'"  # noqa: S608 -- our own fragment
            " AND demand_id = v.demand AND sku_id = v.sku AND warehouse_id = v.warehouse",
            rows.columns([(*key, more) for key, more in grown.items()]),
        )


def _refusal(demands: Sequence[Demand], outcomes: Sequence[Outcome]) -> ShortError:
    lacking = [(demand, outcome) for demand, outcome in zip(demands, outcomes, strict=True) if outcome.short > outcome.promised]
    short = {demand.sku_id: outcome for demand, outcome in lacking}
    names = Sku.objects.in_bulk(list(short))
    parts = [
        _("%(code)s %(name)s 还剩 %(left)d 件，要 %(wanted)d 件")
        % {"code": names[sku_id].code, "name": names[sku_id].name, "left": outcome.left, "wanted": outcome.short}
        for sku_id, outcome in list(short.items())[:5]
    ]
    if len(short) > 5:
        parts.append(_("另有 %(count)d 款") % {"count": len(short) - 5})
    owners: dict[int, list[dict[str, Any]]] = {}
    for demand, outcome in lacking:
        owners.setdefault(demand.owner_id, []).append(_lack(demand.sku_id, names, outcome))
    return ShortError(
        _("库存不足：%(goods)s。这一单没有保存。请减少数量，或先入库。") % {"goods": "；".join(parts)},
        skus=[_lack(sku_id, names, outcome) for sku_id, outcome in short.items()],
        owners=owners,
    )


def _lack(sku_id: int, names: Mapping[int, Sku], outcome: Outcome) -> dict[str, Any]:
    return {"sku_id": sku_id, "sku": names[sku_id].code, "left": outcome.left, "wanted": outcome.short}
