"""What an adapter to a courier is: something that gives waybill numbers. Adapters import this file and the kernel, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ask:
    """One parcel that wants a number."""

    parcel_id: int
    order_no: str
    courier_code: str


@dataclass(frozen=True, slots=True)
class Given:
    """The answer for one parcel: a number, or why there is none (a sentence for the person who asked)."""

    parcel_id: int
    waybill_no: str = ""
    reason: str = ""


class Ranges(Protocol):
    """The number blocks of the house. `take` hands out up to `count` numbers, each once for ever, in the caller's transaction."""

    def take(self, courier_code: str, count: int) -> list[str]: ...


class Courier(Protocol):
    """`take` answers every `Ask`, in order. It runs inside the transaction that writes the numbers to the parcels, so it must
    not use the network: an adapter to a waybill service fetches first and hands over what it fetched."""

    name: str
    can_take: bool  # whether it gives numbers at all

    def take(self, asks: Sequence[Ask], ranges: Ranges) -> list[Given]: ...
