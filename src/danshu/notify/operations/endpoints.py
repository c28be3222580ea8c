"""Webhooks: adding, changing, switching off and on, new secrets."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.core import guarded, message_signing, secrets
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.notify.kinds import KINDS
from danshu.notify.models import Webhook

SECRET = "webhook.secret"  # noqa: S105 - what it is sealed for
FIELDS = ("name", "url", "kinds", "shop_ids", "is_plain")


@dataclass(frozen=True, slots=True)
class WebhookDraft:
    """A webhook as its form says it. Empty `shop_ids` are all shops; `is_plain` sends receivers in full."""

    name: str
    url: str
    kinds: tuple[str, ...]
    shop_ids: tuple[int, ...] = ()
    is_plain: bool = False


@transaction.atomic
def add(drafts: Sequence[WebhookDraft], *, by: Actor, now: datetime) -> list[tuple[Webhook, str]]:
    """Add webhooks. Returns each with its secret, which is shown once. Raises `DomainError`: "webhook.name", "webhook.kinds",
    "webhook.url" for what is no address, "webhook.insecure" for http beyond this machine, "webhook.private"."""
    for draft in drafts:
        check(draft)
    keys = [message_signing.new_secret() for _draft in drafts]
    made = Webhook.objects.bulk_create(
        Webhook(**_values(draft), secret=secrets.seal(key, SECRET), created_at=now) for draft, key in zip(drafts, keys, strict=True)
    )
    audit.record([Deed("webhook.added", "webhook", hook.pk, hook.name, {"url": ["", hook.url]}) for hook in made], by=by, now=now)
    return list(zip(made, keys, strict=True))


@transaction.atomic
def change(webhook_id: int, draft: WebhookDraft, *, by: Actor, now: datetime) -> Webhook:
    """Give one webhook the draft's values; the secret stays. Raises as `add`."""
    check(draft)
    hook = Webhook.objects.select_for_update().get(pk=webhook_id)
    values = _values(draft)
    changes = {name: [getattr(hook, name), values[name]] for name in FIELDS if getattr(hook, name) != values[name]}
    for name, value in values.items():
        setattr(hook, name, value)
    hook.save(update_fields=list(values))
    if changes:
        audit.record([Deed("webhook.changed", "webhook", hook.pk, hook.name, changes)], by=by, now=now)
    return hook


@transaction.atomic
def remove(webhook_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """With everything that waits for them."""
    hooks = list(Webhook.objects.filter(pk__in=webhook_ids).order_by("pk"))
    audit.record([Deed("webhook.removed", "webhook", hook.pk, hook.name) for hook in hooks], by=by, now=now)
    Webhook.objects.filter(pk__in=[hook.pk for hook in hooks]).delete()
    return len(hooks)


@transaction.atomic
def switch(webhook_ids: Sequence[int], *, on: bool, by: Actor, now: datetime) -> list[Webhook]:
    """Off: what happens is not told, and what waits goes on waiting. On: what waits is due at once."""
    hooks = list(Webhook.objects.select_for_update().filter(pk__in=webhook_ids).exclude(is_active=on).order_by("pk"))
    Webhook.objects.filter(pk__in=[hook.pk for hook in hooks]).update(is_active=on, failing_since=None, rest_until=None)
    verb = "webhook.switched_on" if on else "webhook.switched_off"
    audit.record([Deed(verb, "webhook", hook.pk, hook.name) for hook in hooks], by=by, now=now)
    return hooks


@transaction.atomic
def renew_secret(webhook_id: int, *, by: Actor, now: datetime) -> str:
    """A new secret, shown once. For a day messages carry signatures by both, so that the receiver can change over."""
    hook = Webhook.objects.select_for_update().get(pk=webhook_id)
    key = message_signing.new_secret()
    hook.old_secret, hook.old_until, hook.secret = hook.secret, now + message_signing.BOTH, secrets.seal(key, SECRET)
    hook.save(update_fields=["old_secret", "old_until", "secret"])
    audit.record([Deed("webhook.secret_changed", "webhook", hook.pk, hook.name)], by=by, now=now)
    return key


def keys_of(hook: Webhook, *, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first."""
    sealed = [hook.secret, *([hook.old_secret] if hook.old_secret and hook.old_until and hook.old_until > now else [])]
    return [secrets.unseal(one, SECRET) for one in sealed]


def check(draft: WebhookDraft) -> None:
    if not draft.name.strip():
        raise DomainError(_("请写名称，例如「官网库存」，自己分得清就行。"), "webhook.name")
    if not draft.kinds or not set(draft.kinds) <= KINDS.keys():
        raise DomainError(_("请至少选一种事件。"), "webhook.kinds")
    check_url(draft.url)


def check_url(url: str) -> None:
    """What can be said of an address without the network; where it leads is looked at with every call (`core/guarded.py`)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    is_odd = (
        any(char.isspace() or not char.isprintable() for char in url) or parts.username or parts.password or parts.fragment or port == 0
    )
    if parts.scheme not in {"http", "https"} or not host or is_odd or len(url) > 500:
        raise DomainError(_("这不是一个能用的地址。要像 https://shop.example/hooks，不带用户名和密码。"), "webhook.url")
    here = _is_this_machine(host)
    if parts.scheme == "http" and not here:
        raise DomainError(_("地址要用 https，消息才不会在路上被人看见或改掉。"), "webhook.insecure")
    if not settings.WEBHOOKS_PRIVATE and (here or _is_inside(host)):
        raise DomainError(_("这个地址在内部网络里，默认不让连。确实需要的话，请管理员设置 DANSHU_WEBHOOKS_PRIVATE=1。"), "webhook.private")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_inside(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return not guarded.is_allowed(host, private=False)


def _values(draft: WebhookDraft) -> dict[str, Any]:
    return {
        "name": draft.name.strip()[:60], "url": draft.url, "kinds": sorted(set(draft.kinds)), "shop_ids": sorted(set(draft.shop_ids)),
        "is_plain": draft.is_plain,
    }  # fmt: skip
