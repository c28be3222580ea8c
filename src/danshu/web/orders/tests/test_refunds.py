"""What an order's page shows of its buyers' requests, and the answer given there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.channels import registry
from danshu.channels.connector_errors import Refused
from danshu.channels.contract import IncomingRefund, RefundKind, RefundState
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.flows.tests.fake_platform import Platform
from danshu.fulfilment import operations as fulfilment
from danshu.orders import operations as orders

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform(monkeypatch):
    fake = Platform()
    monkeypatch.setattr(registry, "load", lambda _code: fake)
    return fake


def ask(house, platform, order, no="R-7781", **more):
    now = clock.now()
    given = {
        "kind": RefundKind.RETURN, "state": RefundState.ASKED, "oids": ("1",), "amount_fen": 5800, "quantity": 1,
        "reason": "颜色和图片不一样",
        "status_text": "等待卖家同意", "asked_at": now - timedelta(hours=2), "modified_at": now - timedelta(hours=2),
        "answer_by": now + timedelta(hours=20),
    }  # fmt: skip
    platform.requests[no] = IncomingRefund(no, order.platform_no, **(given | more))
    orders.ingest_refunds(house.shop.pk, [platform.requests[no]], by=SYSTEM, now=now)
    return f"/orders/{order.no}/refunds/{order.refunds.get(refund_no=no).pk}/"


def test_the_page_tells_what_is_asked_and_until_when(house, owner, client_of, platform):
    (order,) = house.place(1, codes=("MY-MG-1", "MY-TW-1"))
    ask(house, platform, order)
    returned = {"state": RefundState.RETURNED, "return_courier": "圆通速递", "return_waybill_no": "YT2226263371987"}
    ask(house, platform, order, "R-7782", oids=("2",), **returned)
    text = client_of(owner).get(f"/orders/{order.no}/").text
    for said in (
        "退货退款", "待处理", "¥58.00", "颜色和图片不一样", "平台标题 MY-MG-1", "售后单号 R-7781", "回复截止", "YT2226263371987",
        "买家已寄回",
    ):  # fmt: skip
        assert said in text
    assert text.count('name="agrees" value="1"') == 2


@pytest.mark.parametrize(
    ("role", "shows", "answers"), [("owner", True, True), ("service", True, True), ("picker", False, False), ("viewer", True, False)]
)
def test_who_sees_the_money_and_who_may_answer(house, client_of, platform, request, role, shows, answers):
    (order,) = house.place()
    url = ask(house, platform, order)
    client = client_of(request.getfixturevalue(role))
    text = client.get(f"/orders/{order.no}/").text
    assert ("¥58.00" in text, 'name="agrees"' in text) == (shows, answers)
    assert client.post(url, {"agrees": "1"}).status_code == (302 if answers else 403)
    assert bool(platform.calls) == answers


def test_agreeing_tells_the_platform_and_shows_what_came_of_it(house, owner, client_of, platform):
    (order,) = house.place()
    page = client_of(owner).post(ask(house, platform, order), {"agrees": "1"}, follow=True).text
    assert platform.calls[0].agrees
    for said in ("已经告诉平台", "待买家退货", "同意了售后"):
        assert said in page
    assert 'name="agrees"' not in page


def test_a_refusal_needs_a_reason_and_what_the_platform_says_is_shown(house, owner, client_of, platform):
    (order,) = house.place()
    url, client = ask(house, platform, order), client_of(owner)
    assert "拒绝要写原因" in client.post(url, {"agrees": "0"}, follow=True).text
    platform.answers = [Refused("凭证不能为空")]
    assert "凭证不能为空" in client.post(url, {"agrees": "0", "reason": "已签收"}, follow=True).text


def test_where_the_platform_takes_no_answers_the_page_says_where_to_go(house, owner, client_of, platform, monkeypatch):
    (order,) = house.place()
    ask(house, platform, order)
    monkeypatch.setattr(registry, "load", lambda _code: None)
    text = client_of(owner).get(f"/orders/{order.no}/").text
    assert "请到平台后台同意或拒绝" in text
    assert 'name="agrees"' not in text


def test_a_request_of_another_order_is_not_found_here(house, owner, client_of, platform):
    first, second = house.place(2)
    url = ask(house, platform, first)
    assert client_of(owner).post(url.replace(first.no, second.no), {"agrees": "1"}).status_code == 404


def test_a_merged_box_shows_the_requests_of_all_its_orders(house, owner, client_of, platform):
    first, second = house.place(2, same_person=True)
    orders.merge([first.pk, second.pk], by=SYSTEM, now=clock.now())
    ask(house, platform, second)
    text = client_of(owner).get(f"/orders/{first.no}/").text
    assert f"来自 {second.short_no}" in text


def test_a_part_shows_the_requests_for_its_own_lines(house, owner, client_of, platform):
    (order,) = house.place(1, codes=("MY-MG-1", "MY-TW-1"))
    orders.split(order.pk, [[(order.lines.get(oid="2").pk, 1)]], by=SYSTEM, now=clock.now())
    ask(house, platform, order)
    client = client_of(owner)
    assert "R-7781" in client.get(f"/orders/{order.no}/").text
    assert "R-7781" not in client.get(f"/orders/{order.no}-2/").text


def test_the_packing_table_shows_the_request_and_how_to_send_it_all_the_same(house, owner, client_of, platform):
    (order,) = house.place()
    (parcel_id,) = fulfilment.open_parcels([order.pk], by=SYSTEM, now=clock.now())
    ask(house, platform, order)
    client = client_of(owner)
    text = client.get(f"/scan/parcel/{parcel_id}/").text
    for said in ("买家在申请退款，先别发", "颜色和图片不一样", f"/scan/parcel/{parcel_id}/force/"):
        assert said in text
    client.post(f"/scan/parcel/{parcel_id}/force/", {"reason": "买家说还是要"})
    assert "已强制放行：买家说还是要" in client.get(f"/scan/parcel/{parcel_id}/").text
