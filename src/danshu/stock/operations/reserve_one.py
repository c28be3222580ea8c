"""The usual demand at once: new, for goods that are no bundle, all of it in one warehouse. A hot SKU is locked for the shortest time so.

The choice of the warehouse, the conditional UPDATE, the ledger, the reservation and the fact are one statement on PostgreSQL, and four on
SQLite. Whatever is not that usual writes nothing here and takes the long way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DataError, connection

from danshu.catalogue import rows
from danshu.core import bulk, database, events
from danshu.core.actor import Actor
from danshu.stock import regions
from danshu.stock.book import LEDGER
from danshu.stock.events import StockChanged
from danshu.stock.models import LedgerEntry, Reservation
from danshu.stock.operations.demands import RESERVATION, Demand, Outcome

# sku, pieces, sku, demand, demand, home, region; a warehouse that is emptied first is chosen with too few, and then the long way splits
CHOICE = """
SELECT b.id, b.sku_id, b.warehouse_id FROM stock_balance b JOIN stock_warehouse w ON w.id = b.warehouse_id
WHERE b.sku_id = CAST(%s AS bigint) AND w.is_active
  AND b.on_hand - b.locked - b.buffer >= CASE WHEN w.is_emptied_first THEN 1 ELSE CAST(%s AS bigint) END
  AND NOT EXISTS (SELECT 1 FROM catalogue_bundlepart p WHERE p.bundle_id = CAST(%s AS bigint))
  AND NOT EXISTS (SELECT 1 FROM stock_reservation r WHERE r.demand_id = CAST(%s AS bigint) AND r.state = 'held')
  AND NOT EXISTS (SELECT 1 FROM stock_promise p WHERE p.demand_id = CAST(%s AS bigint) AND p.state = 'open')
ORDER BY CASE WHEN b.warehouse_id = CAST(%s AS bigint) THEN 0 ELSE 1 END, CASE WHEN w.regions LIKE CAST(%s AS text) THEN 0 ELSE 1 END,
  w.priority, b.warehouse_id LIMIT 1
"""
ON_SQLITE = f"""
UPDATE stock_balance SET locked = locked + %s WHERE id = (SELECT id FROM ({CHOICE})) AND on_hand - locked - buffer >= %s
RETURNING warehouse_id, on_hand, locked
"""  # noqa: S608 -- constants only
UPDATE = "UPDATE stock_balance b SET locked = b.locked + CAST(%s AS bigint)"
ENOUGH = "b.on_hand - b.locked - b.buffer >= CAST(%s AS bigint)"
LEDGER_ENTRY = f"""
INSERT INTO stock_ledgerentry ({", ".join(LEDGER)})
SELECT CAST(%s AS timestamptz), sku_id, warehouse_id, 'lock', 0, CAST(%s AS bigint), 0, on_hand, locked, '', 'order',
  CAST(%s AS bigint), %s, CAST(%s AS bigint), %s FROM moved
"""  # noqa: S608 -- constants only
HELD = f"""
INSERT INTO stock_reservation ({", ".join(RESERVATION)})
SELECT CAST(%s AS bigint), CAST(%s AS bigint), %s, sku_id, warehouse_id, CAST(%s AS integer), %s, 'held',
  CAST(%s AS timestamptz), CAST(%s AS timestamptz) FROM {{relation}}
"""  # noqa: S608 -- constants only
# In the caller's transaction: what changed decides what is written.
ON_POSTGRES = f"""
WITH choice AS ({CHOICE}),
moved AS ({UPDATE} FROM choice WHERE b.id = choice.id AND {ENOUGH} RETURNING b.sku_id, b.warehouse_id, b.on_hand, b.locked),
ledger AS ({LEDGER_ENTRY}), held AS ({HELD.format(relation="moved")}){{fact}}
SELECT warehouse_id FROM moved
"""  # noqa: S608 -- constants only
# On its own: all that does not need the balance's numbers is written before the balance is locked, for others wait for that lock. When
# the last piece is gone by then, the division ends the statement, and with it the transaction: nothing was written.
ALONE = f"""
WITH choice AS ({CHOICE}), held AS ({HELD.format(relation="choice")} RETURNING 1), fact AS ({{fact}} RETURNING 1),
moved AS (
  {UPDATE} FROM choice, (SELECT count(*) AS n FROM held) h, (SELECT count(*) AS n FROM fact) f
  WHERE b.id = choice.id AND h.n = 1 AND f.n = 1 AND {ENOUGH} RETURNING b.sku_id, b.warehouse_id, b.on_hand, b.locked
), ledger AS ({LEDGER_ENTRY})
SELECT warehouse_id, 1 / (SELECT count(*) FROM moved) FROM choice
"""  # noqa: S608 -- constants only


def at_once(demand: Demand, *, by: Actor, now: datetime) -> Outcome | None:
    """Lock the demand, or None when it takes the long way: then nothing was written."""
    if demand.quantity < 1 or demand.kind == "presale":
        return None
    fact = StockChanged((demand.sku_id,))
    if not database.ON_POSTGRES:
        with database.joined():
            warehouse_id = _on_sqlite(demand, by=by, now=now)
            if warehouse_id is not None:
                events.publish(fact)
    elif not connection.in_atomic_block and (clause := events.clause(fact, "choice")) is not None:
        warehouse_id = _alone(demand, clause, by=by, now=now)
    elif (clause := events.clause(fact, "moved")) is not None:
        warehouse_id = _on_postgres(demand, f", fact AS ({clause[0]})", clause[1], by=by, now=now)
    else:
        with database.joined():
            warehouse_id = _on_postgres(demand, "", [], by=by, now=now)
            if warehouse_id is not None:
                events.publish(fact)
    return None if warehouse_id is None else Outcome(demand.quantity, 0, 0, warehouse_id)


def _choice(demand: Demand) -> list[Any]:
    region = regions.key(demand.region)
    return [
        demand.sku_id,
        demand.quantity,
        demand.sku_id,
        demand.demand_id,
        demand.demand_id,
        demand.warehouse_id,
        f"%{region}%" if region else None,
    ]


def _ledger(demand: Demand, *, by: Actor, now: datetime) -> list[Any]:
    return [now, demand.quantity, demand.owner_id, demand.label[:60], by.id, by.name[:80]]


def _held(demand: Demand, *, now: datetime) -> list[Any]:
    return [demand.owner_id, demand.demand_id, demand.label[:60], demand.quantity, demand.kind, demand.expires_at, now]


def _alone(demand: Demand, fact: tuple[str, list[str | None]], *, by: Actor, now: datetime) -> int | None:
    more = [demand.quantity, demand.quantity]
    try:
        found = rows.fetch(
            ALONE.format(fact=fact[0]), [*_choice(demand), *_held(demand, now=now), *fact[1], *more, *_ledger(demand, by=by, now=now)]
        )
    except DataError:  # sold out between the look and the lock
        return None
    return found[0][0] if found else None


def _on_postgres(demand: Demand, fact: str, values: Sequence[Any], *, by: Actor, now: datetime) -> int | None:
    more = [demand.quantity, demand.quantity]
    found = rows.fetch(
        ON_POSTGRES.format(fact=fact), [*_choice(demand), *more, *_ledger(demand, by=by, now=now), *_held(demand, now=now), *values]
    )
    return found[0][0] if found else None


def _on_sqlite(demand: Demand, *, by: Actor, now: datetime) -> int | None:
    more, label = demand.quantity, demand.label[:60]
    found = rows.fetch(ON_SQLITE, [more, *_choice(demand), more])
    if not found:
        return None
    ((warehouse_id, on_hand, locked),) = found
    entry = (
        now, demand.sku_id, warehouse_id, "lock", 0, more, 0, on_hand, locked, "", "order", demand.owner_id, label, by.id, by.name[:80],
    )  # fmt: skip
    bulk.insert(LedgerEntry, LEDGER, [entry])
    held = (demand.owner_id, demand.demand_id, label, demand.sku_id, warehouse_id, more, demand.kind, "held", demand.expires_at, now)
    bulk.insert(Reservation, RESERVATION, [held])
    return int(warehouse_id)
