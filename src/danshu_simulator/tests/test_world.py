"""What may happen in the world, and what may not."""

import time
from collections import Counter
from random import Random

import pytest

from danshu_simulator import goods, life, ordering, refunding, truth
from danshu_simulator.clock import Clock, real_ms
from danshu_simulator.moods import Mood
from danshu_simulator.numbering import PLATFORMS
from danshu_simulator.things import OrderStatus, RefundKind, RefundStatus
from danshu_simulator.world import Impossible, World

HOUR = 3600


def new_world(folder=None, *, seed=7, at=None):
    world = World(folder, seed=seed, clock=Clock(at or 1_764_000_000_000, real_ms(), speed=0))
    ordering.tell_stories(world)
    refunding.tell_stories(world)
    return world


@pytest.fixture
def world():
    world = new_world()
    yield world
    world.close()


@pytest.fixture
def shop(world):
    shop = ordering.open_shop(world, "taobao")
    ordering.put_up(world, shop.key, goods.invented(2, Random(7), stock=10))
    return shop


def buy(world, shop, *codes, **more):
    return ordering.place(world, shop.key, [ordering.Wanted(1, merchant_code=code) for code in codes or ("SIM-001-1",)], **more)


def shown(world, shop, code="SIM-001-1"):
    return next(row["shown"] for row in truth.all_of(world, shop.key)["stock"] if row["merchant_code"] == code)


def test_nobody_buys_what_is_not_shown(world, shop):
    ordering.place(world, shop.key, [ordering.Wanted(10, merchant_code="SIM-001-1")])
    assert shown(world, shop) == 0
    with pytest.raises(Impossible, match="SIM-001-1: 0 left"):
        buy(world, shop)
    with pytest.raises(Impossible):  # two lines of one SKU count together
        ordering.place(world, shop.key, [ordering.Wanted(6, merchant_code="SIM-001-2"), ordering.Wanted(6, merchant_code="SIM-001-2")])
    assert shown(world, shop, "SIM-001-2") == 10
    item = next(iter(world.books[shop.key].items.values()))
    ordering.set_stock(world, shop.key, item.item_id, item.skus[0].sku_id, 3)
    buy(world, shop)
    assert shown(world, shop) == 2


def test_an_unpaid_order_closes_after_half_an_hour_and_gives_its_goods_back(world, shop):
    forgotten, paid = buy(world, shop), buy(world, shop)
    world.advance(60)
    ordering.pay(world, shop.key, paid.no)
    world.advance(29 * 60 - 1)
    assert forgotten.status == OrderStatus.UNPAID
    world.advance(1)
    assert (forgotten.status, paid.status) == (OrderStatus.CLOSED, OrderStatus.PAID)
    assert forgotten.closed_ms == forgotten.placed_ms + 30 * 60_000
    assert shown(world, shop) == 9


def test_parcels_ship_parts_and_cannot_ship_too_much(world, shop):
    order = buy(world, shop, "SIM-001-1", "SIM-001-2", is_paid=True)
    first, second = order.lines
    ordering.ship(world, shop.key, order.no, courier="SF", waybill_no="SF1", contents={first.oid: 1})
    assert order.status == OrderStatus.PART_SHIPPED
    with pytest.raises(Impossible, match="left"):
        ordering.ship(world, shop.key, order.no, courier="SF", waybill_no="SF2", contents={first.oid: 1})
    ordering.ship(world, shop.key, order.no, courier="SF", waybill_no="SF2")
    assert (order.status, order.parcels[1].contents) == (OrderStatus.SHIPPED, {second.oid: 1})
    ordering.change_waybill(world, shop.key, order.no, courier="YTO", waybill_no="YT3", old_waybill_no="SF2")
    assert [parcel.waybill_no for parcel in order.parcels] == ["SF1", "YT3"]
    with pytest.raises(Impossible):
        ordering.change_address(world, shop.key, order.no)
    world.advance(10 * 24 * HOUR)
    assert order.status == OrderStatus.FINISHED


def test_the_platform_agrees_when_the_seller_is_silent(world, shop):
    order = buy(world, shop, is_paid=True)
    refund = refunding.ask(world, shop.key, order.no)
    assert order.is_refund_open
    world.advance(48 * HOUR)
    assert (refund.status, order.status) == (RefundStatus.DONE, OrderStatus.CLOSED)
    assert order.lines[0].refunded_fen == order.to_pay_fen


def test_goods_come_back_before_the_money(world, shop):
    order = buy(world, shop, "SIM-001-1", "SIM-001-2", is_paid=True)
    with pytest.raises(Impossible):
        refunding.ask(world, shop.key, order.no, kind=RefundKind.RETURN)
    ordering.ship(world, shop.key, order.no, courier="SF", waybill_no="SF1")
    oid = order.lines[0].oid
    refund = refunding.ask(world, shop.key, order.no, kind=RefundKind.RETURN, pieces={oid: 1})
    with pytest.raises(Impossible):
        refunding.ask(world, shop.key, order.no, pieces={oid: 1})
    refunding.answer(world, shop.key, refund.no, agrees=False, reason="请提供照片")
    refunding.insist(world, shop.key, refund.no)
    refunding.answer(world, shop.key, refund.no, agrees=True)
    assert refund.status == RefundStatus.WAITING_RETURN
    refunding.send_back(world, shop.key, refund.no, waybill_no="SF9")
    refunding.answer(world, shop.key, refund.no, agrees=True)
    assert (refund.status, order.status) == (RefundStatus.DONE, OrderStatus.SHIPPED)
    assert [line.refunded_fen > 0 for line in order.lines] == [True, False]


def test_an_exchange_moves_no_money(world, shop):
    order = buy(world, shop, is_paid=True)
    ordering.ship(world, shop.key, order.no, courier="SF", waybill_no="SF1")
    refund = refunding.ask(world, shop.key, order.no, kind=RefundKind.EXCHANGE)
    refunding.answer(world, shop.key, refund.no, agrees=True)
    refunding.send_back(world, shop.key, refund.no, waybill_no="SF9")
    refunding.answer(world, shop.key, refund.no, agrees=True)
    refunding.send_again(world, shop.key, refund.no, waybill_no="SF10")
    assert (refund.status, refund.amount_fen, order.lines[0].refunded_fen) == (RefundStatus.DONE, 0, 0)


def test_every_platform_has_numbers_of_its_own(world):
    made = {}
    for platform in PLATFORMS:
        shop = ordering.open_shop(world, platform)
        ordering.put_up(world, shop.key, goods.invented(3, Random(7)))
        made[platform] = [buy(world, shop).no for _ in range(200)]
    assert all(len(set(numbers)) == 200 for numbers in made.values())
    assert {len(made[platform][0]) for platform in ("taobao", "douyin", "channels")} == {19}
    assert all(int(made[platform][0]) > 2**53 for platform in ("taobao", "douyin", "channels", "kuaishou"))
    assert made["pdd"][0].startswith("251125-")  # of the day, in China
    assert len(made["jd"][0]) == 12
    assert made["xiaohongshu"][0][0] == "P"


def test_a_day_of_life_is_the_same_each_time_and_has_everything_in_it():
    def day(seed):
        world = new_world(seed=seed)
        buyers = life.Life(world)
        shop = ordering.open_shop(world, "pdd")
        ordering.put_up(world, shop.key, goods.invented(20, Random(7), stock=100))
        buyers.start(shop.key, life.Habits(orders_per_hour=25, regrets=0.2, complains=0.6, moves=0.2))
        for _ in range(12):
            world.advance(HOUR)
            for order in list(world.books[shop.key].orders.values()):
                if order.status == OrderStatus.PAID and not order.is_refund_open:
                    ordering.ship(world, shop.key, order.no, courier="SF", waybill_no=f"SF{order.no}")
        buyers.stop(shop.key)
        world.advance(15 * 24 * HOUR)
        everything = truth.all_of(world)
        world.close()
        return everything

    one, again, other = day(3), day(3), day(4)
    assert one == again
    assert one["orders"] != other["orders"]
    assert 220 < len(one["orders"]) < 400
    statuses = Counter(order["status"] for order in one["orders"])
    assert statuses["finished"] > statuses["closed"] > 10
    kinds = Counter(refund["kind"] for refund in one["refunds"])
    assert min(kinds["refund"], kinds["return"], kinds["exchange"]) > 3
    assert Counter(refund["status"] for refund in one["refunds"])["done"] > 30
    for row in one["stock"]:
        assert row["shown"] + row["sold"] == 100


def test_a_killed_world_comes_back_as_it_was(tmp_path):
    world = new_world(tmp_path)
    life.Life(world)
    shop = ordering.open_shop(world, "douyin")
    ordering.put_up(world, shop.key, goods.invented(5, Random(7)))
    paid, waiting = buy(world, shop, is_paid=True), buy(world, shop)
    refunding.ask(world, shop.key, paid.no)
    with world.changing():
        world.put_mood(shop.key, Mood(stale=0.5))
    before, planned = truth.all_of(world), len(world.agenda)
    again = World(tmp_path)  # the first one never closed its file: that is what a killed process leaves
    ordering.tell_stories(again)
    refunding.tell_stories(again)
    life.Life(again)
    assert again.seed == 7
    assert len(again.agenda) == planned
    assert again.mood(shop.key) == Mood(stale=0.5)
    both = (sorted(side["orders"], key=lambda order: order["no"]) for side in (before, truth.all_of(again)))
    assert next(both) == next(both)
    again.advance(31 * 60)
    assert again.order(shop.key, waiting.no).status == OrderStatus.CLOSED
    assert buy(again, shop).no not in {paid.no, waiting.no}


def test_five_thousand_orders_take_seconds(world):
    shop = ordering.open_shop(world, "jd")
    ordering.put_up(world, shop.key, goods.invented(20, Random(7), stock=100_000))
    began = time.process_time()
    for _ in range(5000):
        buy(world, shop, "SIM-001-1", "SIM-013-2", is_paid=True)
    assert time.process_time() - began < 15


def test_an_order_can_be_older_than_the_world(world):
    shop = ordering.open_shop(world, "taobao")
    sku = goods.NewSku("MUG", "白", 5800, 9, sku_id="5000000000001")
    ordering.put_up(world, shop.key, [goods.NewItem("马克杯", (sku,), item_id="600000000001")])
    past = ordering.Past("39" + "1" * 17, world.now() - 9_000_000, world.now() - 8_000_000, "小敏")
    order = ordering.place(world, shop.key, [ordering.Wanted(2, merchant_code="MUG", oid="line-1")], past=past)
    assert (order.no, order.placed_ms, order.paid_ms, order.buyer_nick) == (past.no, past.placed_ms, past.paid_ms, "小敏")
    assert order.ship_by_ms == past.paid_ms + ordering.SHIP_HOURS * 3_600_000
    assert order.updated_ms == world.now()
    assert [(line.oid, line.item_id, line.sku_id) for line in order.lines] == [("line-1", "600000000001", "5000000000001")]
