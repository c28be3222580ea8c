"""Messages on Pinduoduo's line: the signed address, what a frame points at, what is said back. Whatever comes, nothing breaks."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from danshu.channels.connecting import Pointer, ShopAccess, Stream
from danshu.channels.connector_errors import BadAnswer, Refused
from danshu.channels.listening import Heard
from danshu.channels.tests.pretending import Pretender
from danshu.connectors.pdd import CONNECTOR
from danshu.connectors.pdd.messages import path
from danshu.connectors.pdd.tests.test_calls import asked

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
OWN = {"client_id": "app-1", "client_secret": "s3cret", "access_token": "token-1"}
SHOP = ShopAccess(7, "pdd", "茶铺", credentials=OWN)
FRAMES = json.loads((Path(__file__).parents[1] / "payloads" / "messages.json").read_text(encoding="utf-8"))
NO, MALL = "261120-418203967150284", "171504183"
ORDER = Pointer(Stream.ORDERS, NO)
REFUND = Pointer(Stream.REFUNDS, "88130042219", NO)


def heard(frame):
    with time_machine.travel(NOW, tick=False):
        return CONNECTOR.hear(frame if isinstance(frame, bytes) else json.dumps(frame).encode())


# --- the address ----------------------------------------------------------------------------------------------------------------


def test_the_address_is_what_a_client_of_others_makes_of_it():
    """From the tests of whalesky-labs/pdd-sdk-php."""
    assert path("app", "secret", 1700000000000) == "/message/app/1700000000000/OTgxODMwNDI2NWZiN2NiNzA2NzIxOTI0ZjJlMDMxMjE%3D"


def test_the_line_goes_to_the_platform_or_to_the_shops_gateway():
    with time_machine.travel(NOW, tick=False):
        line, here = CONNECTOR.line(SHOP), CONNECTOR.line(replace(SHOP, gateway="http://127.0.0.1:8099/pdd"))
    at = urlsplit(line.url)
    assert (at.scheme, at.netloc) == ("wss", "message-api.pinduoduo.com")
    assert here.url == f"ws://127.0.0.1:8099/pdd{at.path}"
    _empty, word, app, moment, sign = at.path.split("/")
    digest = hashlib.md5(f"app-1{moment}s3cret".encode()).hexdigest()
    assert (word, app, int(moment)) == ("message", "app-1", int(NOW.timestamp() * 1000))
    assert base64.b64decode(unquote(sign)).decode() == digest
    assert "s3cret" not in repr(line) + line.url
    assert "message-api" not in repr(line)  # the address stands for the secret while it is good
    assert line.beat_every < line.silence == timedelta(minutes=3)


def test_shops_of_one_app_share_a_line_and_one_without_keys_has_none():
    assert CONNECTOR.app(SHOP) == "app-1" == CONNECTOR.app(replace(SHOP, shop_id=8))
    assert CONNECTOR.app(replace(SHOP, credentials={"client_id": "app-1"})) == ""
    with pytest.raises(Refused):
        CONNECTOR.line(replace(SHOP, credentials={}))


def test_the_sign_of_life():
    with time_machine.travel(NOW, tick=False):
        said = json.loads(CONNECTOR.beat())
    assert said == {"id": int(NOW.timestamp() * 1000), "commandType": "HeartBeat", "time": int(NOW.timestamp() * 1000)}


# --- being subscribed -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_shop_is_opened_for_all_that_its_app_subscribed_to(monkeypatch):
    with time_machine.travel(NOW, tick=False):
        platform = Pretender(monkeypatch)
        platform.says({"pmc_user_permit_response": {"is_success": True, "request_id": "1"}})
        CONNECTOR.subscribe(SHOP)
        form = asked(platform)
        assert form["type"] == "pdd.pmc.user.permit"
        assert "topics" not in form
        platform.says({"pmc_user_permit_response": {"is_success": False}})
        with pytest.raises(Refused):
            CONNECTOR.subscribe(SHOP)
        platform.says({"pmc_user_permit_response": {}})
        with pytest.raises(BadAnswer):
            CONNECTOR.subscribe(SHOP)


# --- frames ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pointers"),
    [
        ("confirmed", (ORDER,)),
        ("shipped", (ORDER,)),
        ("address_changed", (ORDER,)),
        ("risk_changed", (ORDER,)),
        ("refund_created", (ORDER, REFUND)),
        ("refund_agreed", (ORDER, REFUND)),
        ("refund_closed", (ORDER, REFUND)),
        ("goods_updated", ()),
    ],
)
def test_a_message_points_at_what_to_pull_and_bears_its_receipt(name, pointers):
    frame, found = FRAMES[name], heard(FRAMES[name])
    assert (found.pointers, found.platform_shop_id, found.is_odd) == (pointers, MALL, False)
    now_ms = int(NOW.timestamp() * 1000)
    assert json.loads(found.receipt) == {
        "id": frame["id"], "commandType": "Ack", "time": now_ms, "sendTime": frame["sendTime"], "type": frame["message"]["type"],
        "mallID": 171504183,
    }  # fmt: skip


def test_numbers_of_messages_come_back_exactly():
    assert '"id": 9007199254740993' in heard(FRAMES["confirmed"]).receipt


def test_signs_of_life_and_acks_say_nothing():
    assert heard(FRAMES["heart_beat"]) == Heard() == heard({"commandType": "Ack", "id": 1})


NO_MESSAGES = [b"", b"\xff", b"<html>", b"[]", b"7", b'{"commandType":"Fail"}', b'{"commandType":"Common"}', b"[" * 5000]


@pytest.mark.parametrize("frame", NO_MESSAGES)
def test_what_is_no_message_is_odd_and_cannot_be_acknowledged(frame):
    assert heard(frame) == Heard(is_odd=True)


def spoilt(**instead):
    frame = json.loads(json.dumps(FRAMES["refund_created"]))
    frame["message"] |= instead
    return frame


@pytest.mark.parametrize(
    "frame",
    [
        spoilt(content="{"),
        spoilt(content="[]"),
        spoilt(content=None),
        spoilt(content='{"tid":""}'),
        spoilt(content='{"tid":"261120-1"}'),
        spoilt(content='{"tid":"261120-1","refund_id":"x"}'),
        spoilt(type="shop_closed"),
        spoilt(mallID=0),
        spoilt(mallID=[1]),
    ],
)
def test_a_message_that_nobody_can_read_is_odd_and_acknowledged_where_it_has_numbers(frame):
    found = heard(frame)
    assert found.is_odd
    assert bool(found.receipt) == (frame["message"]["mallID"] != [1])


WHATEVER = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_no_frame_whatever_breaks_the_reader(data):
    frame = json.loads(json.dumps(data.draw(st.sampled_from(list(FRAMES.values())))))
    for place in (frame, frame.get("message", {})):
        for name in data.draw(st.lists(st.sampled_from([*place, "other"]), max_size=2)):
            place[name] = data.draw(WHATEVER)
    found = heard(frame)
    assert isinstance(found, Heard)
    assert all(isinstance(pointer.no, str) and pointer.no for pointer in found.pointers)
    assert not found.receipt or json.loads(found.receipt)["commandType"] == "Ack"


@given(st.binary(max_size=60))
def test_no_bytes_whatever_break_the_reader(content):
    assert heard(content).pointers == ()
