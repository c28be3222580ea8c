"""Orders from outside: each as far as it can be saved, and orders whose money comes later."""

from datetime import timedelta

import pytest

from danshu.channels.contract import Payment
from danshu.channels.models import Shop
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.operations import Draft, DraftLine
from danshu.orders.tests.conftest import CLERK, HOME, NOW
from danshu.stock import operations as stock
from danshu.stock.operations import PresaleDraft

AS = {"by": CLERK, "now": NOW}


@pytest.fixture
def house(house):
    """The shop is one of our own: its platform brings no orders."""
    house.shop.platform = "own"
    house.shop.save()
    return house


def draft(house, quantity=1, code="MUG", **more):
    return Draft(more.pop("shop_id", house.shop.pk), (DraftLine(house.skus[code].pk, quantity),), HOME, **more)


def codes(made):
    return [one.code if isinstance(one, DomainError) else "made" for one in made]


def test_short_ones_leave_their_goods_to_the_others(house, left):
    made = orders.create_each([draft(house, 8), draft(house, 5), draft(house, 2), draft(house, 1)], **AS)
    assert codes(made) == ["made", "stock.short", "made", "stock.short"]
    assert made[1].details["skus"][0]["left"] == 2
    assert left() == (10, 10)
    assert Order.objects.count() == 2


def test_nothing_of_a_batch_that_fails_wholly(house, left, told):
    made = orders.create_each([draft(house, 11), draft(house, 1, shop_id=99)], **AS)
    assert codes(made) == ["stock.short", "shop.not_found"]
    assert (Order.objects.count(), left()) == (0, (10, 0))
    assert not {"OrdersPlaced", "OrdersPaid", "OrdersChanged"} & set(told())


def test_shops_keep_apart(house):
    other = Shop.objects.create(name="小程序", platform="own", created_at=NOW)
    drafts = [draft(house, platform_no="1"), draft(house, platform_no="1", shop_id=other.pk), draft(house, platform_no="1")]
    made = orders.create_each(drafts, **AS)
    assert codes(made) == ["made", "made", "order.known"]
    assert list(Order.objects.filter(pk__in=made[:2]).order_by("pk").values_list("shop", flat=True)) == [house.shop.pk, other.pk]


def test_presold_goods_are_not_short(house):
    stock.set_presales([PresaleDraft(house.skus["MUG"].pk, 20, (NOW + timedelta(days=9)).date())], **AS)
    assert codes(orders.create_each([draft(house, 15)], **AS)) == ["made"]


def test_money_that_comes_keeps_the_goods(house, left, told):
    [order_id] = orders.create_each([draft(house, 3, payment=Payment.UNPAID)], **AS)
    assert orders.pay([order_id], **AS) == 1
    stock.expire_due(now=NOW + timedelta(days=1))
    order = Order.objects.get(pk=order_id)
    assert (order.payment, order.paid_at, order.ship_by) == ("paid", NOW, NOW + timedelta(hours=48))
    assert left() == (10, 3)
    assert "OrdersPaid" in told()


def test_money_for_a_lock_that_ran_out_asks_again(house, left):
    [order_id] = orders.create_each([draft(house, 3, payment=Payment.UNPAID)], **AS)
    stock.release([order_id], **AS)
    orders.pay([order_id], **AS)
    assert left() == (10, 3)


def test_money_for_cancelled_orders_is_refused(house):
    [order_id] = orders.create_each([draft(house, payment=Payment.UNPAID)], **AS)
    orders.cancel([order_id], **AS)
    with pytest.raises(DomainError) as refused:
        orders.pay([order_id], **AS)
    assert refused.value.code == "order.not_open"


def test_paying_costs_the_same_for_two_and_fifty(house, same_queries):  # one alone takes a shorter way
    stock.receive([stock.Piece(house.skus["MUG"].pk, house.warehouse.pk, 100)], **AS)
    ids = orders.create_each([draft(house, payment=Payment.UNPAID) for _ in range(52)], **AS)
    same_queries(lambda: orders.pay(ids[:2], **AS), lambda: orders.pay(ids[2:], **AS))
