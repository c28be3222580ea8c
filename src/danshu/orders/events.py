"""Facts of the orders room. Ids and plain values only."""

from __future__ import annotations

from dataclasses import dataclass

from danshu.core.events import Event


@dataclass(frozen=True, slots=True)
class OrdersPlaced(Event):
    """New orders were saved (one event per intake batch)."""

    order_ids: tuple[int, ...]
    shop_id: int


@dataclass(frozen=True, slots=True)
class OrdersPaid(Event):
    """Orders became payable-for-shipping: paid or cash on delivery, at intake or later."""

    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrdersShort(Event):
    """Saved, but stock was not enough: 缺货."""

    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrdersChanged(Event):
    """Anything a page shows of these orders changed."""

    order_ids: tuple[int, ...]
    # intake, hold, release, flag, memo, address, courier, merge, split, mapping, stock, print, seen, check, ship, refund, undo, payment
    what: str


@dataclass(frozen=True, slots=True)
class OrdersCancelled(Event):
    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrdersShipped(Event):
    """The goods left: stock was consumed."""

    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RefundsRequested(Event):
    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RefundsChanged(Event):
    """Requests came or went on, whether their orders are here or not (one event per batch)."""

    refund_ids: tuple[int, ...]
    shop_id: int


@dataclass(frozen=True, slots=True)
class LateJoiners(Event):
    """Orders that would have been merged with others that are printed already: announce before the parcels leave."""

    order_ids: tuple[int, ...]
    printed_ids: tuple[int, ...]
