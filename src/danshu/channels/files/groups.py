"""Rows → the rows of one order. An order may stand on several rows, with or without its number repeated, next to each other or not.

`survey` goes over the file once and remembers only where the last row of a scattered order stands; `groups` then streams: an order
leaves as soon as its last row has been read, always in the same sequence, so that a stopped import finds its place again by counting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from danshu.channels.files.cells import NULLS, SCIENTIFIC
from danshu.channels.files.formats import known
from danshu.channels.files.recognise import Layout
from danshu.channels.files.vocabulary import MEANINGS, NAMES, guess, normal
from danshu.core.tables import Damaged, Row

TOTALS = frozenset({"合计", "总计", "小计", "汇总", "总计:", "合计:", "合计：", "总计："})
NUMBERED = ("order_no",)
OF_ORDER = ("status", "placed_at", "paid_at", "receiver_name", "address")

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one order: (row number as the spreadsheet shows it, values by meaning, the raw row)."""

    key: str
    rows: list[tuple[int, Values, Row]]
    is_numbered: bool = True  # False: the row has no order number


@dataclass(slots=True)
class Survey:
    rows: int = 0
    orders: int = 0
    scattered: dict[str, int] = field(default_factory=dict)  # order number → number of its last row


class Reader:
    """Reads rows of one layout into values by meaning."""

    def __init__(self, layout: Layout) -> None:
        own = list(known(layout.format).own_meanings())
        ranked: dict[str, list[tuple[int, int]]] = {}
        self.sums: dict[str, list[int]] = {}
        for column in layout.columns:
            if not column.meaning:
                continue
            if column.meaning in MEANINGS and MEANINGS[column.meaning].adds_up:
                self.sums.setdefault(column.meaning, []).append(column.index)
                continue
            key = normal(column.name)
            rank = own.index(key) - 1000 if key in own else NAMES.get(key, ("", guess(column.name)[1]))[1]
            ranked.setdefault(column.meaning, []).append((rank, column.index))
        self.columns = [(meaning, tuple(index for _rank, index in sorted(at))) for meaning, at in ranked.items()]
        self.single = [(meaning, at[0]) for meaning, at in self.columns if len(at) == 1]
        self.several = [(meaning, at) for meaning, at in self.columns if len(at) > 1]
        self.width = max((index for _meaning, at in self.columns for index in at), default=-1) + 1
        self.meanings = frozenset(ranked) | frozenset(self.sums)
        self.start = layout.header_row + 1
        self.number_at = tuple(index for meaning, at in self.columns if meaning == "order_no" for index in at)

    def read(self, row: Row) -> Values:
        """Meaning → cell, of the first filled column of that meaning. Empty cells and dashes are left out."""
        if len(row) < self.width:
            row = [*row, *[""] * (self.width - len(row))]
        values: Values = {meaning: cell for meaning, index in self.single if (cell := row[index]) not in NULLS}
        for meaning, at in self.several:
            for index in at:
                if (cell := row[index]) not in NULLS:
                    values[meaning] = cell
                    break
        return values

    def number(self, row: Row) -> str:
        for index in self.number_at:
            if index < len(row) and (cell := row[index]) not in NULLS:
                return cell
        return ""

    def rows(self, rows: Iterable[Row]) -> Iterator[tuple[int, Row, str]]:
        """(row number, row, order number) of the rows under the header that say something: blank rows, totals, notes and repeated
        headers are left out."""
        for index, row in enumerate(rows):
            if index < self.start:
                continue
            number = self.number(row)
            if not number or not number[0].isalnum() or not number.isascii():
                filled = [cell for cell in row if cell and not cell.isspace()]
                is_note = len(filled) == 1 and not (number and number.isascii())
                if not filled or is_note or any(cell.strip() in TOTALS for cell in filled[:3]):
                    continue
                if number and guess(number)[0] == "order_no":
                    continue
            yield index + 1, row, number

    def survey(self, rows: Iterable[Row]) -> Survey:
        """One pass that keeps little: how many rows and orders, and which orders stand on rows that are apart."""
        found = Survey()
        seen: dict[str, int] = {}
        current = ""
        for number, _row, order_no in self.rows(rows):
            found.rows += 1
            key = order_no if order_no and not _is_mangled(order_no) else ""
            if not key:
                if not current or order_no:
                    found.orders += 1
                    current = current if not order_no else ""
                elif current in found.scattered:
                    found.scattered[current] = number
                continue
            if key not in seen:
                found.orders += 1
                seen[key] = number
            elif key != current or key in found.scattered:
                found.scattered[key] = number
            current = key
        return found

    def groups(self, rows: Iterable[Row], scattered: Mapping[str, int]) -> Iterator[Group]:
        """The orders of the file in the sequence in which they end."""
        open_group: Group | None = None
        waiting: dict[str, Group] = {}
        for number, row, order_no in self.rows(rows):
            values = self.read(row)
            entry = (number, values, row)
            if open_group is not None and self._belongs(open_group, order_no, values):
                open_group.rows.append(entry)
            else:
                if open_group is not None and open_group.key not in waiting:
                    yield open_group
                key = order_no if order_no and not _is_mangled(order_no) else f"row {number}"
                if key in waiting:
                    open_group = waiting[key]
                    open_group.rows.append(entry)
                else:
                    open_group = Group(key, [entry], bool(order_no))
                    if key in scattered:
                        waiting[key] = open_group
            if scattered.get(open_group.key) == number:
                yield waiting.pop(open_group.key)
                open_group = None
        if open_group is not None and open_group.key not in waiting:
            yield open_group
        yield from waiting.values()

    def _belongs(self, group: Group, order_no: str, values: Values) -> bool:
        if order_no:
            return order_no == group.key
        first = group.rows[0][1]
        return group.is_numbered and all(meaning not in values or values[meaning] == first.get(meaning) for meaning in OF_ORDER)


def _is_mangled(order_no: str) -> bool:
    return isinstance(order_no, Damaged) or SCIENTIFIC.fullmatch(order_no) is not None
