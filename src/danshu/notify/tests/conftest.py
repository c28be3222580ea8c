"""A receiver of webhooks that runs on this machine and answers as it is told."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina

from danshu.core import clock
from danshu.core.actor import Actor
from danshu.notify import operations as notify
from danshu.notify.operations import WebhookDraft

OWNER = Actor(None, "李建明")


class Receiver(BaseHTTPRequestHandler):
    """Keeps what came: (headers in lower case, body); answers with the statuses it was told, then 204."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
        status = self.server.script.pop(0) if self.server.script else 204
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", self.server.url + "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def site(settings):
    settings.WEBHOOKS_PRIVATE = True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.script, server.came = [], []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_port}/hooks"
    with stamina.set_testing(True, attempts=1):
        yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def hook_of(db, site):
    """`hook_of("order.placed")`: a webhook to the receiver, and its secret."""

    def made(*kinds, url="", **more):
        draft = WebhookDraft("官网", url or site.url, kinds or ("order.placed",), **more)
        [(hook, key)] = notify.add([draft], by=OWNER, now=clock.now())
        return hook, key

    return made
