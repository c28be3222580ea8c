"""Messages of Pinduoduo: over a line that the app opens, until they are acknowledged. The other side is the protocol's own library."""

import base64
import contextlib
import hashlib
import json
import time
from urllib.parse import quote

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from danshu_simulator import ordering, refunding
from danshu_simulator.moods import Mood
from danshu_simulator.tests.conftest import ask, buy, stocked


@pytest.fixture
def shop(simulator):
    return told_of(stocked(simulator, "pdd"), simulator)


def told_of(shop, simulator):
    return ordering.change_shop(simulator.world, shop.key, options={"is_told": True})


def address(simulator, shop, *, secret=None, at_ms=None):
    at = simulator.world.now() if at_ms is None else at_ms
    digest = hashlib.md5(f"{shop.app_key}{at}{secret or shop.app_secret}".encode()).hexdigest()
    sign = quote(base64.b64encode(digest.encode()), safe="")
    return f"ws://127.0.0.1:{simulator.server.server_address[1]}/pdd/message/{shop.app_key}/{at}/{sign}"


@contextlib.contextmanager
def open_line(simulator, shop):
    with connect(address(simulator, shop), close_timeout=1) as line:
        yield line


def hear(line):
    return json.loads(line.recv(timeout=20))


def acknowledge(line, frame, **instead):
    message = frame["message"]
    told = {"id": frame["id"], "sendTime": frame["sendTime"], "type": message["type"], "mallID": message["mallID"]}
    line.send(json.dumps({"commandType": "Ack", "time": 1} | told | instead))


def taken(simulator, count):
    end = time.monotonic() + 20
    while sum(sent.is_taken for sent in list(simulator.pusher.sent)) < count:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_only_who_signs_for_now_is_let_in(simulator, shop):
    now = simulator.world.now()
    for wrong in ({"secret": "x"}, {"at_ms": now - 601_000}, {"at_ms": now + 601_000}):
        with pytest.raises(InvalidStatus) as refused, connect(address(simulator, shop, **wrong)):
            pass
        assert refused.value.response.status_code == 401
    with pytest.raises(InvalidStatus) as refused, connect(address(simulator, shop).replace("/pdd/", "/taobao/")):
        pass
    assert refused.value.response.status_code == 404
    with open_line(simulator, shop):
        pass


def test_what_happens_is_told_by_numbers(simulator, shop):
    with open_line(simulator, shop) as line:
        order = buy(simulator, shop, is_paid=True)
        frame = hear(line)
        assert (frame["commandType"], frame["message"]["type"]) == ("Common", "pdd_trade_TradeConfirmed")
        assert frame["message"]["mallID"] == int(shop.number)
        assert json.loads(frame["message"]["content"]) == {"mall_id": int(shop.number), "tid": order.no}
        acknowledge(line, frame)
        wish = refunding.ask(simulator.world, shop.key, order.no)
        frame = hear(line)
        acknowledge(line, frame)
        content = json.loads(frame["message"]["content"])
        assert frame["message"]["type"] == "pdd_refund_RefundCreated"
        assert (content["tid"], content["refund_id"]) == (order.no, int(wish.no))
        refunding.take_back(simulator.world, shop.key, wish.no)
        frame = hear(line)
        acknowledge(line, frame)
        assert frame["message"]["type"] == "pdd_refund_RefundClosed"
        taken(simulator, 3)
        buy(simulator, shop)  # not paid: nothing is agreed
        with pytest.raises(TimeoutError):
            line.recv(timeout=0.3)


def test_a_sign_of_life_is_answered(simulator, shop):
    with open_line(simulator, shop) as line:
        line.send(json.dumps({"commandType": "HeartBeat", "time": 1}))
        assert hear(line)["commandType"] == "HeartBeat"


def test_what_nobody_acknowledged_comes_again_and_waits_for_a_line(simulator, shop):
    first = buy(simulator, shop, is_paid=True)
    second = buy(simulator, shop, is_paid=True)
    with open_line(simulator, shop) as line:
        frame = hear(line)
        acknowledge(line, frame, sendTime=1)  # not what it bore
    with open_line(simulator, shop) as line:
        frames = [hear(line)]
        acknowledge(line, frames[0])
        frames.append(hear(line))
        acknowledge(line, frames[1])
        taken(simulator, 2)
    assert {json.loads(one["message"]["content"])["tid"] for one in frames} == {first.no, second.no}


def test_only_shops_that_were_opened_for_it_are_told_of(simulator, shop):
    other = stocked(simulator, "pdd", app_key=shop.app_key, app_secret=shop.app_secret)
    with open_line(simulator, shop) as line:
        buy(simulator, other, is_paid=True)
        with pytest.raises(TimeoutError):
            line.recv(timeout=0.3)
        told_of(other, simulator)
        buy(simulator, other, is_paid=True)
        frame = hear(line)
        assert frame["message"]["mallID"] == int(other.number)
        acknowledge(line, frame)
        taken(simulator, 1)


def test_moods_reach_the_line(simulator, shop):
    def feel(**mood):
        with simulator.world.changing():
            simulator.world.put_mood(shop.key, Mood.load(mood))

    with open_line(simulator, shop) as line:
        feel(push_repeated=1)
        buy(simulator, shop, is_paid=True)
        frames = [hear(line)]
        acknowledge(line, frames[0])
        frames.append(hear(line))
        acknowledge(line, frames[1])
        assert frames[0] == frames[1]
        feel(strikes=[{"trouble": "garbage", "call": "line/TradeConfirmed"}])
        buy(simulator, shop, is_paid=True)
        with pytest.raises(ValueError):
            hear(line)
        acknowledge(line, hear(line))
        feel(strikes=[{"trouble": "reset_after", "call": "line/"}])
        buy(simulator, shop, is_paid=True)
        hear(line)
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=20)
    with open_line(simulator, shop) as line:
        acknowledge(line, hear(line))
        taken(simulator, 4)


def test_lines_are_counted_and_cut(simulator, shop, control):
    with open_line(simulator, shop) as line:
        line.send(json.dumps({"commandType": "HeartBeat"}))
        hear(line)
        assert control("GET", "/lines").json == {"lines": [{"platform": "pdd", "app_key": shop.app_key}]}
        assert ask("DELETE", f"{simulator.url}/_control/lines").json == {"cut": 1}
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=20)
