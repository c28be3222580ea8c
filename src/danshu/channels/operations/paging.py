"""Listing everything of a span, however a platform pages, while its rows move.

FORWARD    page 1, 2 … A row that changes while we page leaves the span, and all after it move up: one may slip past between two pages.
           So after several pages the total is asked again, and when it moved, the span is read again.
BACKWARD   newest first, last page first: rows that leave push others only towards pages that are still to be read. Rows that enter
           (clocks differ) do the opposite, so a total that grew means reading again.
CURSOR     each answer names the next; the same name twice is an error, not an end.

A span with more rows than the platform lists, or whose later pages it refuses, is cut in halves. So is one that never holds still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from danshu.channels.connecting import Found, Listed, Page, Paging, Reading, Span
from danshu.channels.connector_errors import BadAnswer, Refused

SHORTEST = timedelta(seconds=1)  # platforms' moments have whole seconds
MOST_PAGES = 10_000
MOST_PASSES = 3

Ask = Callable[[Span, Page], Listed]


@dataclass(frozen=True, slots=True)
class Portion:
    """Rows of one answer; or `upto`: everything of the span before this moment was listed."""

    rows: tuple[Found, ...] = ()
    upto: datetime | None = None


class _Cut(Exception):  # noqa: N818 - what to do, not what went wrong
    """The span must be asked in halves."""


def read(ask: Ask, reading: Reading, span: Span) -> Iterator[Portion]:
    """All rows of the span, some perhaps twice, the oldest part first. Raises `ConnectorError`."""
    waiting = [span]
    while waiting:
        part = waiting.pop()
        try:
            yield from _by_cursor(ask, reading, part) if reading.paging is Paging.CURSOR else _by_number(ask, reading, part)
        except _Cut:
            middle = part.start + timedelta(seconds=max(1, int((part.end - part.start) / 2 / SHORTEST)))
            waiting += [replace(part, start=middle), replace(part, end=middle)]
        else:
            yield Portion(upto=part.end)


def _is_whole(span: Span) -> bool:
    """Whether it cannot be cut any more."""
    return span.end - span.start <= SHORTEST


def _by_cursor(ask: Ask, reading: Reading, span: Span) -> Iterator[Portion]:
    cursor, seen = "", set[str]()
    for _number in range(MOST_PAGES):
        listed = ask(span, Page(cursor=cursor, wants_total=bool(reading.most_rows) and not cursor))
        if not cursor:
            _fits(reading, span, listed.total)
        yield Portion(listed.rows)
        if not listed.has_more:
            return
        if not listed.cursor or listed.cursor in seen:
            raise BadAnswer(_("平台说后面还有，却没有给出下一页。这次不算，稍后再读。"))
        cursor = listed.cursor
        seen.add(cursor)
    raise _endless()


def _by_number(ask: Ask, reading: Reading, span: Span) -> Iterator[Portion]:
    for _pass in range(MOST_PASSES):
        first = ask(span, Page(1, wants_total=True))
        _fits(reading, span, first.total)
        if _is_single(reading, first):
            yield Portion(first.rows)
            return
        if reading.paging is Paging.BACKWARD:
            yield from _backward(ask, reading, span, first)
        else:
            yield from _forward(ask, reading, span, first)
        if first.total is None:
            return
        again = ask(span, Page(1, wants_total=True))
        yield Portion(again.rows)
        now = again.total if again.total is not None else first.total
        if now == first.total or (reading.paging is Paging.BACKWARD and now < first.total):
            return
    if not _is_whole(span):
        raise _Cut


def _fits(reading: Reading, span: Span, total: int | None) -> None:
    if reading.most_rows and (total or 0) > reading.most_rows and not _is_whole(span):
        raise _Cut


def _is_single(reading: Reading, first: Listed) -> bool:
    if first.total is None:
        return not first.has_more
    return first.total <= reading.page_size and not first.has_more


def _backward(ask: Ask, reading: Reading, span: Span, first: Listed) -> Iterator[Portion]:
    if first.total is None:
        raise BadAnswer(_("平台没有说一共有多少单，没法从最后一页读起。这次不算，稍后再读。"))
    last = max(-(-first.total // reading.page_size), 2 if first.has_more else 1)
    for number in range(last, 0, -1):
        yield Portion(_page(ask, span, number).rows)


def _forward(ask: Ask, reading: Reading, span: Span, first: Listed) -> Iterator[Portion]:
    listed = first
    for number in range(1, MOST_PAGES):
        yield Portion(listed.rows)
        is_short = first.total is not None and bool(listed.rows) and number * reading.page_size < first.total
        if not listed.has_more and not is_short:
            return
        listed = _page(ask, span, number + 1)
    raise _endless()


def _page(ask: Ask, span: Span, number: int) -> Listed:
    """A later page. The platform answered the first, so a refusal is about how deep this one lies."""
    try:
        return ask(span, Page(number))
    except Refused:
        if number == 1 or _is_whole(span):
            raise
        raise _Cut from None


def _endless() -> BadAnswer:
    return BadAnswer(_("平台的列表没有尽头。这次不算，稍后再读。"))
