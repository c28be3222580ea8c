"""Facts of the channels room."""

from __future__ import annotations

from dataclasses import dataclass

from danshu.core.events import Event


@dataclass(frozen=True, slots=True)
class OfferRulesChanged(Event):
    """These shops may show other numbers now."""

    shop_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OffersPushed(Event):
    """Numbers were said to the platform, or refused by it."""

    shop_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrderStreamsStale(Event):
    """These shops brought no orders for longer than allowed: their numbers are conservative until they do."""

    shop_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShopsConnected(Event):
    """Credentials of these shops are known to be good, or are about to be tried: their streams are due."""

    shop_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShopAuthorisationsEnding(Event):
    """Access of these shops ends in fewer than `days` (7, 3, 1) days unless a person renews it. Said once for each level."""

    shop_ids: tuple[int, ...]
    days: int


@dataclass(frozen=True, slots=True)
class ShopAuthorisationsRefused(Event):
    """The platform takes the credentials of these shops no more. Said once, until they work again."""

    shop_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StreamsChanged(Event):
    """Reading these shops began to fail, or works again."""

    shop_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PayloadsQuarantined(Event):
    """Orders or refunds of this shop could not be taken in after several tries: a person must look."""

    shop_id: int
    stream: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissedOrdersFound(Event):
    """The sentinel found orders at the platform that were not here; `filled` of them are here now."""

    shop_id: int
    missing: int
    filled: int
