"""The receiver's phone, and digits that are nobody's: identity cards, order numbers, postcodes, the sender's block."""

from __future__ import annotations

import re

from danshu.channels.chat import phones
from danshu.channels.chat.found import ChatOrder, Found, Span, Why
from danshu.channels.chat.sheet import Sheet

ZIP = re.compile(r"(?<!\d)\d{6}(?!\d)(?![号室楼栋幢-])")
LONG = re.compile(r"(?<![A-Za-z0-9])(?:\d{17}[\dXx]|[A-Za-z]{0,4}\d{12,})(?![A-Za-z0-9])")


def drop_senders(paper: Sheet) -> None:
    """What stands behind 寄件人 until the next label of a receiver, or its line's end, is not the receiver's."""
    for label, line in list(paper.labelled("sender")):
        end = line.end
        for later in paper.labels[line.start]:
            if later.start > label.start and later.kind != "sender" and later.word.startswith("收"):
                end = later.start
                break
        paper.use(Span(label.start, end))


def drop_numbers(paper: Sheet) -> None:
    """Identity cards, order numbers, postcodes: digits that are neither phone nor house."""
    for label, _line in paper.labelled("zip", "other"):
        paper.use(Span(label.start, label.value_end))
    for line in paper.lines:
        for pattern in (LONG, ZIP):
            for match in pattern.finditer(paper.text, line.start, line.end):
                span = Span(*match.span())
                if paper.is_free(span) and not any(p.span.start < span.end and span.start < p.span.end for p in paper.phones):
                    paper.use(span)


def read_phone(paper: Sheet, order: ChatOrder) -> None:
    """The receiver's number: the labelled one, else the only one."""
    own = [phone for phone in paper.phones if paper.is_free(phone.span)]
    if not own:
        own = [found for label, line in paper.labelled("phone") if (found := phones.local(paper.text, label.end, label.value_end))]
    sure = [phone for phone in own if phone.is_anchor]
    for label, _line in paper.labelled("phone"):
        if "备用" not in label.word and (inside := [each for each in sure if label.end <= each.span.start < label.value_end]):
            sure = inside + [each for each in sure if each not in inside]
            break
    picked = sure or own
    for phone in own:
        paper.use(phone.span)
    if not picked:
        return
    first = picked[0]
    values = list(dict.fromkeys(phone.value for phone in picked))
    mobiles = [value for value in values if value.startswith("1")]
    if len(sure) > 1 and len(values) > 1:
        is_clear = len(mobiles) == 1 or any(
            label.end <= first.span.start < label.value_end and label.word != "备用电话" for label, _l in paper.labelled("phone")
        )
        if is_clear:
            first = next((each for each in sure if each.value == (mobiles[0] if len(mobiles) == 1 else first.value)), first)
        order.phone = Found(
            first.value,
            0.9 if is_clear else 0.6,
            (first.span,),
            None if is_clear else Why.SEVERAL,
            tuple(v for v in values if v != first.value),
        )
    else:
        order.phone = Found(first.value, first.confidence, (first.span,), first.why, tuple(v for v in values[1:]))
