"""Messages of the platform: JSON and XML, plain and sealed; nothing unsigned gets in, and nothing that gets in can hurt."""

import json
import random
from dataclasses import replace

import pytest
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from danshu.channels.connecting import Call, Pointer, Received, Stream
from danshu.channels.connector_errors import BadCall
from danshu.connectors.channels_shop import CONNECTOR, signing
from danshu.connectors.channels_shop.tests.conftest import APP_ID, KEY, TOKEN, payload

EVENTS = payload("events")
POINTERS = {
    "order_new": (Pointer(Stream.ORDERS, "3700000000000000020"),),
    "order_pay": (Pointer(Stream.ORDERS, "3700000000000000020"),),
    "order_wait_shipping": (Pointer(Stream.ORDERS, "3700000000000000020"),),
    "aftersale": (Pointer(Stream.REFUNDS, "2000000000000002"), Pointer(Stream.ORDERS, "3700000000000000030")),
    "stock_no_enough": (),
}
STAMP = {"timestamp": "1767225600", "nonce": "n1"}


def as_json(event):
    return json.dumps(event, ensure_ascii=False).encode()


def as_xml(event):
    def inner(value):
        return "".join(f"<{k}>{inner(v)}</{k}>" for k, v in value.items()) if isinstance(value, dict) else f"<![CDATA[{value}]]>"

    return f"<xml>{inner(event)}</xml>".encode()


def plain(body, **query):
    return Call("POST", {**STAMP, "signature": signing.signature(TOKEN, *STAMP.values()), **query}, {}, body)


def sealed(body, form, key=KEY, app_id=APP_ID):
    text = signing.seal(body, key=key, app_id=app_id)
    query = {**STAMP, "signature": "x", "encrypt_type": "aes", "msg_signature": signing.signature(TOKEN, *STAMP.values(), text)}
    return Call("POST", query, {}, form({"ToUserName": "gh_shop", "Encrypt": text}))


@pytest.mark.parametrize("form", [as_json, as_xml])
@pytest.mark.parametrize("name", EVENTS)
def test_events_point_at_what_changed(shop, name, form):
    expected = Received(POINTERS[name], 200, "text/plain; charset=utf-8", b"success")
    assert CONNECTOR.receive(shop, plain(form(EVENTS[name]))) == expected
    assert CONNECTOR.receive(shop, sealed(form(EVENTS[name]), as_json)) == expected
    assert CONNECTOR.receive(shop, sealed(form(EVENTS[name]), as_xml)) == expected


def test_the_address_is_checked_by_an_echo(shop):
    query = {**STAMP, "signature": signing.signature(TOKEN, *STAMP.values()), "echostr": "4375120948345356249"}
    assert CONNECTOR.receive(shop, Call("GET", query, {}, b"")).body == b"4375120948345356249"
    with pytest.raises(BadCall):
        CONNECTOR.receive(shop, Call("GET", query | {"nonce": "n2"}, {}, b""))


@pytest.mark.parametrize(
    "call",
    [
        plain(as_json(EVENTS["order_new"]), signature="0" * 40),
        plain(as_json(EVENTS["order_new"]), signature="签名"),
        plain(as_json(EVENTS["order_new"]), timestamp="1"),
        Call("POST", {}, {}, as_json(EVENTS["order_new"])),
        sealed(as_json(EVENTS["order_new"]), as_json, app_id="wx0000000000000002"),
        sealed(as_json(EVENTS["order_new"]), as_json, key="a" * 43),
        plain(as_json({"Encrypt": "abc"})),
        plain(b""),
        plain(b"success"),
        plain(b"[]"),
        plain(b"<xml>"),
        plain(b'<?xml version="1.0" encoding="nonsense"?><xml/>'),
        plain(b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><Event>&a;</Event></xml>'),
        plain(b"[" * 100_000),
        plain(as_json({"Event": "channels_ec_order_new"})),
        plain(as_json({"Event": "channels_ec_order_new", "order_info": {"order_id": True}})),
        plain(as_json({"Event": "channels_ec_aftersale_update", "finder_shop_aftersale_status_update": []})),
    ],
    ids=range(17),
)
def test_what_is_not_signed_or_not_readable_is_a_bad_call(shop, call):
    with pytest.raises(BadCall):
        CONNECTOR.receive(shop, call)


def test_without_a_token_nothing_is_taken(shop):
    empty = replace(shop, credentials=shop.credentials | {"push_token": ""})
    query = {**STAMP, "signature": signing.signature("", *STAMP.values())}
    with pytest.raises(BadCall):
        CONNECTOR.receive(empty, Call("POST", query, {}, as_json(EVENTS["order_new"])))


@pytest.mark.parametrize("key", ["", "short", "not base64!", "a" * 44])
def test_a_mistyped_key_is_a_bad_call(shop, key):
    wrong = replace(shop, credentials=shop.credentials | {"push_key": key})
    with pytest.raises(BadCall):
        CONNECTOR.receive(wrong, sealed(as_json(EVENTS["order_new"]), as_json))


def test_mutated_messages_are_refused_or_harmless(shop):
    chance = random.Random(4)
    calls = [plain(as_json(e)) for e in EVENTS.values()] + [plain(as_xml(e)) for e in EVENTS.values()]
    calls += [sealed(as_json(e), form) for e in EVENTS.values() for form in (as_json, as_xml)]
    for _round in range(4000):
        call = chance.choice(calls)
        body = bytearray(call.body)
        for _change in range(chance.randint(1, 6)):
            at = chance.randrange(len(body) + 1)
            body[at : at + chance.randint(0, 3)] = bytes(chance.randrange(256) for _byte in range(chance.randint(0, 3)))
        try:
            received = CONNECTOR.receive(shop, replace(call, body=bytes(body)))
        except BadCall:
            continue
        assert received.body == b"success"
        assert all(pointer.no.strip() for pointer in received.pointers)


# --- against somebody else's work ---


def test_signatures_are_those_of_wechatpy():
    check_signature("test", signing.signature("test", "1410685589", "test"), "1410685589", "test")
    signing.check("f21891de399b4e33a1a93c9a7b8a8fffb5a443ff", "test", "1410685589", "test")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 500])
def test_sealing_is_that_of_wechatpy(length):
    message, theirs = "好" * length, WeChatCrypto(TOKEN, KEY, APP_ID)
    wrapped = theirs.encrypt_message(message, "n1", "1767225600")
    call = Call("POST", {}, {}, wrapped.encode())
    text = wrapped.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    assert signing.open_sealed(text, key=KEY, app_id=APP_ID).decode() == message
    assert call.body
    ours = signing.seal(message.encode(), key=KEY, app_id=APP_ID)
    signature = signing.signature(TOKEN, "1767225600", "n1", ours)
    xml = f"<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{ours}]]></Encrypt></xml>"
    assert theirs.decrypt_message(xml, signature, "1767225600", "n1") in (message, message.encode())
