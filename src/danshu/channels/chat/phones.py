"""Phone numbers in a flat text: whose they may be, with extension or virtual number, and what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from danshu.channels.chat.found import Span, Why

_EXTENSION = r"(?:[ \t]{0,2}(?:-|转|#|ext\.?|分机号?:?|\[)[ \t]?(?P<ext>\d{1,6})(?!\d)\]?)?"
MOBILE = re.compile(
    r"(?<![\d.])(?:(?:\+|00)?86[ \t-]?)?(?P<a>1[3-9]\d)(?P<gap>[ \t.-]?)(?P<b>\d{4})(?P=gap)(?P<c>\d{4})(?!\d)" + _EXTENSION, re.IGNORECASE
)
_LOOSE_MOBILE = re.compile(r"(?<![\d.])(?:\+?86[ \t-]?)?1(?:[ \t-]?[3-9])(?:[ \t-]?\d){9}(?!\d)(?![ \t-]\d)")
LANDLINE = re.compile(r"(?<![\d-])(?:\((?P<a>0\d{2,3})\)|(?P<b>0\d{2,3}))[ \t-]?(?P<c>[2-8]\d{6,7})(?!\d)" + _EXTENSION, re.IGNORECASE)
_HOTLINE = re.compile(r"(?<!\d)(?:[48]00[ \t-]?\d{3,4}[ \t-]?\d{3,4}|95\d{3,4}|10086|10010|10000|123\d\d)(?!\d)")
_BROKEN = re.compile(r"(?<!\d)1[3-9]\d{8}(?:\d{2})?(?!\d)")  # ten digits, or twelve
_MASKED = re.compile(r"(?<!\d)1[3-9]\d\*{4,6}\d{2,4}(?!\d)")
_SHORT = re.compile(r"(?<!\d)[2-8]\d{6,7}(?!\d)")
_NOT_ITS_OWN = re.compile(
    r"(?:微信号?|vx|wx|wechat|qq|订单号?|单号|运单|编号|客服(?:电话)?|店铺电话|商家电话|快递员(?:电话)?)[号 :]{0,3}\Z", re.IGNORECASE
)
_CODE_BEFORE = re.compile(r"[A-Za-z_]\Z")
_PHONE_WORD = re.compile(r"(?<![A-Za-z])(?:tel|phone|mobile|mob|no|ph|t|m)[.: ]?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phone:
    """`value` as couriers want it: digits, and `-` before an extension; a landline keeps its dash."""

    value: str
    span: Span
    confidence: float
    why: Why | None = None

    @property
    def is_anchor(self) -> bool:
        """Whether an order may be built around it."""
        return self.confidence >= 0.7


def phones(text: str, start: int = 0, end: int | None = None) -> list[Phone]:
    """Everything in the stretch that may be a person's phone, in its order, and what only looks like one with little confidence."""
    end = len(text) if end is None else end
    taken: list[Phone] = []
    free = bytearray(end - start)
    for phone in _all(text, start, end):
        stretch = slice(phone.span.start - start, phone.span.end - start)
        if not any(free[stretch]):
            free[stretch] = b"\1" * (phone.span.end - phone.span.start)
            taken.append(phone)
    return sorted(taken, key=lambda phone: phone.span)


def _all(text: str, start: int, end: int) -> Iterator[Phone]:
    for match in MOBILE.finditer(text, start, end):
        yield from _mobile(text, match, match["a"] + match["b"] + match["c"], match["ext"])
    for match in _LOOSE_MOBILE.finditer(text, start, end):
        yield from _mobile(text, match, re.sub(r"\D", "", match[0])[-11:], None)
    for match in _HOTLINE.finditer(text, start, end):
        yield Phone(re.sub(r"\s", "-", match[0]), Span(*match.span()), 0.3, Why.HOTLINE)
    for match in LANDLINE.finditer(text, start, end):
        number = f"{match['a'] or match['b']}-{match['c']}" + (f"-{match['ext']}" if match["ext"] else "")
        yield Phone(number, Span(*match.span()), 0.93)
    for pattern, sure, why in ((_MASKED, 0.4, Why.DIGITS), (_BROKEN, 0.4, Why.DIGITS)):
        for match in pattern.finditer(text, start, end):
            if not _CODE_BEFORE.search(text[max(0, match.start() - 1) : match.start()]):
                yield Phone(match[0], Span(*match.span()), sure, why)


def _mobile(text: str, match: re.Match[str], number: str, extension: str | None) -> Iterator[Phone]:
    before = text[max(0, match.start() - 8) : match.start()]
    if _CODE_BEFORE.search(before) and not _PHONE_WORD.search(before):
        return  # YT13800000000 is a waybill
    value = f"{number}-{extension}" if extension else number
    if _NOT_ITS_OWN.search(before):
        yield Phone(value, Span(*match.span()), 0.3, Why.ODD_NAME)
    else:
        yield Phone(value, Span(*match.span()), 0.97)


def local(text: str, start: int, end: int) -> Phone | None:
    """A number without area code; only where a label says that it is a phone."""
    match = _SHORT.search(text, start, end)
    return Phone(match[0], Span(*match.span()), 0.7, Why.DIGITS) if match else None
