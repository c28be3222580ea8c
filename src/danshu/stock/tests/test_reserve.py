"""Locking stock. What other houses paid for is in test_lessons.py."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.core.errors import DomainError
from danshu.stock import book, queries, regions
from danshu.stock import operations as stock
from danshu.stock.models import Balance, LedgerEntry, Reservation
from danshu.stock.tests.goods import CLERK, NOW, counters, demand, fill, reserve, sku, warehouse

pytestmark = pytest.mark.django_db


def test_a_demand_holds_stock_and_says_where():
    towel, place = sku("TW"), warehouse()
    fill(place, {towel: 5})
    (outcome,) = reserve(demand(1, towel, 2))
    assert outcome == stock.Outcome(held=2, short=0, left=0, warehouse_id=place.pk)
    assert counters(towel) == (5, 2)
    assert queries.sellable([towel.pk]) == {towel.pk: 3}


def test_a_demand_gets_all_or_nothing_and_hears_what_is_left():
    towel = sku("TW")
    fill(warehouse(), {towel: 3})
    (outcome,) = reserve(demand(1, towel, 4))
    assert (outcome.held, outcome.short, outcome.left) == (0, 4, 3)
    assert counters(towel) == (3, 0)


def test_a_sku_that_was_never_received_counts_as_zero():
    warehouse()
    (outcome,) = reserve(demand(1, sku("NEW")))
    assert (outcome.held, outcome.short, outcome.left) == (0, 1, 0)


def test_demands_are_served_in_the_given_order():
    towel = sku("TW")
    fill(warehouse(), {towel: 3})
    held = [outcome.held for outcome in reserve(demand(9, towel, 2), demand(1, towel, 2), demand(2, towel, 1))]
    assert held == [2, 0, 1]


def test_a_bundle_without_one_part_holds_nothing_of_the_others():
    towel, mug = sku("TW"), sku("MG")
    fill(warehouse(), {towel: 10, mug: 3})
    gift = sku("GIFT", parts={towel: 1, mug: 2})
    (outcome,) = reserve(demand(1, gift, 2))
    assert (outcome.held, outcome.left) == (0, 1)
    assert counters(towel) == (10, 0)


def test_strict_refuses_them_all_and_names_goods_and_number():
    towel, mug = sku("TW-1"), sku("MG-1", name="手作马克杯")
    fill(warehouse(), {towel: 5, mug: 1})
    with pytest.raises(DomainError) as refused:
        reserve(demand(1, towel, 1), demand(2, mug, 3), strict=True)
    assert refused.value.code == "stock.short"
    assert "库存不足" in str(refused.value)
    assert "MG-1 手作马克杯 还剩 1 件，要 3 件" in str(refused.value)
    assert counters(towel) == (5, 0)


def test_asking_twice_holds_once_and_asking_for_more_tops_up():
    towel = sku("TW")
    fill(warehouse(), {towel: 9})
    reserve(demand(1, towel, 2))
    reserve(demand(1, towel, 2))
    assert counters(towel) == (9, 2)
    reserve(demand(1, towel, 5))
    assert counters(towel) == (9, 5)
    assert Reservation.objects.get().quantity == 5


def test_the_buffer_is_kept_inside_the_writer():
    towel, place = sku("TW"), warehouse()
    fill(place, {towel: 5})
    stock.set_buffers([(towel.pk, place.pk, 2)], by=CLERK, now=NOW)
    assert [outcome.held for outcome in reserve(demand(1, towel, 3), demand(2, towel, 1))] == [3, 0]


def test_whole_demand_from_one_warehouse_when_one_has_it():
    towel, first, second = sku("TW"), warehouse("杭州仓", 1), warehouse("义乌仓", 2)
    fill(first, {towel: 10})
    fill(second, {towel: 15})
    assert reserve(demand(1, towel, 12))[0].warehouse_id == second.pk
    assert reserve(demand(2, towel, 5))[0].warehouse_id == first.pk
    assert reserve(demand(3, towel, 2, warehouse_id=second.pk))[0].warehouse_id == second.pk


def test_lines_of_one_owner_come_from_one_warehouse_where_possible():
    towel, mug, first, second = sku("TW"), sku("MG"), warehouse("杭州仓", 1), warehouse("义乌仓", 2)
    fill(first, {mug: 9})
    fill(second, {towel: 9, mug: 9})
    one = stock.Demand(7, 1, towel.pk, 1)
    two = stock.Demand(7, 2, mug.pk, 1)
    assert [outcome.warehouse_id for outcome in reserve(one, two)] == [second.pk, second.pk]


def test_closed_warehouses_sell_nothing():
    towel, place = sku("TW"), warehouse()
    fill(place, {towel: 3})
    warehouse("义乌仓")
    stock.save_warehouses([stock.WarehouseDraft("杭州仓", place.pk, is_active=False)], by=CLERK, now=NOW)
    assert reserve(demand(1, towel))[0].held == 0
    assert queries.sellable([towel.pk]) == {towel.pk: 0}


@pytest.mark.django_db(transaction=True)
def test_stale_numbers_are_read_again(monkeypatch):
    """Another writer takes a piece between our reading and our writing: the UPDATE refuses, we begin again."""
    towel = sku("TW")
    fill(warehouse(), {towel: 3})
    reserve(demand(1, towel, 1))  # what tops up takes the long way
    close, attempts = book.Book.close, []

    def close_late(self):
        if not attempts:
            Balance.objects.update(on_hand=1)  # rolled back with the attempt
        attempts.append(self)
        return close(self)

    monkeypatch.setattr(book.Book, "close", close_late)
    assert reserve(demand(1, towel, 3))[0].held == 3
    assert len(attempts) == 2
    assert counters(towel) == (3, 3)


def test_every_movement_is_in_the_ledger_with_who_and_why():
    towel = sku("TW")
    fill(warehouse(), {towel: 5})
    reserve(demand(1, towel, 2))
    entry = LedgerEntry.objects.order_by("-id").first()
    assert (entry.kind, entry.locked_delta, entry.on_hand_after, entry.locked_after) == ("lock", 2, 5, 2)
    assert (entry.cause_kind, entry.cause_id, entry.cause_label, entry.actor_name) == ("order", 1001, "1122-0001", "小方")


def statements(count):
    goods, place = [sku(f"S{count}-{i}") for i in range(count)], warehouse(f"仓{count}")
    fill(place, dict.fromkeys(goods, 5))
    with CaptureQueriesContext(connection) as seen:
        stock.reserve([demand(count * 100 + i, item, 2) for i, item in enumerate(goods)], by=CLERK, now=NOW)
        stock.consume([1000 + count * 100 + i for i in range(count)], by=CLERK, now=NOW)
        stock.unconsume([1000 + count * 100 + i for i in range(count)], by=CLERK, now=NOW)
        stock.release([1000 + count * 100 + i for i in range(count)], by=CLERK, now=NOW)
        stock.count([stock.Count(item.pk, place.pk, 3) for item in goods], by=CLERK, now=NOW)
    return len(seen)


def test_the_number_of_statements_does_not_grow_with_the_batch():
    assert statements(1) < statements(2) == statements(50)


class TestRouting:
    """Where goods come from: the receiver's region, then who has all of it, then the shipping order."""

    @pytest.fixture
    def world(self):
        item, near, far = sku("TW"), warehouse("杭州仓", 1), warehouse("广州仓", 2)
        type(far).objects.filter(pk=far.pk).update(regions=regions.stored(["广东省", "广西"]))
        fill(near, {item: 20})
        fill(far, {item: 6})
        return item, near, far

    def test_the_region_of_the_receiver_comes_before_the_shipping_order(self, world):
        item, near, far = world
        outcomes = reserve(demand(1, item, region="广东省"), demand(2, item, region="浙江省"), demand(3, item, region="广西壮族自治区"))
        assert [outcome.warehouse_id for outcome in outcomes] == [far.pk, near.pk, far.pk]
        assert reserve(demand(4, item, region="广东"))[0].warehouse_id == far.pk
        assert reserve(demand(5, item, region="火星"))[0].warehouse_id == near.pk

    def test_stock_decides_before_the_region_splits_a_line(self, world):
        item, near, _far = world
        assert reserve(demand(1, item, 7, region="广东省"))[0].warehouse_id == near.pk
        assert reserve(demand(2, item, 8, region="广东省"), demand(3, item, 1))[0].warehouse_id == near.pk

    def test_an_order_keeps_its_warehouse_for_all_its_lines(self, world):
        item, _near, far = world
        lines = [stock.Demand(7, number, item.pk, 1, region="广东省" if number == 1 else "") for number in (1, 2)]
        assert [outcome.warehouse_id for outcome in reserve(*lines)] == [far.pk, far.pk]

    @pytest.mark.parametrize("others", [0, 1], ids=["alone", "in a batch"])
    def test_c8_ten_from_four_and_fifteen_are_four_and_six_where_the_first_is_emptied(self, others):
        item, first, second = sku("TW"), warehouse("杭州仓", 1), warehouse("义乌仓", 2)
        type(first).objects.filter(pk=first.pk).update(is_emptied_first=True)
        fill(first, {item: 4})
        fill(second, {item: 15})
        reserve(demand(1, item, 10), *[demand(2, item, 5)] * others)
        assert counters(item, first) == (4, 4)
        assert counters(item, second) == (15, 6 + 5 * others)
        assert set(Reservation.objects.filter(demand_id=1).values_list("quantity", flat=True)) == {4, 6}

    def test_c8_a_line_is_split_when_no_single_warehouse_has_it_all(self):
        item, first, second = sku("TW"), warehouse("杭州仓", 1), warehouse("义乌仓", 2)
        fill(first, {item: 4})
        fill(second, {item: 6})
        reserve(demand(1, item, 10))
        assert (counters(item, first), counters(item, second)) == ((4, 4), (6, 6))
