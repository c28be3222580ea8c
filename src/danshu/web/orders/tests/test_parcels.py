"""The boxes of one order, with forms that need no script: one more, and one less."""

from __future__ import annotations

import re

import pytest

from danshu.accounts.permissions import Role
from danshu.audit.models import Entry
from danshu.core import clock
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(house):
    """Two goods, one of them twice over, in one box that waits."""
    (made,) = house.place(1, codes=("MY-MG-1", "MY-TW-1"))
    fulfilment.open_parcels([made.pk], by=people.make(Role.OWNER, username="boss").actor, now=clock.now())
    return made


def inside():
    return [
        (box.sequence, box.state, dict(box.contents.values_list("line__merchant_code", "quantity")))
        for box in Parcel.objects.order_by("sequence")
    ]


def add(client, order, **more):
    line = order.lines.get(merchant_code="MY-TW-1")
    return client.post(f"/orders/{order.no}/parcels/add/", {f"line-{line.pk}": "1", **more})


def void(client, order, box, **more):
    return client.post(f"/orders/{order.no}/parcels/{box.pk}/void/", more)


def test_the_parcels_offer_both_and_the_form_adds_a_second_one(order, picker, client_of):
    client = client_of(picker)
    page = client.get(f"/orders/{order.no}/?tab=tracking").text
    assert "再加一个包裹" in page
    assert "作废这个包裹" in page
    assert "竹纤维毛巾" in client.get(f"/orders/{order.no}/parcels/add/").text
    answer = add(client, order)
    assert answer["Location"] == f"/orders/{order.no}/?tab=tracking"
    assert inside() == [(1, "open", {"MY-MG-1": 1}), (2, "open", {"MY-TW-1": 1})]
    assert Entry.objects.get(verb="parcel.added").actor_name == picker.name
    assert "加了包裹 2" in client.get(answer["Location"]).text


def test_beside_the_list_a_person_comes_back_to_the_list(order, picker, client_of):
    client = client_of(picker)
    link = re.search(r'href="([^"]+/parcels/add/[^"]*)"', client.get(f"/orders/?open={order.no}&tab=tracking").text)
    assert link
    form = client.get(link[1].replace("&amp;", "&"))
    assert form.context["next"] == f"/orders/?open={order.no}&tab=tracking"
    assert add(client, order, next=form.context["next"])["Location"] == form.context["next"]
    box = Parcel.objects.get(sequence=2)
    assert void(client, order, box, next="https://example.com/")["Location"] == f"/orders/{order.no}/?tab=tracking"


def test_what_is_typed_wrong_stays_in_the_form(order, picker, client_of):
    answer = client_of(picker).post(f"/orders/{order.no}/parcels/add/", {f"line-{order.lines.first().pk}": "9"})
    assert answer.status_code == 422
    assert "新包裹至少放 1 件" in answer.text
    assert 'value="9"' in answer.text
    assert Parcel.objects.count() == 1


def test_voiding_says_what_becomes_of_the_goods_and_writes_the_reason_down(order, picker, client_of):
    client = client_of(picker)
    add(client, order)
    page = client.get(f"/orders/{order.no}/?tab=tracking").text
    assert "里面的商品回到别的包裹" in page
    answer = void(client, order, Parcel.objects.get(sequence=2), reason="箱子破了")
    assert answer["Location"] == f"/orders/{order.no}/?tab=tracking"
    assert [(n, state) for n, state, _in in inside()] == [(1, "open"), (2, "void")]
    entry = Entry.objects.get(verb="parcel.voided")
    assert (entry.note, entry.actor_name, entry.target_id) == ("箱子破了", picker.name, order.pk)
    log = client.get(f"/orders/{order.no}/?tab=log").text
    assert "作废了包裹" in log
    assert "箱子破了" in log


def test_the_last_one_sends_a_printed_order_back(order, picker, client_of, fresh):
    Parcel.objects.update(state="printed", printed_at=clock.now(), print_count=1)
    Order.objects.update(fulfilment=Fulfilment.PRINTED, printed_at=clock.now())
    void(client_of(picker), order, Parcel.objects.get())
    assert fresh(order).fulfilment == "waiting"


def test_what_left_is_refused_with_a_sentence(order, picker, client_of):
    box = Parcel.objects.get()
    Parcel.objects.update(state="shipped", shipped_at=clock.now())
    client = client_of(picker)
    assert "已经发货，包裹不能作废" in client.get(void(client, order, box)["Location"]).text
    assert "作废这个包裹" not in client.get(f"/orders/{order.no}/?tab=tracking").text


def test_a_print_that_was_taken_back_is_still_told(order, picker, client_of):
    Parcel.objects.update(print_count=2)
    assert "打印过 2 次，已退回" in client_of(picker).get(f"/orders/{order.no}/?tab=tracking").text


@pytest.mark.parametrize(("role", "status"), [("owner", 302), ("operator", 302), ("picker", 302), ("service", 403), ("viewer", 403)])
def test_who_may(order, client_of, request, role, status):
    client = client_of(request.getfixturevalue(role))
    page = client.get(f"/orders/{order.no}/?tab=tracking").text
    assert ("再加一个包裹" in page, "作废这个包裹" in page) == (status == 302, status == 302)
    assert add(client, order).status_code == status
    assert void(client, order, Parcel.objects.first()).status_code == status


def test_the_form_shows_neither_people_nor_amounts(order, picker, client_of):
    page = client_of(picker).get(f"/orders/{order.no}/parcels/add/").text
    for hidden in ("王小", "1380013", "138*", "文一西路", "58.00"):  # 138 alone stands in numbers and tokens by chance
        assert hidden not in page


def test_parcels_of_other_peoples_shops_and_of_other_orders_do_not_exist(house, order, picker, client_of):
    (other,) = house.place(1, shop=house.other)
    box = Parcel.objects.get()
    assert void(client_of(picker), other, box).status_code == 404
    stranger = client_of(people.make(Role.WAREHOUSE, username="one-shop", shop_ids=[house.other.pk]))
    assert [add(stranger, order).status_code, void(stranger, order, box).status_code] == [404, 404]
    assert inside() == [(1, "open", {})]


def test_fifty_lines_cost_the_form_as_many_statements_as_two(house, picker, client_of, statements):
    few, many = house.place(1, codes=("MY-MG-1", "MY-TW-1")), house.place(1, codes=("MY-MG-1", "MY-TW-1") * 25)
    client = client_of(picker)
    first, second = (len(statements(lambda no=some[0].no: client.get(f"/orders/{no}/parcels/add/"))) for some in (few, many))
    assert first == second
