"""The receiver's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from danshu.channels.chat import names
from danshu.channels.chat.found import ChatOrder, Found, Span, Why
from danshu.channels.chat.messages import Line
from danshu.channels.chat.sheet import COUNTED, Sheet, cut, first_free, trim

HARD = re.compile(r"[\n,，;；。|]")
TO_WHOM = re.compile(
    r"^(?:[①-⑳]|\d{1,2}[.)])?(?:麻烦|请|帮我|帮忙|还是)?(?:寄给|收件人是|收货人是|我叫|姓名是|名字是|联系人是|收件的?是?|给|寄到|寄|"
    r"发到|发给|送到|送给)|^(?:[①-⑳]|\d{1,2}[.)])"
)
RECEIVES = re.compile(r"(?:\(收\)|收件|收货|亲收|收|启)$")


@dataclass(frozen=True, slots=True)
class Candidate:
    value: str
    span: Span
    sure: float
    is_beside: bool = False  # nothing stands between it and the phone


def read_name(paper: Sheet, order: ChatOrder) -> None:
    """The labelled name, else the likeliest piece, else what the address may end with."""
    for label, _line in paper.labelled("name"):
        span = _person(paper, first_free(paper, Span(label.end, label.value_end)))
        if span.end > span.start and not order.name.value:
            value = paper.text[span.start : span.end]
            sure = names.labelled(value)
            order.name = Found(value, sure, (span,), None if sure >= 0.8 else Why.ODD_NAME)
            paper.use(Span(label.start, span.end))
    if order.name.value:
        return
    found = sorted(_candidates(paper, order), key=lambda each: -each.sure)
    if found and found[0].sure >= (0.8 if _runs_on(order) else 0.5):
        first = found[0]
        others = tuple(dict.fromkeys(each.value for each in found[1:] if each.sure >= 0.5 and each.value != first.value))
        rival = next((each for each in found[1:] if each.value != first.value), None)
        beside = next(
            (each for each in found[1:] if each.value != first.value and each.is_beside and not first.is_beside and each.sure >= 0.5), None
        )
        rival = beside or rival
        sure = min(first.sure, 0.7) if beside else first.sure if rival is None or first.sure - rival.sure >= 0.05 else min(first.sure, 0.7)
        why = None if sure >= 0.8 else Why.SEVERAL if sure < first.sure else Why.ODD_NAME
        order.name = Found(first.value, round(sure, 2), (first.span,), why, others)
        paper.use(first.span)
    else:
        _glued(paper, order)


def _person(paper: Sheet, span: Span) -> Span:
    """The name in a label's value: up to the first hard separator, without 收 behind it."""
    span = trim(paper.text, span)
    hard = HARD.search(paper.text, span.start, span.end)
    span = trim(paper.text, Span(span.start, hard.start() if hard else span.end))
    words = paper.text[span.start : span.end]
    if " " in words and not re.fullmatch(r"[A-Za-z .'-]+", words):
        span = Span(span.start, span.start + words.index(" "))
    tail = RECEIVES.search(paper.text[span.start : span.end])
    return Span(span.start, span.start + tail.start()) if tail and tail.start() >= 2 else span


def _candidates(paper: Sheet, order: ChatOrder) -> Iterator[Candidate]:
    phone = order.phone.spans[0] if order.phone.spans else None
    place = order.province.spans[0] if order.province.spans else None
    for line in paper.lines:
        for piece in _pieces(paper, line):
            words = paper.text[piece.start : piece.end]
            lead = TO_WHOM.match(words)
            start = piece.start + (lead.end() if lead and lead.end() < len(words) - 1 else 0)
            tail = RECEIVES.search(words)
            end = piece.start + tail.start() if tail and piece.start + tail.start() - start >= 2 else piece.end
            word = paper.text[start:end]
            sure = 0.0 if COUNTED.search(word) else names.looks(word)
            if sure:
                near = _near(paper, Span(start, end), line, phone, place)
                yield Candidate(word, Span(start, end), sure * near, near == 1.0)


def _pieces(paper: Sheet, line: Line) -> Iterator[Span]:
    """Pieces, with Latin words and dotted names in one."""
    pieces = cut(paper, line)
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        while at + 1 < len(pieces) and re.fullmatch(r"[A-Za-z'.-]+ [A-Za-z'.-]+", paper.text[pieces[at].start : pieces[at + 1].end]):
            at += 1
            piece = Span(piece.start, pieces[at].end)
        yield piece
        at += 1


def _near(paper: Sheet, span: Span, line: Line, phone: Span | None, place: Span | None) -> float:
    """1 beside the phone, less the farther away; next to nothing for a word in the middle of a sentence."""
    text = paper.text
    is_alone = not text[line.start : span.start].strip(" \t,，;；、.。:1234567890)") and not text[span.end : line.end].strip(" \t,，;；。")
    if phone is not None:
        between = text[phone.end : span.start] if span.start >= phone.end else text[span.end : phone.start]
        if not re.sub(r"[\s,，;；、|/:()（）\-。收件货人电话号码手机联系方式]", "", between):
            return 1.0
        if line.start <= phone.start < line.end:
            return (
                0.96 if text[line.start : span.start].strip(" \t1234567890.、)") == "" or text[span.end : line.end].strip() == "" else 0.9
            )
    if is_alone:
        return 0.96 if phone is not None or place is not None else 0.7
    if place is not None and line.start <= place.start < line.end:
        return 0.96 if span.end <= place.start or not text[span.end : line.end].strip(" ,，。") else 0.85
    return 0.6


def _runs_on(order: ChatOrder) -> bool:
    """The address goes over into the phone without a sign between them."""
    return bool(order.address.spans and order.phone.spans and order.address.spans[-1].end == order.phone.spans[0].start)


def _glued(paper: Sheet, order: ChatOrder) -> None:
    """`…3楼马云150…`: nobody can say where the address ends. Both are left to a person."""
    if not order.address.spans:
        return
    span = order.address.spans[-1]
    words = paper.text[span.start : span.end]
    found = names.tail_names(words, 2)
    if not found:
        return
    is_bounded = [re.search(r"[号楼室栋幢座层户元A-Za-z)）店]$", words[: -len(name)]) is not None for name in found]
    order_of = sorted(zip(is_bounded, found, strict=True), key=lambda pair: (not pair[0], -len(pair[1])))
    ranked = [name for _bounded, name in order_of]
    first = ranked[0]
    bare = words[: -len(first)]
    order.name = Found(first, 0.5, (Span(span.end - len(first), span.end),), Why.GLUED, tuple(ranked[1:]))
    whole = "".join(paper.text[s.start : s.end] for s in order.address.spans)
    order.address = Found(whole[: len(whole) - len(words)] + bare, 0.6, order.address.spans, Why.GLUED, (whole,))
