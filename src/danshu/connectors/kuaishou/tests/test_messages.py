"""Messages of the platform: sealed ones point somewhere, all others are refused, none breaks anything."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from danshu.channels.connecting import Call, Pointer, Received, Stream
from danshu.channels.connector_errors import BadCall
from danshu.connectors.kuaishou import signing
from danshu.connectors.kuaishou.connector import CONNECTOR
from danshu.connectors.kuaishou.tests.platform import KEY, SHOP, payloads
from tests.chance import examples

MESSAGES = payloads("messages")
ORDER, REFUND = Pointer(Stream.ORDERS, "2607602240240201"), Pointer(Stream.REFUNDS, "31002607602201")


def call(body, method="POST"):
    return CONNECTOR.receive(SHOP, Call(method, {}, {"content-type": "text/plain;charset=utf-8"}, body))


def sealed(message):
    return signing.seal_message(json.dumps(message).encode(), KEY)


@pytest.mark.parametrize(
    ("name", "pointers"),
    [
        ("add_order", (ORDER,)), ("pay_success", (ORDER,)), ("add_refund", (REFUND,)), ("update_refund_by_biz_id", (REFUND,)),
        ("item_changed", ()), ("other_shop", ()), ("heart_beat", ()),
    ],
)  # fmt: skip
def test_a_message_points_at_what_changed(name, pointers):
    assert call(sealed(MESSAGES[name])) == Received(pointers, 200, "application/json", b'{"result":1}')


def test_several_messages_at_once():
    assert call(sealed([MESSAGES["add_order"], MESSAGES["pay_success"], MESSAGES["add_refund"]])).pointers == (ORDER, REFUND)


def test_the_heart_beat_may_come_open():
    assert call(b'{"test":true}').body == b'{"result":1}'


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b'{"test":true,"bizId":1}', json.dumps(MESSAGES["add_order"]).encode(), sealed(MESSAGES["other_app"]),
        signing.seal_message(b"not json", KEY), signing.seal_message(b"7", KEY), signing.seal_message(b"[7]", KEY),
        signing.seal_message(json.dumps(MESSAGES["add_order"]).encode(), "AQECAwQFBgcICQoLDA0ODw=="),
    ],
)  # fmt: skip
def test_what_the_platform_did_not_seal_is_refused(body):
    with pytest.raises(BadCall) as refused:
        call(body)
    assert refused.value.code == "connector.bad_call"


def test_another_verb_is_refused():
    with pytest.raises(BadCall):
        call(sealed(MESSAGES["heart_beat"]), "GET")


@settings(max_examples=examples(1500), deadline=None)
@given(st.data())
def test_mutated_bodies_are_refused_or_answered(data):
    body = bytearray(sealed(MESSAGES[data.draw(st.sampled_from(sorted(MESSAGES)))]))
    for _turn in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not body:
            break
    survives(bytes(body))


@settings(max_examples=examples(1500), deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10)
        | st.sampled_from(["kwaishop_order_addOrder", "kwaishop_aftersales_addRefund"]),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["event", "info", "bizId", "appKey", "openId", "test", "oid", "refundId"]), inner, max_size=6),
    )
)  # fmt: skip
def test_sealed_nonsense_is_refused_or_answered(message):
    survives(sealed(message))


def survives(body):
    try:
        answer = call(body)
    except BadCall:
        return
    assert answer.body == b'{"result":1}'
    assert all(pointer.no.isdigit() for pointer in answer.pointers)
