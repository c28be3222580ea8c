"""The numbers of a SKU as the pages write them: `1,045`. Django's own format of zh-hans has no thousands mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from danshu.catalogue.models import Sku
from danshu.core.paging import CappedCount
from danshu.stock.queries import Overview, Place


def grouped(number: int | CappedCount) -> str:
    return f"{number:,}"


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One warehouse's line; `has_buffer` shows the word only where something is kept back."""

    warehouse_id: int
    kept: int
    name: str
    on_hand: str
    locked: str
    buffer: str
    sellable: str
    has_buffer: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, and the head of the drawer."""

    sku: Sku
    total: str
    locked: str
    unpaid: str
    paid: str
    buffer: str
    sellable: str
    defective: str
    cover: str
    is_out: bool
    is_low: bool
    is_nearly_out: bool
    is_locked: bool
    elsewhere: str
    shares: tuple[int, int, int]
    places: list[PlaceRow]
    counts: list[str]  # pieces in the warehouses that the list shows side by side, 0 where it never lay
    has_buffer: bool


def row(line: Overview, side_by_side: Sequence[int] = ()) -> Row:
    """`side_by_side`: warehouses that have a number in every row."""
    days = line.days_of_cover
    here = {place.warehouse_id: place.on_hand for place in line.places}
    return Row(
        line.sku, grouped(line.total), grouped(line.locked), grouped(line.unpaid), grouped(line.paid), grouped(line.buffer),
        grouped(line.sellable), grouped(line.defective), "" if days is None else grouped(min(days, 999)) + ("+" if days > 999 else ""),
        line.is_out, line.is_low, days is not None and days < 5, bool(line.locked), _elsewhere(line), line.shares,
        [_place(place) for place in line.places], [grouped(here.get(pk, 0)) for pk in side_by_side], bool(line.buffer),
    )  # fmt: skip


def _elsewhere(line: Overview) -> str:
    """The pieces that cannot be sold now: `待检 3 · 次品 1 · 采购在途 20`."""
    counted = (
        (_("待检 %(n)s"), line.inspecting), (_("次品 %(n)s"), line.defective), (_("采购在途 %(n)s"), line.incoming),
        (_("调拨在途 %(n)s"), line.in_transit),
    )  # fmt: skip
    return " · ".join(word % {"n": grouped(number)} for word, number in counted if number)


def _place(place: Place) -> PlaceRow:
    return PlaceRow(
        place.warehouse_id, place.buffer, place.name, grouped(place.on_hand), grouped(place.locked), grouped(place.buffer),
        grouped(place.sellable), bool(place.buffer),
    )  # fmt: skip
