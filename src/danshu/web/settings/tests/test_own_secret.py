"""The page of an own shop: the secret of its programs is shown once, and changed with a question before."""

from __future__ import annotations

import re

import pytest

from danshu.audit.models import Entry
from danshu.channels import connections
from danshu.channels.models import RawPayload, Shop, ShopConnection
from danshu.core import clock

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


@pytest.fixture
def client(owner, client_of):
    return client_of(owner)


@pytest.fixture
def shop():
    return Shop.objects.create(name="官网", platform="own", created_at=clock.now())


def at(shop, rest=""):
    return f"/settings/shops/{shop.pk}/connect/{rest}"


def secret_of(shop):
    return connections.access(Shop.objects.get(pk=shop.pk)).credentials["hook_secret"]


def test_a_secret_is_made_and_shown_once(client, shop):
    assert "生成签名密钥" in client.get(at(shop)).content.decode()
    [shown] = SECRET.findall(client.post(at(shop, "secret/")).content.decode())
    assert shown == secret_of(shop)
    again = client.get(at(shop)).content.decode()
    assert not SECRET.search(again)
    assert f"/hooks/{shop.pk}/{ShopConnection.objects.get().hook_key}/" in again
    [told] = Entry.objects.filter(verb="shop.hook_secret_renewed")
    assert shown not in str(told.__dict__)
    assert shown.encode() not in bytes(Shop.objects.get().credentials)


def test_changing_it_asks_first_and_forgetting_it_too(client, shop):
    client.post(at(shop, "secret/"))
    before = secret_of(shop)
    assert "新旧两个密钥" in client.get(at(shop, "secret/")).content.decode()
    assert secret_of(shop) == before
    assert secret_of(shop) not in client.post(at(shop, "secret/")).content.decode().replace(secret_of(shop), "", 1)
    assert secret_of(shop) != before
    assert "自己的程序" in client.get(at(shop, "address/")).content.decode()
    assert "签名密钥会被忘掉" in client.get(at(shop, "end/")).content.decode()
    client.post(at(shop, "end/"))
    assert connections.access(Shop.objects.get()).credentials == {}


def test_what_could_not_be_saved_stands_on_its_health_page(client, shop):
    address = f"/settings/shops/{shop.pk}/health/"
    assert "这家店没有连接平台" in client.get(address).content.decode()
    client.post(at(shop, "secret/"))
    RawPayload.objects.create(shop=shop, stream="orders", no="W-9", state="quarantined", error="数量不对")
    page = client.get(address).content.decode()
    assert "W-9" in page
    assert "数量不对" in page
    assert connections.health(None, now=clock.now())[0].tone == "amber"
    assert "1 单没能入库" in client.get("/settings/shops/").content.decode()


def test_shops_of_platforms_have_no_such_secret(client, shop):
    Shop.objects.update(platform="manual")
    assert client.post(at(shop, "secret/")).status_code == 422
    assert "生成签名密钥" not in client.get(at(shop)).content.decode()


def test_only_who_may_connect_shops_makes_one(client_of, picker, shop):
    assert client_of(picker).post(at(shop, "secret/")).status_code == 403
