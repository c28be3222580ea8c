"""Connecting a shop on its page: what is typed, tried, granted, taken back; and what a stranger cannot do with it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from danshu.accounts.models import User
from danshu.audit.models import Entry
from danshu.channels import connections
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.tests.fake_platform import VALUES
from danshu.core import clock
from danshu.web.settings.tests.platform import FORM, put_in, shop
from tests import people

pytestmark = pytest.mark.django_db
State = ShopConnection.State


@pytest.fixture
def adapter(monkeypatch):
    return put_in(monkeypatch)


@pytest.fixture
def client(owner, client_of):
    return client_of(owner)


def at(one, rest=""):
    return f"/settings/shops/{one.pk}/connect/{rest}"


def row(one):
    return ShopConnection.objects.get(pk=one.pk)


def save(client, one, **more):
    return client.post(at(one), {**FORM, **more}, follow=True).content.decode()


def going(client, one):
    """Where the platform's page is, and the state that went along."""
    url = client.get(at(one, "authorise/")).url
    return url, parse_qs(urlsplit(url).query)["state"][0]


def back(client, **said):
    return client.get("/settings/shops/authorised/", said)


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("operator", 200), ("picker", 403), ("service", 403), ("viewer", 403)])
def test_who_may_connect_shops(person, status, client_of, request, adapter):
    assert client_of(request.getfixturevalue(person)).get(at(shop())).status_code == status


def test_other_peoples_shops_cannot_be_connected(operator, client_of, adapter):
    mine, other = shop("自己的"), shop("别家")
    operator.shop_ids = [mine.pk]
    operator.save()
    client = client_of(operator)
    assert client.get(at(mine)).status_code == 200
    for ask, rest in (("get", ""), ("post", ""), ("post", "test/"), ("get", "authorise/"), ("post", "end/"), ("post", "address/")):
        assert getattr(client, ask)(at(other, rest)).status_code == 404


def test_what_is_typed_is_kept_and_a_secret_never_comes_back(client, adapter):
    one = shop()
    page = save(client, one)
    assert "连接信息存好了。接着去平台授权。" in page
    assert "shh-1" not in page
    assert "已保存 · 重新填写才会改" in page
    assert 'value="K1"' in page
    one.refresh_from_db()
    assert connections.access(one).credentials == VALUES
    assert one.settings["reach_days"] == 3
    assert row(one).state == State.NONE
    assert Entry.objects.get(verb="shop.connected").target_label == "木屿官网"
    save(client, one, **{"typed-app_key": "K2", "typed-app_secret": ""})
    one.refresh_from_db()
    assert connections.access(one).credentials == {"app_key": "K2", "app_secret": "shh-1"}


def test_where_goods_come_back_to_is_kept_among_the_shops_settings(client, adapter):
    one = shop()
    Shop.objects.update(settings={"stale_minutes": 5})
    save(client, one, **{"typed-refund_address_id": " 8804 "})
    one.refresh_from_db()
    assert (one.settings["refund_address_id"], one.settings["stale_minutes"]) == ("8804", 5)
    assert "refund_address_id" not in connections.access(one).credentials
    assert 'value="8804"' in client.get(at(one)).content.decode()
    save(client, one, **{"typed-app_secret": "", "typed-refund_address_id": ""})
    one.refresh_from_db()
    assert ("refund_address_id" in one.settings, one.settings["stale_minutes"]) == (False, 5)
    assert "refund_address_id" in str(Entry.objects.filter(verb="shop.connected").latest("pk").changes)


def test_what_is_missing_is_said_and_nothing_is_kept(client, adapter):
    one = shop()
    answer = client.post(at(one), {**FORM, "typed-app_secret": ""})
    assert answer.status_code == 422
    assert not ShopConnection.objects.exists()
    assert client.post(at(one), {**FORM, "reach_days": "91"}).status_code == 422


def test_a_platform_without_a_page_is_tried_at_once(client, monkeypatch):
    adapter = put_in(monkeypatch, can_authorize=False, can_refresh=False)
    one = shop()
    assert "连得上，平台上的店名是「木屿旗舰店」。" in save(client, one)
    assert adapter.platform.calls == ["check"]
    assert row(one).state == State.CONNECTED
    page = client.get(at(one)).content.decode()
    assert "木屿旗舰店" in page
    assert "去授权" not in page
    assert "第一次往前拉几天" not in page


def test_a_refusal_says_what_to_do_and_stays_on_the_page(client, monkeypatch):
    adapter = put_in(monkeypatch, can_authorize=False, can_refresh=False)
    adapter.is_nice = False
    one = shop()
    answer = client.post(at(one), FORM)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The platform says no." in page
    assert "多半是密钥填错了" in page
    assert "connector.refused" in page
    adapter.is_nice = True
    assert "连得上" in client.post(at(one, "test/"), follow=True).content.decode()
    assert "The platform says no." not in client.get(at(one)).content.decode()


def test_the_platform_grants_access_and_the_person_comes_back(client, adapter, settings):
    settings.PUBLIC_URL = "https://hub.example.cn"
    one = shop()
    save(client, one)
    url, state = going(client, one)
    assert url.startswith("https://platform.example/consent?key=K1&to=https://hub.example.cn/settings/shops/authorised/&state=")
    page = back(client, code="good", state=state)
    assert page.url == at(one)
    assert adapter.platform.calls == ["exchange good https://hub.example.cn/settings/shops/authorised/"]
    assert (row(one).state, row(one).platform_shop_name) == (State.CONNECTED, "木屿旗舰店")
    shown = client.get(at(one)).content.decode()
    assert "授权好了，平台上的店名是「木屿旗舰店」。" in shown
    assert "重新授权" in shown
    assert Entry.objects.get(verb="shop.authorised").actor_name == "李建明"


@pytest.mark.parametrize("state", ["", "nonsense", "WzEsMV0:1vMa6m:abc"])
def test_a_state_that_is_not_ours_is_refused(client, adapter, state):
    save(client, shop())
    answer = back(client, code="good", state=state)
    assert answer.status_code == 422
    assert "不是从单枢出去的" in answer.content.decode()
    assert adapter.platform.calls == []


def test_who_typed_the_address_is_led_to_the_shops(client):
    assert client.get("/settings/shops/authorised/").url == "/settings/shops/"


def test_a_state_that_is_too_old_is_refused(client, owner, client_of, adapter):
    one, now = shop(), clock.now()
    save(client, one)
    with time_machine.travel(now, tick=False):
        _url, state = going(client, one)
    with time_machine.travel(now + timedelta(minutes=16), tick=False):
        answer = back(client_of(owner), code="good", state=state)
    assert answer.status_code == 422
    assert "超过 15 分钟" in answer.content.decode()
    assert row(one).state == State.NONE


def test_the_state_of_another_person_is_refused(client, operator, client_of, adapter):
    one = shop()
    save(client, one)
    _url, state = going(client, one)
    answer = back(client_of(operator), code="good", state=state)
    assert (answer.status_code, adapter.platform.calls) == (422, [])
    assert "另一个账号" in answer.content.decode()


def test_a_shop_that_was_taken_from_the_person_meanwhile_is_not_there(adapter, client_of):
    one = shop()
    someone = people.make("operations")
    client = client_of(someone)
    save(client, one)
    _url, state = going(client, one)
    User.objects.filter(pk=someone.pk).update(shop_ids=[shop("另一家").pk])
    assert back(client_of(someone), code="good", state=state).status_code == 404
    assert adapter.platform.calls == []


def test_a_seller_who_says_no_and_a_code_that_is_used_up_grant_nothing(client, adapter):
    one = shop()
    save(client, one)
    _url, state = going(client, one)
    no = back(client, error="access_denied", state=state)
    assert (no.status_code, "平台没有给授权：access_denied" in no.content.decode()) == (422, True)
    old = back(client, code="old", state=state)
    assert (old.status_code, "That code is unknown." in old.content.decode()) == (422, True)
    assert row(one).state == State.NONE


def test_tokens_from_elsewhere_can_be_typed(client, adapter):
    one = shop()
    page = save(client, one, access_token="T1", refresh_token="R1")
    assert "连得上" in page
    assert '"T1"' not in page  # as a field would hold it; the two letters alone may stand in any random token
    one.refresh_from_db()
    assert connections.access(one).credentials["access_token"] == "T1"
    assert row(one).state == State.CONNECTED


def test_the_push_address_is_shown_and_renewed(client, adapter, settings):
    settings.PUBLIC_URL = "https://hub.example.cn"
    one = shop()
    assert "/hooks/" not in client.get(at(one)).content.decode()
    page = save(client, one)
    key = row(one).hook_key
    assert f"https://hub.example.cn/hooks/{one.pk}/{key}/" in page
    assert "平台从外网打不开" not in page
    assert "旧地址马上失效" in client.get(at(one, "address/")).content.decode()
    assert key not in client.post(at(one, "address/"), follow=True).content.decode()
    assert Entry.objects.filter(verb="shop.hook_renewed").exists()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000", "http://localhost", "http://192.168.1.5:8000", "http://shop-pc", "http://[::1]"]
)
def test_an_address_that_platforms_cannot_reach_is_said(client, adapter, settings, address):
    settings.PUBLIC_URL = address
    assert "平台从外网打不开这个地址" in save(client, shop())


def test_disconnecting_asks_and_forgets(client, adapter):
    one = shop()
    save(client, one, access_token="T1")
    assert "会从断开的地方接着拉" in client.get(at(one, "end/")).content.decode()
    assert "断开了" in client.post(at(one, "end/"), follow=True).content.decode()
    one.refresh_from_db()
    assert (one.credentials, row(one).state) == (None, State.NONE)
    assert Entry.objects.filter(verb="shop.disconnected").exists()


@pytest.mark.parametrize("platform", ["youzan", "sandbox", "manual"])
def test_a_platform_without_an_adapter_says_so(client, platform):
    one = shop(platform=platform)
    assert "这家店不用接口连接" in client.get(at(one)).content.decode()
    assert client.post(at(one), {}).status_code == 200
    assert not Shop.objects.exclude(credentials=None).exists()


def test_the_page_costs_the_same_beside_fifty_shops(client, adapter, same_queries):
    one = shop()
    save(client, one)

    def many():
        for i in range(50):
            shop(f"店 {i}")

    client.get(at(one))
    few = lambda: client.get(at(one))  # noqa: E731 - a name would say no more
    from_few = same_queries(few, few)
    many()
    assert same_queries(few, few) == from_few
