"""`docs/start/own-shop.md` as it stands: every command is run, in its order, and does what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from standardwebhooks import Webhook as Reference

from danshu.api.tests.conftest import OWNER
from danshu.channels.models import ShopConnection
from danshu.channels.operations import connecting
from danshu.core import clock, message_signing
from danshu.flows import webhooks
from danshu.notify import queries
from danshu.notify.models import Delivery
from danshu.orders.models import Order

PAGE = Path(__file__).resolve().parents[4] / "docs" / "start" / "own-shop.md"
METHODS = {"GET", "POST"}


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def run(command, token, **places):
    """What curl would do."""
    for name, value in {"$DANSHU": "http://testserver", "$TOKEN": token, **places}.items():
        command = command.replace(name, str(value))
    words, given = iter(shlex.split(command)), {"headers": {}}
    assert next(words) == "curl"
    for word in words:
        if word == "-H":
            name, _colon, value = next(words).partition(": ")
            given["headers"][name.lower()] = value
        elif word in {"-X", "-d"}:
            given[word] = next(words)
        else:
            given["url"] = word
    parts, method = urlsplit(given["url"]), given.get("-X", "GET")
    assert method in METHODS
    content_type = given["headers"].pop("content-type", "")
    query = dict(pair.split("=") for pair in parts.query.split("&") if pair)
    return Client().generic(
        method, parts.path, given.get("-d", ""), content_type=content_type, query_params=query, headers=given["headers"]
    )


@pytest.mark.usefixtures("db")
def test_the_page_is_run_as_it_stands(house, program):
    some = program(shops=[house.shop.pk])
    token = some.client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    shops, stock, order, pay, hook, changes, ship = blocks("sh")
    assert [shop["id"] for shop in run(shops, token).json()["items"]] == [house.shop.pk]
    asked = run(stock, token, **{"shop_id=1": f"shop_id={house.shop.pk}"}).json()["items"]
    assert {level["sku"]: level["offered"] for level in asked}["MUG"] == 10
    mine = {'"shop_id": 1': f'"shop_id": {house.shop.pk}'}
    made = run(order, token, **mine)
    assert made.status_code == 201
    assert run(order, token, **mine).json() == made.json()
    order_id = made.json()["id"]
    assert run(pay, token, **{"[1]": f"[{order_id}]"}).json() == {"changed": 1}
    added = run(hook, token).json()
    webhooks.keep_up()
    shipped = run(ship, token, **{'"order_id": 1': f'"order_id": {order_id}'}).json()["results"]
    assert [one["status"] for one in shipped] == [201]
    assert Order.objects.get().fulfilment == "shipped"
    assert run(changes, token).status_code == 200
    webhooks.keep_up()
    told = {one.kind: queries.body_of(one) for one in Delivery.objects.filter(webhook=added["id"])}
    assert set(told) == {"stock.changed", "shipment.shipped"}

    scope = {}
    for code in blocks("python"):
        exec(code, scope)  # the page's own code

    body = told["stock.changed"].encode()
    headers = message_signing.headers("msg_1", clock.now(), body, [added["secret"]])
    assert Reference(added["secret"]).verify(body, headers)
    assert scope["receive"](headers, body, added["secret"])["MUG"] == 8
    secret = connecting.renew_hook_secret(house.shop.pk, by=OWNER, now=clock.now())
    body, headers = scope["message"](secret, "W-2-1", {**house.order(), "number": "W-2"})
    address = f"/hooks/{house.shop.pk}/{ShopConnection.objects.get().hook_key}/"
    assert Client().post(address, body, content_type="application/json", headers=headers).json() == {"state": "taken"}
    assert Order.objects.filter(platform_no="W-2").exists()
