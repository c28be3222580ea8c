"""Shipments through the REST door: a number on the box and out, each wholly or not at all."""

from __future__ import annotations

import pytest

from danshu.api.tests.conftest import OWNER
from danshu.core import clock
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.orders import operations as orders
from danshu.orders.models import Order, OrderLine
from danshu.stock.models import Balance


@pytest.fixture
def placed(house, program):
    """`placed(3)`: ids of so many paid orders."""
    Balance.objects.update(on_hand=1000)

    def made(count):
        answer = program().post("/orders/batch", {"orders": [house.order() for _ in range(count)]})
        return [one["order"]["id"] for one in answer.json()["results"]]

    return made


def parcel(order_id, number="", **more):
    return {"order_id": order_id, "courier": "zto", "waybill_no": number, **more}


def test_parcels_leave_and_those_that_may_not_keep_nothing(house, program, placed):
    some = program("shipments:write", "shipments:read")
    good, held, unpaid_free, unnumbered = placed(4)
    orders.hold([held], by=OWNER, now=clock.now())
    Order.objects.filter(pk=unpaid_free).update(payment="unpaid")
    body = {"shipments": [
        parcel(good, "78901234567890"), parcel(held, "78901234567891"), parcel(unpaid_free, "78901234567892"), parcel(unnumbered),
        parcel(good, "78901234567893"), parcel(999, "1"), {"order_id": good, "courier": "wrong"},
    ]}  # fmt: skip
    results = some.post("/shipments", body).json()["results"]
    said = [(one["status"], one["error"] or {"code": None, "details": {}}) for one in results]
    assert [(status, error["code"], error["details"].get("reason")) for status, error in said] == [
        (201, None, None), (409, "shipment.refused", "held"), (409, "shipment.refused", "unpaid"), (409, "shipment.refused", "no_waybill"),
        (409, "shipment.twice", None), (404, "order.not_found", None), (404, "courier.not_found", None),
    ]  # fmt: skip
    assert results[0]["shipment"]["waybill_no"] == "78901234567890"
    assert (results[0]["shipment"]["state"], results[0]["shipment"]["courier_name"]) == ("shipped", "中通快递")
    assert Order.objects.get(pk=good).fulfilment == "shipped"
    assert not Parcel.objects.exclude(order=good).exists()
    assert [one["order_id"] for one in some.get("/shipments", state="shipped").json()["items"]] == [good]


def test_a_second_time_says_so(house, program, placed):
    some, [order_id] = program(), placed(1)
    body = {"shipments": [parcel(order_id, "78901234567890")]}
    assert some.post("/shipments", body, key="s1").json()["results"][0]["status"] == 201
    assert some.post("/shipments", body, key="s1").json()["results"][0]["status"] == 201
    again = some.post("/shipments", body).json()["results"][0]
    assert (again["status"], again["error"]["details"]) == (409, {"reason": "gone"})
    assert house.left() == (999, 0)


def test_of_several_parcels_the_program_says_which(house, program, placed):
    some, [order_id] = program(), placed(1)
    OrderLine.objects.filter(order=order_id).update(quantity=2)
    line = OrderLine.objects.get(order=order_id)
    extra = fulfilment.add_parcel(order_id, {line.pk: 1}, by=OWNER, now=clock.now())
    unsaid = some.post("/shipments", {"shipments": [parcel(order_id, "78901234567890")]}).json()["results"][0]["error"]
    assert unsaid["code"] == "shipment.several"
    assert len(unsaid["details"]["shipment_ids"]) == 2
    said = some.post("/shipments", {"shipments": [parcel(order_id, "78901234567890", shipment_id=extra.pk)]}).json()["results"][0]
    assert said["shipment"]["id"] == extra.pk
    wrong = some.post("/shipments", {"shipments": [parcel(order_id, "1", shipment_id=99999)]}).json()["results"][0]
    assert wrong["error"]["code"] == "shipment.not_found"


def test_shipments_are_read_in_pages_by_those_who_see_the_shop(house, program, placed, code_of):
    some = program()
    ids = placed(3)
    some.post("/shipments", {"shipments": [parcel(pk, f"7890123456789{at}") for at, pk in enumerate(ids)]})
    page = some.get("/shipments", limit=2).json()
    rest = some.get("/shipments", limit=2, cursor=page["next"]).json()
    assert [one["order_id"] for one in page["items"] + rest["items"]] == ids[::-1]
    sent = some.get("/shipments", shipped_since="2026-01-01T00:00:00+08:00").json()["items"]
    assert [one["order_id"] for one in sent] == ids
    [first] = some.get("/shipments", order_id=ids[0]).json()["items"]
    assert some.get(f"/shipments/{first['id']}").json() == first
    other = program(shops=[house.other.pk])
    assert other.get("/shipments").json()["items"] == []
    assert code_of(other.get(f"/shipments/{first['id']}")) == (404, "shipment.not_found")
    assert other.post("/shipments", {"shipments": [parcel(ids[0], "1")]}).json()["results"][0]["error"]["code"] == "order.not_found"


def test_fifty_parcels_cost_the_statements_of_one(house, program, placed, same_queries):
    ids = placed(51)
    some = program()
    some.get("/shops")

    def send(few):
        answer = some.post("/shipments", {"shipments": [parcel(pk, f"78901234{pk:06d}") for pk in few]})
        assert {one["status"] for one in answer.json()["results"]} == {201}

    same_queries(lambda: send(ids[:1]), lambda: send(ids[1:]))
    same_queries(lambda: some.get("/shipments", limit=1), lambda: some.get("/shipments", limit=50))
