"""A shop's own program tells its orders by signed messages: what the reference library signs is taken, once, and nothing else is."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook as Reference

from danshu.api.tests.conftest import OWNER
from danshu.channels import connections
from danshu.channels.models import HeardMessage, RawPayload, ShopConnection
from danshu.channels.operations import connecting
from danshu.core import clock
from danshu.flows import upkeep
from danshu.flows.intake_shops import pull_wanted
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.stock.models import Reservation
from tests.chance import examples

pytestmark = pytest.mark.django_db
MANY = int(os.environ.get("DANSHU_API_EXAMPLES", "4")) * 25


class Sender:
    """The shop's own program: it signs with the reference library."""

    def __init__(self, house):
        self.house, self.client = house, Client(raise_request_exception=True)
        self.secret = connecting.renew_hook_secret(house.shop.pk, by=OWNER, now=clock.now())

    @property
    def path(self):
        connection = ShopConnection.objects.get(pk=self.house.shop.pk)
        return f"/hooks/{connection.shop_id}/{connection.hook_key}/"

    def body(self, kind="order.created", *lines, at=None, **more):
        at = at or clock.now()
        return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": self.house.order(*lines, **{"number": "W-1", **more})})

    def signed(self, body, message_id="msg_1", *, at=None, secret=""):
        at = at or clock.now()
        signature = Reference(secret or self.secret).sign(message_id, at, body)
        return {"webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}

    def post(self, body, headers):
        return self.client.post(self.path, body, content_type="application/json", headers=headers)

    def send(self, body, message_id="msg_1", **more):
        return self.post(body, self.signed(body, message_id, **more))


@pytest.fixture
def sender(house):
    return Sender(house)


def said(answer):
    return answer.status_code, answer.json().get("state") or answer.json()["code"]


def test_what_the_reference_library_signs_is_taken_and_its_goods_are_locked(sender, house):
    assert said(sender.send(sender.body("order.created", ("MUG", 2), freight_fen=600))) == (200, "taken")
    order = Order.objects.get()
    assert (order.platform_no, order.source, order.payment, order.fulfilment, order.paid_fen) == ("W-1", "api", "paid", "waiting", 5600)
    assert order.paid_at == order.placed_at
    assert house.left() == (10, 2)
    connection = ShopConnection.objects.get()
    assert connection.last_hook_at
    assert connections.health(None, now=clock.now())[0].tone == "green"


def test_the_same_message_is_heard_once(sender, house):
    body = sender.body()
    assert said(sender.send(body)) == (200, "taken")
    assert said(sender.send(body)) == (200, "repeated")
    assert said(sender.send(sender.body("order.updated", ("MUG", 5)))) == (200, "repeated")  # its id is what makes it the same
    assert said(sender.send(body, "msg_2")) == (200, "taken")  # said again, and nothing new
    assert (Order.objects.count(), house.left()) == (1, (10, 1))


def test_of_two_messages_about_an_order_the_later_moment_counts(sender, house):
    early, late = clock.now() - timedelta(minutes=2), clock.now() - timedelta(minutes=1)
    sender.send(sender.body("order.updated", ("MUG", 3), at=late), "msg_2")
    assert said(sender.send(sender.body("order.created", ("MUG", 1), at=early), "msg_1")) == (200, "taken")
    assert house.left() == (10, 3)


def test_an_unpaid_order_is_paid_changed_and_cancelled(sender, house):
    sender.send(sender.body("order.created", payment="unpaid"), "1")
    assert Order.objects.get().paid_at is None
    sender.send(sender.body("order.updated", ("MUG", 4), payment="paid", seller_memo="加急"), "2")
    order = Order.objects.get()
    assert (order.payment, order.seller_memo, order.paid_at is None, house.left()) == ("paid", "加急", False, (10, 4))
    sender.send(sender.body("order.cancelled", ("MUG", 4)), "3")
    assert (Order.objects.get().fulfilment, house.left()) == ("cancelled", (10, 0))
    assert not Reservation.objects.filter(state="active").exists()


def test_a_cancelled_order_whose_first_message_comes_last_stays_cancelled(sender, house):
    at = clock.now()
    sender.send(sender.body("order.cancelled"), "2")
    sender.send(sender.body("order.created", at=at - timedelta(seconds=30)), "1")
    assert (Order.objects.get().fulfilment, house.left()) == ("cancelled", (10, 0))


def test_an_order_of_the_api_and_a_message_about_it_are_one(sender, house, program):
    program().post("/orders", house.order(("MUG", 2), number="W-1"))
    sender.send(sender.body("order.updated", ("MUG", 3)))
    assert (Order.objects.count(), house.left()) == (1, (10, 3))


def test_more_than_is_there_is_an_order_that_is_short(sender, house):
    assert said(sender.send(sender.body("order.created", ("MUG", 11)))) == (200, "taken")
    assert Order.objects.get().lines.get().is_short


def test_wrong_signatures_are_refused_with_a_reason(sender):
    body = sender.body()
    good = sender.signed(body)
    stranger = Sender(SimpleNamespace(shop=sender.house.other, order=sender.house.order))
    for headers in (
        {}, {**good, "webhook-signature": ""}, {**good, "webhook-id": "msg_2"}, {**good, "webhook-id": "x" * 201},
        {**good, "webhook-timestamp": "now"}, {**good, "webhook-timestamp": "9" * 40},
        {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")}, sender.signed(body, secret=stranger.secret),
    ):  # fmt: skip
        answer = sender.post(body, headers)
        assert said(answer) == (401, "hook.unproven")
        assert answer.json()["message"]
    assert said(sender.post(body + " ", good)) == (401, "hook.unproven")
    assert said(stranger.post(body, good)) == (401, "hook.unproven")
    assert not Order.objects.exists()
    assert not HeardMessage.objects.exists()


def test_old_and_early_messages_are_refused(sender):
    body = sender.body()
    for minutes in (-6, 6):
        assert said(sender.send(body, at=clock.now() + timedelta(minutes=minutes))) == (401, "hook.unproven")
    assert said(sender.send(body, at=clock.now() - timedelta(minutes=4))) == (200, "taken")


def test_several_signatures_may_stand_together(sender):
    body = sender.body()
    headers = sender.signed(body)
    headers["webhook-signature"] = f"v1a,{'A' * 88} v1,{'B' * 43}= {headers['webhook-signature']}"
    assert said(sender.post(body, headers)) == (200, "taken")


def test_after_a_change_both_secrets_count_for_a_day(sender):
    old, sender.secret = sender.secret, connecting.renew_hook_secret(sender.house.shop.pk, by=OWNER, now=clock.now())
    assert said(sender.send(sender.body(), "1", secret=old)) == (200, "taken")
    assert said(sender.send(sender.body(), "2")) == (200, "taken")
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert said(sender.send(sender.body(), "3", secret=old)) == (401, "hook.unproven")
        assert said(sender.send(sender.body(), "4")) == (200, "taken")
    connecting.disconnect(sender.house.shop.pk, by=OWNER, now=clock.now())
    assert sender.send(sender.body(), "5").status_code == 401


def test_kinds_that_nobody_needs_are_ignored_and_wrong_messages_say_where(sender, house):
    assert said(sender.send(sender.body("customer.created"))) == (202, "ignored")
    for body in (b"", b"{", b"[]", b"null", b'{"type": "order.created", "data": "\\ud800"}', b"[" * 60_000, b"1e999999", b"\xff"):
        answer = sender.client.post(
            sender.path, body, content_type="application/json", headers=sender.signed(body.decode("latin-1").replace("ÿ", ""), "m")
        )
        assert answer.status_code in {401, 422}, body
    for wrong in (
        sender.body(number=""), sender.body(shop_id=house.other.pk), sender.body(at=clock.now() + timedelta(hours=1)),
        sender.body(colour="red"),
    ):  # fmt: skip
        assert said(sender.send(wrong, "same")) == (422, "hook.invalid")
    assert said(sender.send(sender.body(), "same")) == (200, "taken")  # what was refused was not heard
    assert Order.objects.count() == 1


def test_what_cannot_be_saved_waits_and_is_tried_again(sender, monkeypatch):
    def breaks(*_args, **_more):
        raise RuntimeError("nothing goes")

    with monkeypatch.context() as patch:
        patch.setattr(orders, "ingest", breaks)
        assert said(sender.send(sender.body())) == (202, "waiting")
    assert (RawPayload.objects.get().state, Order.objects.count()) == ("waiting", 0)
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        pull_wanted(sender.house.shop.pk, "orders")
    assert (RawPayload.objects.get().state, Order.objects.count()) == ("taken", 1)


def test_ids_are_forgotten_after_a_week(sender):
    sender.send(sender.body())
    upkeep.forget_messages()
    assert HeardMessage.objects.count() == 1
    with time_machine.travel(clock.now() + timedelta(days=8)):
        upkeep.forget_messages()
    assert not HeardMessage.objects.exists()


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=6), st.lists(st.integers(), max_size=2)
)
PLACES = st.sampled_from(["type", "timestamp", "data", "number", "receiver", "lines", "payment", "freight_fen", "discount_fen", "flag"])


@settings(max_examples=examples(MANY), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_sent_is_answered_and_makes_no_wrong_order(sender, data):
    """Bytes changed after signing are refused; odd values in signed messages are refused, or are what the order then holds."""
    message = json.loads(sender.body(number=f"H-{data.draw(st.integers(0, 3))}"))
    place, value = data.draw(PLACES), data.draw(ODD)
    (message if place in message else message["data"])[place] = value
    body = json.dumps(message)
    headers = sender.signed(body, f"msg_{data.draw(st.integers())}")
    at, byte = data.draw(st.integers(0, len(body) - 1)), data.draw(st.sampled_from('x0"{ '))
    sent = body[:at] + byte + body[at + 1 :] if data.draw(st.booleans()) else body
    before = set(Order.objects.values_list("platform_no", flat=True))
    answer = sender.post(sent, headers)
    assert answer.status_code in ({200, 202, 422} if sent == body else {401}), answer.content
    made = set(Order.objects.values_list("platform_no", flat=True)) - before
    assert made <= ({message["data"]["number"].strip()} if answer.status_code == 200 else set())
    assert set(Order.objects.values_list("lines__quantity", flat=True)) <= {1}
