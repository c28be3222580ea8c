"""Which SKU a platform item might be: by what codes, titles and specs have in common."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from danshu.catalogue.codes import loose
from danshu.catalogue.models import Listing, Sku

LOOKED_AT = 20_000  # SKUs
LEAST = 0.18  # of the listing's pairs of letters must be the SKU's


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`score` 0 … 100."""

    sku_id: int
    code: str
    name: str
    spec: str
    score: int


def suggest(listings: Sequence[Listing], *, most: int = 3) -> dict[int, list[Suggestion]]:
    """Listing id → the SKUs it may be, best first; one statement for any number of listings."""
    if not listings:
        return {}
    skus = list(Sku.objects.filter(is_active=True).order_by("-pk").values_list("pk", "code", "name", "spec")[:LOOKED_AT])
    holders: dict[str, list[int]] = defaultdict(list)
    sizes = []
    for place, (_pk, code, name, spec) in enumerate(skus):
        pairs = _pairs(loose(code), name, spec)
        sizes.append(len(pairs))
        for pair in pairs:
            holders[pair].append(place)
    answers = {}
    for listing in listings:
        pairs = _pairs(loose(listing.merchant_code), listing.title, listing.spec)
        shared = Counter(place for pair in pairs for place in holders.get(pair, ()))
        scored = [(2 * count / (len(pairs) + sizes[place]), place) for place, count in shared.most_common(20)]
        best = sorted((pair for pair in scored if pair[0] >= LEAST), reverse=True)[:most]
        answers[listing.pk] = [Suggestion(*skus[place], min(99, round(100 * score))) for score, place in best]
    return answers


def _pairs(*texts: str) -> set[str]:
    """All neighbouring letters: what Chinese titles share without being cut into words."""
    found: set[str] = set()
    for text in texts:
        plain = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
        found |= {plain[i : i + 2] for i in range(len(plain) - 1)}
    return found
