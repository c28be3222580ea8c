"""Where platforms ring: strangers learn nothing, forgeries are refused, and nothing that anybody sends breaks the house."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
from base64 import b64encode

import pytest
from django.core.signals import got_request_exception
from django.test import Client, RequestFactory

from danshu.api import hooks
from danshu.channels import connections, registry
from danshu.channels.models import RawPayload, Shop, ShopConnection
from danshu.core import clock, secrets

MANY = int(os.environ.get("DANSHU_API_EXAMPLES", "4")) * 100  # for each platform
KEY = "k" * 43
RECEIVING = [platform for platform in registry.CONNECTORS if registry.abilities(platform).can_receive]
SECRET = "abcdefghijklmnopqrstuvwxyz012345"
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop_of():
    def made(platform="woocommerce", **more):
        shop = Shop.objects.create(name=f"店 {platform}", platform=platform, created_at=clock.now(), **more)
        connector = registry.load(platform)
        known = {field.name: SECRET for field in connector.fields}
        shop.credentials = secrets.seal(json.dumps(known), connections.PURPOSE)
        shop.save()
        ShopConnection.objects.create(shop=shop, state=ShopConnection.State.CONNECTED, hook_key=KEY)
        return shop

    return made


def signed(body):
    """As WooCommerce and Douyin sign."""
    return {
        "HTTP_X_WC_WEBHOOK_SIGNATURE": b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode(),
        "HTTP_X_WC_WEBHOOK_TOPIC": "order.updated",
        "HTTP_EVENT_SIGN": hashlib.md5(SECRET.encode() + body + SECRET.encode()).hexdigest(),
    }


def test_an_order_that_a_platform_names_is_wanted(shop_of, client):
    shop = shop_of()
    body = b'{"id": 727}'
    answer = client.post(f"/hooks/{shop.pk}/{KEY}/", body, content_type="application/json", **signed(body))
    assert answer.status_code == 200
    shop.connection.refresh_from_db()
    assert shop.connection.last_hook_at
    assert RawPayload.objects.filter(shop=shop, no="727").exists()


def test_addresses_that_we_never_gave_out_are_not_there(shop_of, client):
    shop = shop_of()
    for path in (f"/hooks/{shop.pk}/wrong/", f"/hooks/{shop.pk + 1}/{KEY}/", f"/hooks/{'9' * 40}/{KEY}/", f"/hooks/x/{KEY}/",
                 f"/hooks/²/{KEY}/", f"/hooks/{shop.pk}/%00/", f"/hooks/{shop.pk}/%ff/"):  # fmt: skip
        answer = client.post(path, b"{}", content_type="application/json")
        assert (answer.status_code, answer.content) == (404, b""), path
    Shop.objects.update(is_active=False)
    assert client.post(f"/hooks/{shop.pk}/{KEY}/", b"{}", content_type="application/json").status_code == 404


def test_forgeries_are_refused_without_a_word(shop_of, client):
    shop = shop_of()
    body = b'{"id": 727}'
    answer = client.post(f"/hooks/{shop.pk}/{KEY}/", body + b" ", content_type="application/json", **signed(body))
    assert (answer.status_code, answer.content) == (401, b"")
    assert client.put(f"/hooks/{shop.pk}/{KEY}/", body).status_code == 405
    big = client.post(f"/hooks/{shop.pk}/{KEY}/", b"x" * (hooks.MOST_BYTES + 1), content_type="application/json")
    assert big.status_code == 413


def test_no_cookie_and_no_token_is_asked_for(shop_of):
    shop = shop_of()
    strict = Client(enforce_csrf_checks=True)
    body = b'{"id": 727}'
    answer = strict.post(f"/hooks/{shop.pk}/{KEY}/", body, content_type="application/json", **signed(body))
    assert answer.status_code == 200


def test_a_key_file_that_does_not_fit_asks_to_call_again(shop_of, client):
    shop = shop_of()
    Shop.objects.update(credentials=b"\x01" + b"x" * 40)
    assert client.post(f"/hooks/{shop.pk}/{KEY}/", b"{}", content_type="application/json").status_code == 503


class Chance:
    """Requests that look like something: pieces of real ones, turned around, cut, filled with what nobody expects."""

    NAMES = ("id", "event", "eventType", "msg_id", "tag", "data", "order_id", "p_id", "aftersale_id", "packageId", "sellerId", "appKey",
             "oid", "refundId", "info", "Encrypt", "encrypt", "test", "ToUserName", "MsgType", "Event", "order_info",
             "finder_shop_aftersale_status_update")  # fmt: skip
    QUERY = ("signature", "msg_signature", "timestamp", "nonce", "echostr", "encrypt_type", "app-key", "sign", "appKey", "shop_id")
    HEADERS = ("HTTP_EVENT_SIGN", "HTTP_X_WC_WEBHOOK_SIGNATURE", "HTTP_X_WC_WEBHOOK_TOPIC", "HTTP_APP_ID", "HTTP_SIGN", "HTTP_TIMESTAMP")
    ODD = (
        "",
        "\0",
        "\ud7ff",
        "é",
        "王",
        "0",
        "-1",
        "9" * 400,
        "1e999",
        "NaN",
        "null",
        "true",
        "[]",
        "{}",
        '"',
        "\\",
        "<xml>",
        "]]>",
        "%00",
        "A" * 5000,
    )

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, depth=0):
        draw = self.random
        kind = draw.randrange(9 if depth < 4 else 6)
        if kind == 0:
            return draw.choice(self.ODD)
        if kind == 1:
            return draw.choice([0, -1, 1.5, 10**30, draw.randrange(10**12)])
        if kind == 2:
            return draw.choice([None, True, False])
        if kind == 3:
            return str(draw.randrange(10**18))
        if kind == 4:
            return draw.choice(("order.updated", "kwaishop_order_addOrder", "msg_fulfillment_status_change", SECRET))
        if kind == 5:
            return b64encode(draw.randbytes(draw.randrange(80))).decode()
        if kind == 6:
            return [self.value(depth + 1) for _ in range(draw.randrange(4))]
        if kind == 7:
            return json.dumps(self.value(depth + 1))
        return {draw.choice(self.NAMES): self.value(depth + 1) for _ in range(draw.randrange(6))}

    def body(self):
        draw = self.random
        kind = draw.randrange(6)
        if kind == 0:
            return draw.randbytes(draw.randrange(200))
        if kind == 1:
            return f"<xml><ToUserName>a</ToUserName><Encrypt>{b64encode(draw.randbytes(48)).decode()}</Encrypt></xml>".encode()
        body = json.dumps(self.value()).encode()
        if kind == 2 and body:
            at = draw.randrange(len(body))
            return body[:at] + draw.randbytes(draw.randrange(4)) + body[at + draw.randrange(3) :]
        return b"[" * draw.choice([1, 60_000]) if kind == 3 and draw.random() < 0.05 else body

    def request(self, factory, path):
        draw, body = self.random, self.body()
        headers = {name: str(self.value())[:2000].replace("\n", "") for name in self.HEADERS if draw.random() < 0.3}
        if draw.random() < 0.5:
            headers |= signed(body)
        query = {name: str(self.value()) for name in self.QUERY if draw.random() < 0.3}
        kind = draw.choice(("application/json", "text/xml", "application/x-www-form-urlencoded", "multipart/form-data", ""))
        if draw.random() < 0.2:
            return factory.get(path, query, **headers)
        return factory.generic("POST", path, body, content_type=kind, query_params=query, **headers)


@pytest.mark.slow
@pytest.mark.parametrize("platform", RECEIVING)
def test_nothing_that_anybody_sends_breaks_the_house(shop_of, platform):
    shop, factory, chance = shop_of(platform), RequestFactory(), Chance(platform)
    path = f"/hooks/{shop.pk}/{KEY}/"
    answered = {hooks.ring(chance.request(factory, path), str(shop.pk), KEY).status_code for _ in range(MANY)}
    assert answered <= {200, 401}, answered
    assert 401 in answered


def test_nor_does_it_on_its_whole_way_through_the_house(shop_of):
    shop, chance = shop_of(), Chance("all")
    broken = []
    got_request_exception.connect(lambda **more: broken.append(more), weak=False)
    client = Client(raise_request_exception=False)
    for _ in range(100):
        body = chance.body()
        answer = client.post(f"/hooks/{shop.pk}/{KEY}/", body, content_type="application/json", **signed(body))
        assert answer.status_code in {200, 401}
    assert broken == []
