"""The usual demand at once: new, for goods that are no bundle, all of it in one warehouse. A hot SKU is locked for the shortest time so.

The choice of the warehouse, the conditional UPDATE, the ledger, the reservation and the fact are one call on PostgreSQL, of a function that
stands in `migrations/0002_reserve_one.py`, and four statements on SQLite: the two say the same. Whatever is not that usual writes nothing
here and takes the long way.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import connection

from danshu.core import bulk, database, events
from danshu.core.actor import Actor
from danshu.stock import regions
from danshu.stock.book import LEDGER
from danshu.stock.events import StockChanged
from danshu.stock.models import LedgerEntry, Reservation
from danshu.stock.operations.demands import RESERVATION, Demand, Outcome

# A warehouse that is emptied first is chosen with too few, and then the long way splits.
ON_SQLITE = """
UPDATE stock_balance SET locked = locked + %(pieces)s WHERE id = (
  SELECT b.id FROM stock_balance b JOIN stock_warehouse w ON w.id = b.warehouse_id
  WHERE b.sku_id = %(want)s AND w.is_active
    AND b.on_hand - b.locked - b.buffer >= CASE WHEN w.is_emptied_first THEN 1 ELSE %(pieces)s END
    AND NOT EXISTS (SELECT 1 FROM catalogue_bundlepart p WHERE p.bundle_id = %(want)s)
    AND NOT EXISTS (SELECT 1 FROM stock_reservation r WHERE r.demand_id = %(demand)s AND r.state = 'held')
    AND NOT EXISTS (SELECT 1 FROM stock_promise p WHERE p.demand_id = %(demand)s AND p.state = 'open')
  ORDER BY CASE WHEN b.warehouse_id = %(home)s THEN 0 ELSE 1 END, CASE WHEN w.regions LIKE %(area)s THEN 0 ELSE 1 END,
    w.priority, b.warehouse_id LIMIT 1
) AND on_hand - locked - buffer >= %(pieces)s
RETURNING warehouse_id, on_hand, locked
"""
# No transaction around it: then its end is ours too, and the row is let go before the disk has answered. The caller still waits for that.
ALONE = """
CALL stock_reserve_one_alone(%s::bigint, %s::bigint, %s::bigint, %s::text, %s::bigint, %s::bigint, %s::text, %s::text, %s::timestamptz,
  %s::timestamptz, %s::bigint, %s::text, %s::text, %s::jsonb, NULL)
"""
JOINED = ALONE.replace("CALL stock_reserve_one_alone", "SELECT stock_reserve_one").replace(", NULL)", ", false)")


def at_once(demand: Demand, *, by: Actor, now: datetime) -> Outcome | None:
    """Lock the demand, or None when it takes the long way: then nothing was written."""
    if demand.quantity < 1 or demand.kind == "presale":
        return None
    fact = StockChanged((demand.sku_id,))
    row = events.row(fact) if database.ON_POSTGRES else None
    if row and not connection.in_atomic_block:
        warehouse_id = _on_postgres(ALONE, demand, *row, by=by, now=now)
    elif row:
        warehouse_id = _on_postgres(JOINED, demand, *row, by=by, now=now)
    else:
        with database.joined():
            take = partial(_on_postgres, JOINED) if database.ON_POSTGRES else _on_sqlite
            warehouse_id = take(demand, by=by, now=now)
            if warehouse_id is not None:
                events.publish(fact)
    return None if warehouse_id is None else Outcome(demand.quantity, 0, 0, warehouse_id)


def _area(demand: Demand) -> str | None:
    region = regions.key(demand.region)
    return f"%{region}%" if region else None


def _on_postgres(sql: str, demand: Demand, fact: str | None = None, payload: str | None = None, *, by: Actor, now: datetime) -> int | None:
    what = (demand.sku_id, demand.quantity, demand.warehouse_id, _area(demand), demand.owner_id, demand.demand_id)
    how = (demand.label[:60], demand.kind, demand.expires_at, now, by.id, by.name[:80], fact, payload)
    ((warehouse_id,),) = database.fetch(sql, (*what, *how))
    return None if warehouse_id is None else int(warehouse_id)


def _on_sqlite(demand: Demand, *, by: Actor, now: datetime) -> int | None:
    more, label = demand.quantity, demand.label[:60]
    found = database.fetch(
        ON_SQLITE,
        {"want": demand.sku_id, "pieces": more, "demand": demand.demand_id, "home": demand.warehouse_id, "area": _area(demand)},
    )
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
