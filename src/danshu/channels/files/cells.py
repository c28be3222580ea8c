"""Single cells: what a person or a platform wrote → plain values. Every reader raises `BadCell` with a sentence for the person."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from django.utils.translation import gettext as _

from danshu.channels.files.vocabulary import MEANINGS
from danshu.core import clock
from danshu.core.tables import Damaged

NULLS = frozenset({"", "-", "--", "---", "—", "——", "–", "/", "\\", "null", "NULL", "None", "none", "nan", "NaN", "N/A", "#N/A"})
SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+?\d{1,3}")
CIPHER = re.compile(r"^(?:##|\$\$|~[A-Za-z0-9+/=]{6,})")
MOMENT = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})\s*[:：时点]\s*(\d{1,2})(?:\s*[:：分]\s*(\d{1,2}))?(?:\.\d+)?秒?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
FLAGS = {
    "red": ("红", "1", "red"),
    "yellow": ("黄", "2", "yellow"),
    "green": ("绿", "3", "green"),
    "blue": ("蓝", "4", "blue"),
    "purple": ("紫", "5", "purple"),
}


class BadCell(ValueError):  # noqa: N818 - said of the cell, not of the program
    """A cell that cannot be read; `args[0]` is a sentence, `code` is stable."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def text(cell: str) -> str:
    """Stripped; dashes and words that stand for nothing are empty."""
    value = cell.strip()
    return "" if value in NULLS else value


def identifier(cell: str, meaning: str) -> str:
    """An id, exactly as the platform wrote it. Raises `BadCell` for one that a spreadsheet program has mangled."""
    if type(cell) is str and (not cell or cell.isdigit()):  # nearly all of them
        return cell
    value = text(cell)
    if not value:
        return ""
    if isinstance(cell, Damaged) or SCIENTIFIC.fullmatch(value):
        raise BadCell(
            _(
                "%(label)s「%(value)s」被 Excel 变成了科学计数法，后面几位数字已经丢失，无法还原。"
                "请重新从平台导出，不要用 Excel 打开后另存；需要打开时，先把这一列设成「文本」格式。"
            )
            % {"label": MEANINGS[meaning].label, "value": str(cell)},
            "id.scientific",
        )
    return value


@lru_cache(maxsize=65536)
def amount(cell: str) -> int | None:
    """Yuan as written → fen: `¥1,299.90`, `23.00元`, `１２`. None for an empty cell. Half a fen is rounded up."""
    value = text(cell)
    if not value:
        return None
    plain = unicodedata.normalize("NFKC", value)
    for mark in (",", "¥", "元", "RMB", "CNY", " "):
        plain = plain.replace(mark, "")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise BadCell(_("金额「%(value)s」不是数字。请改成像 23.50 这样的数。") % {"value": value}, "amount.unreadable") from None
    if not number.is_finite() or abs(number) >= 10**10:
        raise BadCell(_("金额「%(value)s」太大或不是数字。请核对这一格。") % {"value": value}, "amount.unreadable")
    return int((number * 100).to_integral_value(ROUND_HALF_UP))


@lru_cache(maxsize=4096)
def quantity(cell: str) -> int | None:
    """Pieces: `2`, `2.0`, `x2`, `2件`. None for an empty cell."""
    value = text(cell)
    if not value:
        return None
    plain = re.sub(r"^[x×*]|[件个套只份]$", "", unicodedata.normalize("NFKC", value).strip().lower()).strip()
    try:
        number = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number != number.to_integral_value() or not 0 < number < 1_000_000:
        raise BadCell(_("件数「%(value)s」不是正整数。请核对这一格。") % {"value": value}, "quantity.unreadable")
    return int(number)


@lru_cache(maxsize=65536)
def moment(cell: str) -> datetime | None:
    """A platform's wall-clock time (Asia/Shanghai) → aware moment. Also dates, spreadsheet day numbers and epoch seconds or
    milliseconds. None for an empty cell and for the zero dates that stand for "not yet"."""
    value = text(cell)
    if not value:
        return None
    match = MOMENT.fullmatch(value)
    try:
        if match is not None:
            return _written(match)
        number = float(value)
        if 20_000 <= number < 80_000:
            day = datetime(1899, 12, 30) + timedelta(seconds=round(number * 86_400))  # noqa: DTZ001 - a wall clock's
            return clock.from_platform(day)
        if 1e9 <= number < 4e9 or 1e12 <= number < 4e12:
            return datetime.fromtimestamp(number if number < 4e9 else number / 1000, UTC)
    except (ValueError, OverflowError):
        pass
    raise BadCell(_("时间「%(value)s」读不懂。请写成 2026-11-22 10:19:00 的样子。") % {"value": value}, "moment.unreadable")


def _written(match: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if year <= 1970:
        return None
    zone = match.group(7)
    if zone:
        return datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone.replace('Z', '+00:00')}")
    return datetime(year, month, day, hour, minute, second, tzinfo=clock.SHANGHAI)


@lru_cache(maxsize=256)
def flag(cell: str) -> str:
    """`红旗`, `1`, `red` → `red`; what is no colour we know → empty."""
    value = text(cell).lower()
    for colour, words in FLAGS.items():
        if value and (value == words[1] or words[0] in value or words[2] in value):
            return colour
    return ""


def is_yes(cell: str) -> bool:
    return text(cell) in {"是", "1", "Y", "y", "yes", "TRUE", "true", "True", "赠品"}


def is_cipher(value: str) -> bool:
    return CIPHER.match(value) is not None
