"""Kuaishou, as far as these tests need it: answers in a fixed order, every question kept and its signature checked."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl

import httpx

from danshu.channels.connecting import ShopAccess
from danshu.connectors.kuaishou import signing
from danshu.connectors.kuaishou.connector import Kuaishou

FOLDER = Path(__file__).parents[1] / "payloads"
KEY = "AAECAwQFBgcICQoLDA0ODw=="  # 16 bytes
SHOP = ShopAccess(
    3,
    "kuaishou",
    "青竹小店",
    credentials={
        "app_key": "ks0000000000000001",
        "app_secret": "app-secret",
        "sign_secret": "sign-secret",
        "message_key": KEY,
        "access_token": "token-1",
        "refresh_token": "renew-1",
        "platform_shop_id": "f18759ac87a2",
    },
)


def payloads(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"), parse_float=Decimal)


ANSWERS = payloads("answers")


class Answered(Kuaishou):
    """The adapter, with these tests at the other end of the line."""

    def client(self, shop):
        return replace(super().client(shop), transport=self.transport)


class Platform:
    """`said`: (verb, path, system parameters, param) of every question."""

    def __init__(self, *answers):
        self.answers, self.said = list(answers), []
        self.connector = Answered()
        self.connector.transport = httpx.MockTransport(self.answer)

    def answer(self, request):
        query, form = dict(parse_qsl(request.url.query.decode())), dict(parse_qsl(request.content.decode()))
        params = {**query, **form}
        if "sign" in params:
            assert params.pop("sign") == signing.sign(params, "sign-secret")
            assert set(query) - {"param", "sign"} == {"appkey", "method", "version", "access_token", "timestamp", "signMethod"}
            assert ("param" in form) == (request.method == "POST")
            params["param"] = json.loads(params["param"])
        self.said.append((request.method, str(request.url.copy_with(query=None)), params))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, content=answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def methods(self):
        return [params["method"] for _verb, _url, params in self.said]

    def param(self, index=-1):
        return self.said[index][2]["param"]
