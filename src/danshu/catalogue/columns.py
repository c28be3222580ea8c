"""Columns by meaning: which column of a table somebody made holds the code, the name, the number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from django.utils.translation import gettext as _

from danshu.core import tables
from danshu.core.errors import DomainError

Aliases = Mapping[str, tuple[str, ...]]
HEAD_WITHIN = 12  # rows: above the header people write titles and dates
NOISE = re.compile(r"[\s()（）\[\]【】*_\-/:：.]|必填|选填")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: its number in the file, the cells by meaning, and the cells as they came."""

    number: int
    cells: dict[str, str]
    raw: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`columns` is field → header; `unknown` are headers that mean nothing to us."""

    header: list[str]
    columns: dict[str, str]
    unknown: list[str]
    lines: list[Line]


def plain(header: str) -> str:
    return NOISE.sub("", unicodedata.normalize("NFKC", header)).casefold()


def read(path: Path, aliases: Aliases, required: Sequence[str]) -> Sheet:
    """The first sheet that has all required columns. `DomainError("table.columns")` names what was not found."""
    seen: set[str] = set()
    for sheet in tables.read(path).sheets:
        for place, row in enumerate(sheet.head(HEAD_WITHIN)):
            found = find(row, aliases)
            seen |= set(found)
            if all(name in found for name in required):
                return _sheet(sheet.rows, place, found)
    missing = "、".join(aliases[name][0] for name in required if name not in seen) or aliases[required[0]][0]
    raise DomainError(
        _("表格里没有找到这些列：%(columns)s。请在第一行写上列名，或先下载模板再填。") % {"columns": missing}, "table.columns"
    )


def find(row: Sequence[str], aliases: Aliases) -> dict[str, int]:
    """Field → column number: exact names first, so that 组合编码 is not taken for 编码."""
    names = [plain(cell) for cell in row]
    found: dict[str, int] = {}
    for field, known in aliases.items():
        for alias in known:
            if plain(alias) in names and (place := names.index(plain(alias))) not in found.values():
                found[field] = place
                break
    return found


def _sheet(rows: Sequence[Sequence[str]], place: int, found: Mapping[str, int]) -> Sheet:
    header = list(rows[place])
    lines = []
    for number, row in enumerate(rows[place + 1 :], place + 2):
        if any(row):
            cells = {field: (row[column] if column < len(row) else "").strip() for field, column in found.items()}
            lines.append(Line(number, cells, list(row)))
    unknown = [name for column, name in enumerate(header) if name and column not in found.values()]
    return Sheet(header, {field: header[column] for field, column in found.items()}, unknown, lines)


def refuse(why: str) -> NoReturn:
    """This row cannot be taken."""
    raise ValueError(why)


def whole(text: str, what: str, *, default: int = 0) -> int:
    """A whole number as people write it (`1,200`, `12.0`, `12 件`); ValueError with a sentence otherwise."""
    bare = re.sub(r"[,，\s]|件|个|克|g$", "", unicodedata.normalize("NFKC", text))
    if not bare:
        return default
    if not re.fullmatch(r"[+-]?\d{1,12}(\.0+)?", bare):
        raise ValueError(_("%(what)s要写整数，这里是「%(text)s」") % {"what": what, "text": text[:40]})
    return int(bare.split(".")[0])
