"""Reads that other rooms need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from danshu.catalogue import rows
from danshu.catalogue.models import Sku
from danshu.core import database


def explode(pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """(sku id, quantity) → the base SKUs and quantities that leave the shelf, aligned; one statement for any number of pairs.

    A bundle becomes its parts; anything else stays itself.
    """
    parts: dict[int, list[tuple[int, int]]] = {}
    sku_ids = {sku_id for sku_id, _ in pairs}
    found = database.fetch(
        f"SELECT bundle_id, part_id, quantity FROM catalogue_bundlepart WHERE {rows.among('bundle_id')} ORDER BY id",  # noqa: S608 -- our own fragment
        [rows.listed(sku_ids)],
    )
    for bundle_id, part_id, quantity in found:
        parts.setdefault(bundle_id, []).append((part_id, quantity))
    if not parts:
        return [[pair] for pair in pairs]
    return [
        [(part_id, each * quantity) for part_id, each in parts[sku_id]] if sku_id in parts else [(sku_id, quantity)]
        for sku_id, quantity in pairs
    ]


def by_codes(codes: Iterable[str]) -> dict[str, int]:
    """Merchant code → SKU, for those that exist, bundles and retired ones among them."""
    return dict(Sku.objects.filter(code__in=set(codes)).values_list("code", "pk"))
