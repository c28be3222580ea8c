"""Goods on their way, the buckets that never sell, and transfers with goods in transit."""

import pytest

from danshu.audit.models import Entry
from danshu.core.errors import DomainError
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import Balance, Inbound, InboundLine, LedgerEntry
from danshu.stock.tests.goods import CLERK, NOW, demand, fill, reserve, sku, warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def hangzhou():
    return warehouse("杭州仓", 1)


@pytest.fixture
def yiwu():
    return warehouse("义乌仓", 2)


@pytest.fixture
def towel(hangzhou):
    item = sku("TW")
    fill(hangzhou, {item: 10})
    return item


def buckets(item, place):
    names = ("on_hand", "locked", "defective", "inspecting", "incoming", "in_transit")
    assert queries.check() == []
    return Balance.objects.filter(sku=item, warehouse=place).values_list(*names).get()


def buy(place, *lines, **more):
    (pk,) = stock.announce([stock.InboundDraft(place.pk, lines, **more)], by=CLERK, now=NOW)
    return InboundLine.objects.filter(inbound=pk).order_by("pk")


def arrive(line, **came):
    return stock.arrive([stock.Arrival(line.pk, **came)], by=CLERK, now=NOW)


def test_what_is_bought_is_expected_and_not_sellable(towel, hangzhou):
    (line,) = buy(hangzhou, (towel.pk, 20), supplier="义乌小王")
    assert buckets(towel, hangzhou) == (10, 0, 0, 0, 20, 0)
    assert queries.sellable([towel.pk]) == {towel.pk: 10}
    assert line.inbound.no == f"DH-{line.inbound_id:05d}"
    assert Entry.objects.filter(verb="stock.announced").count() == 1


def test_a_purchase_arrives_in_parts_some_of_it_broken_or_to_be_looked_at(towel, hangzhou):
    (line,) = buy(hangzhou, (towel.pk, 20))
    assert arrive(line, good=8, defective=1, inspecting=3) == 12
    assert buckets(towel, hangzhou) == (18, 0, 1, 3, 8, 0)
    assert queries.sellable([towel.pk]) == {towel.pk: 18}
    assert Inbound.objects.get().state == "open"
    arrive(line, good=8)
    assert buckets(towel, hangzhou) == (26, 0, 1, 3, 0, 0)
    assert Inbound.objects.get().state == "done"
    with pytest.raises(DomainError, match="已经结束"):
        arrive(line, good=1)


def test_a_supplier_may_send_more_than_was_ordered(towel, hangzhou):
    (line,) = buy(hangzhou, (towel.pk, 5))
    arrive(line, good=7)
    assert buckets(towel, hangzhou) == (17, 0, 0, 0, 0, 0)


def test_what_does_not_come_is_called_off_once(towel, hangzhou):
    (line,) = buy(hangzhou, (towel.pk, 20))
    arrive(line, good=5)
    assert [stock.call_off([line.inbound_id], by=CLERK, now=NOW) for _ in range(2)] == [15, 0]
    assert buckets(towel, hangzhou) == (15, 0, 0, 0, 0, 0)
    assert Inbound.objects.get().state == "closed"


def test_a_transfer_is_nowhere_while_it_travels(towel, hangzhou, yiwu):
    (line,) = buy(yiwu, (towel.pk, 6), source_id=hangzhou.pk)
    assert (buckets(towel, hangzhou), buckets(towel, yiwu)) == ((4, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 6))
    assert queries.sellable([towel.pk]) == {towel.pk: 4}
    arrive(line, good=3)
    arrive(line, good=1, defective=1, lost=1)
    assert buckets(towel, yiwu) == (4, 0, 1, 0, 0, 0)
    assert LedgerEntry.objects.get(kind="lose").in_transit_delta == -1
    assert Inbound.objects.get().state == "done"


def test_a_transfer_brings_no_more_than_was_sent_and_a_purchase_loses_nothing(towel, hangzhou, yiwu):
    (sent,) = buy(yiwu, (towel.pk, 6), source_id=hangzhou.pk)
    (bought,) = buy(yiwu, (towel.pk, 6))
    for line, came in ((sent, {"good": 7}), (bought, {"lost": 1})):
        with pytest.raises(DomainError) as refused:
            arrive(line, **came)
        assert refused.value.code == "stock.too_many"
    assert buckets(towel, yiwu) == (0, 0, 0, 0, 6, 6)


def test_a_transfer_called_off_is_back_where_it_left(towel, hangzhou, yiwu):
    (line,) = buy(yiwu, (towel.pk, 6), source_id=hangzhou.pk)
    arrive(line, good=2)
    stock.call_off([line.inbound_id], by=CLERK, now=NOW)
    assert (buckets(towel, hangzhou), buckets(towel, yiwu)) == ((8, 0, 0, 0, 0, 0), (2, 0, 0, 0, 0, 0))


def test_locked_goods_do_not_travel(towel, hangzhou, yiwu):
    reserve(demand(1, towel, 8))
    with pytest.raises(DomainError) as refused:
        buy(yiwu, (towel.pk, 3), source_id=hangzhou.pk)
    assert refused.value.code == "stock.locked"
    assert not Inbound.objects.exists()


def test_pieces_change_their_bucket_and_only_good_ones_sell(towel, hangzhou):
    def shift(n, source, target):
        stock.shift([stock.Shift(towel.pk, hangzhou.pk, n, source, target)], by=CLERK, now=NOW, reason="抽检")

    shift(4, "good", "inspecting")
    assert queries.sellable([towel.pk]) == {towel.pk: 6}
    shift(3, "inspecting", "good")
    shift(1, "inspecting", "defective")
    assert buckets(towel, hangzhou) == (9, 0, 1, 0, 0, 0)
    shift(1, "defective", "scrap")
    assert buckets(towel, hangzhou) == (9, 0, 0, 0, 0, 0)
    reserve(demand(1, towel, 8))
    for n, source, target in ((2, "good", "defective"), (1, "defective", "good"), (1, "good", "good"), (1, "scrap", "good")):
        with pytest.raises(DomainError):
            shift(n, source, target)
    assert buckets(towel, hangzhou) == (9, 8, 0, 0, 0, 0)


def test_drifted_ways_are_found_and_repaired(towel, hangzhou):
    buy(hangzhou, (towel.pk, 5))
    Balance.objects.update(incoming=3, inspecting=2)
    (difference,) = queries.check()
    assert difference.ways == {"inspecting": (2, 0), "incoming": (3, 5)}
    stock.repair(by=CLERK, now=NOW)
    assert buckets(towel, hangzhou) == (10, 0, 0, 0, 5, 0)


def test_fifty_lines_cost_as_many_statements_as_one(hangzhou, yiwu, same_queries):
    def story(goods):
        fill(hangzhou, dict.fromkeys(goods, 5))
        lines = buy(yiwu, *[(item.pk, 3) for item in goods], source_id=hangzhou.pk)
        stock.arrive([stock.Arrival(line.pk, good=1, lost=1) for line in lines], by=CLERK, now=NOW)
        stock.call_off([lines[0].inbound_id], by=CLERK, now=NOW)
        stock.shift([stock.Shift(item.pk, yiwu.pk, 1, "good", "defective") for item in goods], by=CLERK, now=NOW)

    few, many = [sku("A1"), sku("A2")], [sku(f"B{i}") for i in range(50)]
    same_queries(lambda: story(few), lambda: story(many))
