"""What a paper says, as plain values: drawing knows no database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

SIZES: dict[str, tuple[float, float]] = {"100x180": (100, 180), "76x130": (76, 130), "A4": (210, 297)}  # mm


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of thing in the box. `price_fen` is per piece, shown only when the slip shows prices."""

    shelf: str
    code: str
    title: str
    spec: str
    quantity: int
    price_fen: int = 0
    is_gift: bool = False
    is_part: bool = False  # a part of a bundle: on pick lists and labels, not on the customer's slip


@dataclass(frozen=True, slots=True)
class Box:
    """One parcel as papers show it. Receiver texts are masked or plain: who builds the box decides."""

    order_no: str
    platform_nos: Sequence[str]
    shop: str
    courier: str
    waybill_no: str
    name: str
    phone: str
    address: str
    sender: str
    sold: Sequence[Item]  # as the customer ordered
    picked: Sequence[Item]  # as the shelves hold it, bundles taken apart, by shelf path
    buyer_message: str = ""
    seller_memo: str = ""
    part: str = ""  # "1/2" when the order travels in several parcels
    reprint: int = 0
    paid_fen: int = 0

    @property
    def pieces(self) -> int:
        return sum(item.quantity for item in self.picked)


@dataclass(frozen=True, slots=True)
class Job:
    """One batch to draw: boxes in the order they come out, `first` being the position of the first box (1 = the batch's start)."""

    batch_no: str
    day: str
    papers: Sequence[str]  # of "slip", "pick", "label"
    size: str  # 100x180, 76x130, A4
    boxes: Sequence[Box]
    total: int
    first: int = 1
    offset_x: int = 0  # tenths of a millimetre, right is positive
    offset_y: int = 0  # tenths of a millimetre, down is positive
    shows_prices: bool = False
    words: dict[str, str] = field(default_factory=dict)


def shelf_key(shelf: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that walks `A-2` before `A-10`; no shelf comes last."""
    if not shelf.strip():
        return ((2, 0, ""),)
    parts = re.findall(r"\d+|\D+", shelf.strip().upper())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
