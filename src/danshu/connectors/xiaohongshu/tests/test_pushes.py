"""Messages of the platform: nothing unsigned gets in, and nothing that gets in can hurt."""

import hashlib
import json
import random
from dataclasses import replace

import pytest

from danshu.channels.connecting import Call, Pointer, Received, Stream
from danshu.channels.connector_errors import BadCall
from danshu.connectors.xiaohongshu import CONNECTOR, signing
from danshu.connectors.xiaohongshu.tests.conftest import payload

MESSAGES = payload("messages")
PATH = "/hooks/xiaohongshu/9"
THANKS = b'{"success":true,"error_code":0,"error_msg":""}'


def call(body, path=PATH, query=None, **headers):
    query = query or {}
    named = "&".join(f"{name}={value}" for name, value in sorted({**query, "app-key": "app1", "timestamp": "1767225600"}.items()))
    sign = hashlib.md5(f"{path}?{named}SECRET".encode()).hexdigest()
    return Call("POST", query, {"app-key": "app1", "timestamp": "1767225600", "sign": sign, **headers}, body, path)


def body(*messages):
    return json.dumps(list(messages), ensure_ascii=False).encode()


def test_messages_point_at_what_changed_in_this_shop(shop):
    assert CONNECTOR.receive(shop, call(body(*MESSAGES), query={"b": "2", "a": "1"})) == Received(
        (
            Pointer(Stream.ORDERS, "P700000000000000004"),
            Pointer(Stream.ORDERS, "P700000000000000005"),
            Pointer(Stream.REFUNDS, "R7000000000000001"),
            Pointer(Stream.ORDERS, "P700000000000000006"),
        ),
        body=THANKS,
    )


def test_a_shop_that_does_not_know_its_number_yet_takes_all(shop):
    fresh = replace(shop, credentials={"app_id": "app1", "app_secret": "SECRET"})
    assert Pointer(Stream.ORDERS, "P9") in CONNECTOR.receive(fresh, call(body(*MESSAGES))).pointers


def test_the_console_s_test_needs_no_signature_and_says_nothing(shop):
    assert CONNECTOR.receive(shop, Call("POST", {}, {}, b'{"test": true}')) == Received(body=THANKS)


def test_the_signature_is_that_of_the_document():
    """The page prints the sorted parameters wrongly, but its value is that of address, parameters and headers as it tells them."""
    wanted = signing.of_message(
        "/open_api/msg", {"canshu": "test"}, app_id="xhs", timestamp="1625475843", secret="9a539709cafc1efc9ef05838be468a28"
    )
    assert wanted == "a7b7430de338783293443133ab9b9357"
    assert signing.same("A7B7430DE338783293443133AB9B9357", wanted)


ONE = MESSAGES[0]


@pytest.mark.parametrize(
    "message",
    [
        call(body(ONE), sign="0" * 32),
        call(body(ONE), sign="签名"),
        call(body(ONE), timestamp="1"),
        replace(call(body(ONE)), path="/elsewhere"),
        replace(call(body(ONE)), query={"a": "1"}),
        call(body(ONE), **{"app-key": "app2"}),
        Call("POST", {}, {}, body(ONE), PATH),
        Call("POST", {}, {}, b'{"test": false}', PATH),
        call(b""),
        call(b"ok"),
        call(b"{}"),
        call(b"[" * 100_000),
        call(body("x")),
        call(body({**ONE, "data": "x"})),
        call(body({**ONE, "data": "[]"})),
        call(body({**ONE, "data": None})),
        call(body({**ONE, "data": "{}"})),
        call(body({**ONE, "data": {"orderId": 5}})),
        call(body({**ONE, "msgTag": "msg_after_sale_create", "data": {"orderId": "P1"}})),
    ],
    ids=range(19),
)
def test_what_is_not_signed_or_not_readable_is_a_bad_call(shop, message):
    with pytest.raises(BadCall):
        CONNECTOR.receive(shop, message)


def test_without_a_secret_nothing_is_taken(shop):
    bare = replace(shop, credentials={"app_id": "app1"})
    sign = hashlib.md5(f"{PATH}?app-key=app1&timestamp=1767225600".encode()).hexdigest()
    with pytest.raises(BadCall):
        CONNECTOR.receive(bare, call(body(ONE), sign=sign))


def test_mutated_messages_are_refused_or_harmless(shop):
    chance = random.Random(7)
    for _round in range(4000):
        text = bytearray(body(*MESSAGES))
        for _change in range(chance.randint(1, 6)):
            at = chance.randrange(len(text) + 1)
            text[at : at + chance.randint(0, 3)] = bytes(chance.randrange(256) for _byte in range(chance.randint(0, 3)))
        try:
            received = CONNECTOR.receive(shop, call(bytes(text)))
        except BadCall:
            continue
        assert received.body == THANKS
        assert all(pointer.no.strip() for pointer in received.pointers)
