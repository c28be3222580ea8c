"""Spreadsheets and text tables in and out: xlsx, xlsb, xls, ods, csv, tsv, and HTML tables named `.xls`.

Reading gives text cells, as a person reads them: whole numbers exact and without `.0`, other numbers without binary
noise, moments as `2026-07-08 00:42:32`, spreadsheet armour around long numbers (`="3515…"`, a leading `'` or TAB) taken
off. A number of 16 or more digits has lost its end in the spreadsheet program: its cell is a `Damaged` text, which ids
must refuse.

    book = tables.read(path)            # DomainError when it is no table, locked, or too big
    book.sheets[0].rows                 # all of it
    for row in book.sheets[0]: ...      # one row at a time

Writing neutralises what a spreadsheet program would run as a formula.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from danshu.core import text_tables
from danshu.core.errors import DomainError
from danshu.core.table_writing import neutral, write_csv, write_xlsx

__all__ = ["Book", "Damaged", "Row", "Sheet", "neutral", "plain", "read", "write_csv", "write_xlsx"]

MAX_FILE = 120 * 1024 * 1024
MAX_UNPACKED = 900 * 1024 * 1024  # of a zipped workbook: 100,000 rows of 30 columns unpack to about 200 MB
EXACT_BELOW = 10**15  # spreadsheet programs keep 15 digits

ARMOUR = frozenset(" \t\r\n='\u3000\xa0\ufeff")
MEMO = 50_000

Row = list[str]


class Damaged(str):
    """The text of a number cell whose last digits are lost (`6.91792676882364E+18`)."""

    __slots__ = ()


@dataclass
class Sheet:
    """One sheet. Iterating streams the rows from the file; `rows` holds them all. Row 0 is the sheet's first row."""

    name: str
    _source: Callable[[], Iterator[Row]]

    def __iter__(self) -> Iterator[Row]:
        return self._source()

    @cached_property
    def rows(self) -> list[Row]:
        return list(self)

    def head(self, count: int) -> list[Row]:
        """The first rows, without holding the rest."""
        rows = iter(self)
        return [row for row, _n in zip(rows, range(count), strict=False)]


@dataclass
class Book:
    """`kind` is xlsx, xlsb, ods, xls, csv (any delimiter) or html; `encoding` is empty for workbooks."""

    kind: str
    encoding: str
    sheets: list[Sheet]


def read(path: Path) -> Book:
    """Open a table file. Raises `DomainError` (codes `table.*`) for what cannot be read, saying what to do about it."""
    size = path.stat().st_size
    if size == 0:
        raise DomainError(_("文件是空的，里面没有任何内容。请重新导出后再试。"), "table.empty")
    if size > MAX_FILE:
        raise DomainError(
            _("文件有 %(mb)d MB，超过了 %(limit)d MB 的上限。请按时间段分成几份导出。")
            % {"mb": size // 1048576, "limit": MAX_FILE // 1048576},
            "table.too_big",
        )
    with path.open("rb") as file:
        head = file.read(8192)
    if head[:4] == b"PK\x03\x04":
        return _workbook(path, _zip_kind(path))
    if head[:8] == bytes.fromhex("d0cf11e0a1b11ae1"):
        return _workbook(path, "xls")
    return _text_book(path, head)


def plain(cell: str) -> str:
    """A cell without spaces around it and without spreadsheet armour: `="123"`, `'123`, a TAB in front."""
    text = cell.strip()
    if text[:1] in {"=", "'"}:
        if text[:2] == '="' and text[-1:] == '"' and len(text) > 2:
            return text[2:-1].strip()
        if text[:1] == "'" and text.count("'") == 1:
            return text[1:].strip()
    return text


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise _broken() from None
    names = {member.filename for member in members}
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise DomainError(_("文件解开后太大，为安全起见没有读取。请按时间段分成几份导出。"), "table.too_big")
    if any(member.flag_bits & 1 for member in members):
        raise _locked()
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "content.xml" in names:
        return "ods"
    raise DomainError(_("这是一个压缩包，不是表格。请先解压，再把里面的 Excel 或 CSV 文件拖进来。"), "table.archive")


def _workbook(path: Path, kind: str) -> Book:
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet]
    except python_calamine.PasswordError:
        raise _locked() from None
    except BaseException as error:  # the reader panics (a BaseException) on some broken files
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise _broken() from None
    return Book(kind, "", [Sheet(name, _sheet_source(book, name)) for name in names])


def _sheet_source(book: python_calamine.CalamineWorkbook, name: str) -> Callable[[], Iterator[Row]]:
    @cache
    def load() -> python_calamine.CalamineSheet:
        try:
            return book.get_sheet_by_name(name)
        except BaseException as error:  # see above
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise _broken() from None

    def rows() -> Iterator[Row]:
        numbers: dict[float, str] = {}  # amounts repeat
        for row in load().iter_rows():
            yield _texts(row, numbers)

    return rows


def _texts(row: list[Any], numbers: dict[float, str]) -> Row:
    if set(map(type, row)) == {str}:  # as most exports are, and by one step a cell
        return [plain(cell) if cell and (cell[0] in ARMOUR or cell[-1] in ARMOUR) else cell for cell in row]
    texts: Row = []
    for cell in row:
        if isinstance(cell, str):
            texts.append(plain(cell) if cell and (cell[0] in ARMOUR or cell[-1] in ARMOUR) else cell)
        elif isinstance(cell, float):
            shown = numbers.get(cell)
            if shown is None:
                shown = _number(cell)
                if len(numbers) < MEMO:
                    numbers[cell] = shown
            texts.append(shown)
        else:
            texts.append(_read_value(cell))
    return texts


def _read_value(cell: object) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, datetime):
        whole = cell + timedelta(microseconds=500_000)  # day fractions are off by microseconds
        return whole.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).strip()


def _number(value: float) -> str:
    if abs(value) >= EXACT_BELOW:
        return Damaged(f"{value:.15g}".upper())
    if value == int(value):
        return str(int(value))
    return format(Decimal(f"{value:.15g}"), "f")


def _text_book(path: Path, head: bytes) -> Book:
    encoding = text_tables.encoding_of(path, head)
    if not encoding:
        raise DomainError(
            _("认不出这个文件：它不是 Excel，也不是文本表格。请确认它是平台导出的 .xlsx、.xls 或 .csv 文件。"),
            "table.unknown",
        )
    opening = head.decode("utf-16" if encoding == "utf-16" else "latin-1", "ignore").lstrip("\ufeffï»¿ \r\n\t").lower()
    if re.match(r"<\?xml[^>]*>\s*(<\?mso|<workbook|<!--)", opening):
        raise DomainError(_("这是旧式的 XML 表格，改名成了 .xls。请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入。"), "table.xml")
    if opening.startswith(("<html", "<!doctype", "<table", "<meta", "<head", "<style", "<body")):
        tables = text_tables.html_tables(path, encoding)
        if not tables:
            raise DomainError(_("这是一个网页，里面没有表格。请重新导出后再试。"), "table.unknown")
        return Book("html", encoding, [Sheet(str(n), _listed(rows)) for n, rows in enumerate(tables, 1)])
    delimiter = text_tables.delimiter_of(path, encoding)
    return Book("csv", encoding, [Sheet("", lambda: text_tables.records(path, encoding, delimiter, plain))])


def _listed(rows: list[Row]) -> Callable[[], Iterator[Row]]:
    return lambda: ([plain(cell) for cell in row] for row in rows)


def _broken() -> DomainError:
    return DomainError(_("文件已损坏，没能读完：可能没有下载完整。请重新下载或重新导出后再试。"), "table.broken")


def _locked() -> DomainError:
    return DomainError(_("文件有打开密码，读不到内容。请用 Excel 或 WPS 打开并取消密码，另存后再导入。"), "table.locked")
