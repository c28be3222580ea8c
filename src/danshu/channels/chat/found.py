"""What was read in a chat: values, how sure each is, and which stretch of the text it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

LINE = 0.8  # a value below it is a guess: it is shown beside the field, never put into it


class Span(NamedTuple):
    """A stretch of the pasted text, as Python counts characters."""

    start: int
    end: int


class Why(StrEnum):
    """What makes a value doubtful."""

    MISSING = "missing"  # nothing in the text looks like it
    GLUED = "glued"  # name and address stand together without a sign between them
    ODD_NAME = "odd-name"  # a nickname, a masked name, or a word that may be none
    SEVERAL = "several"  # more than one fits
    DIGITS = "digits"  # too few or too many
    HOTLINE = "hotline"  # 400, 800, 95…: nobody's own number
    FORMER = "former"  # a name that was abolished
    NAMESAKE = "namesake"  # several places have the name
    MISMATCH = "mismatch"  # the parts do not belong together
    SHORTENED = "shortened"  # a short name that may be part of a road or an estate
    ZONE = "zone"  # a development zone: no district of its own
    MEASURE = "measure"  # 斤, 打 …: not pieces
    UNSAID = "unsaid"  # not written, taken from the rest
    LOOSE = "loose"  # unclear which order of the paste it belongs to


@dataclass(frozen=True, slots=True)
class Found:
    """One value. `confidence` 0 … 1; `others` are what it might be instead, the likeliest first."""

    value: str = ""
    confidence: float = 0.0
    spans: tuple[Span, ...] = ()
    why: Why | None = None
    others: tuple[str, ...] = ()

    @property
    def is_sure(self) -> bool:
        return self.confidence >= LINE

    @property
    def sure(self) -> str:
        """What may stand in the field without a person's word."""
        return self.value if self.is_sure else ""

    @property
    def guesses(self) -> tuple[str, ...]:
        """What a person may choose from, where the field is left to him."""
        return () if self.is_sure else tuple(dict.fromkeys(each for each in (self.value, *self.others) if each))


NOTHING = Found(why=Why.MISSING)


@dataclass(frozen=True, slots=True)
class Goods:
    """A line of goods: the words for it, and how many pieces."""

    text: Found
    quantity: Found


@dataclass(slots=True)
class ChatOrder:
    """What one buyer wants sent to one address. `unread` is what nothing was made of; `lines` is all of its text."""

    lines: tuple[Span, ...]
    nick: str = ""
    name: Found = NOTHING
    phone: Found = NOTHING
    province: Found = NOTHING
    city: Found = NOTHING
    district: Found = NOTHING
    address: Found = NOTHING
    goods: list[Goods] = field(default_factory=list)
    paid: Found = Found()
    remark: Found = Found()
    unread: tuple[Span, ...] = ()

    @property
    def parts(self) -> dict[str, Found]:
        """The single values by name."""
        return {name: getattr(self, name) for name in PARTS}


PARTS = ("name", "phone", "province", "city", "district", "address", "paid", "remark")


@dataclass(frozen=True, slots=True)
class Reading:
    """A paste: its orders, and the stretches that belong to none."""

    orders: Sequence[ChatOrder]
    unread: tuple[Span, ...] = ()
