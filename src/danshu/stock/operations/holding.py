"""Hold what a longer story will ask for in several steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from danshu.catalogue import queries as catalogue
from danshu.catalogue import rows
from danshu.core import database


def hold(sku_ids: Iterable[int] = (), *, owner_ids: Sequence[int] = ()) -> None:
    """Take the balances of these SKUs, and of what these owners hold, at once and in key order; part of the caller's transaction.

    A story that lets go here and locks there takes balances in several steps. Two of them could each hold what the other needs next;
    when each takes all it will need before its first step, one waits for the other. SQLite has one writer anyway.
    """
    if not database.ON_POSTGRES:
        return
    base = {part for needs in catalogue.explode([(sku_id, 1) for sku_id in set(sku_ids)]) for part, _each in needs}
    if owner_ids:
        found = database.fetch(f"SELECT DISTINCT sku_id FROM stock_reservation WHERE {rows.among('owner_id')}", [rows.listed(owner_ids)])  # noqa: S608 -- our own fragment
        base |= {sku_id for (sku_id,) in found}
    if base:
        database.fetch(f"SELECT id FROM stock_balance WHERE {rows.among('sku_id')} ORDER BY id FOR UPDATE", [rows.listed(base)])  # noqa: S608 -- as above
