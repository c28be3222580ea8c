"""From codes to SKUs: exact, then loose, then barcode. A code that fits two SKUs fits none: a wrong parcel costs more than a question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from danshu.catalogue import rows
from danshu.catalogue.codes import loose
from danshu.catalogue.models import Listing
from danshu.core import database


class Hit(NamedTuple):
    sku_id: int | None
    mapped_by: str


MISS = Hit(None, Listing.MappedBy.NONE.value)


def match(names: Sequence[tuple[str, str]]) -> list[Hit]:
    """(merchant code, barcode) → the SKU, aligned; one statement. A merchant code may itself be a barcode."""
    codes = {code for code, _ in names if code}
    looses = {loose(code) for code in codes} - {""}
    barcodes = ({barcode.strip() for _, barcode in names} | codes) - {""}
    found = database.fetch(
        "SELECT id, code, loose_code, barcode FROM catalogue_sku"  # noqa: S608 -- our own fragments
        f" WHERE {rows.among('code', 'text')} OR {rows.among('loose_code', 'text')}"
        f" OR (barcode <> '' AND {rows.among('barcode', 'text')}) ORDER BY id",
        [rows.listed(codes), rows.listed(looses), rows.listed(barcodes)],
    )
    exact = {code: sku_id for sku_id, code, _, _ in found}
    by_loose = _only((name, sku_id) for sku_id, _, name, _ in found)
    by_barcode = _only((name, sku_id) for sku_id, _, _, name in found)
    return [_hit(code, barcode.strip(), exact, by_loose, by_barcode) for code, barcode in names]


def _hit(code: str, barcode: str, exact: dict[str, int], by_loose: dict[str, int], by_barcode: dict[str, int]) -> Hit:
    by = Listing.MappedBy
    if code and code in exact:
        return Hit(exact[code], by.EXACT.value)
    if code and (sku_id := by_loose.get(loose(code))):
        return Hit(sku_id, by.LOOSE.value)
    if sku_id := by_barcode.get(barcode) or by_barcode.get(code):
        return Hit(sku_id, by.BARCODE.value)
    return MISS


def _only(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Names that belong to exactly one SKU."""
    found: dict[str, int] = {}
    torn: set[str] = set()
    for name, sku_id in pairs:
        if found.setdefault(name, sku_id) != sku_id:
            torn.add(name)
    return {name: sku_id for name, sku_id in found.items() if name and name not in torn}
