"""Facts of the stock room."""

from __future__ import annotations

from dataclasses import dataclass

from danshu.core.events import Event


@dataclass(frozen=True, slots=True)
class StockChanged(Event):
    """Counters of these SKUs moved."""

    sku_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StockArrived(Event):
    """More became sellable of these SKUs: short orders may now be filled."""

    sku_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReservationsLost(Event):
    """Held reservations had to be given up (forced count, expiry): the owners are short or unlocked now."""

    owner_ids: tuple[int, ...]
    reason: str  # expired, counted
