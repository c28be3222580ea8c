"""A platform's own bulk-ship sheet: found columns, filled cells, everything else as it was.

openpyxl is read when a sheet is made: it takes an eighth of the start of every process, and most never make one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from danshu.core import tables
from danshu.core.errors import DomainError
from danshu.fulfilment import columns, couriers

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

PDD_HEAD = (
    (
        "订单号",
        "快递公司（必填）",
        "快递单号",
        "注意：1、单次批量发货请勿超出5000条记录，如超出5000条，请拆分文件后分别上传",
    ),
    ("order_sn", "shipping_name", "shipping_sn", "2、请不要删除第二行，否则会造成发货上传失败"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """`key` is the platform's order number, or the sub-order's where the sheet asks for those."""

    key: str
    courier_code: str
    courier_name: str
    waybill_no: str


def study(path: Path) -> dict[str, Any]:
    """Sheet, rows and columns of a template as plain values (see `columns.Layout`), and the courier spellings it lists.

    Raises `DomainError("template.columns")` when no sheet has an order and a waybill column.
    """
    book = tables.read(path)
    for number, sheet in enumerate(book.sheets):
        layout = columns.find(sheet.head(columns.LOOK_AT + 1))
        if layout is not None and layout.courier is not None:
            others = [row for place, other in enumerate(book.sheets) if place != number for row in other]
            return {
                "kind": book.kind, "encoding": book.encoding, "sheet": number, "header": layout.header, "data": layout.data,
                "order": layout.order, "courier": layout.courier, "waybill": layout.waybill, "by_line": layout.by_line,
                "couriers": spellings(others),
            }  # fmt: skip
    raise DomainError(
        _("这个文件里没找到订单号、快递公司、快递单号三列。请上传平台后台下载的批量发货模板，不要改表头。"),
        "template.columns",
    )


def spellings(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Our courier code → how the template writes that courier, from its list of couriers; the first spelling of each counts."""
    found: dict[str, str] = {}
    for row in rows:
        for cell in row:
            text = cell.strip()
            code = couriers.find(text) if re.search(r"[\u4e00-\u9fff]", text) and len(text) < 20 else ""
            if code:
                found.setdefault(code, text)
    return found


def write_pdd(target: Path, lines: Sequence[Line]) -> None:
    """Pinduoduo's sheet: two header rows, all cells text."""
    from openpyxl import Workbook  # noqa: PLC0415 - see above

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for head in PDD_HEAD:
        sheet.append(head)
    for line in lines:
        sheet.append([_text(sheet, value) for value in (line.key, line.courier_name, line.waybill_no)])
    book.save(target)


def _text(sheet: Any, value: str) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - its stub is a factory that differs per mode

    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type, cell.number_format = "s", "@"
    return cell


def fill(source: Path, target: Path, lines: Sequence[Line]) -> int:
    """Fill the template into `target` and return how many rows were written.

    A row whose order number is there already gets its courier and number; an order that is not there is added below. An order in
    more parcels than rows repeats its row. Cells are text, so no program rounds them.
    """
    layout = study(source)
    wanted: dict[str, list[Line]] = {}
    for line in lines:
        wanted.setdefault(line.key, []).append(line)
    if layout["kind"] == "xlsx":
        return _fill_workbook(source, target, wanted, layout)
    return _fill_csv(source, target, wanted, layout)


def _place(rows: Sequence[tuple[int, str]], wanted: dict[str, list[Line]]) -> Iterator[tuple[int | None, int | None, Line]]:
    """(row to fill or None to add one, row to copy or None, line) for every line; existing rows first."""
    standing: dict[str, list[int]] = {}
    for number, key in rows:
        if key in wanted:
            standing.setdefault(key, []).append(number)
    for key, numbers in standing.items():
        lines = wanted[key]
        for place, number in enumerate(numbers):
            yield number, None, lines[min(place, len(lines) - 1)]
    for key, lines in wanted.items():
        numbers = standing.get(key, [])
        for line in lines[len(numbers) :]:
            yield None, numbers[0] if numbers else None, line


def _courier(layout: dict[str, Any], line: Line) -> str:
    return str(layout["couriers"].get(line.courier_code) or line.courier_name)


def _fill_workbook(source: Path, target: Path, wanted: dict[str, list[Line]], layout: dict[str, Any]) -> int:
    from openpyxl import load_workbook  # noqa: PLC0415 - see above

    book = load_workbook(source)
    sheet = book.worksheets[layout["sheet"]]
    layout = {**layout, "couriers": {**_listed(sheet), **layout["couriers"]}}
    first = layout["data"] + 1
    keys = [(number, tables.plain(str(sheet.cell(number, layout["order"] + 1).value or ""))) for number in range(first, sheet.max_row + 1)]
    last = max([number for number, key in keys if key], default=first - 1)
    count = 0
    for number, model, line in _place(keys, wanted):
        if number is None:
            last += 1
            _copy_row(sheet, model or first, last, values=model is not None)
            _write(sheet.cell(last, layout["order"] + 1), line.key)
        place = last if number is None else number
        _write(sheet.cell(place, layout["courier"] + 1), _courier(layout, line))
        _write(sheet.cell(place, layout["waybill"] + 1), line.waybill_no)
        count += 1
    book.save(target)
    return count


def _listed(sheet: Worksheet) -> dict[str, str]:
    """Courier spellings of drop-down lists that stand in the sheet itself."""
    texts = [rule.formula1 or "" for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    return spellings([text.strip('"').split(",") for text in texts if text.startswith('"')])


def _write(cell: Any, value: str) -> None:
    cell.value = value
    cell.data_type, cell.number_format = "s", "@"


def _copy_row(sheet: Worksheet, model: int, number: int, *, values: bool) -> None:
    """Formats of a row onto another, with its values when a row is repeated."""
    from openpyxl.cell.cell import Cell  # noqa: PLC0415 - see above

    if model == number:
        return
    for place in range(1, sheet.max_column + 1):
        old, new = sheet.cell(model, place), sheet.cell(number, place)
        if isinstance(old, Cell) and isinstance(new, Cell):
            new._style = copy(old._style)  # type: ignore[attr-defined]  # noqa: SLF001 - openpyxl's documented way to copy a cell's format
            if values:
                new.value, new.data_type = old.value, old.data_type


def _fill_csv(source: Path, target: Path, wanted: dict[str, list[Line]], layout: dict[str, Any]) -> int:
    raw = source.read_bytes()
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    encoding = "utf-8" if mark else layout["encoding"]
    if encoding == "mixed":
        raise DomainError(_("这个文件里混着两种文字编码，填了会乱码。请重新下载模板，不要拼接文件。"), "template.columns")
    text = raw[len(mark) :].decode(encoding)
    ending = "\r\n" if "\r\n" in text else "\n"
    between = max(",\t;", key=text.split("\n", 1)[0].count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=between))
    keys = [(n, tables.plain(row[layout["order"]])) for n, row in enumerate(rows) if n >= layout["data"] and len(row) > layout["order"]]
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    count, width = 0, max(layout[name] for name in ("order", "courier", "waybill")) + 1
    for number, model, line in _place(keys, wanted):
        if number is None:
            rows.append([*rows[model]] if model is not None else [""] * len(rows[layout["header"]]))
        row = rows[-1] if number is None else rows[number]
        row.extend([""] * (width - len(row)))
        if model is None:
            row[layout["order"]] = row[layout["order"]] or line.key
        row[layout["courier"]], row[layout["waybill"]] = _courier(layout, line), line.waybill_no
        count += 1
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=between, lineterminator=ending).writerows(rows)
    target.write_bytes(mark + out.getvalue().encode(encoding))
    return count
