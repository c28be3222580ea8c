"""Buyers' requests through the REST door: read by those who see the shop."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.api.tests.conftest import OWNER
from danshu.channels.contract import IncomingRefund, RefundKind, RefundState
from danshu.core import clock
from danshu.flows import webhooks
from danshu.notify.models import Delivery
from danshu.orders import operations as orders


@pytest.fixture
def asked(house, program):
    """`asked(3)`: so many requests about one order; its id."""

    def made(count=1):
        order_id = program().post("/orders", house.order(number="W-1")).json()["id"]
        now = clock.now()
        some = [
            IncomingRefund(f"R-{i}", "W-1", RefundKind.REFUND_ONLY, RefundState.ASKED, amount_fen=2500, reason="不想要了", asked_at=now,
                           modified_at=now, answer_by=now + timedelta(days=1))
            for i in range(count)
        ]  # fmt: skip
        orders.ingest_refunds(house.shop.pk, some, by=OWNER, now=now)
        return order_id

    return made


def test_requests_are_read_in_pages(house, program, asked, code_of):
    order_id = asked(3)
    some = program("orders:read")
    page = some.get("/refunds", limit=2).json()
    rest = some.get("/refunds", limit=2, cursor=page["next"]).json()
    assert [one["refund_no"] for one in page["items"] + rest["items"]] == ["R-2", "R-1", "R-0"]
    first = rest["items"][0]
    assert (first["order_id"], first["kind"], first["state"], first["amount_fen"]) == (order_id, "refund_only", "asked", 2500)
    assert some.get(f"/refunds/{first['id']}").json() == first
    assert len(some.get("/refunds", state="asked", order_id=order_id, shop_id=house.shop.pk).json()["items"]) == 3
    assert some.get("/refunds", state="done").json()["items"] == []
    other = program("orders:read", shops=[house.other.pk])
    assert other.get("/refunds").json()["items"] == []
    assert code_of(other.get(f"/refunds/{first['id']}")) == (404, "refund.not_found")


def test_a_webhook_hears_of_them(house, program, asked):
    program("webhooks").post("/webhooks", {"name": "官网", "url": "https://shop.example/", "kinds": ["refund.changed", "refund.requested"]})
    webhooks.keep_up()
    asked()
    webhooks.keep_up()
    assert sorted(Delivery.objects.values_list("kind", flat=True)) == ["refund.changed", "refund.requested"]


def test_fifty_cost_the_statements_of_one(house, program, asked, same_queries):
    asked(50)
    some = program("orders:read")
    some.get("/shops")
    same_queries(lambda: some.get("/refunds", limit=1), lambda: some.get("/refunds", limit=50))
