"""Shortfalls replayed to the second, and what a shop should leave unshown."""

from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from danshu.channels.contract import IncomingLine, IncomingOrder, Payment
from danshu.channels.models import OfferRule
from danshu.core import clock, jobs
from danshu.core.actor import SYSTEM
from danshu.flows import oversell, oversell_keeps, stock_sync
from danshu.flows.tests.sync_world import NOW, beat, listing, ship_in, shop, shown
from danshu.orders import operations as orders
from danshu.stock.tests.goods import CLERK, sku, warehouse

pytestmark = pytest.mark.django_db


def order(number, one, quantity, placed_at):
    return IncomingOrder(
        platform_no=f"P{number}", payment=Payment.PAID, placed_at=placed_at, paid_at=placed_at, modified_at=placed_at,
        lines=(IncomingLine(oid=f"{number}", title="杯", quantity=quantity, item_id=one.platform_item_id, sku_id="1"),),
    )  # fmt: skip


def hear(where, *incoming):
    return orders.ingest(where.pk, incoming, source="api", by=SYSTEM, now=clock.now())


@pytest.fixture
def story():
    """10 cups, two shops that show all of them. The far one sells 8, of which we hear a minute later; the near one sold 4 meanwhile."""
    with time_machine.travel(NOW, tick=False) as time:
        stock_sync.keep_up()
        place, cup = warehouse(), sku("CUP")
        near, far = shop("近店"), shop("远店")
        here, there = listing(near, cup), listing(far, cup)
        ship_in(place, cup, 10)
        beat(time, 3)
        assert shown(here, there) == [10, 10]
        time.shift(timedelta(seconds=60))
        hear(far, order(1, there, 8, NOW + timedelta(seconds=10)))
        hear(near, order(2, here, 4, NOW + timedelta(seconds=40)))
        beat(time, 3)
        yield time, place, cup, near, far, here


def test_a_shortfall_is_replayed_second_by_second(story):
    _time, _place, _cup, near, _far, _here = story
    [short] = oversell.shortfalls(None, now=clock.now())
    assert (short.order.shop, short.missing, short.lag) == (near, 4, 23)
    told = [(m.what, m.shop and m.shop.name, m.pieces, m.left, m.is_ours) for m in oversell.replay(short).moments]
    assert told == [
        ("receive", None, 10, 10, False),
        ("pushed", "近店", 0, 10, False),
        ("pushed", "远店", 0, 10, False),
        ("sold", "远店", 8, None, False),
        ("sold", "近店", 4, None, True),
        ("locked", None, 8, 2, False),
        ("short", "近店", 4, None, True),
        ("pushed", "近店", 0, 2, False),
        ("pushed", "远店", 0, 2, False),
    ]


def test_the_buffer_that_would_have_avoided_it(story):
    """The near shop was told 10 and sold 4: with 7 kept back it would have shown 3, and nobody could have bought 4."""
    [short] = oversell.shortfalls(None, now=clock.now())
    avoided = oversell.replay(short).avoided
    assert (avoided.said, avoided.sold, avoided.keep) == (10, 4, 7)


def test_no_buffer_helps_where_the_platform_sells_more_than_it_was_told(story):
    _time, _place, _cup, near, _far, here = story
    hear(near, order(3, here, 9, NOW + timedelta(seconds=41)))
    newest = oversell.shortfalls(None, now=clock.now())[0]
    assert (newest.order.platform_no, oversell.replay(newest).avoided.keep) == ("P3", None)


def test_a_shortfall_stays_readable_after_it_was_filled(story):
    time, place, cup, _near, _far, _here = story
    time.shift(timedelta(minutes=5))
    ship_in(place, cup, 20)
    jobs.drain()
    [short] = oversell.shortfalls(None, now=clock.now())
    assert not short.line.is_short
    assert short.filled_at == clock.now()


def test_people_see_the_shortfalls_of_their_shops(story):
    _time, _place, _cup, near, far, _here = story
    assert len(oversell.shortfalls([near.pk], now=clock.now())) == 1
    assert oversell.shortfalls([far.pk], now=clock.now()) == []


def test_what_the_others_sell_before_a_shop_is_told_is_kept_back():
    """2, 3 and 4 pieces, 10 seconds apart: within 9 seconds 4 at most, within 10 seconds 7, within 20 all of them."""
    sales = [(NOW + timedelta(seconds=10 * n), n + 2) for n in range(3)]
    assert [oversell_keeps.busiest(sales, lag) for lag in (9, 10, 20)] == [4, 7, 9]
    assert oversell_keeps.busiest([], 60) == 0


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 9)), max_size=30), st.integers(0, 200))
def test_no_window_as_long_as_the_lag_sold_more(sales, lag):
    placed = sorted((NOW + timedelta(seconds=second), pieces) for second, pieces in sales)
    plain = [sum(n for at, n in placed if start <= at <= start + timedelta(seconds=lag)) for start, _n in placed]
    assert oversell_keeps.busiest(placed, lag) == max(plain, default=0)


def test_a_suggestion_names_its_arithmetic_and_is_applied(story):
    """The far shop sold 8 within the 53 seconds until we knew and the 3 until the near one was told."""
    time, place, cup, near, far, here = story
    found = {one.shop.pk: one for one in oversell_keeps.suggestions(cup.pk, now=clock.now())}
    one = found[near.pk]
    assert [(other.shop, other.pieces, other.lag) for other in one.others] == [(far, 8, 56)]
    assert one.keep == 8
    ship_in(place, cup, 20)
    oversell_keeps.apply(cup.pk, [near.pk], by=CLERK, now=clock.now())
    assert list(OfferRule.objects.values_list("listing_id", "keep")) == [(here.pk, 8)]
    jobs.drain()
    beat(time, 3)
    assert shown(here) == [18 - 8], "30 came, 12 are sold"


def test_one_shortfall_and_many_cost_the_same(story, statements):
    _time, _place, _cup, near, _far, here = story
    one = statements(lambda: oversell.shortfalls(None, now=clock.now()))
    hear(near, *[order(100 + n, here, 3, NOW) for n in range(30)])
    many = statements(lambda: oversell.shortfalls(None, now=clock.now()))
    assert len(oversell.shortfalls(None, now=clock.now())) == 31
    assert len(one) == len(many)
