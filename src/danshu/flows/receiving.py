"""A platform calls us: what it names is written down before it gets its answer, and fetched at once. Messages are lost, repeated and
out of order, so they are never the facts themselves."""

from __future__ import annotations

import hmac
from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.channels import connections, registry
from danshu.channels.connecting import Call, Received, Stream
from danshu.channels.connector_errors import BadCall
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.operations import granting, payloads
from danshu.flows.intake_shops import enqueue_wanted


def receive_call(shop_id: int, key: str, call: Call, *, now: datetime) -> Received:
    """Verify a call at the shop's address and have the numbers fetched that it names, in one transaction before the answer. Returns
    what to answer. Raises `BadCall`: an address that we do not have, or a call that the platform did not sign."""
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
        for stream, numbers in sorted(named.items()):
            payloads.want(shop_id, stream, numbers, now=now)
            enqueue_wanted(shop_id, stream.value)
    return received
