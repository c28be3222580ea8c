"""Webhooks as people keep them: addresses that are safe to call, secrets shown once, everything written down."""

from __future__ import annotations

import pytest

from danshu.audit.models import Entry
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.notify import operations as notify
from danshu.notify import queries
from danshu.notify.models import Webhook
from danshu.notify.operations import WebhookDraft
from danshu.notify.tests.conftest import OWNER

pytestmark = pytest.mark.django_db


def refused(url, kinds=("order.placed",), name="官网"):
    try:
        notify.add([WebhookDraft(name, url, kinds)], by=OWNER, now=clock.now())
    except DomainError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://shop.example/hooks", ""),
        ("https://shop.example:8443/a?b=c", ""),
        ("http://shop.example/hooks", "webhook.insecure"),
        ("http://10.0.0.1/", "webhook.insecure"),
        ("https://10.0.0.1/", "webhook.private"),
        ("https://[::1]/", "webhook.private"),
        ("http://localhost:9000/", "webhook.private"),
        ("https://169.254.169.254/latest", "webhook.private"),
        ("ftp://shop.example/", "webhook.url"),
        ("javascript:alert(1)", "webhook.url"),
        ("https://user:pass@shop.example/", "webhook.url"),
        ("https://shop.example/#here", "webhook.url"),
        ("https:///hooks", "webhook.url"),
        ("https://shop.example:99999/", "webhook.url"),
        ("https://[::1/", "webhook.url"),
        ("https://shop .example/", "webhook.url"),
        ("https://shop.example/" + "x" * 500, "webhook.url"),
        ("", "webhook.url"),
    ],
)
def test_addresses(url, code):
    assert refused(url) == code


def test_own_networks_only_where_the_setting_says_so(settings):
    settings.WEBHOOKS_PRIVATE = True
    assert [refused(url) for url in ("http://127.0.0.1:9000/", "https://10.0.0.1/", "http://10.0.0.1/")] == ["", "", "webhook.insecure"]


def test_names_and_kinds_are_needed():
    assert refused("https://shop.example/", name=" ") == "webhook.name"
    assert refused("https://shop.example/", kinds=()) == "webhook.kinds"
    assert refused("https://shop.example/", kinds=("order.eaten",)) == "webhook.kinds"


def test_a_secret_is_shown_once_and_lies_sealed(hook_of):
    hook, key = hook_of()
    assert key.startswith("whsec_")
    assert key.encode() not in bytes(Webhook.objects.get(pk=hook.pk).secret)


def test_every_story_is_written_down(hook_of):
    hook, _key = hook_of()
    now = clock.now()
    draft = WebhookDraft("官网新", "https://shop.example/2", ("stock.changed",), (3,), is_plain=True)
    notify.change(hook.pk, draft, by=OWNER, now=now)
    notify.switch([hook.pk], on=False, by=OWNER, now=now)
    assert notify.switch([hook.pk], on=False, by=OWNER, now=now) == []
    notify.switch([hook.pk], on=True, by=OWNER, now=now)
    notify.renew_secret(hook.pk, by=OWNER, now=now)
    assert notify.remove([hook.pk], by=OWNER, now=now) == 1
    verbs = [entry.verb for entry in Entry.objects.filter(target_kind="webhook").order_by("pk")]
    assert verbs == [f"webhook.{what}" for what in ("added", "changed", "switched_off", "switched_on", "secret_changed", "removed")]
    assert "whsec_" not in str(list(Entry.objects.values()))


def test_a_token_bound_to_shops_sees_only_what_is_theirs(hook_of):
    everywhere, mine, both = (hook_of(shop_ids=ids)[0] for ids in ((), (1,), (1, 2)))
    assert list(queries.visible([1])) == [mine]
    assert list(queries.visible([1, 2])) == [mine, both]
    assert list(queries.visible(None)) == [everywhere, mine, both]
