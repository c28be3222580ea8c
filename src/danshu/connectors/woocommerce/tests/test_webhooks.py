"""Webhooks: signed ones point at an order, the ping is answered, all others are refused, none breaks anything."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from danshu.channels.connecting import Call, Pointer, Received, Stream
from danshu.channels.connector_errors import BadCall
from danshu.connectors.woocommerce import signing
from danshu.connectors.woocommerce.connector import CONNECTOR
from danshu.connectors.woocommerce.tests.site import KEYS, SHOP, payloads, plain
from tests.chance import examples

ORDER = plain(payloads("orders")["processing"])


def call(body, *, topic="order.updated", secret="hush", method="POST", shop=SHOP, **headers):
    signed = {"x-wc-webhook-signature": signing.webhook(body, secret)} if secret else {}
    return CONNECTOR.receive(shop, Call(method, {}, {"x-wc-webhook-topic": topic, "x-wc-webhook-id": "7", **signed, **headers}, body))


@pytest.mark.parametrize("topic", ["order.created", "order.updated", "order.restored"])
def test_an_order_is_pointed_at(topic):
    assert call(ORDER, topic=topic) == Received((Pointer(Stream.ORDERS, "1001"),), 200, "application/json", b"{}")


def test_a_deleted_order_comes_as_its_number():
    assert call(b'{"id":1001}', topic="order.deleted").pointers == (Pointer(Stream.ORDERS, "1001"),)


@pytest.mark.parametrize("topic", ["product.updated", "customer.created", "action.woocommerce_add_to_cart", ""])
def test_what_we_do_not_read_is_taken_all_the_same(topic):
    """Five refusals in a row, and the site stops calling."""
    assert call(b'{"id":5}', topic=topic) == Received((), 200, "application/json", b"{}")


def test_the_ping_is_answered_without_a_signature():
    ping = CONNECTOR.receive(SHOP, Call("POST", {}, {"content-type": "application/x-www-form-urlencoded"}, b"webhook_id=7"))
    assert (ping.status, ping.pointers) == (200, ())


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (ORDER, {"secret": "other"}), (ORDER, {"secret": ""}), (ORDER, {"method": "GET"}), (b"", {"secret": ""}),
        (b"webhook_id=x", {"secret": ""}),
        (b"webhook_id=7&id=1", {"secret": ""}), (b"not json", {}), (b"[]", {}), (b"{}", {}), (b'{"id":"x"}', {}), (b'{"id":0}', {}),
        (b'{"id":true}', {}),
        (b"[" * 5000, {}), (b"\xff", {}),
    ],
)  # fmt: skip
def test_what_the_site_did_not_sign_is_refused(body, more):
    with pytest.raises(BadCall) as refused:
        call(body, **more)
    assert refused.value.code == "connector.bad_call"


def test_without_a_secret_nothing_is_believed():
    """An empty secret signs too, and everybody knows it."""
    shop = type(SHOP)(4, "woocommerce", "店", credentials={**KEYS, "webhook_secret": ""})
    with pytest.raises(BadCall):
        CONNECTOR.receive(
            shop, Call("POST", {}, {"x-wc-webhook-topic": "order.updated", "x-wc-webhook-signature": signing.webhook(ORDER, "")}, ORDER)
        )


@settings(max_examples=examples(2000), deadline=None)
@given(st.data())
def test_mutated_calls_are_refused_or_answered(data):
    body = bytearray(data.draw(st.sampled_from([b'{"id":1001}', b"webhook_id=7", ORDER])))
    for _turn in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not body:
            break
    headers = data.draw(
        st.fixed_dictionaries({}, optional={"x-wc-webhook-signature": st.text(max_size=44), "x-wc-webhook-topic": st.text(max_size=14)})
    )
    survives(bytes(body), headers)


@settings(max_examples=examples(1000), deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a"]), inner),
    )
)
def test_signed_nonsense_is_refused_or_answered(message):
    survives(json.dumps(message).encode(), {})


def survives(body, headers):
    try:
        answer = call(body, **headers)
    except BadCall:
        return
    assert answer.status == 200
    assert all(pointer.no.isdigit() for pointer in answer.pointers)
