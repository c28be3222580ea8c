"""The one search box, the numbers in the navigation, and the list as a workbook."""

from __future__ import annotations

from pathlib import Path

import pytest

from danshu.accounts.permissions import Role
from danshu.core import clock, tables
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.operations import Number
from tests import people

pytestmark = pytest.mark.django_db


def test_one_hit_opens_the_order_by_any_of_its_numbers(house, owner, client_of):
    first, _other = house.place(2)
    (parcel,) = fulfilment.open_parcels([first.pk], by=owner.actor, now=clock.now())
    fulfilment.set_waybills([Number(parcel, "78912206334471")], source="typed", by=owner.actor, now=clock.now())
    assert Parcel.objects.get().waybill_no
    for text in (first.no, first.short_no, first.platform_no, "78912206334471", "13800130001", "0001"):
        assert client_of(owner).get("/search/", {"q": text}).url == f"/orders/{first.no}/", text


def test_several_hits_are_a_list_and_none_says_what_can_be_searched(house, owner, client_of):
    house.place(2, same_person=True)
    assert "找到 2 单" in client_of(owner).get("/search/?q=0001").text
    assert "没有找到「9999」" in client_of(owner).get("/search/?q=9999").text
    assert "要找哪一单" in client_of(owner).get("/search/").text


def test_search_stays_within_the_persons_shops(house, client_of):
    (hidden,) = house.place(1, shop=house.other)
    client = client_of(people.make(Role.SERVICE, username="one-shop", shop_ids=[house.shop.pk]))
    assert "没有找到" in client.get("/search/", {"q": hidden.platform_no}).text


def test_one_and_fifty_hits_cost_the_same_statements(house, owner, client_of, statements):
    house.place(2, same_person=True)
    few = statements(lambda: client_of(owner).get("/search/?q=0001"))
    house.place(48, same_person=True)
    many = statements(lambda: client_of(owner).get("/search/?q=0001"))
    assert len(few) == len(many)


@pytest.mark.parametrize("role", ["owner", "operator", "picker", "service", "viewer"])
def test_everybody_who_works_here_may_search_count_and_export(house, client_of, request, role):
    client = client_of(request.getfixturevalue(role))
    assert [client.get(url).status_code for url in ("/search/", "/orders/counts/", "/orders/export/")] == [200, 200, 200]


def test_navigation_numbers(house, owner, client_of):
    house.place(2)
    house.place(1, codes=("MY-LP-1",))
    numbers = client_of(owner).get("/orders/counts/").json()
    assert numbers["board"] == {"n": "3", "hot": False}
    assert numbers["stock"] == {"n": "1", "hot": True}


def export(client, url="/orders/export/", tmp_path=Path(), **form):
    answer = client.post(url, form) if form else client.get(url)
    path = tmp_path / "orders.xlsx"
    path.write_bytes(answer.content)
    head, *rows = tables.read(path).sheets[0].rows
    return [dict(zip(head, row, strict=False)) for row in rows]


def test_the_workbook_holds_the_view_with_its_masks(house, owner, client_of, tmp_path):
    (red,) = house.place(1, flag="red", buyer_message="=1+1")
    house.place(1)
    (row,) = export(client_of(owner), "/orders/export/?v=open&flag=red", tmp_path)
    assert row["订单号"] == red.no
    assert row["平台单号"] == red.platform_no
    assert row["实付"] == "58"
    assert row["收件人"].startswith("王")
    assert "*" in row["收件人"]
    assert row["买家备注"] != "2"
    assert row["买家备注"].endswith("1+1")


def test_the_warehouse_gets_no_amounts_and_ticked_orders_are_enough(house, picker, client_of, tmp_path):
    first, _second = house.place(2)
    (row,) = export(client_of(picker), tmp_path=tmp_path, ids=[first.pk])
    assert row["订单号"] == first.no
    assert "实付" not in row


def test_exports_cost_the_same_statements(house, owner, client_of, statements):
    client = client_of(owner)
    house.place(1)
    few = statements(lambda: client.get("/orders/export/"))
    house.place(49)
    assert len(statements(lambda: client.get("/orders/export/"))) == len(few)
