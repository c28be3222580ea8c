"""Xiaohongshu as the tests need it: a script of answers by method, and a record of what it was asked."""

import json
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from danshu.channels.connecting import ShopAccess
from danshu.connectors.xiaohongshu import CONNECTOR
from danshu.core import http

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
CREDENTIALS = {
    "app_id": "app1", "app_secret": "SECRET", "access_token": "TOKEN-1", "refresh_token": "REFRESH-1", "platform_shop_id": "seller1",
}  # fmt: skip
SYSTEM = ("appId", "timestamp", "version", "sign", "accessToken", "method")


def payload(name):
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.fixture
def shop():
    return ShopAccess(9, "xiaohongshu", "青瓷小店", credentials=CREDENTIALS)


class Platform:
    """Answers a method with what was laid ready for it, in turn, the last one for ever; keeps the business fields it was asked with."""

    def __init__(self):
        self.answers, self.asked = {}, []

    def answer(self, method, *answers):
        self.answers[method] = list(answers)

    def __call__(self, request):
        self.last, self.body = request, json.loads(request.content)
        method = self.body["method"]
        self.asked.append((method, {name: value for name, value in self.body.items() if name not in SYSTEM}))
        ready = self.answers[method]
        found = ready.pop(0) if len(ready) > 1 else ready[0]
        if isinstance(found, Exception):
            raise found
        if isinstance(found, httpx.Response):
            return found
        return httpx.Response(200, content=json.dumps(found, ensure_ascii=False, default=float).encode())

    def bodies(self, method):
        return [body for asked, body in self.asked if asked == method]


@pytest.fixture
def platform(monkeypatch):
    platform = Platform()
    monkeypatch.setattr(
        CONNECTOR, "client", lambda shop: http.Client(shop.connection, attempts=1, transport=httpx.MockTransport(platform)), raising=True
    )
    return platform
