"""The sealed credentials of a shop and the row that says how it stands with its platform: what connecting and granting share."""

from __future__ import annotations

import json
import secrets as randomness
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from danshu.channels import connections, registry
from danshu.channels.connecting import Connector
from danshu.channels.events import ShopsConnected
from danshu.channels.models import Shop, ShopConnection, StreamCursor
from danshu.core import bulk, database, events, secrets
from danshu.core.errors import DomainError

State = ShopConnection.State
REACH_DAYS = 7  # how far back the first reading goes, if nobody says otherwise


def connector_of(shop: Shop) -> Connector:
    """Raises `connection.unable` where the platform has no adapter."""
    connector = registry.load(shop.platform)
    if connector is None:
        name = shop.get_platform_display()
        raise DomainError(_("%s还不能用接口连接。可以照常拖入它的导出文件。") % name, "connection.unable")
    return connector


def hold(shop_id: int) -> tuple[Shop, ShopConnection]:
    """The shop and its connection, made where there is none, locked for the caller's transaction."""
    columns = ("shop_id", "state", "platform_shop_id", "platform_shop_name", "error_code", "error", "hook_key")
    shop = Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
    bulk.insert(ShopConnection, columns, [(shop_id, State.NONE.value, "", "", "", "", randomness.token_urlsafe(32))], conflict=())
    return shop, ShopConnection.objects.select_for_update().get(pk=shop_id)


def keep_credentials(shop: Shop, values: Mapping[str, str]) -> None:
    """Seal and save, with the shop's settings; part of the caller's transaction."""
    shop.credentials = secrets.seal(json.dumps(dict(values), ensure_ascii=False), connections.PURPOSE)
    shop.save(update_fields=["credentials", "settings"])


def settle(shop: Shop, connection: ShopConnection, *, now: datetime) -> None:
    """Save a connection that works as far as we know: no error, its streams are due. Part of the caller's transaction."""
    connection.error_code = connection.error = ""
    if connection.state == State.NONE:
        connection.save()
        return
    connection.refused_at = None
    connection.connected_at = connection.connected_at or now
    connection.save()
    _open_streams(shop, now=now)
    events.publish(ShopsConnected((shop.pk,)))


def identify(shop: Shop, connection: ShopConnection, platform_shop_id: str, name: str) -> None:
    """Note whom the credentials belong to. Raises `connection.other_shop` when it is another shop than before, for its orders would be
    mixed up, and `connection.shop_taken` when it is connected here already."""
    if not platform_shop_id:
        return
    if connection.platform_shop_id and connection.platform_shop_id != platform_shop_id:
        raise DomainError(
            _("这份授权是平台上另一家店「%(name)s」的，不是「%(shop)s」。请换账号重新授权；真要换店，请先断开再连接。")
            % {"name": name or platform_shop_id, "shop": shop.name},
            "connection.other_shop",
        )
    twin = ShopConnection.objects.filter(platform_shop_id=platform_shop_id, shop__platform=shop.platform).exclude(pk=shop.pk)
    if taken := twin.exclude(state=State.NONE).values_list("shop__name", flat=True).first():
        raise DomainError(_("平台上的这家店已经连接为「%s」，再连一次订单会重复。请在那家店里重新授权。") % taken, "connection.shop_taken")
    connection.platform_shop_id = platform_shop_id[:64]
    connection.platform_shop_name = name[:120] or connection.platform_shop_name


def _open_streams(shop: Shop, *, now: datetime) -> None:
    """A cursor for each stream that has none; those that rested after an error are due at once."""
    days = int(shop.settings.get("reach_days", REACH_DAYS))
    rows = []
    for stream, reading in registry.abilities(shop.platform).streams.items():
        start = now - min(timedelta(days=days), reading.reach)
        rows.append((shop.pk, stream.value, start, start, now, 0, "", "", 0, 0, 0))
    with database.joined():
        bulk.insert(StreamCursor, CURSOR, rows, conflict=("shop_id", "stream"))
        StreamCursor.objects.filter(shop=shop.pk).update(next_at=now, failures=0, error_code="", error="")


CURSOR = (
    "shop_id", "stream", "since", "until", "next_at", "failures", "error_code", "error", "rows_count", "new_count", "updated_count",
)  # fmt: skip
