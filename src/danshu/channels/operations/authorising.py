"""A person lets us into a shop on the platform's own page: where that page is, and what it brought."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from danshu.channels import connections
from danshu.channels.connecting import Connector
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.operations import credentials, granting
from danshu.core.actor import Actor
from danshu.core.errors import DomainError


def page(shop_id: int, *, redirect: str, state: str) -> str:
    """The address of the platform's page; it comes back to `redirect` with a code and our `state`. Raises `connection.unable`,
    `connection.field` while nothing is typed, and what the adapter says of what was typed."""
    shop = Shop.objects.get(pk=shop_id)
    return _connector(shop).authorize_url(connections.access(shop, is_urgent=True), redirect=redirect, state=state)


def finish(shop_id: int, *, code: str, redirect: str, by: Actor, now: datetime) -> ShopConnection:
    """Change the code that came back for access, and keep it. Calls the network. Raises what the platform says (`ConnectorError`),
    `connection.other_shop`, `connection.shop_taken`."""
    shop = Shop.objects.get(pk=shop_id)
    granted = _connector(shop).exchange(connections.access(shop, is_urgent=True), code=code, redirect=redirect)
    return granting.grant(shop_id, granted, by=by, now=now)


def _connector(shop: Shop) -> Connector:
    connector = credentials.connector_of(shop)
    if not connector.abilities.can_authorize:
        raise DomainError(_("%s不用打开授权页面：填好连接信息就能用。") % shop.get_platform_display(), "connection.unable")
    if shop.credentials is None:
        raise DomainError(_("请先填好连接信息并保存，再去授权。"), "connection.field")
    return connector
