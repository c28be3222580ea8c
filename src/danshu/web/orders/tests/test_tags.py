"""Tags: on one order, on many, as a filter; the two of a wrong parcel are one press after shipping."""

from __future__ import annotations

import html
import re

import pytest

from danshu.core import clock
from danshu.insights.figures import MIS_SHIP_TAGS
from danshu.orders import operations as orders
from danshu.web.orders import acts

pytestmark = pytest.mark.django_db


def tag(client, chosen, **form):
    return client.post("/orders/bulk/tag/", {"ids": [order.pk for order in chosen], "next": "/orders/", **form})


def undo_of(page) -> str:
    return html.unescape(re.search(r'action="(/orders/bulk/tag/\?[^"]*)"', page.text).group(1))


def test_tags_are_typed_together_and_taken_off_one_by_one(house, service, client_of, fresh):
    chosen = house.place(2)
    client = client_of(service)
    tag(client, chosen, tag="老客，易碎 易碎", how="add")
    assert [fresh(order).tags for order in chosen] == [["老客", "易碎"]] * 2
    text = client.get(f"/orders/{chosen[0].no}/").text
    assert 'name="remove" value="老客"' in text
    tag(client, chosen[:1], remove="老客")
    assert [fresh(order).tags for order in chosen] == [["易碎"], ["老客", "易碎"]]
    tag(client, chosen, tag="易碎", how="remove")
    assert [fresh(order).tags for order in chosen] == [[], ["老客"]]


def test_taking_back_one_tag_touches_only_who_got_it(house, owner, client_of, fresh):
    first, second = house.place(2)
    client = client_of(owner)
    client.get(tag(client, [first], add="A&B").url)
    page = client.get(tag(client, [first, second], add="A&B").url)
    address = undo_of(page)
    assert address == f"/orders/bulk/tag/?ids={second.pk}&remove=A%26B"
    client.post(address, {"next": "/orders/"})
    assert [fresh(order).tags for order in (first, second)] == [["A&B"], []]


def test_a_tag_finds_its_orders(house, owner, client_of):
    marked, _plain = house.place(2)
    orders.set_tags([marked.pk], add=["易碎"], by=owner.actor, now=clock.now())
    page = client_of(owner).get("/orders/?tag=易碎")
    assert [str(line).split('data-no="')[1].split('"')[0] for line in page.context["lines_html"]] == [marked.no]


def test_after_shipping_what_went_wrong_is_one_press(house, owner, client_of, fresh):
    (order,) = house.place()
    client = client_of(owner)
    assert 'value="错发"' not in client.get(f"/orders/{order.no}/").text
    orders.mark_shipped([order.pk], by=owner.actor, now=clock.now())
    text = client.get(f"/orders/{order.no}/").text
    assert all(f'name="add" value="{mistake}"' in text for mistake in MIS_SHIP_TAGS)
    tag(client, [order], add="错发")
    assert fresh(order).tags == ["错发"]
    assert 'name="add" value="错发"' not in client.get(f"/orders/{order.no}/").text
    assert set(acts.MISTAKES) == set(MIS_SHIP_TAGS)


def test_nothing_typed_is_said(house, owner, client_of):
    chosen = house.place(1)
    assert tag(client_of(owner), chosen, tag=" ，", how="add").status_code == 422
    page = client_of(owner).get(tag(client_of(owner), chosen, tag="很" * 30, how="add").url)
    assert page.status_code == 200


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("operator", True), ("service", True), ("picker", False), ("viewer", False)])
def test_who_sees_the_form(house, client_of, request, role, may):
    (order,) = house.place()
    client = client_of(request.getfixturevalue(role))
    assert ("/orders/bulk/tag/" in client.get(f"/orders/{order.no}/").text) is may
    assert ("/orders/bulk/tag/" in client.get("/orders/").text) is may
