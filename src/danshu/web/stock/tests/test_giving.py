"""Goods go from one order to another by one form in the drawer."""

import pytest

from danshu.channels.models import Shop
from danshu.flows.tests.test_reallocation import order
from danshu.orders.states import Issue
from danshu.stock.models import Balance, Reservation
from danshu.stock.tests.goods import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(towel):
    """Of ten towels three are held; one order holds the other seven, one waits for five."""
    Reservation.objects.update(demand_id=999_999, owner_id=999_999)  # out of the way of real lines
    shop = Shop.objects.create(name="木野家居", platform="taobao", created_at=NOW, courier_code="zto")
    return order(shop, 1, code="MY-TW-1", quantity=7, hours=72), order(shop, 2, code="MY-TW-1", quantity=5, hours=2)


def test_the_drawer_says_who_waits_and_one_tap_gives(clerk, towel, pair):
    rich, poor = pair
    drawer = clerk.get("/stock/?open=MY-TW-1&tab=locks").text
    for said in ("缺货订单", poor.short_no, "要 5 件", f"{rich.short_no} 的 7 件"):
        assert said in drawer
    answer = clerk.post(f"/stock/{towel.pk}/give/", {"from": rich.pk, "to": poor.pk}, follow=True)
    assert f"货从 {rich.short_no} 调给了 {poor.short_no}，{rich.short_no} 变成缺货。" in answer.text
    assert Reservation.objects.get(owner_id=poor.pk).quantity == 5
    rich.refresh_from_db()
    assert rich.issues & Issue.SHORT
    assert Balance.objects.get().locked == 8


def test_an_order_that_nobody_knows_gives_nothing(clerk, towel, pair):
    assert clerk.post(f"/stock/{towel.pk}/give/", {"from": "x", "to": pair[1].pk}).status_code == 404
    assert not Reservation.objects.filter(owner_id=pair[1].pk).exists()


def test_who_may_not_move_stock_gives_nothing(viewer, client_of, towel, pair):
    assert client_of(viewer).post(f"/stock/{towel.pk}/give/", {"from": pair[0].pk, "to": pair[1].pk}).status_code == 403
