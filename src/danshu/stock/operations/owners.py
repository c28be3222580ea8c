"""Reservations that stay held while something about their owner changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from danshu.catalogue import rows
from danshu.core import bulk, database, events
from danshu.core.actor import Actor
from danshu.stock.events import StockChanged
from danshu.stock.models import Reservation


def mark_paid(owner_ids: Sequence[int], *, by: Actor, now: datetime) -> int:  # noqa: ARG001 -- the shape of every write
    """Unpaid locks of these owners become paid ones, which never expire; returns how many rows changed."""
    if not owner_ids:
        return 0
    with transaction.atomic():
        found = database.fetch(
            "UPDATE stock_reservation SET kind = 'paid', expires_at = NULL WHERE state = 'held' AND kind = 'unpaid'"  # noqa: S608 -- our own fragment
            f" AND {rows.among('owner_id')} RETURNING sku_id",
            [rows.listed(set(owner_ids))],
        )
        if found:
            events.publish(StockChanged(tuple(sorted({sku_id for (sku_id,) in found}))))
    return len(found)


def move_owner(demand_ids: Sequence[int], owner_id: int, *, label: str = "") -> int:
    """The demands belong to another owner now (orders were merged or split); locks stay. Returns how many rows changed."""
    return move_owners(dict.fromkeys(demand_ids, owner_id), labels={owner_id: label} if label else {})


def move_owners(owners: Mapping[int, int], *, labels: Mapping[int, str] | None = None) -> int:
    """Demand → owner, for many at once; `labels` names the new owners in the ledger."""
    if not owners:
        return 0
    names = labels or {}
    table = rows.table(("demand", "owner"))
    with transaction.atomic():
        moved = rows.run(
            f"UPDATE stock_reservation SET owner_id = v.owner FROM {table} WHERE demand_id = v.demand",  # noqa: S608 -- our own fragment
            rows.columns(list(owners.items())),
        )
        rows.run(
            f"UPDATE stock_promise SET owner_id = v.owner FROM {table} WHERE demand_id = v.demand",  # noqa: S608 -- our own fragment
            rows.columns(list(owners.items())),
        )
        if names:
            bulk.update(Reservation, ["owner_id"], ["label"], [(owner, text[:60]) for owner, text in names.items()])
    return moved
