"""How the sellable pieces of one SKU become the number each listing shows. Whole numbers in, whole numbers out; nothing is read here.

    pool        what the listing's warehouses have to sell, less what a silent shop may have sold meanwhile
    − keep      pieces this shop never shows, though a late order may still take them
    mode        all of it | its percent, rounded down | what is left of its quota
    ÷ per item  one platform item may hold several pieces; rounded down
    stop line   below it: 0
    cap         never more

Shares cannot promise a piece twice: when the percents of one SKU add up to more than 100 they are all shrunk to fit. So the pieces of
all its listings with a share together never exceed the pool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """A rule as it holds for one listing. `percent` only where mode is "share", `quota_left` only where it is "quota"."""

    mode: str = "shared"
    percent: int = 100
    quota_left: int = 0
    keep: int = 0
    stop_line: int = 0
    cap: int | None = None
    per_item: int = 1


@dataclass(frozen=True, slots=True)
class Allotment:
    """The number and every step to it: pieces up to `granted`, items of the platform from `items` on."""

    terms: Terms
    pool: int
    kept: int  # of the pool, not shown
    percents: int  # all shares of the SKU together, at least 100
    granted: int
    items: int
    is_stopped: bool
    is_capped: bool
    number: int


def sets(parts: Sequence[tuple[int, int]], free: Mapping[int, int]) -> int:
    """How many can be sold of what needs `quantity` of each of `parts`: min(floor(free / quantity)), never negative."""
    return max(0, min((free.get(sku_id, 0) // quantity for sku_id, quantity in parts), default=0))


def allot(claims: Sequence[tuple[int, Terms]]) -> list[Allotment]:
    """The numbers of all listings of one SKU, aligned with the claims (pool, terms)."""
    percents = max(100, sum(terms.percent for _pool, terms in claims if terms.mode == "share"))
    return [_one(max(0, pool), terms, percents) for pool, terms in claims]


def _one(pool: int, terms: Terms, percents: int) -> Allotment:
    kept = min(pool, terms.keep)
    left = pool - kept
    if terms.mode == "share":
        granted = left * terms.percent // percents
    elif terms.mode == "quota":
        granted = min(left, max(0, terms.quota_left))
    else:
        granted = left
    items = granted // terms.per_item
    is_stopped = items < terms.stop_line
    number = 0 if is_stopped else items
    is_capped = terms.cap is not None and number > terms.cap
    if terms.cap is not None:
        number = min(number, terms.cap)
    return Allotment(terms, pool, kept, percents, granted, items, is_stopped, is_capped, number)


def held_back(pieces: int, window: int, gap: int) -> int:
    """Pieces a silent shop has probably sold: at the speed of `pieces` in `window` seconds, for `gap` seconds, rounded up."""
    return -(-pieces * max(0, gap) // window) if pieces > 0 else 0
