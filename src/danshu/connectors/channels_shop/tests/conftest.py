"""WeChat as the tests need it: a script of answers by path, and a record of what it was asked."""

import json
from pathlib import Path

import httpx
import pytest

from danshu.channels.connecting import ShopAccess
from danshu.connectors.channels_shop import CONNECTOR
from danshu.core import http

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
TOKEN, KEY, APP_ID = "push-token", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx0000000000000001"
CREDENTIALS = {"app_id": APP_ID, "app_secret": "SECRET", "access_token": "TOKEN-1", "push_token": TOKEN, "push_key": KEY}


def payload(name):
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def shop():
    return ShopAccess(9, "channels", "青瓷小店", credentials=CREDENTIALS)


class Platform:
    """Answers a path with what was laid ready for it, in turn, the last one for ever."""

    def __init__(self):
        self.answers, self.asked = {}, []

    def answer(self, path, *answers):
        self.answers[path] = list(answers)

    def __call__(self, request):
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url.path, body))
        self.last = request
        ready = self.answers[request.url.path]
        found = ready.pop(0) if len(ready) > 1 else ready[0]
        if isinstance(found, Exception):
            raise found
        if isinstance(found, httpx.Response):
            return found
        return httpx.Response(200, content=json.dumps(found, ensure_ascii=False).encode())

    def bodies(self, path):
        return [body for _method, asked, body in self.asked if asked == path]


@pytest.fixture
def platform(monkeypatch):
    platform = Platform()
    monkeypatch.setattr(
        CONNECTOR, "client", lambda shop: http.Client(shop.connection, attempts=1, transport=httpx.MockTransport(platform)), raising=True
    )
    return platform
