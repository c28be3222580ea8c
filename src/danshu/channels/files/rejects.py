"""The bad rows as a file to mend and drop again: the same columns under the same header, and 原因 behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from django.utils.translation import gettext as _

from danshu.channels.files.recognise import Layout
from danshu.core import tables
from danshu.core.tables import Row, Sheet


def write(target: Path, sheet: Sheet, layout: Layout, reasons: Mapping[int, str]) -> None:
    """Write the rows whose numbers stand in `reasons` (row number → sentence). All cells are text, so long numbers survive."""
    tables.write_xlsx(target, {_("退回的行"): _rows(sheet, layout, reasons)}, text_columns=_header(sheet, layout))


def _header(sheet: Sheet, layout: Layout) -> Row:
    return sheet.head(layout.header_row + 1)[-1]


def _rows(sheet: Sheet, layout: Layout, reasons: Mapping[int, str]) -> Iterator[Row]:
    header = _header(sheet, layout)
    yield [*header, _("原因")]
    for index, row in enumerate(sheet):
        if index + 1 in reasons:
            yield [*row, *[""] * (len(header) - len(row)), reasons[index + 1]]
