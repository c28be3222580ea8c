"""The writing half of `core.tables`. Call `tables.write_xlsx` and `tables.write_csv`.

xlsxwriter is read when a workbook is written: hardly any process writes one, and every one would start later for it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING

from danshu.core import clock

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+%?")
MAX_WIDTH = 48


def neutral(text: str) -> str:
    """Text that a spreadsheet program shows and never runs: `=1+1` → `'=1+1`. Plain numbers and a lone dash stay."""
    if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and text != "-" and not NUMBER.fullmatch(text):
        return "'" + text
    return text


def _shown(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, datetime):
        local = clock.local(value) if value.tzinfo else value
        return local.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | int | float | Decimal):
        return value
    return neutral(str(value))


def write_xlsx(
    target: Path | IO[bytes],
    sheets: Mapping[str, Iterable[Sequence[object]]],
    *,
    text_columns: Collection[str] = (),
) -> None:
    """Write sheets (name → rows, the first row is the header) with little memory, whatever their length.

    `text_columns` names columns (by header) that are formatted as text, so that long numbers survive editing. Strings
    are always written as strings; `datetime` as Shanghai wall-clock text; `int`, `float` and `Decimal` as numbers.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - see above

    destination = str(target) if isinstance(target, Path) else target
    book = Workbook(destination, {"constant_memory": True})
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#EDF1FE", "bottom": 1})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", name)[:31] or "Sheet1")
        _write_sheet(sheet, rows, text_columns, text, head)
    book.close()


def _write_sheet(sheet: Worksheet, rows: Iterable[Sequence[object]], text_columns: Collection[str], text: Format, head: Format) -> None:
    as_text: set[int] = set()
    for number, row in enumerate(rows):
        if number == 0:
            as_text = {n for n, title in enumerate(row) if title in text_columns}
            for n, title in enumerate(row):
                width = min(MAX_WIDTH, max(10, sum(2 if ord(c) > 255 else 1 for c in str(title)) + 2))
                sheet.set_column(n, n, max(width, 22) if n in as_text else width, text if n in as_text else None)
            sheet.freeze_panes(1, 0)
        for n, value in enumerate(row):
            shown = _shown(value)
            style = head if number == 0 else text if n in as_text else None
            if isinstance(shown, str) or n in as_text:
                sheet.write_string(number, n, str(shown), style)
            elif isinstance(shown, bool):
                sheet.write_boolean(number, n, shown, style)
            elif isinstance(shown, int | float | Decimal):
                sheet.write_number(number, n, float(shown), style)


def write_csv(target: Path | IO[bytes], rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV that Excel opens right: UTF-8 with BOM, CRLF."""
    if isinstance(target, Path):
        with target.open("wb") as file:
            write_csv(file, rows)
        return
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="")
    csv.writer(text).writerows([_shown(value) for value in row] for row in rows)
    text.flush()
    text.detach()
