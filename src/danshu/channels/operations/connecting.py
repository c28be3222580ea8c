"""Connecting a shop to its platform: what a person types, whether it works, taking it back.

Credentials are sealed in `Shop.credentials` and never leave through logs, entries or pages: entries name the fields, not the values.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels import connections
from danshu.channels.connecting import Connector, ShopInfo
from danshu.channels.connector_errors import ConnectorError, CredentialsExpired
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.operations import credentials, granting
from danshu.channels.operations.credentials import REACH_DAYS
from danshu.core import clock, message_signing
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

State = ShopConnection.State
LONGEST_REACH = 90
NOT_TYPED = frozenset({"access_token", "refresh_token", "platform_shop_id"})  # what a grant brings


def connect(
    shop_id: int, values: Mapping[str, str], *, by: Actor, now: datetime, reach_days: int = REACH_DAYS, gateway: str | None = None
) -> ShopConnection:
    """Keep what a person typed (`Connector.fields`) and begin to read. An empty secret keeps the one before; reading goes back
    `reach_days`, or as far as the platform answers, and goes on where it stood when the shop was connected before.

    Where a page of the platform must grant access first, reading begins with the grant. Raises `connection.unable`,
    `connection.field`, `connection.reach`.
    """
    if not 0 <= reach_days <= LONGEST_REACH:
        raise DomainError(_("第一次往前拉的天数要在 0 到 %d 之间。") % LONGEST_REACH, "connection.reach")
    with transaction.atomic():
        shop, connection = credentials.hold(shop_id)
        connector = credentials.connector_of(shop)
        settings = {field.name for field in connector.fields if field.is_setting}
        kept = {name: str(text) for name, text in shop.settings.items() if name in settings}
        before = {**connections.access(shop).credentials, **kept}
        after = _merged(connector, before, values)
        shop.settings = {
            **{name: value for name, value in shop.settings.items() if name not in settings},
            **{name: text for name, text in after.items() if name in settings},
            "reach_days": reach_days,
            **({} if gateway is None else {"gateway": gateway}),
        }
        credentials.keep_credentials(shop, {name: text for name, text in after.items() if name not in settings})
        abilities = connector.abilities
        has_access = bool(after.get("access_token"))
        connection.state = State.CONNECTED if has_access or not abilities.can_authorize else State.NONE
        connection.refresh_at = now if abilities.can_refresh and not has_access else connection.refresh_at
        credentials.settle(shop, connection, now=now)
        changed = sorted(name for name in after.keys() | before.keys() if after.get(name) != before.get(name))
        audit.record([Deed("shop.connected", "shop", shop.pk, shop.name, {"fields": ["", "、".join(changed)]})], by=by, now=now)
    return connection


def test(shop_id: int, *, now: datetime) -> ShopInfo:
    """Ask the platform whom the credentials belong to. Calls the network. Raises what the platform says (`ConnectorError`), and
    `connection.other_shop`, `connection.shop_taken`."""
    connector = credentials.connector_of(Shop.objects.get(pk=shop_id))
    try:
        info = granting.call(shop_id, connector.check)
    except CredentialsExpired:
        raise  # it stands in the connection
    except ConnectorError as error:
        ShopConnection.objects.filter(pk=shop_id).update(error_code=error.code[:40], error=str(error)[:200])
        raise
    with transaction.atomic():
        shop, connection = credentials.hold(shop_id)
        credentials.identify(shop, connection, info.platform_shop_id, info.name)
        connection.state = State.EXPIRING if connection.state == State.EXPIRING else State.CONNECTED
        connection.last_call_at = clock.now()
        credentials.settle(shop, connection, now=now)
    return info


def disconnect(shop_id: int, *, by: Actor, now: datetime) -> None:
    """Forget the credentials and read no more. What was read stays, and so does the place where reading stood."""
    with transaction.atomic():
        shop, connection = credentials.hold(shop_id)
        if shop.credentials is None and connection.state == State.NONE:
            return
        Shop.objects.filter(pk=shop_id).update(credentials=None)
        fresh = ShopConnection(shop=shop, hook_key=connection.hook_key, connected_at=connection.connected_at)
        fresh.save(force_update=True)
        audit.record([Deed("shop.disconnected", "shop", shop.pk, shop.name)], by=by, now=now)


def renew_hook_key(shop_id: int, *, by: Actor, now: datetime) -> str:
    """Another secret part of the address at which the platform calls us; the one before answers no more."""
    with transaction.atomic():
        shop, connection = credentials.hold(shop_id)
        connection.hook_key = randomness.token_urlsafe(32)
        connection.save(update_fields=["hook_key"])
        audit.record([Deed("shop.hook_renewed", "shop", shop.pk, shop.name)], by=by, now=now)
    return connection.hook_key


def renew_hook_secret(shop_id: int, *, by: Actor, now: datetime) -> str:
    """The secret with which the shop's own programs sign what they tell us, returned once and kept sealed. The one before counts for a
    day. The first one connects the shop. Raises `connection.unable` where programs of its own tell nothing."""
    with transaction.atomic():
        shop, connection = credentials.hold(shop_id)
        if not credentials.connector_of(shop).abilities.told:
            raise DomainError(_("%s不用签名密钥。") % shop.get_platform_display(), "connection.unable")
        before, secret = connections.access(shop).credentials, message_signing.new_secret()
        kept = {"hook_secret": secret}
        if before.get("hook_secret"):
            kept |= {"hook_secret_before": before["hook_secret"], "hook_secret_until": (now + message_signing.BOTH).isoformat()}
        credentials.keep_credentials(shop, kept)
        connection.state = State.CONNECTED
        credentials.settle(shop, connection, now=now)
        audit.record([Deed("shop.hook_secret_renewed", "shop", shop.pk, shop.name)], by=by, now=now)
    return secret


def _merged(connector: Connector, before: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    known = {field.name: field for field in connector.fields}
    if unknown := sorted(values.keys() - known.keys() - NOT_TYPED):
        raise DomainError(_("没有这样的连接信息：%s。") % "、".join(unknown), "connection.field")
    after = dict(before)
    for name, value in values.items():
        text = value.strip()
        if text or not (name in NOT_TYPED or known[name].is_secret):
            after[name] = text
    missing = [str(field.label) for field in connector.fields if field.is_required and not after.get(field.name)]
    if missing:
        raise DomainError(_("还缺：%s。请填好再连接。") % "、".join(missing), "connection.field", details={"missing": missing})
    return {name: text for name, text in after.items() if text}
