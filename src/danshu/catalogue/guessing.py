"""Which SKU somebody means by words: `雾蓝杯子`, `红色XL`, `MY-MG-1`. Codes first, then what words and names have in common.

Words that few SKUs have say more than words that many have, and a word that nobody has says that something else may be meant. A guess is
sure only when it is clearly better than the next one: of two colours of one mug, 马克杯 means neither.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from danshu.catalogue.codes import loose
from danshu.catalogue.models import Listing, Sku

LOOKED_AT = 20_000  # SKUs, and as many listings
LINE = 0.8  # below it a person chooses
LEAST = 0.25  # below it nothing is offered
CLOSE = 0.15  # a second guess that near takes the first one's certainty
EMPTY = frozenset("的个色款件一这那要和")


@dataclass(frozen=True, slots=True)
class Guess:
    """`confidence` 0 … 1; from `LINE` on it may stand in a form."""

    sku_id: int
    code: str
    name: str
    spec: str
    confidence: float

    @property
    def is_sure(self) -> bool:
        return self.confidence >= LINE


def guess(texts: Sequence[str], *, shop_ids: Sequence[int] | None = None, most: int = 5) -> list[list[Guess]]:
    """The SKUs that each text may mean, best first, aligned; two statements for any number of texts.

    Titles of listings count as names of their SKU: of the shops named, or of all.
    """
    if not any(text.strip() for text in texts):
        return [[] for _text in texts]
    skus = list(
        Sku.objects.filter(is_active=True).order_by("-pk").values_list("pk", "code", "loose_code", "barcode", "name", "spec")[:LOOKED_AT]
    )
    index = _Index([(pk, f"{name} {spec}") for pk, _code, _loose, _barcode, name, spec in skus], _titles(shop_ids))
    shown = {pk: (code, name, spec) for pk, code, _loose, _barcode, name, spec in skus}
    codes = _codes(skus)
    answers = []
    for text in texts:
        named = codes.get(loose(text)) or _code_within(text, codes)
        scored = [(named, 1.0)] if named else []
        scored += [(pk, score) for pk, score in _settled(index.scores(text)) if pk != named]
        answers.append([Guess(pk, *shown[pk], round(score, 2)) for pk, score in scored[:most] if pk in shown])
    return answers


def _titles(shop_ids: Sequence[int] | None) -> list[tuple[int, str]]:
    listings = Listing.objects.filter(sku__isnull=False, sku__is_active=True, is_ignored=False)
    if shop_ids is not None:
        listings = listings.filter(shop__in=shop_ids)
    return [
        (sku_id, f"{title} {spec}") for sku_id, title, spec in listings.order_by("-pk").values_list("sku_id", "title", "spec")[:LOOKED_AT]
    ]


def _codes(skus: Iterable[tuple[int, str, str, str, str, str]]) -> dict[str, int]:
    """Codes and barcodes that belong to one SKU only."""
    owners: dict[str, set[int]] = defaultdict(set)
    for pk, _code, plain, barcode, _name, _spec in skus:
        owners[plain].add(pk)
        owners[loose(barcode)].add(pk)
    return {code: next(iter(pks)) for code, pks in owners.items() if code and len(pks) == 1}


def _code_within(text: str, codes: dict[str, int]) -> int | None:
    """A code of four signs or more that stands as a word in the text; two different ones are none."""
    plain = unicodedata.normalize("NFKC", text)
    words = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_./") else " " for sign in plain).split()
    found = {codes[code] for word in words if len(code := loose(word)) >= 4 and code in codes}
    return next(iter(found)) if len(found) == 1 else None


def _parts(text: str) -> set[str]:
    """Neighbouring letters, single Chinese signs, and whole runs of Latin letters and digits (XL, 500ml)."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    parts: set[str] = set()
    run, before = "", ""
    for sign in f"{plain} ":
        if sign.isascii() and sign.isalnum():
            run += sign
            continue
        if run:
            parts.add(f"={run}")
            run = ""
        if not sign.isalnum():
            before = ""
            continue
        if sign not in EMPTY:
            parts.add(sign)
        if before:
            parts.add(before + sign)
        before = sign
    return parts


class _Index:
    """Which SKU has which parts, in its own name or in a listing's title."""

    def __init__(self, names: Sequence[tuple[int, str]], titles: Sequence[tuple[int, str]]) -> None:
        self.holders: dict[str, set[int]] = defaultdict(set)
        self.sizes: dict[int, int] = {}
        self.count = max(1, len(names))
        for pk, text in names:
            parts = _parts(text)
            self.sizes[pk] = len(parts)
            for part in parts:
                self.holders[part].add(pk)
        for pk, text in titles:
            if pk in self.sizes:
                for part in _parts(text):
                    self.holders[part].add(pk)

    def weight(self, part: str) -> float:
        """Rare parts say more; two signs together more than one; an unknown part counts as a rare one."""
        held = len(self.holders.get(part, ()))
        rarity = 1 + math.log(self.count / held) if held else 1.5
        return rarity * (1.0 if len(part) > 1 else 0.5)

    def scores(self, text: str) -> list[tuple[int, float]]:
        """SKU → how much of what the words say it has, 0 … 1, best first; of equals the shorter name."""
        parts = _parts(text)
        whole = sum(map(self.weight, parts))
        if not whole:
            return []
        had: dict[int, float] = defaultdict(float)
        for part in parts:
            for pk in self.holders.get(part, ()):
                had[pk] += self.weight(part)
        found = [(pk, score / whole) for pk, score in had.items() if score / whole >= LEAST]
        return sorted(found, key=lambda pair: (-round(pair[1], 3), self.sizes[pair[0]], pair[0]))


def _settled(scored: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """With no certainty for the first where the second is close behind."""
    if len(scored) > 1 and scored[0][1] - scored[1][1] < CLOSE:
        return [(pk, min(score, LINE - 0.1)) for pk, score in scored]
    return [(pk, min(score, 0.95)) for pk, score in scored]
