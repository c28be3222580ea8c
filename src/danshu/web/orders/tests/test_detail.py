"""One order: what it shows to whom, and the receiver that is revealed once and written down."""

from __future__ import annotations

import re

import pytest

from danshu.accounts.permissions import Role
from danshu.audit.models import Entry
from danshu.core import clock, jobs
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.orders import operations as orders
from tests import people

pytestmark = pytest.mark.django_db


def test_the_page_tells_goods_stock_and_shelf(house, owner, client_of):
    (order,) = house.place(1, codes=("MY-MG-1", "MY-TW-1"), buyer_message="请多包一层")
    text = client_of(owner).get(f"/orders/{order.no}/").text
    for said in (
        "手作陶瓷马克杯",
        "竹纤维毛巾",
        "999",
        "A-01-1",
        "请多包一层",
        "实付 ¥116.00",
        "已付款",
        "待打印",
        "打包复核",
        "揽收",
        "签收",
    ):
        assert said in text


def test_short_lines_and_low_stock_are_said(house, owner, client_of):
    (order,) = house.place(1, codes=("MY-LP-1", "MY-MG-1"))
    text = client_of(owner).get(f"/orders/{order.no}/").text
    assert "这单没锁到库存" in text
    assert f"/orders/{order.no}/split/" in text


def test_the_receiver_is_masked_until_somebody_looks(house, owner, client_of):
    (order,) = house.place()
    client = client_of(owner)
    assert "13800130001" not in client.get(f"/orders/{order.no}/").text
    shown = client.post(f"/orders/{order.no}/reveal/", headers={"HX-Request": "true"})
    assert "13800130001" in shown.text
    assert "王小1婷" in shown.text
    assert "文一西路 969 号" in shown.text
    assert shown["Cache-Control"] == "no-store"
    entry = Entry.objects.get(verb="people.revealed")
    assert (entry.actor_id, entry.target_id) == (owner.pk, order.pk)
    assert "13800130001" not in client.get(f"/orders/{order.no}/").text


def test_without_scripts_the_whole_page_shows_the_receiver(house, service, client_of):
    (order,) = house.place()
    page = client_of(service).post(f"/orders/{order.no}/reveal/")
    assert "13800130001" in page.text
    assert "<html" in page.text


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("operator", 200), ("service", 200), ("picker", 403), ("viewer", 403)])
def test_who_may_see_the_receiver(house, client_of, request, role, status):
    (order,) = house.place()
    assert client_of(request.getfixturevalue(role)).post(f"/orders/{order.no}/reveal/").status_code == status


def test_the_warehouse_sees_neither_amounts_nor_phones(house, picker, client_of):
    (order,) = house.place()
    text = client_of(picker).get(f"/orders/{order.no}/").text
    assert "58.00" not in text
    assert "138****" not in text
    assert "手作陶瓷马克杯" in text


@pytest.mark.parametrize("role", ["owner", "operator", "picker", "service", "viewer"])
@pytest.mark.parametrize("tab", ["", "?tab=tracking", "?tab=log"])
def test_every_tab_opens_for_everybody_who_works_here(house, client_of, request, role, tab):
    (order,) = house.place()
    assert client_of(request.getfixturevalue(role)).get(f"/orders/{order.no}/{tab}").status_code == 200


def test_the_log_tells_who_did_what(house, owner, operator, client_of):
    (order,) = house.place()
    orders.hold([order.pk], reason="等买家确认地址", by=operator.actor, now=clock.now())
    text = client_of(owner).get(f"/orders/{order.no}/?tab=log").text
    assert "小雅" in text
    assert "等买家确认地址" in text


def test_the_log_tells_the_whole_way_newest_first(house, operator, picker, client_of):
    order, partner = house.place(2, same_person=True)
    flag = {"by": operator.actor, "now": clock.now()}
    orders.set_memo([order.pk], "老客，送香片", **flag)
    orders.set_courier([order.pk], "sf", **flag)
    orders.hold([order.pk], reason="等买家确认地址", **flag)
    orders.unhold([order.pk], **flag)
    orders.merge([order.pk, partner.pk], **flag)
    bench = {"by": picker.actor, "now": clock.now()}
    batch = fulfilment.print_papers(order_ids=[order.pk], papers=("slip", "label"), **bench)
    jobs.drain()
    (parcel,) = Parcel.objects.all()
    fulfilment.set_waybills([fulfilment.Number(parcel.pk, "SF1234567890123")], source="typed", **bench)
    fulfilment.force_check(parcel.pk, "条码破损，人工核对", **bench)
    fulfilment.ship([parcel.pk], **bench)
    page = client_of(operator).get(f"/orders/{order.no}/?tab=log")
    told = [(moment.text, moment.who, moment.note) for moment in page.context["timeline"]]
    said = " ".join(f"{text} {note}" for text, _who, note in told)
    for words in ("收进单枢", "改卖家备注", "老客，送香片", "挂起", "等买家确认地址", "解除挂起", "合了进来", "打印", batch.no,
                  "发货单、送货标签", "填了运单号", "SF1234567890123", "条码破损", "复核", "发出了包裹", "顺丰"):  # fmt: skip
        assert words in said, words
    assert not re.search(r"[a-z]+\.[a-z_]+", said), said  # no verb without a sentence
    assert "zto" not in said
    assert {who for _text, who, _note in told} >= {"小雅", "阿杰"}
    moments = [moment.at for moment in page.context["timeline"]]
    assert moments == sorted(moments, reverse=True)
    assert page.text.index("发出了包裹") < page.text.index("等买家确认地址") < page.text.index("收进单枢")


def test_tracking_shows_parcels(house, owner, client_of):
    (order,) = house.place()
    fulfilment.open_parcels([order.pk], by=owner.actor, now=clock.now())
    text = client_of(owner).get(f"/orders/{order.no}/?tab=tracking").text
    assert "中通" in text
    assert "还没有运单号" in text


def test_partners_of_a_parcel_are_offered(house, owner, client_of):
    first, second = house.place(2, same_person=True)
    text = client_of(owner).get(f"/orders/{first.no}/").text
    assert "可以合单" in text
    assert second.short_no in text


def test_a_number_without_the_year_finds_the_order(house, owner, client_of):
    (order,) = house.place()
    assert client_of(owner).get(f"/orders/{order.short_no}/").status_code == 200
    assert client_of(owner).get("/orders/999999-0001/").status_code == 404


def test_orders_of_other_peoples_shops_do_not_exist(house, client_of):
    (hidden,) = house.place(1, shop=house.other)
    client = client_of(people.make(Role.SERVICE, username="one-shop", shop_ids=[house.shop.pk]))
    assert client.get(f"/orders/{hidden.no}/").status_code == 404
    assert client.post(f"/orders/{hidden.no}/reveal/").status_code == 404


def test_the_number_of_lines_does_not_change_the_number_of_statements(house, owner, client_of, statements):
    (one,), (many,) = house.place(1), house.place(1, codes=("MY-MG-1", "MY-TW-1") * 10)
    client = client_of(owner)
    assert len(statements(lambda: client.get(f"/orders/{one.no}/"))) == len(statements(lambda: client.get(f"/orders/{many.no}/")))
