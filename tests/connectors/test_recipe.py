"""docs/recipes/add-a-platform.md, followed to the letter: a folder, a line and bodies of orders are all that a platform takes."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
import time_machine

from danshu import connectors
from danshu.channels import connections, payloads, platforms, registry
from danshu.channels.connecting import Basis, Connector, ListingKey, Refusal, ShopAccess, Span, StockUpdate, Stream
from danshu.channels.connector_errors import BadAnswer, BadPayload, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.models import RawPayload, Shop, StreamCursor
from danshu.channels.operations import connecting, paging, pulling
from danshu.core.actor import Actor
from danshu.core.http import Client

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VALUES = {"app_key": "K1", "app_secret": "shh-1"}
TOYS = [{"id": 1, "title": "木马", "sku": 9, "pieces": 2, "cents": 3980}]
RECIPE = Path(__file__).parents[2] / "docs" / "recipes" / "add-a-platform.md"

FILES = {
    "__init__.py": '''
"""Toy: orders and stock of a shop for toys. See README.md."""

from danshu.connectors.toy.connector import CONNECTOR

__all__ = ["CONNECTOR"]
''',
    "connector.py": '''
"""The Toy adapter: what it can do, what a person types, and the methods that its abilities name."""

from datetime import UTC, datetime, timedelta

from danshu.channels.connecting import (
    Abilities, Connector, CredentialField, Fetched, Found, Listed, PushResult, Reading, Refusal, ShopInfo, Stream,
)
from danshu.connectors.toy import mapping
from danshu.connectors.toy.client import ask, rows_of


class Toy(Connector):
    abilities = Abilities(
        streams={Stream.ORDERS: Reading(span=timedelta(hours=1), reach=timedelta(days=30), page_size=2)},
        can_push_stock=True, fetch_size=10, rate=0,
    )
    fields = (CredentialField("app_key", "App Key"), CredentialField("app_secret", "App Secret", is_secret=True))

    def check(self, shop):
        told = ask(self.client(shop), shop, "shop")
        return ShopInfo(str(told["id"]), str(told["name"]))

    def list_page(self, shop, stream, span, page):
        told = ask(self.client(shop), shop, "list", by=span.basis, start=span.start, end=span.end, page=page.number)
        rows = tuple(Found(str(row["no"]), row, datetime.fromtimestamp(row["changed"], UTC)) for row in rows_of(told))
        return Listed(rows, told.get("total"), has_more=bool(told.get("more")))

    def fetch(self, shop, stream, numbers):
        known = {str(row["no"]): row for row in rows_of(ask(self.client(shop), shop, "get", numbers=",".join(numbers)))}
        return [Fetched(no, known.get(no), is_unknown=no not in known) for no in numbers]

    def order(self, body):
        return mapping.order(body)

    def push_stock(self, shop, updates):
        numbers = ",".join(f"{one.key.sku_id}:{one.quantity}" for one in updates)
        bad = ask(self.client(shop), shop, "stock", numbers=numbers)["unknown"]
        return [PushResult(one.key, Refusal.UNKNOWN_ITEM if one.key.sku_id in bad else None) for one in updates]


CONNECTOR = Toy()
''',
    "client.py": '''
"""One call: address, signature, what each error means."""

import json

from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.connectors.toy.signing import sign
from danshu.core.errors import DomainError

KINDS = {"token": CredentialsExpired, "busy": RateLimited, "down": TemporaryFailure}


def ask(client, shop, call, **given):
    asked = {name: str(value) for name, value in given.items()}
    signed = {**asked, "key": shop.credentials["app_key"], "sign": sign(asked, shop.credentials["app_secret"])}
    try:
        answer = client.request("POST", f"{shop.gateway or 'https://api.toy.example'}/{call}", data=signed, idempotent=call != "stock")
        told = json.loads(answer.text)
    except DomainError as error:
        raise (RateLimited if error.code == "http.busy" else TemporaryFailure)(error.message) from error
    except ValueError as error:
        raise BadAnswer("Toy answered with something else.") from error
    if not isinstance(told, dict):
        raise BadAnswer("Toy answered with something else.")
    if told.get("error"):
        raise KINDS.get(told["error"], Refused)(str(told.get("words", told["error"])))
    return told


def rows_of(told):
    if not isinstance(told.get("rows"), list):
        raise BadAnswer("A list without rows.")
    return told["rows"]
''',
    "signing.py": '''
"""Signatures of calls."""

import hashlib
import hmac


def sign(asked, secret):
    plain = "&".join(f"{name}={asked[name]}" for name in sorted(asked))
    return hmac.new(secret.encode(), plain.encode(), hashlib.sha256).hexdigest()
''',
    "mapping.py": '''
"""Orders → IncomingOrder; pure."""

from datetime import UTC, datetime

from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Progress

STATES = {"new": (Payment.UNPAID, Progress.WAITING), "paid": (Payment.PAID, Progress.WAITING), "gone": (Payment.PAID, Progress.SHIPPED)}


def order(body):
    try:
        payment, progress = STATES[body["state"]]
        lines = tuple(
            IncomingLine(str(one["id"]), one["title"], one["pieces"], sku_id=str(one["sku"]), paid_fen=one["cents"]) for one in body["toys"]
        )
        paid = sum(one.paid_fen for one in lines)
        return IncomingOrder(
            str(body["no"]), lines, payment=payment, progress=progress, goods_fen=paid, paid_fen=paid,
            placed_at=datetime.fromtimestamp(body["made"], UTC), modified_at=datetime.fromtimestamp(body["changed"], UTC),
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise BadPayload("A toy order that nobody understands.") from error
''',
    "payloads/orders.json": json.dumps(
        [
            {"no": 7001, "state": state, "made": 1795339000, "changed": 1795339200, "toys": TOYS} for state in ("new", "paid", "gone")
        ]
    ),
    "README.md": "# Toy\n\nConfirmed: nothing; it is a toy.\n\n## Not confirmed\n\nEverything.\n",
    "tests/test_mapping.py": "",
}  # fmt: skip


@dataclass
class Toys:
    """The other end of the line: checks what was asked and signed, as step 10 of the recipe wants it."""

    sign: object = None
    rows: dict = field(default_factory=dict)
    stock: dict = field(default_factory=dict)
    trouble: object = None
    calls: list = field(default_factory=list)

    def answer(self, request):
        asked = dict(httpx.QueryParams(request.content.decode()))
        call = request.url.path.strip("/")
        self.calls.append(call)
        if self.trouble is not None:
            return self.trouble
        key, sign = asked.pop("key"), asked.pop("sign")
        if (key, sign) != (VALUES["app_key"], self.sign(asked, VALUES["app_secret"])):
            return httpx.Response(200, json={"error": "token", "words": "who are you"})
        return httpx.Response(200, json=getattr(self, f"on_{call}")(asked))

    def on_shop(self, _asked):
        return {"id": 42, "name": "木马屋"}

    def on_list(self, asked):
        moment = "made" if asked["by"] == "created" else "changed"
        start, end = (datetime.fromisoformat(asked[name]).timestamp() for name in ("start", "end"))
        rows = [row for row in self.rows.values() if start <= row[moment] < end]
        page = int(asked["page"])
        return {"rows": rows[2 * page - 2 : 2 * page], "total": len(rows), "more": len(rows) > 2 * page}

    def on_get(self, asked):
        return {"rows": [self.rows[no] for no in asked["numbers"].split(",") if no in self.rows]}

    def on_stock(self, asked):
        told = dict(one.split(":") for one in asked["numbers"].split(","))
        self.stock |= {sku: int(number) for sku, number in told.items() if sku in {"9", "10"}}
        return {"unknown": sorted(told.keys() - {"9", "10"})}

    def put(self, no, at=NOW, **facts):
        moment = int(at.timestamp())
        self.rows[no] = {"no": int(no), "state": "paid", "made": moment, "changed": moment, "toys": TOYS} | facts


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The folder and the line, for as long as a test runs."""
    for name, text in FILES.items():
        file = tmp_path / "toy" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.lstrip("\n"), encoding="utf-8")
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])
    monkeypatch.setitem(registry.CONNECTORS, "toy", "toy")
    monkeypatch.setitem(platforms.PLATFORMS, "toy", platforms.Platform("toy", "玩具", "玩"))
    registry.load.cache_clear()
    yield tmp_path / "toy"
    registry.load.cache_clear()
    for name in [name for name in sys.modules if name.startswith("danshu.connectors.toy")]:
        del sys.modules[name]


@pytest.fixture
def toys(toy, monkeypatch):
    other_end = Toys()
    connector = registry.load("toy")
    other_end.sign = sys.modules["danshu.connectors.toy.signing"].sign
    line = httpx.MockTransport(other_end.answer)
    monkeypatch.setattr(connector, "client", lambda shop: Client(shop.connection, rate=0, attempts=1, transport=line), raising=False)
    return other_end


def access(**credentials):
    return ShopAccess(1, "toy", "木马屋", credentials=VALUES | credentials)


def test_the_recipe_names_the_folder_that_is_made_here(toy):
    named = set(re.findall(r"^ {7}(\S+?)/? {2,}", RECIPE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {Path(name).parts[0] for name in FILES} == named


def test_a_folder_and_a_line_are_a_platform(toy):
    connector = registry.load("toy")
    assert isinstance(connector, Connector)
    assert registry.abilities("toy").can_pull_orders
    assert "toy" in registry.pushing()
    assert "toy" not in registry.open_to_all()
    assert registry.load("pdd") is not None


def test_its_bodies_are_translated_and_mutated_ones_are_refused(toy):
    connector = registry.load("toy")
    bodies = json.loads((toy / "payloads" / "orders.json").read_text(encoding="utf-8"))
    told = [connector.order(body) for body in bodies]
    assert [(one.payment, one.progress) for one in told] == [("unpaid", "waiting"), ("paid", "waiting"), ("paid", "shipped")]
    for name in bodies[0]:
        with pytest.raises(BadPayload):
            connector.order({**bodies[0], name: None} if name != "no" else {})


def test_its_calls_are_signed_and_its_errors_told_apart(toys):
    connector = registry.load("toy")
    assert connector.check(access()).platform_shop_id == "42"
    with pytest.raises(CredentialsExpired):
        connector.check(access(app_secret="wrong"))
    troubles = [
        (RateLimited, httpx.Response(200, json={"error": "busy"})),
        (RateLimited, httpx.Response(429)),
        (TemporaryFailure, httpx.Response(200, json={"error": "down"})),
        (TemporaryFailure, httpx.Response(503)),
        (Refused, httpx.Response(200, json={"error": "no such toy"})),
        (BadAnswer, httpx.Response(200, html="<p>维护中</p>")),
    ]
    for kind, toys.trouble in troubles:
        with pytest.raises(kind):
            connector.check(access())
    toys.trouble = httpx.Response(200, json={"total": 0})
    with pytest.raises(BadAnswer):
        connector.fetch(access(), Stream.ORDERS, ["7001"])


def test_its_pages_are_read_whole_by_the_engine(toys):
    for number in range(5):
        toys.put(str(7000 + number), NOW + timedelta(minutes=number))
    connector = registry.load("toy")
    ask = partial(connector.list_page, access(), Stream.ORDERS)
    for basis in Basis:
        span = Span(NOW, NOW + timedelta(hours=1), basis)
        rows = [row for part in paging.read(ask, connector.abilities.streams[Stream.ORDERS], span) for row in part.rows]
        assert {row.no for row in rows} == {"7000", "7001", "7002", "7003", "7004"}


def test_its_stock_is_told_and_one_unknown_listing_blocks_no_other(toys):
    updates = [StockUpdate(ListingKey("9", "9"), 4), StockUpdate(ListingKey("8", "8"), 1), StockUpdate(ListingKey("10", "10"), 0)]
    results = registry.load("toy").push_stock(access(), updates)
    assert [one.refusal for one in results] == [None, Refusal.UNKNOWN_ITEM, None]
    assert toys.stock == {"9": 4, "10": 0}


def test_a_shop_of_it_is_connected_checked_and_pulled(toys):
    @dataclass
    class Report:
        new: int = 0
        updated: int = 0
        rejects: list = field(default_factory=list)

    saved = []

    def save(_shop_id, incoming, *, by, now):
        saved.extend(incoming)
        return Report(new=len(incoming))

    with time_machine.travel(NOW, tick=False) as time:
        shop = Shop.objects.create(name="木马屋", platform="toy", created_at=NOW)
        connecting.connect(shop.pk, VALUES, by=Actor(None, "小雅"), now=NOW, reach_days=0)
        assert connecting.test(shop.pk, now=NOW).name == "木马屋"
        time.shift(timedelta(minutes=2))
        for number in range(3):
            toys.put(str(7000 + number), NOW + timedelta(minutes=1))
        toys.put("7009", NOW + timedelta(minutes=1), state="melted")
        pulling.pull(shop.pk, Stream.ORDERS, save=save)
    assert sorted(one.platform_no for one in saved) == ["7000", "7001", "7002"]
    assert all(one.paid_fen == 3980 for one in saved)
    assert RawPayload.objects.get(no="7009").state not in {"taken", ""}
    assert payloads.body(RawPayload.objects.get(no="7000")) == toys.rows["7000"]
    assert StreamCursor.objects.get(shop=shop, stream="orders").until > NOW
    assert connections.access(Shop.objects.get(pk=shop.pk)).credentials == VALUES
