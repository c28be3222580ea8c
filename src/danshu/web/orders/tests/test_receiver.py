"""Correcting where an order goes: hidden data is never filled in unasked, and an empty field keeps what we know."""

from __future__ import annotations

import pytest

from danshu.audit.models import Entry
from danshu.channels.contract import Receiver
from danshu.core import clock
from danshu.orders import operations as orders
from danshu.orders import receiver
from danshu.orders.states import Issue

pytestmark = pytest.mark.django_db
REGION = {"province": "浙江省", "city": "杭州市", "district": "西湖区"}


def url(order, more=""):
    return f"/orders/{order.no}/receiver/{more}"


def test_the_form_shows_masks_beside_empty_fields(house, owner, client_of):
    (order,) = house.place()
    text = client_of(owner).get(url(order)).text
    assert "13800130001" not in text
    assert "969 号" not in text
    assert 'value="138' not in text
    assert "138****0001" in text
    assert 'value="余杭区"' in text


def test_only_after_a_reveal_is_the_form_filled_in_plain(house, service, client_of):
    (order,) = house.place()
    page = client_of(service).post(url(order, "open/"))
    assert 'value="13800130001"' in page.text
    assert 'value="王小1婷"' in page.text
    assert page["Cache-Control"] == "no-store"
    assert Entry.objects.get(verb="people.revealed").actor_id == service.pk


def test_what_is_left_empty_stays(house, owner, client_of, fresh):
    (order,) = house.place()
    answer = client_of(owner).post(url(order), {"address": "文三路 90 号 2 幢", **REGION, "next": "/orders/?v=open"})
    assert answer.url == "/orders/?v=open"
    now = receiver.plain(fresh(order))
    assert (now.name, now.phone, now.district, now.address) == ("王小1婷", "13800130001", "西湖区", "文三路 90 号 2 幢")
    assert not fresh(order).issues & Issue.CHANGED
    assert Entry.objects.filter(verb="order.readdressed", target_id=order.pk).count() == 1
    assert "王小1婷" not in str(Entry.objects.get(verb="order.readdressed").changes)


def test_a_mask_is_not_an_address(house, owner, client_of, fresh):
    (order,) = house.place()
    page = client_of(owner).post(url(order), {"phone": "138****0001", **REGION})
    assert page.status_code == 422
    assert "带星号" in page.text
    assert receiver.plain(fresh(order)).district == "余杭区"


def test_what_the_platform_masked_is_written_anew(house, owner, client_of, fresh):
    hidden = Receiver("王*婷", "138****0001", "浙江省", "杭州市", "余杭区", "文一西路****", masked=True)
    (order,) = house.place(1, receiver=hidden)
    client = client_of(owner)
    assert "填入完整信息" not in client.get(url(order)).text
    assert 'value="王*婷"' not in client.post(url(order, "open/")).text
    assert client.post(url(order), {"address": "文三路 90 号", **REGION}).status_code == 422
    client.post(url(order), {"name": "王小婷", "phone": "13800130001", "address": "文三路 90 号", **REGION})
    assert receiver.plain(fresh(order)).name == "王小婷"


def test_after_printing_it_warns_and_marks_the_order(house, owner, client_of, fresh):
    (order,) = house.place()
    orders.mark_printed([order.pk], by=owner.actor, now=clock.now())
    client = client_of(owner)
    assert "面单上是旧地址" in client.get(url(order)).text
    page = client.get(client.post(url(order), {"address": "文三路 90 号", **REGION}).url)
    assert "补打后再发" in page.text
    assert "打印后有变更" in page.text
    assert fresh(order).issues & Issue.CHANGED


def test_a_refusal_stands_over_the_form(house, owner, client_of, fresh):
    (order,) = house.place()
    orders.cancel([order.pk], by=owner.actor, now=clock.now())
    page = client_of(owner).post(url(order), {"address": "文三路 90 号", **REGION})
    assert page.status_code == 422
    assert "不能改地址" in page.text
    assert f"/orders/{order.no}/receiver/" not in client_of(owner).get(f"/orders/{order.no}/").text


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("operator", True), ("service", True), ("picker", False), ("viewer", False)])
def test_who_may_correct_it(house, client_of, request, role, may):
    (order,) = house.place()
    client = client_of(request.getfixturevalue(role))
    assert (client.get(url(order)).status_code == 200) is may
    assert (client.post(url(order), {"address": "文三路 90 号", **REGION}).status_code == 302) is may
    assert (client.post(url(order, "open/")).status_code == 200) is may
    assert (url(order) in client.get(f"/orders/{order.no}/").text) is may
