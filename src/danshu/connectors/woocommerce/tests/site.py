"""A site, as far as these tests need it: answers in a fixed order, every question kept."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl

import httpx

from danshu.channels.connecting import ShopAccess
from danshu.connectors.woocommerce.connector import WooCommerce

FOLDER = Path(__file__).parents[1] / "payloads"
KEYS = {"site": "https://shop.example.com/", "consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook_secret": "hush"}
SHOP = ShopAccess(4, "woocommerce", "青竹自己的店", credentials=KEYS)


def payloads(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"), parse_float=Decimal)


def plain(body):
    return json.dumps(body, default=float).encode()


def listed(*bodies, total=None, pages=1):
    return httpx.Response(
        200, content=plain(bodies), headers={"X-WP-Total": str(len(bodies) if total is None else total), "X-WP-TotalPages": str(pages)}
    )


ANSWERS = {name: httpx.Response(status, content=plain(body)) for name, (status, body) in payloads("answers").items()}


class Answered(WooCommerce):
    """The adapter, with these tests at the other end of the line."""

    def client(self, shop):
        return replace(super().client(shop), transport=self.transport)


class Site:
    """`said`: (verb, path, query, body) of every question."""

    def __init__(self, *answers):
        self.answers, self.said, self.requests = list(answers), [], []
        self.connector = Answered()
        self.connector.transport = httpx.MockTransport(self.answer)

    def answer(self, request):
        body = json.loads(request.content) if request.content else None
        self.said.append((request.method, request.url.path, dict(parse_qsl(request.url.query.decode())), body))
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return httpx.Response(200, content=answer if isinstance(answer, bytes) else plain(answer))

    def paths(self):
        return [f"{verb} {path.removeprefix('/wp-json/wc/v3')}" for verb, path, _query, _body in self.said]


class Orders:
    """A site whose orders change while it is read: `between` says what happens before each page after the first."""

    def __init__(self, numbers, size, between=()):
        self.numbers, self.size, self.between, self.asked = list(numbers), size, list(between), []
        self.connector = Answered()
        self.connector.transport = httpx.MockTransport(self.answer)

    def answer(self, request):
        page = int(request.url.params["page"])
        if self.asked and self.between:
            self.between.pop(0)(self)
        self.asked.append(page)
        rows = [{"id": no, "status": "processing"} for no in self.numbers[(page - 1) * self.size : page * self.size]]
        return listed(*rows, total=len(self.numbers), pages=-(-len(self.numbers) // self.size))
