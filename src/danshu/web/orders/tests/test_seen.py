"""What changed after printing: the order says it and takes 已核对 for an answer."""

from __future__ import annotations

import pytest

from danshu.orders.states import Issue

pytestmark = pytest.mark.django_db


def test_the_mark_goes_when_somebody_says_that_he_looked(house, fresh, owner, client_of):
    (order,) = house.place()
    type(order).objects.update(issues=Issue.CHANGED, fulfilment="printed")
    client = client_of(owner)
    page = client.get(f"/orders/{order.no}/").text
    assert 'action="/orders/bulk/seen/"' in page
    answer = client.post("/orders/bulk/seen/", {"ids": [order.pk], "next": f"/orders/{order.no}/"}, follow=True)
    assert fresh(order).issues == 0
    assert 'action="/orders/bulk/seen/"' not in answer.text
    assert "核对了打印后的变更" in client.get(f"/orders/{order.no}/?tab=log").text


def test_who_may_not_print_sees_the_mark_and_no_button(house, viewer, client_of):
    (order,) = house.place()
    type(order).objects.update(issues=Issue.CHANGED, fulfilment="printed")
    client = client_of(viewer)
    page = client.get(f"/orders/{order.no}/").text
    assert "发货前核对一遍" in page
    assert "/orders/bulk/seen/" not in page
    assert client.post("/orders/bulk/seen/", {"ids": [order.pk]}).status_code == 403
