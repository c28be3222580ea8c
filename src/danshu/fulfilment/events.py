"""Facts of the fulfilment room."""

from __future__ import annotations

from dataclasses import dataclass

from danshu.core.events import Event


@dataclass(frozen=True, slots=True)
class PapersReady(Event):
    """A print batch has its PDF."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class ParcelsShipped(Event):
    """Parcels left the house."""

    parcel_ids: tuple[int, ...]
