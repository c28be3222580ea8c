"""Reads that other rooms need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

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


def tagged(found: QuerySet[Sku], tag: str) -> QuerySet[Sku]:
    """Those of them that carry the tag."""
    having = [pk for pk, known in found.exclude(tags=[]).values_list("pk", "tags") if tag in known]
    return found.filter(pk__in=having)


def tags() -> list[str]:
    """All tags in use, the most used first, at most 20."""
    counts: dict[str, int] = {}
    for known in Sku.objects.filter(is_active=True).exclude(tags=[]).values_list("tags", flat=True):
        for tag in known:
            counts[tag] = counts.get(tag, 0) + 1
    return sorted(counts, key=lambda tag: -counts[tag])[:20]
