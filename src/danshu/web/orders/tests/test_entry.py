"""Entering an order by hand, finding goods for it, and splitting one."""

from __future__ import annotations

import pytest

from danshu.accounts.permissions import Role
from danshu.orders.models import Order
from danshu.stock.models import Balance
from tests import people

pytestmark = pytest.mark.django_db
NEW = "/orders/new/"


def form(house, **changes):
    return {
        "shop": house.shop.pk, "payment": "paid", "platform_no": "", "name": "王小婷", "phone": "13812345678", "province": "浙江省",
        "city": "杭州市", "district": "余杭区", "address": "文一西路 969 号", "freight": "6", "discount": "0",
        "code": ["MY-MG-1", ""], "quantity": ["2", "1"], "price": ["58.00", ""], **changes,
    }  # fmt: skip


def test_an_order_is_made_and_its_stock_locked(house, owner, client_of):
    page = client_of(owner).post(NEW, form(house))
    order = Order.objects.get()
    assert page.url == f"/orders/{order.no}/"
    assert (order.paid_fen, order.item_count, order.receiver_name) == (12200, 2, "王*婷")
    assert Balance.objects.get(sku=house.mug).locked == 2


def test_what_is_not_in_stock_is_refused_with_what_is_left_and_the_form_keeps_its_values(house, service, client_of):
    page = client_of(service).post(NEW, form(house, quantity=["1001", "1"]))
    assert page.status_code == 422
    assert not Order.objects.exists()
    assert "1000" in page.text.replace(",", "")
    assert "MY-MG-1" in page.text
    assert "文一西路 969 号" in page.text
    assert Balance.objects.get(sku=house.mug).locked == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": ["NOBODY", ""]}, "没有编码或条码"),
        ({"quantity": ["0", "1"]}, "件数写成"),
        ({"price": ["好多", ""]}, "不是金额"),
        ({"code": ["", ""]}, "还没有填商品"),
        ({"freight": "-1"}, "不能是负数"),
        ({"name": ""}, "必填"),
    ],
)
def test_mistakes_are_said_where_they_are(house, owner, client_of, changes, said):
    page = client_of(owner).post(NEW, form(house, **changes))
    assert page.status_code == 422
    assert said in page.text
    assert not Order.objects.exists()


def test_goods_are_found_by_name_code_and_barcode(house, owner, client_of):
    client = client_of(owner)
    assert "MY-MG-1" in client.get("/orders/skus/?sku=马克杯").text
    assert "可售 1000" in client.get("/orders/skus/?sku=mg-1").text
    assert "没有找到" in client.get("/orders/skus/?sku=zzz").text


def test_a_person_enters_orders_for_his_own_shops(house, client_of):
    client = client_of(people.make(Role.OPERATIONS, username="one-shop", shop_ids=[house.other.pk]))
    assert client.post(NEW, form(house)).status_code == 422
    assert not Order.objects.exists()


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("operator", 200), ("service", 200), ("picker", 403), ("viewer", 403)])
def test_who_may_enter_orders(house, client_of, request, role, status):
    client = client_of(request.getfixturevalue(role))
    assert client.get(NEW).status_code == client.get("/orders/skus/?sku=x").status_code == status


def test_splitting_makes_a_second_order_of_the_pieces(house, owner, client_of):
    (order,) = house.place(1, codes=("MY-MG-1", "MY-TW-1"))
    line = order.lines.get(sku=house.towel)
    page = client_of(owner).post(f"/orders/{order.no}/split/", {f"line-{line.pk}": "1"})
    made = Order.objects.get(split_from=order)
    assert page.url == f"/orders/{made.no}/"
    assert made.paid_fen == order.paid_fen // 2


def test_a_split_that_cannot_be_is_refused_and_keeps_what_was_typed(house, owner, client_of):
    (order,) = house.place()
    line = order.lines.get()
    page = client_of(owner).post(f"/orders/{order.no}/split/", {f"line-{line.pk}": "1"})
    assert page.status_code == 422
    assert 'value="1"' in page.text
    assert Order.objects.count() == 1


def test_short_lines_are_offered_for_the_split(house, owner, client_of):
    (order,) = house.place(1, codes=("MY-MG-1", "MY-LP-1"))
    page = client_of(owner).get(f"/orders/{order.no}/split/")
    assert [line.wanted for line in page.context["lines"]] == [0, 1]


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("operator", 200), ("service", 403), ("picker", 403), ("viewer", 403)])
def test_who_may_split(house, client_of, request, role, status):
    (order,) = house.place()
    assert client_of(request.getfixturevalue(role)).get(f"/orders/{order.no}/split/").status_code == status
