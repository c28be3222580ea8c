"""How an interface misbehaves, and that it does so on command."""

import http.client
import json
import time
import urllib.error

import pytest

from danshu_simulator import ordering, refunding
from danshu_simulator.moods import Mood, Trouble
from danshu_simulator.tests.conftest import ask, basic, buy, stocked


@pytest.fixture
def shop(simulator):
    return stocked(simulator, "woocommerce")


@pytest.fixture
def call(simulator, shop):
    def go(method, path, body=None):
        return ask(method, f"{simulator.gateway('woocommerce')}/wp-json/wc/v3{path}", body=body, headers=basic(shop))

    return go


def feel(simulator, shop, **mood):
    with simulator.world.changing():
        simulator.world.put_mood(shop.key, Mood.load(mood))


def strike(simulator, shop, trouble, call="", times=1):
    feel(simulator, shop, strikes=[{"trouble": trouble, "call": call, "times": times}], hang_seconds=0.2, slow_seconds=0.2)


def test_a_strike_meets_the_named_call_and_then_no_more(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    strike(simulator, shop, "rate_limited", "GET /orders/", times=2)
    assert call("GET", "/orders").status == 200
    assert [call("GET", f"/orders/{order.no}").status for _ in range(3)] == [429, 429, 200]


def test_a_token_that_ended_is_no_answer_to_who_asks_for_one(simulator):
    shop = stocked(simulator, "channels")
    feel(simulator, shop, rates={"expired": 1})
    asked = {"grant_type": "client_credential", "appid": shop.app_key, "secret": shop.app_secret}
    reply = ask("POST", f"{simulator.gateway('channels')}/cgi-bin/stable_token", body=asked)
    assert json.loads(reply.body)["access_token"] == shop.access_token


@pytest.mark.parametrize("trouble", ["time_out_after", "reset_after", "time_out", "reset"])
def test_an_answer_can_be_lost_before_or_after_the_deed(simulator, shop, call, trouble):
    order = buy(simulator, shop, is_paid=True)
    strike(simulator, shop, trouble)
    with pytest.raises((ConnectionError, http.client.HTTPException, urllib.error.URLError)):
        call("PUT", f"/orders/{order.no}", {"status": "completed"})
    assert order.status == ("shipped" if trouble.endswith("after") else "paid")
    assert call("GET", f"/orders/{order.no}").status == 200


@pytest.mark.parametrize("trouble", ["http_500", "http_502", "system_error", "garbage", "truncated", "empty"])
def test_answers_that_are_none(simulator, shop, call, trouble):
    buy(simulator, shop)
    strike(simulator, shop, trouble)
    reply = call("GET", "/orders")
    assert reply.status == {"http_500": 500, "http_502": 502}.get(trouble, 200)
    try:
        assert not isinstance(reply.json, list)
    except ValueError:
        assert trouble not in {"system_error", "empty"}
    assert isinstance(call("GET", "/orders").json, list)


def test_slow_is_slow(simulator, shop, call):
    strike(simulator, shop, "slow")
    began = time.monotonic()
    assert call("GET", "/orders").status == 200
    assert time.monotonic() - began > 0.15


def test_no_mood_lets_a_wrong_signature_pass(simulator, shop):
    feel(simulator, shop, rates=dict.fromkeys(Trouble, 0.0))
    url = f"{simulator.gateway('woocommerce')}/wp-json/wc/v3/orders?consumer_key={shop.app_key}&consumer_secret=x"
    assert ask("GET", url).status == 401


def test_too_many_calls_meet_the_limit(simulator, shop, call):
    feel(simulator, shop, limit_per_second=3)
    assert sorted(call("GET", "/orders").status for _ in range(5)) == [200, 200, 200, 429, 429]


def test_rates_are_the_same_for_the_same_seed(simulator, shop, call):
    feel(simulator, shop, rates={"http_500": 0.5})
    statuses = [call("GET", "/orders").status for _ in range(60)]
    assert 15 < statuses.count(500) < 45
    counted = {row["became"]: row["times"] for row in simulator.exchange.counts.all()}
    assert counted["http_500"] == statuses.count(500)


def test_rows_come_twice_out_of_order_and_as_they_were(simulator, shop, call):
    for _ in range(6):
        buy(simulator, shop)
    feel(simulator, shop, duplicates=1, shuffles=1)
    numbers = [row["id"] for row in call("GET", "/orders?orderby=id&order=asc").json]
    assert (len(numbers), len(set(numbers))) == (7, 6)
    assert numbers != sorted(numbers)
    feel(simulator, shop, stale=1)
    order = buy(simulator, shop)
    ordering.pay(simulator.world, shop.key, order.no)
    assert call("GET", f"/orders/{order.no}").json["status"] == "pending"


def test_a_lagging_interface_learns_later(simulator, shop, call):
    feel(simulator, shop, lag_seconds=30)
    order = buy(simulator, shop)
    assert call("GET", f"/orders/{order.no}").status == 404
    simulator.world.advance(31)
    ordering.pay(simulator.world, shop.key, order.no)
    assert call("GET", f"/orders/{order.no}").json["status"] == "pending"
    simulator.world.advance(31)
    assert call("GET", f"/orders/{order.no}").json["status"] == "processing"


def test_pages_move_while_they_are_read(simulator, shop, call):
    """Read forward, newest change first, a reader loses rows: the reason why engines read backwards."""
    for _ in range(30):
        buy(simulator, shop)
        simulator.world.advance(1)
    feel(simulator, shop, moves=1)
    until = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(simulator.world.now() // 1000 + 1))
    simulator.world.advance(10)  # what changes now leaves the span
    query = f"/orders?orderby=modified&order=desc&per_page=5&modified_before={until}&dates_are_gmt=true"
    seen = [row["id"] for page in range(1, 7) for row in call("GET", f"{query}&page={page}").json]
    assert len(set(seen)) < 30


def test_a_buyer_wants_the_money_while_the_parcel_is_told(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    feel(simulator, shop, refund_race=1)
    call("PUT", f"/orders/{order.no}", {"status": "completed"})
    assert [simulator.world.refund(shop.key, no).status for no in order.refund_nos] == ["asked"]
    assert order.status == "shipped"


def test_messages_are_lost_repeated_and_late(simulator, shop, listener):
    ordering.change_shop(simulator.world, shop.key, callback={"url": listener.url, "secret": "s"})
    feel(simulator, shop, push_lost=1)
    buy(simulator, shop)
    simulator.pusher.flush()
    assert listener.came == []
    feel(simulator, shop, push_repeated=1)
    buy(simulator, shop)
    simulator.pusher.flush()
    assert len(listener.came) == 2
    feel(simulator, shop, push_reordered=1, push_late_seconds=0.3)
    orders = [buy(simulator, shop) for _ in range(8)]
    end = time.monotonic() + 60
    while len(listener.came) < 10 and time.monotonic() < end:
        time.sleep(0.02)
    came = [json.loads(body)["id"] for _headers, body, _query in listener.came[2:]]
    assert sorted(came) == [int(order.no) for order in orders]
    assert came != sorted(came)


def test_an_untaken_message_is_sent_again(simulator, listener):
    shop = stocked(simulator, "channels")
    listener.body = b"fail"
    ordering.change_shop(simulator.world, shop.key, callback={"url": listener.url, "token": "t"})
    order = buy(simulator, shop, is_paid=True)
    refunding.ask(simulator.world, shop.key, order.no)
    simulator.pusher.flush()
    assert len(listener.came) == 3 * 10  # ten tries each
    assert not any(sent.is_taken for sent in simulator.pusher.sent)
