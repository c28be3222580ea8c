"""A platform calls us: what it names is written down before it gets its answer, and fetched at once. Messages are lost, repeated and
out of order, so they are never the facts themselves; but for those of a shop's own programs, which nobody can ask."""

from __future__ import annotations

import hmac
from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.channels import connections, registry
from danshu.channels.connecting import Call, Received, Stream
from danshu.channels.connector_errors import BadCall
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.operations import granting, heard, payloads, pulling
from danshu.core.actor import SYSTEM
from danshu.flows.intake_shops import SAVES, enqueue_wanted

REPEATED = b'{"state":"repeated"}'
WAITING = b'{"state":"waiting"}'  # kept, tried again, and set aside for a person at last


def receive_call(shop_id: int, key: str, call: Call, *, now: datetime) -> Received:
    """Verify a call at the shop's address, have the numbers fetched that it names and take in the orders that it tells, in one
    transaction before the answer. Returns what to answer. Raises `BadCall`: an address that we do not have, or a call that the platform
    did not sign; `BadMessage`: one that is signed and wrong in itself."""
    shop = Shop.objects.select_related("connection").filter(pk=shop_id, is_active=True, connection__isnull=False).first()
    if shop is None or not hmac.compare_digest(key.encode(), shop.connection.hook_key.encode()):
        raise BadCall(_("没有这个推送地址。请在店铺的连接页上复制现在的地址。"))
    connector = registry.load(shop.platform)
    if connector is None or not connector.abilities.can_receive or shop.connection.state == ShopConnection.State.NONE:
        raise BadCall(_("这家店没有连接，不收推送。"))
    received = connector.receive(connections.access(shop, is_urgent=True), call)
    named: dict[Stream, list[str]] = defaultdict(list)
    for pointer in received.pointers:
        if pointer.stream in connector.abilities.streams and pointer.no:
            named[pointer.stream].append(pointer.no)
    with transaction.atomic():
        granting.hook_heard(shop_id, now=now)
        if received.message_id and not heard.is_first(shop_id, received.message_id, now=now):
            return replace(received, status=200, body=REPEATED)
        for stream, numbers in sorted(named.items()):
            payloads.want(shop_id, stream, numbers, now=now)
            enqueue_wanted(shop_id, stream.value)
        if received.orders and Stream.ORDERS in connector.abilities.told:
            taker = pulling.desk(shop_id, Stream.ORDERS).taker(SAVES[Stream.ORDERS], by=SYSTEM, tick=lambda: now)
            if taker.take(received.orders).failed:
                return replace(received, status=202, body=WAITING)
    return received
