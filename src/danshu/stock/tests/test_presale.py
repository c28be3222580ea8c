"""Sold before they are here: within a quota, for a promised day, and held as soon as goods arrive."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from danshu.core.errors import DomainError
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import Presale, Promise, Reservation
from danshu.stock.tests.goods import CLERK, NOW, counters, demand, fill, reserve, sku, warehouse

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 12)


@pytest.fixture
def place():
    return warehouse()


@pytest.fixture
def lamp(place):
    item = sku("LAMP")
    presell(item, 5)
    return item


def presell(item, quota, **more):
    stock.set_presales([stock.PresaleDraft(item.pk, quota, DAY, **more)], by=CLERK, now=NOW)


def taken():
    return Presale.objects.get().taken


def test_a_presale_counts_against_the_quota_and_not_against_the_shelf(place, lamp):
    fill(place, {lamp: 10})
    (outcome,) = reserve(demand(1, lamp, 3, kind="presale"))
    assert (outcome.held, outcome.short, outcome.promised) == (0, 3, 3)
    assert counters(lamp) == (10, 0)
    assert queries.presale_left([lamp.pk]) == {lamp.pk: 2}


def test_what_the_shelf_has_not_is_promised_until_the_quota_ends(place, lamp):
    fill(place, {lamp: 2})
    outcomes = reserve(demand(1, lamp, 2), demand(2, lamp, 4), demand(3, lamp, 2), demand(4, lamp, 1))
    assert [(outcome.held, outcome.promised) for outcome in outcomes] == [(2, 0), (0, 4), (0, 0), (0, 1)]
    assert (counters(lamp), taken()) == ((2, 2), 5)


def test_asking_twice_promises_once(lamp):
    for _ in range(3):
        assert reserve(demand(1, lamp, 3))[0].promised == 3
    assert (taken(), Promise.objects.count()) == (3, 1)


def test_a_door_of_our_own_sells_what_is_promised_and_refuses_the_rest(lamp):
    assert reserve(demand(1, lamp, 5), strict=True)[0].promised == 5
    with pytest.raises(DomainError) as refused:
        reserve(demand(2, lamp, 1), strict=True)
    assert refused.value.code == "stock.short"


def test_goods_that_arrive_turn_promises_into_locks_in_the_order_asked(place, lamp):
    reserve(demand(1, lamp, 2), demand(2, lamp, 2, kind="presale"))
    fill(place, {lamp: 3})
    outcomes = reserve(demand(2, lamp, 2, kind="presale"), demand(1, lamp, 2))
    assert [(outcome.held, outcome.promised) for outcome in outcomes] == [(2, 0), (0, 2)]
    assert dict(Promise.objects.values_list("demand_id", "state")) == {1: "open", 2: "kept"}
    assert Reservation.objects.get(state="held").demand_id == 2
    assert taken() == 4  # what was kept stays sold: the quota is of all that will come
    assert queries.check() == []


def test_cancelling_gives_the_quota_back_once(lamp):
    reserve(demand(1, lamp, 3))
    assert [stock.release([1001], by=CLERK, now=NOW) for _ in range(2)] == [3, 0]
    assert taken() == 0


def test_a_promise_follows_its_line_to_another_order(lamp):
    reserve(demand(1, lamp, 3))
    stock.move_owner([1], 77)
    assert stock.release([77], by=CLERK, now=NOW) == 3


def test_a_closed_presale_promises_nothing_more(lamp):
    reserve(demand(1, lamp, 3))
    presell(lamp, 5, is_open=False)
    assert reserve(demand(2, lamp, 1))[0].promised == 0
    assert (queries.presale_left([lamp.pk]), taken()) == ({}, 3)


def test_a_quota_below_what_is_sold_is_refused_even_by_the_database(lamp):
    reserve(demand(1, lamp, 3))
    with pytest.raises(DomainError, match="已经预售了 3 件"):
        presell(lamp, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Presale.objects.update(taken=6)


def test_fifty_presales_cost_as_many_statements_as_two(place, same_queries):
    def story(start, goods):
        stock.set_presales([stock.PresaleDraft(item.pk, 5, DAY) for item in goods], by=CLERK, now=NOW)
        demands = [demand(start + i, item, 2) for i, item in enumerate(goods)]
        reserve(*demands)
        reserve(*demands)
        stock.release([one.owner_id for one in demands], by=CLERK, now=NOW)

    few, many = [sku("A1"), sku("A2")], [sku(f"B{i}") for i in range(50)]
    same_queries(lambda: story(10, few), lambda: story(100, many))
