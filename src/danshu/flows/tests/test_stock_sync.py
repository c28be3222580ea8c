"""Stock reaches the shops: gathered, at once where it matters, never twice, nothing skipped."""

from datetime import timedelta

import pytest
import time_machine

from danshu.channels import offers, registry
from danshu.channels.connecting import PushResult
from danshu.channels.models import Offer, ShopSync, StockPush, StockWait
from danshu.channels.operations import offer_rules
from danshu.channels.operations import offers as writing
from danshu.channels.operations.offer_rules import RuleDraft
from danshu.core import clock, jobs
from danshu.core.reactions import answers_to
from danshu.flows import stock_sync
from danshu.flows.stock_sync_numbers import numbers
from danshu.flows.tests.sync_world import NOW, beat, listing, offer, sell, shelf, ship_in, shop, shown
from danshu.orders.models import Order, OrderLine
from danshu.stock import operations as stock
from danshu.stock import queries as stock_queries
from danshu.stock.events import StockChanged
from danshu.stock.tests.goods import CLERK, sku, warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def time():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(time):
    """One shop, one listing of a cup, 10 pieces, all of it pushed."""
    place, cup, where = warehouse(), sku("CUP"), shop()
    one = listing(where, cup)
    stock_sync.keep_up()  # sets the mark
    ship_in(place, cup, 10)
    beat(time, 3)
    assert shown(one) == [10]
    return place, cup, where, one


def test_a_change_waits_two_seconds_for_others_and_is_said_once(time, world):
    _place, cup, where, one = world
    said = len(shelf(where).said())
    sell(cup, 1, 1)
    beat(time, 0.5)
    assert shown(one) == [10]
    sell(cup, 2, 2)
    beat(time, 1)
    assert shown(one) == [10]
    beat(time, 1)
    assert shown(one) == [7]
    assert len(shelf(where).said()) == said + 1


def test_the_last_piece_is_said_at_once_and_so_is_the_first(time, world):
    place, cup, _where, one = world
    sell(cup, 10, 1)
    beat(time)
    assert shown(one) == [0]
    ship_in(place, cup, 4)
    beat(time)
    assert shown(one) == [4]


def test_crossing_the_stop_line_is_said_at_once(time, world):
    _place, cup, where, one = world
    offer_rules.set_rules([RuleDraft(where.pk, stop_line=8)], by=CLERK, now=clock.now())
    jobs.drain()
    beat(time, 3)
    assert shown(one) == [10]
    sell(cup, 3, 1)
    beat(time)
    assert shown(one) == [0]


def test_nothing_is_said_twice(time, world):
    _place, cup, where, one = world
    sell(cup, 1, 1)
    beat(time, 3)
    said = shelf(where).said()
    for _ in range(3):
        beat(time, 5)
    stock_sync.compare_all()
    jobs.drain()
    assert shelf(where).said() == said
    assert StockWait.objects.count() == 0
    assert not offer(one).is_due


def test_a_bundle_is_pushed_as_what_its_parts_can_make(time, world):
    place, cup, where, _one = world
    plate = sku("PLATE")
    ship_in(place, plate, 7)
    pair = listing(where, sku("SET", parts={cup: 2, plate: 1}))
    stock_sync.compare_all()
    jobs.drain()
    assert shown(pair) == [5]
    sell(cup, 3, 1)
    beat(time, 3)
    assert shown(pair) == [3]


def test_c4_a_bad_listing_never_holds_up_the_others(time, world):
    place, cup, where, one = world
    bad_sku = sku("BAD")
    bad = listing(where, bad_sku, name="BAD")
    shelf(where).behave(refuse=["BAD"])
    ship_in(place, bad_sku, 5)
    sell(cup, 1, 1)
    beat(time, 3)
    assert shown(one, bad) == [9, None]
    assert (offer(bad).error_code, offer(bad).failures) == ("rejected", 1)
    assert offer(bad).drift_since is not None
    beat(time, 10)
    assert offer(bad).failures == 1, "it waits a minute before the next try"
    shelf(where).behave()
    beat(time, 60)
    assert shown(bad) == [5]
    assert (offer(bad).error, offer(bad).failures, offer(bad).drift_since) == ("", 0, None)


@pytest.mark.parametrize(("manner", "code"), [("rate_limited", "connector.rate_limited"), ("expired", "connector.credentials_expired"),
                                              ("timeout", "connector.temporary")])  # fmt: skip
def test_a_platform_that_does_not_answer_holds_up_its_own_shop_alone(time, world, manner, code):
    _place, cup, where, one = world
    other = listing(shop("演练二店"), cup)
    shelf(where).behave(fail=manner)
    sell(cup, 1, 1)
    beat(time, 3)
    assert shown(one, other) == [10, 9]
    assert ShopSync.objects.get(pk=where.pk).error_code == code
    shelf(where).behave()
    beat(time, 1)
    assert shown(one) == [10], "it rests five seconds first"
    beat(time, 5)
    assert shown(one) == [9]
    assert ShopSync.objects.get(pk=where.pk).error_code == ""


def test_what_somebody_typed_into_the_platform_is_put_right_by_the_full_comparison(time, world):
    _place, _cup, where, one = world
    shelf(where).drift(stock_sync.key_of(one), 80)
    beat(time, 60)
    assert shown(one) == [80]
    stock_sync.compare_all()
    jobs.drain()
    assert shown(one) == [10]


def test_c10_what_is_locked_is_never_shown_by_any_way_of_pushing(time, world):
    """80 on the shelf, 29 of them locked: elsewhere the nightly comparison pushed 80 again."""
    place, cup, _where, one = world
    ship_in(place, cup, 70)
    sell(cup, 29, 1)
    beat(time, 3)
    assert shown(one) == [51]
    stock_sync.compare_all()
    jobs.drain()
    stock_sync.push_again([one.pk], by=CLERK, now=clock.now())
    jobs.drain()
    assert shown(one) == [51]


def test_a_shop_that_is_not_to_be_pushed_is_left_alone(time, world):
    place, cup, where, one = world
    offer_rules.set_rules([RuleDraft(where.pk, is_pushed=False)], by=CLERK, now=clock.now())
    ship_in(place, cup, 5)
    beat(time, 3)
    stock_sync.compare_all()
    jobs.drain()
    beat(time, 3)
    assert shown(one) == [10]
    assert (offer(one).is_due, offer(one).drift_since) == (False, None)


def test_a_worker_that_comes_back_after_an_hour_has_missed_nothing(time, world):
    place, cup, where, one = world
    others = [sku(f"S{n}") for n in range(5)]
    listed = [listing(where, each) for each in others]
    for minute in range(60):
        time.shift(timedelta(minutes=1))
        ship_in(place, others[minute % 5], 1)
        if minute % 10 == 0:
            sell(cup, 1, minute + 1)
    assert shown(one, *listed) == [10] + [None] * 5
    beat(time)
    assert shown(one, *listed) == [4] + [12] * 5


def test_a_worker_that_died_while_pushing_is_taken_over(time, world):
    _place, cup, where, one = world
    ShopSync.objects.filter(pk=where.pk).update(busy_until=clock.now() + timedelta(seconds=90))
    sell(cup, 1, 1)
    beat(time, 3)
    assert shown(one) == [10]
    beat(time, 90)
    assert shown(one) == [9]


def test_a_number_that_moves_while_it_is_said_is_said_again(time, world):
    """The answer to an older number must not mark the newer one as done."""
    _place, _cup, _where, one = world
    Offer.objects.filter(listing_id=one.pk).update(wanted=6, is_due=True)
    stale = offer(one)
    Offer.objects.filter(listing_id=one.pk).update(wanted=5)
    writing.note_pushed([writing.Said(stale, one.sku_id, 6, PushResult(stock_sync.key_of(one)))], now=clock.now())
    assert (offer(one).pushed, offer(one).is_due) == (6, True)


def test_a_silent_order_stream_makes_the_number_conservative(time, world):
    """24 sold in the day before, silent for 2 hours: 2 have probably been sold that we have not heard of."""
    place, cup, where, one = world
    ship_in(place, cup, 20)
    order = Order.objects.create(
        no="261122-0001", shop=where, platform="sandbox", platform_no="P1", placed_at=NOW - timedelta(hours=3),
        created_at=NOW, updated_at=NOW, payment="paid",
    )  # fmt: skip
    OrderLine.objects.create(order=order, oid="1", sku=cup, sku_quantity=24, quantity=24, title="杯")
    offer_rules.set_stale_limits([(where.pk, 30)], by=CLERK, now=clock.now())
    time.move_to(NOW + timedelta(hours=2))
    stock_sync.watch_streams()
    beat(time, 3)
    assert shown(one) == [30 - 3], "24 a day for 2 hours and 3 seconds, rounded up"
    assert ShopSync.objects.get(pk=where.pk).stale_since is not None
    where.last_intake_at = clock.now()
    where.save()
    stock_sync.watch_streams()
    beat(time, 3)
    assert shown(one) == [30]
    assert ShopSync.objects.get(pk=where.pk).stale_since is None


def test_a_silent_shop_keeps_at_least_the_buffer_back(time, world):
    place, cup, where, one = world
    stock.set_buffers([(cup.pk, place.pk, 3)], by=CLERK, now=clock.now())
    beat(time, 3)
    assert shown(one) == [7]
    offer_rules.set_stale_limits([(where.pk, 30)], by=CLERK, now=clock.now())
    time.shift(timedelta(hours=1))
    stock_sync.watch_streams()
    beat(time, 3)
    assert shown(one) == [4]


def test_locking_a_piece_wakes_nobody():
    """The fact stays part of the one statement that locks: the engine reads it later."""
    assert answers_to(StockChanged) == []


def test_every_number_that_was_said_is_in_the_log(time, world):
    _place, cup, _where, one = world
    sell(cup, 4, 1)
    beat(time, 3)
    rows = list(StockPush.objects.filter(listing_id=one.pk).order_by("pk").values_list("before", "quantity", "is_taken"))
    assert rows == [(None, 10, True), (10, 6, True)]
    last = StockPush.objects.latest("pk")
    assert last.at - last.wanted_at == timedelta(seconds=3), "the wait is counted from the sale"


def test_the_cost_does_not_grow_with_the_number_of_listings(time, statements):
    place, where = warehouse(), shop()
    stock_sync.keep_up()

    def moved(count, tag):
        goods = [sku(f"{tag}{n}") for n in range(count)]
        for each in goods:
            listing(where, each)
        stock.receive([stock.Piece(each.pk, place.pk, 5) for each in goods], by=CLERK, now=clock.now())

    def push():
        time.shift(timedelta(seconds=3))
        stock_sync.keep_up()
        stock_sync.push_shop(where.pk)

    moved(1, "A")
    push()
    moved(1, "B")
    few = statements(push)
    moved(48, "C")
    assert len(statements(push)) == len(few)
    assert Offer.objects.filter(pushed=5).count() == 50


def test_a_shop_without_rules_shows_what_the_stock_room_calls_sellable(time, world):
    place, cup, where, one = world
    second, closed = warehouse("义乌仓"), warehouse("旧仓")
    for each in (second, closed):
        ship_in(each, cup, 6)
    stock.set_buffers([(cup.pk, second.pk, 9), (cup.pk, place.pk, 2)], by=CLERK, now=clock.now())
    closed.is_active = False
    closed.save()
    pair = listing(where, sku("PAIR", parts={cup: 3}))
    found = numbers([cup.pk, pair.sku_id], now=clock.now())
    assert {found[each.pk].number: each.sku_id for each in (one, pair)} == {8: cup.pk, 2: pair.sku_id}
    assert {each.sku_id: found[each.pk].number for each in (one, pair)} == stock_queries.sellable([cup.pk, pair.sku_id])


def test_a_shop_that_is_not_connected_is_told_nothing(time, world, monkeypatch):
    """Its platform could be told, but nobody connected it: it lives from files, and no call leaves the house."""
    place, cup, _where, _one = world
    calls = []
    monkeypatch.setattr(type(registry.load("pdd")), "push_stock", lambda *call: calls.append(call))
    by_file = shop("木野拼多多", "pdd")
    listing(by_file, cup)
    ship_in(place, cup, 5)
    beat(time, 3)
    stock_sync.compare_all()
    jobs.drain()
    assert calls == []
    assert not Offer.objects.filter(shop=by_file).exists()
    assert by_file not in offers.pushed_shops()
