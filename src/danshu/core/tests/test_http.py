"""The HTTP client against a real server that misbehaves on request."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina
import time_machine
from django.db import transaction

from danshu.core import http
from danshu.core.errors import DomainError
from danshu.core.http import Client, OpenTransactionError, take_token

pytestmark = pytest.mark.django_db


class Platform(BaseHTTPRequestHandler):
    """Answers with the statuses it was told, one after the other; 0 hangs up in the middle."""

    def answer(self):
        self.server.calls.append((self.command, self.path, self.rfile.read(int(self.headers.get("Content-Length", 0)))))
        status = self.server.script.pop(0) if self.server.script else 200
        if status == 0:
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
            return
        body = b"x" * self.server.size or b'{"ok": true}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if self.server.rest:
            self.send_header("Retry-After", self.server.rest)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815 - the names the server looks for

    def log_message(self, *args):
        pass


@pytest.fixture
def platform():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    server.script, server.calls, server.size, server.rest = [], [], 0, ""
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_port}/orders?sign=SECRET"
    with stamina.set_testing(True, attempts=3):
        yield server
    server.shutdown()
    server.server_close()


def test_an_answer_comes_back_whole(platform):
    answer = Client("shop:1").request("POST", platform.url, json={"a": "茶"})
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert platform.calls[0][2] == '{"a":"茶"}'.encode()


def test_what_the_service_refuses_is_the_callers_business(platform):
    platform.script = [403]
    assert Client("shop:1").request("GET", platform.url).status_code == 403


@pytest.mark.parametrize("trouble", [[503], [429, 502], [0]])
def test_passing_trouble_is_tried_again(platform, trouble):
    platform.script = [*trouble]
    assert Client("shop:1").request("GET", platform.url).status_code == 200
    assert len(platform.calls) == len(trouble) + 1


def test_a_call_that_may_have_worked_is_not_repeated_unless_it_is_harmless(platform):
    platform.script = [503]
    with pytest.raises(DomainError):
        Client("shop:1").request("POST", platform.url)
    assert len(platform.calls) == 1
    platform.script = [503]
    assert Client("shop:1").request("POST", platform.url, idempotent=True).status_code == 200


@pytest.mark.parametrize(("script", "code"), [([500] * 3, "http.failing"), ([429] * 3, "http.busy"), ([0] * 3, "http.unreachable")])
def test_lasting_trouble_is_said_in_words_and_without_secrets(platform, script, code, caplog):
    platform.script = script
    with caplog.at_level(logging.WARNING), pytest.raises(DomainError) as refused:
        Client("shop:1").request("GET", platform.url)
    assert refused.value.code == code
    assert "SECRET" not in caplog.text + str(refused.value) + str(refused.value.details)


@pytest.mark.parametrize(
    ("rest", "tries", "wait"),
    [
        ("", 3, 0), ("2", 3, 2), ("90", 1, 90), (" 60 ", 1, 60), ("999999999999", 1, 3600), ("soon", 3, 0), ("-5", 3, 0),
        ("Sun, 22 Nov 2026 09:32:00 GMT", 1, 120), ("Sun, 22 Nov 2026 09:00:00 GMT", 3, 0), ("Sun, 99 Nov 2026 09:00:00 GMT", 3, 0),
    ],
)  # fmt: skip
def test_a_service_that_says_how_long_to_rest_is_heeded(platform, rest, tries, wait):
    platform.script, platform.rest = [429] * 3, rest
    with time_machine.travel(datetime(2026, 11, 22, 9, 30, tzinfo=UTC), tick=False), pytest.raises(DomainError) as refused:
        Client("shop:1").request("GET", platform.url)
    assert (refused.value.code, refused.value.details, len(platform.calls)) == ("http.busy", {"status": 429, "wait": wait}, tries)


def test_nobody_there():
    with stamina.set_testing(True, attempts=2), pytest.raises(DomainError) as refused:
        Client("shop:1").request("POST", "http://127.0.0.1:9/x")
    assert refused.value.code == "http.unreachable"


def test_it_refuses_inside_a_transaction(platform):
    with pytest.raises(OpenTransactionError), transaction.atomic():
        Client("shop:1").request("GET", platform.url)
    assert platform.calls == []


def test_an_endless_answer_is_cut(platform, monkeypatch):
    monkeypatch.setattr(http, "MOST_BYTES", 1000)
    platform.size = 5000
    with pytest.raises(DomainError) as refused:
        Client("shop:1").request("GET", platform.url)
    assert refused.value.code == "http.too_big"


@pytest.fixture
def still():
    """The clock stands still until it is moved: a slow machine fills no bucket."""
    with time_machine.travel(datetime(2026, 11, 22, 9, 30, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def test_a_bucket_gives_its_burst_and_then_its_rate(still):
    assert [take_token("a", rate=5, burst=3) for _ in range(3)] == [0, 0, 0]
    assert take_token("a", rate=5, burst=3) == pytest.approx(0.2)
    assert take_token("b", rate=5, burst=3) == 0
    still.shift(0.25)
    assert take_token("a", rate=5, burst=3) == 0


def test_background_calls_leave_the_floor_to_urgent_ones(still):
    taken = [take_token("a", rate=5, burst=5, floor=2) for _ in range(4)]
    assert taken[:3] == [0, 0, 0]
    assert taken[3] == pytest.approx(0.2), "it waits for a token above the floor"
    assert [take_token("a", rate=5, burst=5) for _ in range(2)] == [0, 0], "which those without a floor may have at once"
    assert take_token("a", rate=5, burst=5) > 0


def test_a_floor_as_high_as_the_bucket_still_lets_calls_through():
    assert take_token("a", rate=5, burst=1, floor=9) == 0


def test_buckets_say_how_full_they_were_left():
    take_token("a", rate=5, burst=5)
    left = http.buckets(["a", "b"])
    assert [(name, tokens) for name, (tokens, _at) in left.items()] == [("a", 4)]


def test_a_client_waits_for_its_turn(platform):
    client = Client("shop:1", rate=10, burst=1)
    began = time.monotonic()
    for _ in range(3):
        client.request("GET", platform.url)
    assert 0.15 < time.monotonic() - began < 20


def test_a_queue_that_is_too_long_is_refused(platform, monkeypatch):
    monkeypatch.setattr(http, "LONGEST_QUEUE", 0.1)
    client = Client("shop:1", rate=0.1, burst=1)
    client.request("GET", platform.url)
    with pytest.raises(DomainError) as refused:
        client.request("GET", platform.url)
    assert refused.value.code == "http.busy"
