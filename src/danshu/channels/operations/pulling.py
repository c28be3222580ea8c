"""Reading a shop's streams: window by window from where everything is saved, and single numbers at once. See docs/mechanisms/pulling.md.

The cursor moves only after everything before it is saved, so whoever is killed anywhere is followed by somebody who reads the same
again, and what is known already costs next to nothing. An error is never "nothing new".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from danshu.channels import connections, registry
from danshu.channels.connecting import Connector, Listed, Page, Reading, ShopAccess, Span, Stream
from danshu.channels.connector_errors import TemporaryFailure
from danshu.channels.models import Shop, StreamCursor
from danshu.channels.operations import credentials, granting, paging, streams
from danshu.channels.operations import payloads as shelf
from danshu.channels.operations.streams import Lease
from danshu.channels.operations.taking import Save, Taken, Taker
from danshu.core import clock, jobs
from danshu.core.actor import SYSTEM, Actor
from danshu.core.errors import DomainError

log = logging.getLogger(__name__)
RUN = timedelta(seconds=20)  # a backlog is read in runs, so that other shops get their turn
LONGEST = timedelta(hours=6)  # of one window, also where a platform would answer more at once
EDGE = timedelta(minutes=1)  # inside what the platform reaches back to
PATIENCE = 3  # failures in a row before a number is blamed instead of the platform
WANTED = 50  # numbers asked for at a time in the urgent lane
UNLISTED = Reading(timedelta(), timedelta(), 0)  # of what is told: no cursor reads it, single numbers are tried again from their bodies
RETRY = 10  # seconds they wait at least when the platform does not answer
Tick = Callable[[], datetime]


class _LeaseLostError(Exception):
    """Somebody else reads the stream by now."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A shop with its adapter, and what it may be asked about one stream."""

    shop: Shop
    connector: Connector
    access: ShopAccess
    stream: Stream
    reading: Reading

    def taker(self, save: Save, *, by: Actor, tick: Tick) -> Taker:
        return Taker(self.shop, self.connector, self.access, self.stream, save, by, tick)


def desk(shop_id: int, stream: Stream, *, is_urgent: bool = False) -> Desk:
    """Raises `connection.unable` where the platform has no such stream, `Shop.DoesNotExist`."""
    shop = Shop.objects.get(pk=shop_id)
    connector = credentials.connector_of(shop)
    reading = connector.abilities.streams.get(stream, UNLISTED if stream in connector.abilities.told else None)
    if reading is None:
        raise DomainError(_("%s的接口不提供这类数据。") % shop.get_platform_display(), "connection.unable")
    return Desk(shop, connector, connections.access(shop, is_urgent=is_urgent), stream, reading)


# --- the stream ---------------------------------------------------------------------------------------------------------------


def pull(shop_id: int, stream: Stream, *, save: Save, tick: Tick = clock.now, run: timedelta = RUN) -> Taken | None:
    """Read the stream on, for about `run`. None when somebody else reads it or the shop may not be asked. What goes wrong is not raised:
    it stands in the cursor, and the stream rests."""
    lease = streams.take(shop_id, stream, now=tick())
    if lease is None:
        return None
    taken = Taken()
    try:
        with_refresh(shop_id, stream, lambda place: _windows(place, lease, taken, save, tick, run), tick=tick)
    except _LeaseLostError:
        log.warning("Shop %d: another worker reads %s by now", shop_id, stream)
    except DomainError as error:
        streams.failed(lease.cursor_id, error, now=tick())
    except Exception as error:
        log.exception("Reading %s of shop %d broke", stream, shop_id)
        streams.failed(lease.cursor_id, TemporaryFailure(_("程序出错（%s），稍后再试。") % type(error).__name__), now=tick())
    finally:
        lease.let_go()
    return taken


def with_refresh(shop_id: int, stream: Stream, work: Callable[[Desk], None], *, is_urgent: bool = False, tick: Tick = clock.now) -> None:
    """Do the work, after `granting.call` perhaps twice."""
    place = desk(shop_id, stream)
    granting.call(shop_id, lambda access: work(replace(place, access=access)), is_urgent=is_urgent, tick=tick)


def _windows(place: Desk, lease: Lease, taken: Taken, save: Save, tick: Tick, run: timedelta) -> None:
    began = tick()
    while True:
        cursor = StreamCursor.objects.get(pk=lease.cursor_id)
        now = tick()
        span, is_last = window(cursor, place.reading, now=now)
        if span is None:
            streams.rest(cursor, next_at=now + place.reading.every)
            return
        _window(place, lease, cursor, span, taken, save, tick)
        granting.call_answered(place.shop.pk, now=tick())
        streams.succeeded(cursor, next_at=now + place.reading.every if is_last else tick(), now=tick())
        jobs.progressed()
        if is_last or tick() - began >= run:
            return


def window(cursor: StreamCursor, reading: Reading, *, now: datetime) -> tuple[Span | None, bool]:
    """The next span to read, and whether it reaches as far as the platform's list is complete. None: nothing to ask yet.

    It begins a little before the cursor, because rows turn up in lists late and clocks differ; not where the cursor was read up to
    long after. After a gap the last minutes get a window of their own: rows may still enter there, and they are read again.
    """
    bound = (now - reading.lag).replace(microsecond=0)
    longest = min(reading.span, LONGEST)
    overlap = min(reading.overlap, longest / 2)
    is_settled = cursor.read_at is not None and cursor.until <= cursor.read_at - reading.lag - overlap
    start = max(cursor.until if is_settled else cursor.until - overlap, bound - reading.reach + EDGE).replace(microsecond=0)
    end = min(bound, start + longest)
    is_last = end == bound
    if is_last and overlap and end - start > 2 * overlap:
        end, is_last = end - overlap, False
    return (Span(start, end), is_last) if start < end else (None, True)


def _window(place: Desk, lease: Lease, cursor: StreamCursor, span: Span, taken: Taken, save: Save, tick: Tick) -> None:
    """Read the window and save it page by page; the cursor follows each part that is wholly here."""
    asked_at = tick()
    is_fresh = cursor.until >= asked_at - place.reading.lag - 2 * place.reading.every - place.reading.overlap
    taker = place.taker(save, by=SYSTEM, tick=tick)
    taker.patience, taker.kept = cursor.failures < PATIENCE, lambda: _keep(lease, tick)
    until = cursor.until
    for portion in paging.read(lambda part, page: _ask(place, lease, part, page, tick), place.reading, span):
        if portion.rows:
            part = Taken()
            try:
                taker.take(portion.rows, part)
            finally:  # what was saved before it broke off is counted
                lags = part.lags if is_fresh and until > cursor.since else []
                streams.counted(cursor, rows=part.rows, new=part.new, updated=part.updated, lags=lags)
                taken.add(part)
        if portion.upto is not None:
            streams.moved(cursor, portion.upto, asked_at=asked_at)


def _ask(place: Desk, lease: Lease | None, span: Span, page: Page, tick: Tick) -> Listed:
    if lease is not None:
        _keep(lease, tick)
    return place.connector.list_page(place.access, place.stream, span, page)


def _keep(lease: Lease, tick: Tick) -> None:
    if not lease.keep(now=tick()):
        raise _LeaseLostError


# --- at once -----------------------------------------------------------------------------------------------------------------


def pull_numbers(
    shop_id: int, stream: Stream, numbers: Sequence[str], *, save: Save, by: Actor = SYSTEM, tick: Tick = clock.now, is_urgent: bool = True
) -> Taken:
    """Fetch these numbers now, whatever is known of them, ahead of background reading. Numbers that failed are named in the answer and
    are asked for again later. Raises what the platform says when it answers nothing at all."""
    taken = Taken()

    def work(place: Desk) -> None:
        taker = place.taker(save, by=by, tick=tick)
        taker.patience = False
        taken.add(taker.ask(list(dict.fromkeys(numbers))))

    with_refresh(shop_id, stream, work, is_urgent=is_urgent, tick=tick)
    granting.call_answered(shop_id, now=tick())
    return taken


def pull_wanted(shop_id: int, stream: Stream, *, save: Save, tick: Tick = clock.now) -> Taken:
    """Fetch the numbers that messages named, and those whose next try has come. When the platform does not answer they wait, and no try
    is lost. Where its interface knows of a change later than its message, they settle first."""
    taken = Taken()
    failures, lag = 0, registry.abilities(Shop.objects.get(pk=shop_id).platform).message_lag
    while failures < PATIENCE and (numbers := shelf.claim(shop_id, stream, now=tick(), most=WANTED, lag=lag)):
        try:
            taken.add(pull_numbers(shop_id, stream, numbers, save=save, tick=tick))
            jobs.progressed()
        except DomainError as error:
            log.warning("Numbers of shop %d were not fetched: %s", shop_id, error.code)
            shelf.postpone(shop_id, stream, numbers, until=tick() + timedelta(seconds=RETRY + streams.wait_after(failures, error)))
            failures += 1
    return taken


def pull_span(
    shop_id: int, stream: Stream, span: Span, *, save: Save, by: Actor, tick: Tick = clock.now, said: Callable[[Taken], None] | None = None
) -> Taken:
    """Read a span of any length again, beside the stream: its cursor stays. `said` hears of every part. Raises what the platform says."""
    taken = Taken()
    seen: set[tuple[str, datetime | None]] = set()

    def work(place: Desk) -> None:
        for portion in listed(place, span, tick=tick):
            fresh = [row for row in portion.rows if (row.no, row.modified_at) not in seen]  # while rows move, pages are asked twice
            seen.update((row.no, row.modified_at) for row in fresh)
            part = place.taker(save, by=by, tick=tick).take(fresh)
            taken.add(part)
            if said is not None:
                said(part)

    with_refresh(shop_id, stream, work, tick=tick)
    granting.call_answered(shop_id, now=tick())
    return taken


def listed(place: Desk, span: Span, *, tick: Tick = clock.now) -> Iterator[paging.Portion]:
    """Rows of a span of any length, in spans that the platform takes."""
    longest, start = min(place.reading.span, LONGEST), span.start
    while start < span.end:
        part = Span(start, min(span.end, start + longest), span.basis)
        for portion in paging.read(lambda asked, page: _ask(place, None, asked, page, tick), place.reading, part):
            if portion.rows:
                yield portion
        start = part.end
