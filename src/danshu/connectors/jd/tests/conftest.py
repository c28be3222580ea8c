"""A small JOS on this machine: it checks the signature by its own reckoning, notes what was asked and answers what it was told to."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import stamina

from danshu.channels.connecting import ShopAccess

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
SECRET = "s3cret"


def load(name):
    return json.loads((PAYLOADS / name).read_text(encoding="utf-8"))


def is_signed(form):
    told = dict(form)
    claimed = told.pop("sign", "")
    text = SECRET + "".join(key + told[key] for key in sorted(told)) + SECRET
    return claimed == hashlib.md5(text.encode("utf-8")).hexdigest().upper()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True))
        fake = self.server.fake
        fake.paths.append(self.path)
        fake.asked.append(form)
        status, answer = fake.reply(self.path, form)
        raw = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args):
        pass


class Script(list):
    """Answers one after the other; the last one stays."""


class FakeJos:
    def __init__(self):
        self.answers, self.asked, self.paths, self.status = {}, [], [], 200

    def reply(self, path, form):
        if path == "/routerjson":
            if not is_signed(form):
                return 200, {"error_response": {"code": "12", "zh_desc": "无效签名", "en_desc": "Invalid signature"}}
            told = self.answers[form["method"]]
        else:
            told = self.answers[path]
        if isinstance(told, Script):
            told = told.pop(0) if len(told) > 1 else told[0]
        return self.status, told(form) if callable(told) else told

    def said(self, *names):
        """The last request's values of these names, of its own words and of what JD puts into one JSON text."""
        return tuple(self.words().get(name) for name in names)

    def words(self, at=-1):
        form = self.asked[at]
        return form | json.loads(form.get("360buy_param_json", "{}"))


@pytest.fixture
def jos():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.fake = FakeJos()
    server.fake.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    with stamina.set_testing(True, attempts=2):
        yield server.fake
    server.shutdown()
    server.server_close()


@pytest.fixture
def shop(jos):
    credentials = {"app_key": "12345678", "app_secret": SECRET, "access_token": "to ken/+", "refresh_token": "again"}
    return ShopAccess(7, "jd", "米白家居", credentials=credentials, gateway=jos.url)
