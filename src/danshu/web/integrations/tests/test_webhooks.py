"""The pages of webhooks: the owner alone; adding, testing, the log, again."""

from __future__ import annotations

import re

import pytest

from danshu.channels.models import Shop
from danshu.core import clock, jobs
from danshu.notify import operations as notify
from danshu.notify.models import Delivery, Webhook
from danshu.notify.operations import Letter
from danshu.notify.tests.conftest import hook_of, site

__all__ = ["hook_of", "site"]
FORM = {"name": "官网库存", "url": "https://shop.example/hooks", "kinds": ["order.placed", "stock.changed"]}


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("operator", 403), ("picker", 403), ("service", 403), ("viewer", 403)])
def test_only_the_owner_sees_webhooks(person, status, client_of, request):
    assert client_of(request.getfixturevalue(person)).get("/settings/webhooks/").status_code == status


def test_a_webhook_is_added_and_its_secret_shown_once(owner, client_of):
    client = client_of(owner)
    assert "还没有 Webhook" in client.get("/settings/webhooks/").content.decode()
    page = client.post("/settings/webhooks/new/", FORM).content.decode()
    [secret] = set(re.findall(r"whsec_[\w+/=]{44}", page))
    hook = Webhook.objects.get()
    assert hook.kinds == ["order.placed", "stock.changed"]
    for path in ("/settings/webhooks/", f"/settings/webhooks/{hook.pk}/", f"/settings/webhooks/{hook.pk}/edit/"):
        page = client.get(path).content.decode()
        assert "官网库存" in page
        assert secret not in page


@pytest.mark.parametrize(
    ("url", "says"), [("http://shop.example/", "地址要用 https"), ("https://10.0.0.1/", "内部网络"), ("shop", "不是一个能用的地址")]
)
def test_a_bad_address_is_said_beside_its_field(owner, client_of, url, says):
    answer = client_of(owner).post("/settings/webhooks/new/", FORM | {"url": url})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_a_webhook_is_changed(owner, client_of, hook_of):
    hook, _key = hook_of()
    shop = Shop.objects.create(name="木屿家居", platform="own", created_at=clock.now())
    client = client_of(owner)
    given = FORM | {"shop_ids": [shop.pk], "is_plain": "on"}
    page = client.post(f"/settings/webhooks/{hook.pk}/edit/", given, follow=True).content.decode()
    assert "木屿家居" in page
    assert "收件信息不打码" in page
    assert client.post(f"/settings/webhooks/{hook.pk}/edit/", FORM | {"url": ""}).status_code == 422


def test_a_test_message_arrives_and_stands_in_the_log(owner, client_of, hook_of, site):
    hook, _key = hook_of()
    client = client_of(owner)
    client.post(f"/settings/webhooks/{hook.pk}/test/")
    jobs.drain()
    assert len(site.came) == 1
    page = client.get(f"/settings/webhooks/{hook.pk}/").content.decode()
    assert "已送到" in page
    assert "204" in page
    assert "webhook.test" in page


def test_what_did_not_get_through_is_sent_again(owner, client_of, hook_of, site):
    hook, _key = hook_of()
    notify.queue([Letter(hook.pk, f"{i}:1", "order.placed", f"1122-000{i}", {"no": i}, clock.now()) for i in range(3)], now=clock.now())
    first = Delivery.objects.order_by("pk").first()
    Delivery.objects.update(state="failed")
    client = client_of(owner)
    assert client.get(f"/settings/webhooks/{hook.pk}/?state=failed").content.decode().count('name="ids"') == 3
    page = client.post(f"/settings/webhooks/{hook.pk}/replay/", {"ids": [first.pk, "x"]}, follow=True).content.decode()
    assert "重发 1 条" in page
    jobs.drain()
    assert len(site.came) == 1
    assert list(Delivery.objects.filter(state="done")) == [first]


def test_receivers_in_full_are_not_shown_here(owner, client_of, hook_of):
    hook, _key = hook_of(is_plain=True)
    notify.queue([Letter(hook.pk, "1:1", "order.placed", "1122-0001", {"phone": "18612342290"}, clock.now())], now=clock.now())
    page = client_of(owner).get(f"/settings/webhooks/{hook.pk}/").content.decode()
    assert "18612342290" not in page
    assert "这里不显示" in page


def test_off_on_new_secret_and_away(owner, client_of, hook_of):
    hook, key = hook_of()
    client = client_of(owner)
    page = client.post(f"/settings/webhooks/{hook.pk}/switch/", {"on": "0"}, follow=True).content.decode()
    assert "已停用" in page
    assert client.post(f"/settings/webhooks/{hook.pk}/test/").status_code == 422
    client.post(f"/settings/webhooks/{hook.pk}/switch/")
    assert Webhook.objects.get().is_active
    assert "一天之内" in client.get(f"/settings/webhooks/{hook.pk}/secret/").content.decode()
    page = client.post(f"/settings/webhooks/{hook.pk}/secret/").content.decode()
    assert "whsec_" in page
    assert key not in page
    assert "不能恢复" in client.get(f"/settings/webhooks/{hook.pk}/remove/").content.decode()
    client.post(f"/settings/webhooks/{hook.pk}/remove/")
    assert not Webhook.objects.exists()


def test_the_pages_cost_the_same_for_one_and_fifty(owner, client_of, hook_of, statements):
    hook, _key = hook_of()
    client = client_of(owner)

    def letters(count, start):
        return [Letter(hook.pk, f"{start + i}:1", "order.placed", "", {}, clock.now()) for i in range(count)]

    notify.queue(letters(1, 0), now=clock.now())
    paths = ["/settings/webhooks/", f"/settings/webhooks/{hook.pk}/"]
    few = [len(statements(lambda path=path: client.get(path))) for path in paths]
    for _ in range(20):
        hook_of()
    notify.queue(letters(25, 1), now=clock.now())
    assert [len(statements(lambda path=path: client.get(path))) for path in paths] == few
