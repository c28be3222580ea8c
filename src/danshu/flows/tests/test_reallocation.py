"""One tap moves scarce goods from order A to order B, and both remember it."""

from datetime import timedelta

import pytest

from danshu.audit.models import Entry
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Receiver
from danshu.channels.models import Shop
from danshu.core import jobs
from danshu.core.errors import DomainError
from danshu.flows import order_stock, reallocation
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.states import Issue
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import LedgerEntry, Presale, Promise, Reservation
from danshu.stock.tests.goods import CLERK, NOW, fill, sku, warehouse

pytestmark = pytest.mark.django_db
HOME = Receiver("王小婷", "18612342290", "浙江省", "杭州市", "余杭区", "文一西路 969 号 3 幢")


@pytest.fixture
def shop():
    return Shop.objects.create(name="木野家居", platform="taobao", created_at=NOW, courier_code="zto")


@pytest.fixture
def towel():
    item = sku("TW")
    fill(warehouse(), {item: 5})
    return item


def order(shop, number, *, code="TW", quantity=1, hours=24, urgent=False, paid=0):
    line = IncomingLine("1", "毛巾", quantity, merchant_code=code, price_fen=1000, paid_fen=1000)
    moment = NOW + timedelta(minutes=paid)
    arrived = IncomingOrder(
        f"P{number}", (line,), payment=Payment.PAID, placed_at=NOW, paid_at=moment, ship_by=NOW + timedelta(hours=hours), receiver=HOME,
        goods_fen=1000, paid_fen=1000,
    )  # fmt: skip
    report = orders.ingest(shop.pk, [arrived], source="api", by=CLERK, now=NOW)
    assert not report.rejects, report.rejects
    made = Order.objects.get(platform_no=f"P{number}")
    if urgent:
        Order.objects.filter(pk=made.pk).update(is_urgent=True)
    return made


def is_short(made):
    made.refresh_from_db()
    return bool(made.issues & Issue.SHORT)


def swap(item, giver, taker):
    return reallocation.reallocate([reallocation.Swap(item.pk, giver.pk, taker.pk)], by=CLERK, now=NOW)


def test_goods_go_from_one_order_to_another_and_both_remember(shop, towel):
    late, urgent = order(shop, 1, quantity=4, hours=72), order(shop, 2, quantity=3, hours=2)
    assert [is_short(late), is_short(urgent)] == [False, True]
    assert swap(towel, late, urgent) == [late.pk]
    assert [is_short(late), is_short(urgent)] == [True, False]
    assert dict(Reservation.objects.filter(state="held").values_list("owner_id", "quantity")) == {urgent.pk: 3}
    assert LedgerEntry.objects.filter(kind="release").get().reason == f"调给 {urgent.short_no}"
    assert {(e.verb, e.target_id, e.note) for e in Entry.objects.filter(verb__endswith="_stock")} == {
        ("order.gave_stock", late.pk, urgent.short_no),
        ("order.got_stock", urgent.pk, late.short_no),
    }
    assert queries.check() == []


def test_a_giver_with_enough_left_is_not_short(shop, towel):
    rich = order(shop, 1, quantity=1)
    order(shop, 2, quantity=4)
    poor = order(shop, 3, quantity=1)
    assert swap(towel, rich, poor) == [rich.pk]
    fill(warehouse("义乌仓"), {towel: 1})
    jobs.drain()
    assert not is_short(rich)


def test_too_little_moves_nothing(shop, towel):
    small, big = order(shop, 1, quantity=2), order(shop, 2, quantity=6)
    with pytest.raises(DomainError, match="还是不够"):
        swap(towel, small, big)
    assert dict(Reservation.objects.filter(state="held").values_list("owner_id", "quantity")) == {small.pk: 2}


def test_printed_orders_keep_their_goods(shop, towel):
    late, urgent = order(shop, 1, quantity=4), order(shop, 2, quantity=3)
    orders.mark_printed([late.pk], by=CLERK, now=NOW)
    with pytest.raises(DomainError, match="已经打印"):
        swap(towel, late, urgent)


def test_who_waits_and_who_could_give_stand_in_policy_order(shop, towel):
    gift = sku("GIFT", parts={towel: 2})
    givers = [order(shop, 1, quantity=2, hours=10), order(shop, 2, quantity=3, hours=90)]
    takers = [order(shop, 3, code="GIFT", hours=48), order(shop, 4, hours=4), order(shop, 5, hours=48, urgent=True)]
    assert gift.is_bundle
    found = reallocation.waiting(towel.pk, Order.objects.all())
    assert [(item.order, item.pieces) for item in found] == [(takers[1], 1), (takers[2], 1), (takers[0], 2)]
    assert [giver for giver, _pieces in found[0].givers] == [givers[1], givers[0]]


def test_short_orders_fill_themselves_by_deadline_then_payment_then_urgency(shop, towel):
    order(shop, 0, quantity=5)
    waiting = [order(shop, 1, hours=9), order(shop, 2, hours=4, paid=5), order(shop, 3, hours=4), order(shop, 4, hours=4, urgent=True)]
    place = Reservation.objects.first().warehouse
    served = []
    for _ in waiting:
        fill(place, {towel: 1})
        jobs.drain()
        served += [number for number, made in enumerate(waiting, 1) if number not in served and not is_short(made)]
    assert served == [4, 3, 2, 1]


def test_how_late_a_platform_told_of_a_cancellation_is_measured(shop, towel):
    made = order(shop, 1)
    orders.cancel([made.pk], by=CLERK, now=NOW + timedelta(seconds=40))
    Order.objects.filter(pk=made.pk).update(cancelled_at=NOW)
    assert order_stock.pull_lag(NOW + timedelta(minutes=1)).p50 == 40.0


def test_fifty_swaps_cost_as_many_statements_as_two(shop, same_queries):
    def world(name, count):
        item = sku(name)
        fill(warehouse(f"仓{name}"), {item: count})
        givers = [order(shop, f"{name}-a{i}", code=name) for i in range(count)]
        takers = [order(shop, f"{name}-b{i}", code=name) for i in range(count)]
        return [reallocation.Swap(item.pk, a.pk, b.pk) for a, b in zip(givers, takers, strict=True)]

    few, many = world("A", 2), world("B", 50)
    same_queries(
        lambda: reallocation.reallocate(few, by=CLERK, now=NOW),
        lambda: reallocation.reallocate(many, by=CLERK, now=NOW),
    )


def test_presold_orders_wait_as_short_and_get_their_goods_in_policy_order(shop, towel):
    order(shop, 0, quantity=5)
    stock.set_presales([stock.PresaleDraft(towel.pk, 3, NOW.date())], by=CLERK, now=NOW)
    late, soon = order(shop, 1, hours=90, quantity=2), order(shop, 2, hours=4)
    assert [is_short(late), is_short(soon), Presale.objects.get().taken] == [True, True, 3]
    place = Reservation.objects.first().warehouse
    for pieces, expected in ((1, [True, False]), (2, [False, False])):
        fill(place, {towel: pieces})
        jobs.drain()
        assert [is_short(late), is_short(soon)] == expected
    assert set(Promise.objects.values_list("state", flat=True)) == {"kept"}
