"""The couriers of China as this house knows them: names, other spellings, codes per system, what their numbers look like.

The table is data (`couriers.json`). Codes of different systems are never mixed: `debangwuliu` is 德邦快递 for Douyin and
德邦物流 for kuaidi100, so a code is only looked up together with the system that uses it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SELF = "self"  # own delivery: needs no waybill number


@dataclass(frozen=True, slots=True)
class Courier:
    code: str
    name: str
    aliases: tuple[str, ...]
    kind: str  # express, freight, cold, none
    is_active: bool  # False: merged, sold or closed; kept for old orders
    hotline: str
    codes: Mapping[str, str]  # system -> its code
    strong: tuple[re.Pattern[str], ...]  # the number alone names the courier
    likely: tuple[re.Pattern[str], ...]  # the number suggests the courier, others are possible
    shape: re.Pattern[str] | None  # a wide net for numbers of a known courier: outside it, warn


def _patterns(texts: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(text) for text in texts)


@cache
def table() -> dict[str, Courier]:
    """All couriers by our own code, in the order a picker should show them."""
    rows = json.loads(Path(__file__).with_name("couriers.json").read_text(encoding="utf-8"))
    return {
        row["code"]: Courier(
            code=row["code"],
            name=row["name"],
            aliases=tuple(row["aliases"]),
            kind=row["kind"],
            is_active=row["active"],
            hotline=row["hotline"],
            codes=row["codes"],
            strong=_patterns(row["strong"]),
            likely=_patterns(row["likely"]),
            shape=re.compile(row["shape"]) if row["shape"] else None,
        )
        for row in rows
    }


def get(code: str) -> Courier | None:
    return table().get(code)


def name(code: str) -> str:
    """The display name, as platforms take it in files; an unknown code is shown as it is."""
    courier = table().get(code)
    return courier.name if courier else code


def _plain(text: str) -> str:
    kept = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[\s()\[\]【】·.,，_-]", "", kept)


@cache
def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for courier in table().values():
        for spelling in (courier.code, courier.name, *courier.aliases):
            found.setdefault(_plain(spelling), courier.code)
    return found


def find(text: str) -> str:
    """Our code for a courier as a person or a file writes it: `"中通"`, `"ZTO"`, `"中通快递 (月结)"`; "" when unknown or ambiguous.

    中国邮政 alone stays "": it may be EMS, 快递包裹, 标快 or 电商标快.
    """
    wanted = _plain(text)
    if not wanted:
        return ""
    exact = _spellings().get(wanted)
    if exact:
        return exact
    longer = {code for spelling, code in _spellings().items() if len(spelling) >= 4 and wanted.startswith(spelling)}
    return longer.pop() if len(longer) == 1 else ""


@cache
def _by_system(system: str) -> dict[str, str]:
    return {c.codes[system]: c.code for c in table().values() if system in c.codes}


def from_system(system: str, code: str) -> str:
    """Our code for a code of one system (`"douyin", "debangwuliu"` → `"dbkd"`), "" when that system has no such code."""
    return _by_system(system).get(code.strip(), "")
