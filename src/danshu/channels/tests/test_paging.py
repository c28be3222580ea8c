"""Listing everything of a span while its rows move."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from danshu.channels.connecting import Basis, Found, Listed, Paging, Reading, Span, Stream
from danshu.channels.connector_errors import BadAnswer, Refused
from danshu.channels.operations import paging
from danshu.channels.tests.fake_platform import Adapter, Platform
from tests.chance import examples

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
START = NOW - timedelta(minutes=20)
HOW = list(Paging)


@pytest.fixture(autouse=True)
def _still():
    with time_machine.travel(NOW, tick=False):
        yield


class Shop:
    credentials = {}


def world(how=Paging.FORWARD, count=8, **terms):
    platform = Platform(token="", newest_first=how is not Paging.FORWARD)
    adapter = Adapter(platform)
    adapter.reads(paging=how, **terms)
    for n in range(count):
        platform.change(f"P{n}", at=START + timedelta(minutes=n))
    return platform, adapter


def read(adapter, span=None):
    span = span or Span(START, NOW)
    portions = list(
        paging.read(lambda part, page: adapter.list_page(Shop, Stream.ORDERS, part, page), adapter.abilities.streams[Stream.ORDERS], span)
    )
    return {row.no for portion in portions for row in portion.rows}, [portion.upto for portion in portions if portion.upto]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("count", [0, 1, 3, 4, 8, 9])
def test_every_row_is_listed(how, count):
    platform, adapter = world(how, count)
    assert read(adapter) == (set(platform.rows[Stream.ORDERS]), [NOW])


@pytest.mark.parametrize("how", HOW)
def test_one_page_costs_one_question(how):
    platform, adapter = world(how, 3)
    read(adapter)
    assert platform.calls == ["list"]


@pytest.mark.parametrize("how", HOW)
@settings(max_examples=examples(60), deadline=None)
@given(moves=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 9)), max_size=4))
def test_no_row_that_stays_is_missed_while_others_leave_the_span(how, moves):
    """Whatever changes between two pages leaves the span, and is listed by the next one."""
    platform, adapter = world(how, 10)
    touched = set()

    def meanwhile(_name):
        for call, n in moves:
            if call == len(platform.calls):
                platform.change(f"P{n}", at=NOW + timedelta(seconds=1))
                touched.add(f"P{n}")

    platform.before = meanwhile
    found, _ends = read(adapter)
    assert found >= set(platform.rows[Stream.ORDERS]) - touched


def test_rows_that_enter_while_paging_backwards_are_noticed():
    """A platform whose clock is behind ours still puts rows into the span while we page."""
    platform, adapter = world(Paging.BACKWARD, 6)

    def meanwhile(_name):
        if len(platform.calls) == 3:
            platform.change("NEW", at=NOW - timedelta(seconds=5))

    platform.before = meanwhile
    found, _ends = read(adapter)
    assert found == set(platform.rows[Stream.ORDERS])


@pytest.mark.parametrize("how", [Paging.FORWARD, Paging.CURSOR])
def test_a_platform_that_tells_no_total_is_read_to_its_end(how):
    platform, adapter = world(how, 8)
    platform.tells_total = False
    assert read(adapter)[0] == set(platform.rows[Stream.ORDERS])


def test_paging_backwards_needs_the_total():
    platform, adapter = world(Paging.BACKWARD, 8)
    platform.tells_total = False
    with pytest.raises(BadAnswer):
        read(adapter)


@pytest.mark.parametrize("how", [Paging.FORWARD, Paging.BACKWARD])
def test_a_span_with_too_many_rows_is_cut_in_halves_oldest_first(how):
    platform, adapter = world(how, 9, most_rows=3)
    found, ends = read(adapter)
    assert found == set(platform.rows[Stream.ORDERS])
    assert ends == sorted(ends)
    assert (ends[-1], len(ends) > 2) == (NOW, True)


@pytest.mark.parametrize("how", [Paging.FORWARD, Paging.BACKWARD])
def test_a_span_whose_later_pages_are_refused_is_cut_too(how):
    platform, adapter = world(how, 9)
    platform.cap = 6
    assert read(adapter)[0] == set(platform.rows[Stream.ORDERS])


def test_a_refusal_of_the_first_page_is_a_refusal():
    platform, adapter = world()

    def refuse(_name):
        raise Refused("no permission")

    platform.before = refuse
    with pytest.raises(Refused):
        read(adapter)


def test_more_rows_in_one_second_than_may_be_listed_are_asked_for_all_the_same():
    platform, adapter = world(count=0, most_rows=2)
    for n in range(7):
        platform.change(f"S{n}", at=START)
    assert len(read(adapter)[0]) == 7
    platform.cap = 3
    with pytest.raises(Refused):
        read(adapter)


@pytest.mark.parametrize("cursors", [["a", "a"], ["a", "b", "a"], [""]])
def test_a_cursor_that_leads_nowhere_is_an_error_and_no_end(cursors):
    answers = iter([Listed((Found(str(n)),), cursor=cursor, has_more=True) for n, cursor in enumerate(cursors)])
    reading = Reading(timedelta(days=1), timedelta(days=9), 1, paging=Paging.CURSOR)
    with pytest.raises(BadAnswer):
        list(paging.read(lambda _part, _page: next(answers), reading, Span(START, NOW)))


@pytest.mark.parametrize("how", [Paging.FORWARD, Paging.CURSOR])
def test_a_list_without_end_is_an_error(how, monkeypatch):
    monkeypatch.setattr(paging, "MOST_PAGES", 20)
    count = iter(range(1000))
    reading = Reading(timedelta(days=1), timedelta(days=9), 1, paging=how)
    with pytest.raises(BadAnswer):
        list(paging.read(lambda _part, _page: Listed((Found("1"),), cursor=f"c{next(count)}", has_more=True), reading, Span(START, NOW)))


def test_spans_by_creation_are_asked_as_such():
    platform, adapter = world(count=4)
    platform.change("P0", at=NOW + timedelta(minutes=1))
    assert "P0" not in read(adapter)[0]
    assert read(adapter, Span(START, NOW, Basis.CREATED))[0] == {"P0", "P1", "P2", "P3"}
