"""Facts of the catalogue room."""

from __future__ import annotations

from dataclasses import dataclass

from danshu.core.events import Event


@dataclass(frozen=True, slots=True)
class ListingsMapped(Event):
    """These platform items mean another SKU than before (or are ignored now, or no longer): waiting orders must look again."""

    listing_ids: tuple[int, ...]
