"""How codes of goods are compared: people type them in any case, with or without dashes, with full-width letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256

KEPT = 20_000  # a seller's codes and titles come again with each order

SEPARATORS = re.compile(r"[\s\-_./\\·•—–,，、+#*|:：()（）\[\]【】]+")


@lru_cache(maxsize=KEPT)
def clean(code: str) -> str:
    """The code as we keep it: no spaces around, no zero-width signs, no text mark of a spreadsheet (`'123`)."""
    return "".join(sign for sign in code if unicodedata.category(sign) != "Cf").strip().lstrip("'").strip()[:80]


@lru_cache(maxsize=KEPT)
def loose(code: str) -> str:
    """The code without what people get wrong: full-width → half-width, upper case, no spaces or separators.

    `loose("my-tw 1137") == loose("MY_TW１１３７") == "MYTW1137"`. A code of nothing but separators has the loose code `""`.
    """
    return SEPARATORS.sub("", unicodedata.normalize("NFKC", clean(code))).upper()[:80]


@lru_cache(maxsize=KEPT)
def title_hash(title: str, spec: str) -> str:
    """The last name a listing can have: its title and spec, spaces apart. 32 hex digits, or `""` without a title."""
    plain = ["".join(unicodedata.normalize("NFKC", text).split()).casefold() for text in (title, spec)]
    return sha256("\0".join(plain).encode()).hexdigest()[:32] if plain[0] else ""
