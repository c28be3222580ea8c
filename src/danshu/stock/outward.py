"""The stock of a SKU as programs outside see it: plain JSON values under names that stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F

from danshu.stock import queries
from danshu.stock.models import Balance

COLUMNS = ("id", "code", "name", "spec", "barcode", "is_bundle", "is_active")  # of a SKU
COUNTS = ("on_hand", "locked", "buffer", "incoming", "in_transit", "inspecting", "defective")


def told(skus: Sequence[Mapping[str, Any]], offered: Mapping[int, int] | None = None) -> list[dict[str, Any]]:
    """Levels of these SKUs (rows of `COLUMNS`), aligned; a constant number of statements. A bundle has no counts of its own: what of it
    can be sold follows from its parts. `offered`: SKU → what the one shop that is told may show."""
    ids = [sku["id"] for sku in skus]
    places: dict[int, list[dict[str, Any]]] = {pk: [] for pk in ids}
    found = Balance.objects.filter(sku__in=ids).order_by("warehouse__priority", "warehouse_id")
    for row in found.values("sku_id", "warehouse_id", *COUNTS, is_active=F("warehouse__is_active"), warehouse_name=F("warehouse__name")):
        places[row.pop("sku_id")].append(row)
    free = queries.sellable(ids)
    presale = queries.presale_left(ids)
    return [
        {
            "sku_id": sku["id"], "sku": sku["code"], **{name: sku[name] for name in COLUMNS[2:]},
            **{name: sum(place[name] for place in places[sku["id"]]) for name in COUNTS},
            "sellable": free[sku["id"]], "presale_left": presale.get(sku["id"], 0),
            "offered": None if offered is None else offered[sku["id"]], "warehouses": places[sku["id"]],
        }
        for sku in skus
    ]  # fmt: skip
