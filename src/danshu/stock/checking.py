"""Do the counters still say what reservations and ledger say? Recomputed here, repaired by `operations.repair`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from danshu.catalogue import rows
from danshu.catalogue.models import Sku
from danshu.core import database
from danshu.stock.models import Warehouse


@dataclass(frozen=True, slots=True)
class Difference:
    """One balance that is not what its sources say; all numbers are pieces."""

    sku_id: int
    warehouse_id: int
    sku: str
    warehouse: str
    on_hand: int
    on_hand_by_ledger: int
    locked: int
    locked_by_reservations: int
    locked_by_ledger: int
    defective: int
    defective_by_ledger: int
    ways: dict[str, tuple[int, int]]  # inspecting, incoming, in_transit where they differ: counter and ledger
    owners: tuple[str, ...]  # the labels (or ids) of who holds locks there, newest first, at most 20

    @property
    def is_lost(self) -> bool:
        """More is locked than the ledger has on the shelf: somebody has to lose a lock."""
        return self.locked_by_reservations > self.on_hand_by_ledger

    @property
    def said(self) -> list[str]:
        """The differences of goods to be inspected or on their way: `待检 2 → 0`."""
        words = {"inspecting": _("待检"), "incoming": _("采购在途"), "in_transit": _("调拨在途")}
        return [f"{words[name]} {counter} → {ledger}" for name, (counter, ledger) in self.ways.items()]


SOURCES = """
SELECT b.sku_id, b.warehouse_id, b.on_hand, COALESCE(l.on_hand, 0), b.locked, COALESCE(r.held, 0), COALESCE(l.locked, 0),
       b.defective, COALESCE(l.defective, 0), b.inspecting, COALESCE(l.inspecting, 0), b.incoming, COALESCE(l.incoming, 0),
       b.in_transit, COALESCE(l.in_transit, 0)
FROM stock_balance b
LEFT JOIN (
    SELECT sku_id, warehouse_id, SUM(on_hand_delta) AS on_hand, SUM(locked_delta) AS locked, SUM(defective_delta) AS defective,
           SUM(inspecting_delta) AS inspecting, SUM(incoming_delta) AS incoming, SUM(in_transit_delta) AS in_transit
    FROM stock_ledgerentry GROUP BY sku_id, warehouse_id
) l ON l.sku_id = b.sku_id AND l.warehouse_id = b.warehouse_id
LEFT JOIN (
    SELECT sku_id, warehouse_id, SUM(quantity) AS held FROM stock_reservation WHERE state = 'held' GROUP BY sku_id, warehouse_id
) r ON r.sku_id = b.sku_id AND r.warehouse_id = b.warehouse_id
WHERE b.on_hand <> COALESCE(l.on_hand, 0) OR b.locked <> COALESCE(r.held, 0) OR b.locked <> COALESCE(l.locked, 0)
   OR b.defective <> COALESCE(l.defective, 0) OR b.inspecting <> COALESCE(l.inspecting, 0) OR b.incoming <> COALESCE(l.incoming, 0)
   OR b.in_transit <> COALESCE(l.in_transit, 0)
ORDER BY b.id
"""


WAYS = ("inspecting", "incoming", "in_transit")


def check() -> list[Difference]:
    """All balances that differ from their ledger or their held reservations; empty when the house is in order."""
    found = [tuple(int(number) for number in row) for row in database.fetch(SOURCES)]
    if not found:
        return []
    skus = Sku.objects.in_bulk([row[0] for row in found])
    places = Warehouse.objects.in_bulk()
    owners = _owners({row[0] for row in found})
    return [
        Difference(
            row[0], row[1], str(skus[row[0]]), places[row[1]].name, row[2], row[3], row[4], row[5], row[6], row[7], row[8],
            {name: (row[at], row[at + 1]) for name, at in zip(WAYS, (9, 11, 13), strict=True) if row[at] != row[at + 1]},
            tuple(owners.get((row[0], row[1]), [])[:20]),
        )
        for row in found
    ]  # fmt: skip


def _owners(sku_ids: set[int]) -> dict[tuple[int, int], list[str]]:
    found = database.fetch(
        "SELECT sku_id, warehouse_id, label, owner_id FROM stock_reservation"  # noqa: S608 -- our own fragment
        f" WHERE state = 'held' AND {rows.among('sku_id')} ORDER BY id DESC",
        [rows.listed(sku_ids)],
    )
    owners: dict[tuple[int, int], list[str]] = {}
    for sku_id, warehouse_id, label, owner_id in found:
        owners.setdefault((sku_id, warehouse_id), []).append(label or str(owner_id))
    return owners
