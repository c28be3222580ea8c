"""People of the simulator's tests: a simulator whose time stands still, and a client for one shop."""

import base64
import json
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from random import Random
from urllib.parse import parse_qsl

import pytest

from danshu_simulator import goods, ordering
from danshu_simulator.clock import Clock, real_ms
from danshu_simulator.simulator import Simulator


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def ask(method, url, *, body=None, headers=None, timeout=60):
    """One call; any status is a reply, no answer is an exception."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return Reply(reply.status, {k.lower(): v for k, v in reply.headers.items()}, reply.read())
    except urllib.error.HTTPError as error:
        return Reply(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


@pytest.fixture
def simulator():
    """Time stands at the real moment of the start, so that moments are exact."""
    now = real_ms()
    with Simulator(seed=7, clock=Clock(now, now, speed=0)) as running:
        yield running


@pytest.fixture
def control(simulator):
    def steer(method, path, **body):
        return ask(method, f"{simulator.url}/_control{path}", body=body or None)

    return steer


def stocked(simulator, platform, *, count=3, stock=100, **given):
    """A shop with something to sell."""
    shop = ordering.open_shop(simulator.world, platform, **given)
    ordering.put_up(simulator.world, shop.key, goods.invented(count, Random(7), stock=stock))
    return shop


def buy(simulator, shop, code="SIM-001-1", quantity=1, **more):
    return ordering.place(simulator.world, shop.key, [ordering.Wanted(quantity, merchant_code=code)], **more)


def basic(shop):
    return {"Authorization": "Basic " + base64.b64encode(f"{shop.app_key}:{shop.app_secret}".encode()).decode()}


class Listener:
    """A callback on this machine that remembers what came."""

    def __init__(self):
        self.came, self.status, self.body = [], 200, b""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.came.append((headers, body, dict(parse_qsl(self.path.partition("?")[2]))))
                self.send_response(listener.status)
                self.send_header("Content-Length", str(len(listener.body)))
                self.end_headers()
                self.wfile.write(listener.body)

            def log_message(self, *_args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()
