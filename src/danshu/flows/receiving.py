"""A platform tells us, in a call or on a line that we hold open: what it names is written down before it hears our yes, and fetched at
once. Messages are lost, repeated and out of order, so they are never the facts themselves; but for those of a shop's own programs, which
nobody can ask."""

from __future__ import annotations

import hmac
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.channels import connections, registry
from danshu.channels.connecting import Abilities, Call, Pointer, Received, Stream
from danshu.channels.connector_errors import BadCall, ConnectorError
from danshu.channels.events import ShopsConnected
from danshu.channels.listening import Heard
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.operations import granting, heard, listening, payloads, pulling
from danshu.core import clock, jobs
from danshu.core.actor import SYSTEM
from danshu.core.errors import DomainError
from danshu.flows.intake_shops import SAVES, enqueue_wanted

log = logging.getLogger(__name__)
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
    with transaction.atomic():
        granting.hook_heard(shop_id, now=now)
        if received.message_id and not heard.is_first(shop_id, received.message_id, now=now):
            return replace(received, status=200, body=REPEATED)
        _want(shop_id, connector.abilities, received.pointers, now=now)
        if received.orders and Stream.ORDERS in connector.abilities.told:
            taker = pulling.desk(shop_id, Stream.ORDERS).taker(SAVES[Stream.ORDERS], by=SYSTEM, tick=lambda: now)
            if taker.take(received.orders).failed:
                return replace(received, status=202, body=WAITING)
    return received


def note_heard(platform: str, frames: Sequence[Heard], *, now: datetime) -> None:
    """What a platform named on its line is wanted from here on, in one transaction; only then may it hear our receipts. Messages of shops
    that are not connected here are let go."""
    named = [one for one in frames if one.platform_shop_id and one.pointers]
    if not named:
        return
    shops = listening.owners(platform, [one.platform_shop_id for one in named])
    pointers: dict[int, list[Pointer]] = defaultdict(list)
    for one in named:
        if shop_id := shops.get(one.platform_shop_id):
            pointers[shop_id] += one.pointers
    with transaction.atomic():
        for shop_id, some in sorted(pointers.items()):
            granting.hook_heard(shop_id, now=now)
            _want(shop_id, registry.abilities(platform), some, now=now)


def _want(shop_id: int, abilities: Abilities, pointers: Sequence[Pointer], *, now: datetime) -> None:
    named: dict[Stream, list[Pointer]] = defaultdict(list)
    for pointer in pointers:
        if pointer.stream in abilities.streams and pointer.no:
            named[pointer.stream].append(pointer)
    for stream, some in sorted(named.items()):
        orders = {pointer.no: pointer.order_no for pointer in some if pointer.order_no}
        payloads.want(shop_id, stream, [pointer.no for pointer in some], now=now, orders=orders)
        enqueue_wanted(shop_id, stream.value, run_after=now + abilities.message_lag if abilities.message_lag else None)


# --- being told at all ----------------------------------------------------------------------------------------------------------------


def ask_to_be_told(facts: Sequence[ShopsConnected]) -> None:
    """Shops came in, or got new access: platforms on whose lines we listen are asked to tell of them."""
    ids = sorted({shop_id for fact in facts for shop_id in fact.shop_ids})
    found = Shop.objects.filter(pk__in=ids, platform__in=registry.listening_platforms()).order_by("pk")
    _subscribe_all(list(found.values_list("pk", flat=True)))


@jobs.job(retries=jobs.MOST_CUTS)
def ask_again_to_be_told() -> None:
    """Shops that were connected before we listened, or whose app was not ready for it."""
    _subscribe_all(listening.untold())


def _subscribe_all(shop_ids: Sequence[int]) -> None:
    subscribe.using(dedupe=lambda arguments: f"subscribe:{arguments['shop_id']}").enqueue_many([{"shop_id": pk} for pk in shop_ids])


@jobs.job(retries=4, backoff=15.0)
def subscribe(shop_id: int) -> None:
    """Why it did not work stands with the shop, and the next hour brings it again; its orders come without it, only later."""
    try:
        listening.subscribe(shop_id, now=clock.now())
    except DomainError as error:
        is_passing = isinstance(error, ConnectorError) and error.is_passing
        if is_passing and (attempt := jobs.current()) is not None and not attempt.is_last:
            raise
        log.warning("Shop %d is not told of: %s", shop_id, error.code)
