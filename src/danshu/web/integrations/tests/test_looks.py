"""Tokens, webhooks and the reference in a browser: read by axe on desk and phone, in light and in dark, nothing wider than the screen."""

from __future__ import annotations

import pytest

from danshu.accounts import operations as accounts
from danshu.accounts.operations import TokenDraft
from danshu.core import clock
from danshu.notify import operations as notify
from danshu.notify.models import Delivery, Webhook
from danshu.notify.operations import Letter, WebhookDraft

pytestmark = [pytest.mark.browser, pytest.mark.looks, pytest.mark.django_db(transaction=True)]
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def addresses(owner):
    [(token, _text)] = accounts.issue([TokenDraft("官网", ("orders:read",), days=30)], by=owner.actor, now=clock.now())
    [(hook, _secret)] = notify.add(
        [WebhookDraft("官网库存", "https://shop.example/hooks", ("order.placed", "stock.changed"))], by=owner.actor, now=clock.now()
    )
    now = clock.now()
    letters = [Letter(hook.pk, f"{i}:1", "order.placed", f"261122-000{i}", {"order": {"no": f"261122-000{i}"}}, now) for i in range(3)]
    notify.queue(letters, now=now)
    log = [{"at": now.isoformat(), "status": 500, "error": "shop.example 出错了（500）。", "ms": 187}]
    Delivery.objects.update(attempts=1, log=log)
    Webhook.objects.update(failing_since=now)
    return [
        "/settings/api/", "/settings/api/new/", f"/settings/api/{token.pk}/revoke/", "/api/v1/docs/", "/settings/webhooks/",
        "/settings/webhooks/new/", f"/settings/webhooks/{hook.pk}/", f"/settings/webhooks/{hook.pk}/secret/",
    ]  # fmt: skip


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_pages(owner, page_of, axe, phone):
    paths = addresses(owner)
    page = page_of(owner, phone=phone)
    wrong = []
    for path in paths:
        page.goto(path)
        if page.locator("details").count():
            page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        wrong += [f"{path}: {line}" for line in axe(page)]
        wrong += [f"{path} is {wider} px too wide"] if (wider := page.evaluate(WIDER)) > 0 else []
    assert wrong == []


def test_a_token_is_made_and_copied(owner, page_of, axe):
    page = page_of(owner)
    page.goto("/settings/api/new/")
    page.get_by_label("名称").fill("官网")
    page.get_by_label("看商品编码和库存").check()
    page.get_by_role("button", name="发令牌").click()
    assert page.locator("#token").input_value().startswith("dsk_")
    assert axe(page) == []
