"""Bulk deeds: each order answers for itself; more than twenty become a job that says the same per row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.accounts.permissions import Role
from danshu.core import clock, jobs
from danshu.core.models import Run
from danshu.flows import bulk
from danshu.orders.models import Order
from danshu.web.orders import bulk as bulk_pages
from tests import people

pytestmark = pytest.mark.django_db


def do(client, code, chosen, **form):
    return client.post(f"/orders/bulk/{code}/", {"ids": [order.pk for order in chosen], "next": "/orders/?v=open", **form})


def test_each_deed_does_what_it_says(house, owner, client_of, fresh):
    first, second = house.place(2)
    client = client_of(owner)
    do(client, "flag", [first, second], flag="red")
    do(client, "memo", [first], memo="老客，送香片")
    do(client, "urgent", [first], urgent="1")
    do(client, "courier", [first], courier="sf")
    do(client, "hold", [second], reason="等补货")
    assert (fresh(first).flag, fresh(first).seller_memo, fresh(first).is_urgent, fresh(first).courier_code) == (
        "red",
        "老客，送香片",
        True,
        "sf",
    )
    assert fresh(second).is_held
    assert fresh(second).hold_reason == "等补货"
    do(client, "unhold", [second])
    do(client, "cancel", [first], cancel_reason="买家不要了")
    assert not fresh(second).is_held
    assert fresh(first).fulfilment == "cancelled"
    do(client, "reopen", [first])
    assert fresh(first).fulfilment == "waiting"


def test_merge_joins_only_those_of_one_person_and_says_so_per_order(house, owner, client_of, fresh):
    pair, (alone,) = house.place(2, same_person=True), house.place(1)
    page = do(client_of(owner), "merge", [*pair, alone])
    assert page.status_code == 200
    assert "没有可以一起走的订单" in page.text
    assert "已合单" in page.text
    assert fresh(pair[1]).merged_into_id == pair[0].pk
    assert fresh(alone).merged_into_id is None
    do(client_of(owner), "unmerge", [pair[0]])
    assert fresh(pair[1]).merged_into_id is None


def test_split_takes_out_what_is_short(house, owner, client_of):
    short, other = house.place(1, codes=("MY-MG-1", "MY-LP-1")) + house.place(1)
    page = do(client_of(owner), "split", [short, other])
    assert "已拆出缺货的商品" in page.text
    assert "没有缺货的商品" in page.text
    assert Order.objects.filter(split_from=short).count() == 1


def test_one_chosen_order_is_split_by_hand(house, owner, client_of):
    (order,) = house.place()
    assert do(client_of(owner), "split", [order]).url == f"/orders/{order.no}/split/"


def test_one_refusal_holds_up_nobody(house, owner, client_of, fresh):
    chosen = house.place(5)
    bulk_client = client_of(owner)
    do(bulk_client, "cancel", [chosen[2]])
    page = do(bulk_client, "hold", chosen, reason="等补货")
    assert page.status_code == 200
    assert page.context["ok_count"] == 4
    assert page.context["failed_count"] == 1
    assert [fresh(order).is_held for order in chosen] == [True, True, False, True, True]


def test_all_well_goes_back_with_a_toast_and_a_way_back(house, owner, client_of, fresh):
    chosen = house.place(3)
    client = client_of(owner)
    page = client.get(do(client, "hold", chosen, reason="等补货").url)
    assert "3 单已挂起" in page.text
    assert "/orders/bulk/unhold/?ids=" in page.text
    undo = page.text.split(' action="/orders/bulk/unhold/')[1].split('"')[0].replace("&amp;", "&")
    client.post(f"/orders/bulk/unhold/{undo}", {"next": "/orders/"})
    assert not any(fresh(order).is_held for order in chosen)


def test_more_than_twenty_become_a_job_with_a_result_per_row(house, owner, client_of):
    chosen = house.place(25)
    do(client_of(owner), "cancel", [chosen[7]])
    page = do(client_of(owner), "hold", chosen, reason="等补货")
    run = Run.objects.get()
    assert page.url == f"/jobs/{run.pk}/"
    assert Order.objects.filter(is_held=True).count() == 0
    jobs.drain()
    run.refresh_from_db()
    assert (run.state, run.total, run.done, run.failed) == ("done", 25, 25, 1)
    bad = [result for result in run.results if not result["ok"]]
    assert bad[0]["label"] == chosen[7].short_no
    assert bad[0]["message"]
    assert bad[0]["url"] == f"/orders/{chosen[7].no}/"
    assert Order.objects.filter(is_held=True).count() == 24


def test_a_job_that_starts_again_does_nothing_twice(house, owner):
    chosen = house.place(30)
    now = clock.now()
    run = bulk.start(bulk.ACTIONS["hold"], [o.pk for o in chosen], {"reason": "等补货", "until": ""}, by=owner.actor, now=now)
    jobs.drain()
    bulk.orders_bulk(run_id=run.pk)
    run.refresh_from_db()
    assert run.done == 30


def test_all_of_a_view_are_the_orders_the_person_sees(house, client_of, fresh):
    mine, red = house.place(1)[0], house.place(1, flag="red")[0]
    (theirs,) = house.place(1, shop=house.other, flag="red")
    client = client_of(people.make(Role.OPERATIONS, username="one-shop", shop_ids=[house.shop.pk]))
    client.post("/orders/bulk/memo/", {"all": "1", "query": "v=open&flag=red", "memo": "都写", "next": "/orders/"})
    assert [fresh(order).seller_memo for order in (mine, red, theirs)] == ["", "都写", ""]
    do(client, "memo", [theirs], memo="不该写")
    assert fresh(theirs).seller_memo == ""


def test_too_many_at_once_are_refused_and_said(house, owner, client_of, fresh, monkeypatch):
    placed = house.place(4)
    monkeypatch.setattr(bulk_pages, "MOST", 3)
    page = client_of(owner).post("/orders/bulk/memo/", {"all": "1", "query": "v=open", "memo": "都写", "next": "/orders/"})
    assert page.status_code == 422
    assert "超过 3 单" in page.text
    assert not any(fresh(order).seller_memo for order in placed)


def test_a_way_back_leads_to_the_page_of_the_person(house, owner, client_of, fresh):
    (order,) = house.place()
    here = "http://testserver/orders/?v=open&flag=red"
    answer = client_of(owner).post(
        f"/orders/{order.no}/move/", {"to": "printed"}, headers={"HX-Request": "true", "HX-Current-URL": here, "Referer": here}
    )
    assert 'name="next" value="/orders/?v=open&amp;flag=red"' in answer.text
    assert f'action="/orders/{order.no}/move/?to=todo"' in answer.text
    client = client_of(owner)
    page = client.get(do(client, "hold", [order], reason="等").url)
    assert f'action="/orders/bulk/unhold/?ids={order.pk}"' in page.text
    assert 'name="next" value="/orders/?v=open"' in page.text


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("operator", True), ("picker", True), ("service", True), ("viewer", False)])
def test_who_sees_the_choice_of_couriers(house, client_of, request, role, may):
    (order,) = house.place()
    client = client_of(request.getfixturevalue(role))
    assert ("/orders/bulk/courier/" in client.get("/orders/").text) is may
    assert ("/orders/bulk/courier/" in client.get(f"/orders/{order.no}/").text) is may


def test_what_is_missing_is_said(house, owner, client_of):
    chosen = house.place(2)
    client = client_of(owner)
    past = (clock.local(clock.now()) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    for code, form in (
        ("hold", {}),
        ("hold", {"reason": "等", "until": past}),
        ("courier", {"courier": "nobody"}),
        ("flag", {"flag": "pink"}),
    ):
        assert do(client, code, chosen, **form).status_code in {400, 422}
    assert client.post("/orders/bulk/hold/", {"reason": "等"}).status_code in {400, 422}


def test_fifty_orders_cost_what_two_cost(house, owner, statements):
    few, many = house.place(2), house.place(50)
    arguments, by, now = {"reason": "等补货", "until": ""}, owner.actor, clock.now()
    one = statements(lambda: bulk.perform(bulk.ACTIONS["hold"], [o.pk for o in few], arguments, by=by, now=now))
    fifty = statements(lambda: bulk.perform(bulk.ACTIONS["hold"], [o.pk for o in many], arguments, by=by, now=now))
    assert len(one) == len(fifty)


WHO = {
    "orders.edit": {"owner", "operator", "service"},
    "orders.hold": {"owner", "operator", "picker", "service"},
    "orders.merge": {"owner", "operator"},
    "ship.print": {"owner", "operator", "picker"},
    "ship.waybill": {"owner", "operator", "picker"},
}


@pytest.mark.parametrize("role", ["owner", "operator", "picker", "service", "viewer"])
@pytest.mark.parametrize("code", list(bulk.ACTIONS))
def test_who_may_do_what(house, client_of, request, role, code):
    chosen = house.place(2)
    action = bulk.ACTIONS[code]
    may = any(role in WHO[permission] for permission in (action.permission, *action.others))
    page = do(client_of(request.getfixturevalue(role)), code, chosen, reason="等", courier="sf", flag="red", add="老客")
    assert (page.status_code == 403) is not may


def test_a_link_cannot_send_people_elsewhere(house, owner, client_of):
    (order,) = house.place()
    assert do(client_of(owner), "flag", [order], flag="red", next="https://elsewhere.example/").url == "/orders/"
    assert client_of(owner).get("/orders/bulk/hold/").status_code == 405
