"""What is this file? Finds the sheet, the header row, the platform and what each column means; says how sure it is and what is missing.

The header is found by meaning: of the first 50 rows of every sheet the one in which most cells are column names we know. A file whose
names say nothing still gets a layout, with no columns, so that a person can map it by hand.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.files import vocabulary
from danshu.channels.files.formats import FORMATS, GENERIC, MARKS, ORDER_NO_SHAPES, Format, known
from danshu.channels.files.vocabulary import MEANINGS, guess, normal
from danshu.core.errors import DomainError
from danshu.core.tables import Book, Row, Sheet

HEADER_WITHIN = 50
SAMPLE_ROWS = 30
WAYBILL_MARKS = frozenset({"waybill_no", "courier"})
GOODS_WORDS = re.compile(r"成本|采购价|库存|安全库存|重量|货架|库位|上架|吊牌价|零售价|供货价|品牌|类目")
STOCK_WORDS = re.compile(r"库存|在库|现存量|盘点|可用数|结存|期初")


@dataclass(frozen=True)
class Column:
    """One column of the file: where it stands, its name, what it means ("" = not imported), how sure, and what it holds."""

    index: int
    name: str
    meaning: str
    confidence: float
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """What was found. `kind` is orders, refunds, waybills, products, stock or unknown; `confidence` 0 … 1."""

    kind: str
    format: str
    platform: str
    sheet: str
    header_row: int
    columns: tuple[Column, ...]
    confidence: float
    missing: tuple[str, ...]
    shop_name: str = ""
    zeroed: bool = False  # long order numbers end in zeros: rounded by a spreadsheet program, then saved as text
    warnings: tuple[str, ...] = field(default=())

    @property
    def fingerprint(self) -> str:
        """Of the normalised names, sorted: the same for shuffled columns."""
        names = "\n".join(sorted(normal(column.name) for column in self.columns if column.name))
        return hashlib.sha256(names.encode()).hexdigest()[:32]

    def sheet_of(self, book: Book) -> Sheet:
        return next(sheet for sheet in book.sheets if sheet.name == self.sheet)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Layout:
        columns = tuple(Column(**{**column, "samples": tuple(column["samples"])}) for column in data["columns"])
        lists = {"columns": columns, "missing": tuple(data["missing"]), "warnings": tuple(data["warnings"])}
        return cls(**{**data, **lists})

    def remapped(self, meanings: Mapping[str, str], *, platform: str = "") -> Layout:
        """The same file with some columns meaning something else: column key (`column_keys`) → meaning, as a person decided.

        With a `platform` other than the recognised one the file is read by that platform's words."""
        keys = column_keys(self.columns)
        columns = tuple(
            Column(c.index, c.name, meanings[key], 1.0, c.samples) if key in meanings and meanings[key] != c.meaning else c
            for c, key in zip(self.columns, keys, strict=True)
        )
        meant = {column.meaning for column in columns}
        changed = platform or self.platform
        code = self.format if changed == self.platform else GENERIC.code
        kind = "orders" if self.kind in {"unknown", "waybills", "products", "stock"} and "order_no" in meant else self.kind
        return Layout(
            kind, code, changed, self.sheet, self.header_row, columns, self.confidence, missing_of(meant), self.shop_name,
            self.zeroed, self.warnings,
        )  # fmt: skip


def column_keys(columns: Sequence[Column]) -> list[str]:
    """A stable key per column that survives shuffling: the name, with `#2` … for repeated ones."""
    seen: Counter[str] = Counter()
    keys = []
    for column in columns:
        seen[column.name] += 1
        keys.append(column.name if seen[column.name] == 1 else f"{column.name}#{seen[column.name]}")
    return keys


def missing_of(meanings: set[str]) -> tuple[str, ...]:
    """What a file of orders cannot do without and does not have, in words."""
    missing = [] if "order_no" in meanings else [str(MEANINGS["order_no"].label)]
    if not meanings & vocabulary.PRODUCT and not meanings & vocabulary.AMOUNT:
        missing.append(_("商品或金额"))
    return tuple(missing)


def recognise(book: Book, *, file_name: str = "") -> Layout:
    """The layout of the likeliest sheet. Raises `DomainError` when no sheet holds a table."""
    best: tuple[float, Sheet, int, list[Row]] | None = None
    for sheet in book.sheets:
        head = list(islice(sheet, HEADER_WITHIN + SAMPLE_ROWS))
        score, at = _header(head)
        if at >= 0 and (best is None or score > best[0]):
            best = score, sheet, at, head
    if best is None:
        raise DomainError(_("文件里没有表格内容，只有空白。请确认导出的时间段里有订单，再重新导出。"), "file.no_table")
    _score, sheet, at, head = best
    names, rows = head[at], head[at + 1 :]
    found = _format_of(names, rows, f"{file_name} {sheet.name}")
    columns = _columns(names, rows, found)
    meanings = {column.meaning for column in columns}
    kind = _kind(found, meanings, names)
    missing = missing_of(meanings) if kind in {"orders", "unknown"} else ()
    numbers = [_cell(row, column.index) for column in columns if column.meaning == "order_no" for row in rows]
    return Layout(
        kind=kind, format=found.code, platform=found.platform, sheet=sheet.name, header_row=at, columns=columns,
        confidence=_confidence(found, meanings, names), missing=missing, shop_name=_shop_name(columns),
        zeroed=_is_zeroed(numbers), warnings=_warnings(columns, rows, found),
    )  # fmt: skip


def _header(head: Sequence[Row]) -> tuple[float, int]:
    """(score, index) of the likeliest header among the first rows; (0, first row with two cells) when none is."""
    best, at = 0.0, -1
    for index, row in enumerate(head[:HEADER_WITHIN]):
        filled = [cell for cell in row if cell.strip()]
        if len(filled) < 2 and not (len(filled) == 1 and guess(filled[0])[0]):
            continue
        score = float(len({m for m, _rank, sure in map(guess, filled) if m and sure >= 0.7}))
        score += sum(0.5 for cell in filled if normal(cell) in MARKS)
        if score > best or at < 0:
            best, at = max(score, best), index
    return best, at


def _format_of(names: Row, rows: Sequence[Row], words: str) -> Format:
    """The format whose marks the header carries most of; ties go to the shape of the order numbers and the file's name."""
    votes: dict[str, float] = dict.fromkeys(FORMATS, 0.0)
    for name in {normal(name) for name in names}:
        for code in MARKS.get(name, ()):
            votes[code] += 1 / len(MARKS[name])
    present = {normal(name) for name in names}
    number_at = next((i for i, name in enumerate(names) if guess(name)[0] == "order_no"), None)
    numbers = [_cell(row, number_at) for row in rows] if number_at is not None else []
    filled = [number for number in numbers if number]
    for code, known_format in FORMATS.items():
        if any(word.lower() in words.lower() for word in known_format.file_words):
            votes[code] += 0.5
        for shape, platform in ORDER_NO_SHAPES:
            if platform == known_format.platform and filled and all(shape.fullmatch(n) for n in filled[:10]):
                votes[code] += 0.8 if code in {"pdd", "xiaohongshu", "youzan"} else 0.4
    for code, known_format in FORMATS.items():
        if present & {normal(name) for name in known_format.never}:
            votes[code] = 0.0
    code, share = max(votes.items(), key=lambda vote: vote[1], default=("", 0.0))
    return known(code) if share >= 0.8 else GENERIC


def _columns(names: Row, rows: Sequence[Row], found: Format) -> tuple[Column, ...]:
    own = found.own_meanings()
    taken: dict[str, float] = {}
    guesses: list[tuple[str, float]] = []
    for name in names:
        key = normal(name)
        meaning, _rank, sure = (own[key], 0, 1.0) if key in own else guess(name)
        guesses.append((meaning, sure))
        taken[meaning] = max(taken.get(meaning, 0.0), sure)
    columns = []
    for index, (name, (meaning, sure)) in enumerate(zip(names, guesses, strict=True)):
        if sure < 0.9 and taken.get(meaning, 0.0) >= 0.9:
            meaning, sure = "", 0.0  # noqa: PLW2901 - a sure column of this meaning is there: the doubtful one steps back
        samples = list(dict.fromkeys(cell for row in rows if (cell := _cell(row, index))))[:3]
        if name.strip() or samples:
            columns.append(Column(index, name.strip(), meaning, round(sure, 2), tuple(text[:60] for text in samples)))
    return tuple(columns)


def _kind(found: Format, meanings: set[str], names: Row) -> str:
    if found.code == "douyin_refunds" or "ticket_no" in meanings:
        return "refunds"
    if found is not GENERIC and "order_no" in meanings:
        return "orders"
    has_goods = bool(meanings & (vocabulary.PRODUCT | vocabulary.AMOUNT))
    if "waybill_no" in meanings and not meanings & (vocabulary.AMOUNT | {"status", "price"}):
        return "waybills"
    if "order_no" in meanings and has_goods:
        return "orders"
    words = " ".join(names)
    if "order_no" not in meanings and has_goods and (GOODS_WORDS.search(words) or meanings & {"merchant_code", "barcode"}):
        return "stock" if STOCK_WORDS.search(words) and not re.search(r"成本|重量|名称.*规格.*条", words) else "products"
    return "unknown"


def _confidence(found: Format, meanings: set[str], names: Row) -> float:
    """How much of what an import wants was found: number, product, amount, status, time, receiver; a known platform counts too."""
    wanted = (
        ("order_no", {"order_no"}, 30), ("product", set(vocabulary.PRODUCT), 15), ("amount", set(vocabulary.AMOUNT), 15),
        ("status", {"status", "after_sale"}, 10), ("time", {"placed_at", "paid_at"}, 10),
        ("receiver", {"receiver_name", "receiver_phone", "address"}, 10), ("platform", {""}, 10),
    )  # fmt: skip
    score = 0
    for name, any_of, weight in wanted:
        if name == "platform":
            score += weight if found is not GENERIC else 0
        elif meanings & any_of or (name == "receiver" and not found.has_orders):
            score += weight
    return round(score / 100, 2) if any(names) else 0.0


def _shop_name(columns: Sequence[Column]) -> str:
    return next((c.samples[0] for c in columns if c.meaning == "shop_name" and len(c.samples) == 1), "")


def _is_zeroed(numbers: Sequence[str]) -> bool:
    long = [number for number in numbers if len(number) >= 17 and number.isdigit()]
    return len(long) >= 3 and sum(set(number[15:]) == {"0"} for number in long) > len(long) * 0.3


def _warnings(columns: Sequence[Column], rows: Sequence[Row], found: Format) -> tuple[str, ...]:
    warnings = []
    meanings = {column.meaning for column in columns}
    if not rows:
        warnings.append(_("表头下面没有数据行。请确认导出的时间段里有订单。"))
    if not found.has_lines:
        warnings.append(_("这是订单报表，里面没有商品明细。请把同一时间段的「宝贝报表」也拖进来，先后都可以。"))
    if "titles" in meanings and "quantity" not in meanings and found.has_lines:
        warnings.append(_("这份报表没有件数列：每款商品按 1 件导入，请在订单里核对。"))
    if found.code == "taobao_detail":
        warnings.append(_("这是宝贝报表，里面没有收件人。请把同一时间段的「订单报表」也拖进来，先后都可以。"))
    elif not meanings & {"receiver_name", "address"} and "ticket_no" not in meanings:
        warnings.append(_("没有收件人列：导入后这些订单没有地址，打不了面单。"))
    if "status" not in meanings and "ticket_no" not in meanings:
        warnings.append(_("没有订单状态列：没有发货时间和运单号的订单会当作已付款、待发货。"))
    doubtful = [column.name for column in columns if column.meaning and column.confidence < 0.9]
    if doubtful:
        warnings.append(_("这些列是猜的，请核对：%(names)s。") % {"names": "、".join(doubtful)})
    return tuple(warnings)


def _cell(row: Row, index: int) -> str:
    return row[index].strip() if index < len(row) else ""
