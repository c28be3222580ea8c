"""A platform that tells on a line of ours: the shop's pages say whether it stands and when something came last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.channels import connections
from danshu.channels.models import AppLine, Shop, ShopConnection
from danshu.channels.operations import connecting
from danshu.core import clock
from danshu.core.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner, client_of):
    return client_of(owner)


@pytest.fixture
def shop():
    made = Shop.objects.create(name="茶铺", platform="pdd", created_at=clock.now())
    values = {"client_id": "app-1", "client_secret": "s3cret", "access_token": "token-1"}
    connecting.connect(made.pk, values, by=SYSTEM, now=clock.now())
    return made


def line(**facts):
    return AppLine.objects.update_or_create(platform="pdd", app="app-1", defaults=facts)[0]


def said(client, shop, page="health", **headers):
    return client.get(f"/settings/shops/{shop.pk}/{page}/", headers=headers).content.decode()


def test_before_anybody_listens_it_is_being_connected(client, shop):
    assert "正在连接" in said(client, shop)
    assert "这个平台不推送" not in said(client, shop)


def test_a_standing_line_says_so_with_its_last_sign_of_life_and_message(client, shop):
    now = clock.now()
    line(busy_until=now + timedelta(seconds=20), opened_at=now - timedelta(hours=1), heard_at=now - timedelta(minutes=2))
    assert "一直连着，上次动静 2 分钟前" in said(client, shop)
    assert "还没有" in said(client, shop)
    ShopConnection.objects.update(last_hook_at=now - timedelta(minutes=7))
    assert "7 分钟前" in said(client, shop)


def test_a_line_whose_process_died_stands_no_more(client, shop):
    now = clock.now()
    line(busy_until=now - timedelta(seconds=1), opened_at=now - timedelta(hours=1), heard_at=now - timedelta(minutes=2))
    assert "一直连着" not in said(client, shop)


def test_what_keeps_it_from_standing_is_said(client, shop):
    line(busy_until=clock.now() + timedelta(seconds=20), error="message-api.pinduoduo.com 不让连接（401）。")
    assert "没连上：message-api.pinduoduo.com 不让连接（401）。" in said(client, shop)
    ShopConnection.objects.update(subscribe_error="拼多多拒绝了这个请求：20031")
    assert "平台没有开通：拼多多拒绝了这个请求：20031" in said(client, shop)


def test_the_page_of_the_connection_says_what_there_is_to_do(client, shop):
    page = said(client, shop, "connect")
    assert "请在平台的应用后台订阅交易和售后的消息" in page
    assert "收推送" in page
    assert 'id="push"' not in page


def test_another_apps_line_is_not_this_shops(shop):
    AppLine.objects.create(platform="pdd", app="app-2", busy_until=clock.now() + timedelta(seconds=20), opened_at=clock.now())
    (health,) = connections.health([shop.pk], now=clock.now())
    assert not health.line.is_standing
