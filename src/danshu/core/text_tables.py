"""The text half of `core.tables`: encodings, delimiters, records, HTML tables. Call `tables.read`, not this."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from danshu.core.errors import DomainError

CHUNK = 1024 * 1024
DELIMITERS = (",", "\t", ";", "|", "，")
CONTROL = frozenset(range(32)) - {7, 8, 9, 10, 12, 13, 27}


def encoding_of(path: Path, head: bytes) -> str:
    """BOM → strict UTF-8 → GB18030 → `mixed` (some lines one, some the other); empty for what is not text."""
    if head[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return "utf-16"
    if sum(byte in CONTROL for byte in head) > len(head) // 200:
        return ""
    if head[:3] == codecs.BOM_UTF8 and _decodes(path, "utf-8-sig"):
        return "utf-8-sig"
    for encoding in ("utf-8", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    return "mixed" if _is_mixed(path) else ""


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_mixed(path: Path) -> bool:
    """Two files pasted together: nearly all lines are good text in one of the two encodings."""
    bad = total = 0
    with path.open("rb") as file:
        for line in file:
            total += 1
            bad += "\ufffd" in _decode_line(line)
    return bad * 50 <= total


def _decode_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("gb18030", "replace")


def lines(path: Path, encoding: str) -> Iterator[str]:
    """The text line by line, line ends kept (a quoted cell may hold some)."""
    if encoding == "mixed":
        with path.open("rb") as file:
            for number, line in enumerate(file):
                yield _decode_line(line).lstrip("\ufeff") if number == 0 else _decode_line(line)
    else:
        with path.open(encoding=encoding, newline="") as text:
            yield from text


def delimiter_of(path: Path, encoding: str) -> str:
    """The delimiter that cuts the first 30 records into the most columns, most evenly."""
    sample = list(islice(lines(path, encoding), 120))
    best, best_score = ",", 0
    for delimiter in DELIMITERS:
        widths = Counter(len(record) for record in islice(csv.reader(sample, delimiter=delimiter), 30) if record)
        score = max((width * count for width, count in widths.items() if width > 1), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def records(path: Path, encoding: str, delimiter: str, clean: Callable[[str], str]) -> Iterator[list[str]]:
    """Rows of cleaned cells; empty lines stay as empty rows, so that row numbers fit the file."""
    try:
        for record in csv.reader(lines(path, encoding), delimiter=delimiter):
            yield [clean(cell) for cell in record]
    except csv.Error:
        raise DomainError(
            _("文件的引号没有配对，读到一半就乱了。请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入。"), "table.broken"
        ) from None


class _Tables(HTMLParser):
    """Collects `<table>` rows; nested tables are read as text of their cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.cell: list[str] | None = None
        self.span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table" and self.cell is None:
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self._close()
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self.tables and self.tables[-1]:
            self._close()
            self.cell = []
            span = dict(attrs).get("colspan") or "1"
            self.span = min(int(span), 100) if span.isdigit() else 1
        elif tag == "br" and self.cell is not None:
            self.cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"}:
            self._close()

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def _close(self) -> None:
        if self.cell is not None:
            self.tables[-1][-1].extend(["".join(self.cell), *[""] * (self.span - 1)])
            self.cell = None


def html_tables(path: Path, encoding: str) -> list[list[list[str]]]:
    parser = _Tables()
    for line in lines(path, encoding):
        parser.feed(line)
    parser.close()
    return [table for table in parser.tables if any(table)]
