"""Doudian calls us: what is signed points at what to read, what is not is refused, and nothing else happens."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from danshu.channels.connecting import Call, Pointer, Received, ShopAccess, Stream
from danshu.channels.connector_errors import BadCall
from danshu.channels.tests.pretending import mutated
from danshu.connectors.douyin import CONNECTOR
from danshu.connectors.douyin.signing import event_sign
from tests.chance import examples

SHOP = ShopAccess(7, "douyin", "店", credentials={"app_key": "k", "app_secret": "s", "platform_shop_id": "95250"})
ORDER, AFTERSALE = "4705288465508532862", "6986853269519810001"


def call(body, sign=None, shop=SHOP):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return CONNECTOR.receive(shop, Call("POST", {}, {"event-sign": event_sign("k", body, "s") if sign is None else sign}, body))


def message(tag, data, **more):
    return [{"tag": tag, "msg_id": "0:1:2", "data": data} | more]


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        (message("110", {"p_id": int(ORDER), "s_ids": [1], "shop_id": 95250}), [(Stream.ORDERS, ORDER)]),
        (message("110", {"p_id": ORDER, "shop_id": "95250"}), [(Stream.ORDERS, ORDER)]),
        (message("110", json.dumps({"p_id": ORDER})), [(Stream.ORDERS, ORDER)]),
        (message(200, {"p_id": int(ORDER), "aftersale_id": int(AFTERSALE)}), [(Stream.REFUNDS, AFTERSALE), (Stream.ORDERS, ORDER)]),
        (message("0", json.dumps({"p_id": ORDER})), [(Stream.ORDERS, ORDER)]),
        (message("0", "2026-11-20 test"), []),
        (message("0", None), []),
        (message("400", {"product_id": 3488625851803765000, "shop_id": 95250}), []),
        (message("110", {"p_id": ORDER, "shop_id": 4}), []),
        (message("110", {"p_id": True}) + message("110", {"p_id": -1}) + message("110", {"p_id": "../x"}), []),
        (message("110", {"p_id": ORDER}) * 2 + [7, None, "x"], [(Stream.ORDERS, ORDER)]),
        ([], []),
    ],
)
def test_messages_point_and_are_taken(said, pointers):
    assert call(said) == Received(tuple(Pointer(*one) for one in pointers), body=b'{"code":0,"msg":"success"}')


@pytest.mark.parametrize("sign", ["", "0" * 32, "签名"])
def test_what_the_platform_did_not_sign_is_refused(sign):
    with pytest.raises(BadCall):
        call(message("110", {"p_id": ORDER}), sign)


def test_a_signature_counts_in_either_case():
    body = json.dumps(message("110", {"p_id": ORDER})).encode()
    assert call(body, event_sign("k", body, "s").upper()).pointers


def test_a_changed_body_and_a_shop_without_its_secret_are_refused():
    body = json.dumps(message("110", {"p_id": ORDER})).encode()
    with pytest.raises(BadCall):
        call(body + b" ", event_sign("k", body, "s"))
    with pytest.raises(BadCall):
        call(body, event_sign("", body, ""), ShopAccess(7, "douyin", "店"))
    with pytest.raises(BadCall):
        CONNECTOR.receive(SHOP, Call("POST", {}, {}, body))


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[", b"\xff\xfe", b"[" * 100_000, b'{"tag":"0"}'])
def test_signed_garbage_is_refused(body):
    with pytest.raises(BadCall):
        call(body)


def survives(body, sign=None):
    try:
        said = call(body, sign)
    except BadCall:
        return
    assert said.status == 200
    assert all(pointer.no.isalnum() and len(pointer.no) <= 64 for pointer in said.pointers)


@settings(max_examples=examples(1500), deadline=None)
@given(
    body=mutated(
        [message("110", {"p_id": ORDER, "s_ids": [ORDER], "shop_id": 95250}), message("206", {"p_id": 1, "aftersale_id": "2", "x": {}})]
    )
)
def test_signed_messages_that_went_wrong_are_survived(body):
    survives(json.dumps(body, default=str).encode())


@settings(max_examples=examples(1500), deadline=None)
@given(body=st.binary(max_size=200), is_signed=st.booleans(), sign=st.text(max_size=40))
def test_any_bytes_are_survived(body, is_signed, sign):
    survives(body, None if is_signed else sign)
