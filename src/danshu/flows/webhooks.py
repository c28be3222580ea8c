"""Facts reach programs outside: read as they come (`core/following.py`), told to each webhook that wants them, once.

Nobody is woken by the facts themselves: a house without webhooks pays nothing for them, and one with webhooks nothing while it locks
stock. A message shows the present state, as a receiver that reads it a little later would find it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from danshu.catalogue.models import Listing, Sku
from danshu.channels.events import OfferRulesChanged, PayloadsQuarantined, ShopAuthorisationsEnding, ShopAuthorisationsRefused
from danshu.channels.models import Shop
from danshu.core import clock, following, jobs, preferences
from danshu.core.actor import Actor
from danshu.core.following import Fact
from danshu.core.reactions import kind_of
from danshu.flows.stock_sync_numbers import affected, offered
from danshu.fulfilment import outward as shipments
from danshu.fulfilment.events import ParcelsShipped
from danshu.fulfilment.models import Parcel
from danshu.notify import operations as notify
from danshu.notify import queries
from danshu.notify.jobs import wake
from danshu.notify.models import Webhook
from danshu.notify.operations import Letter
from danshu.orders import outward, receiver
from danshu.orders import refund_outward as refunds
from danshu.orders.events import OrdersCancelled, OrdersPaid, OrdersPlaced, OrdersShipped, OrdersShort, RefundsChanged, RefundsRequested
from danshu.orders.models import Order, Refund
from danshu.stock import outward as levels
from danshu.stock.events import StockChanged

MARK = "webhooks.mark"
ORDERS = {
    kind_of(OrdersPlaced): "order.placed",
    kind_of(OrdersPaid): "order.paid",
    kind_of(OrdersShipped): "order.shipped",
    kind_of(OrdersCancelled): "order.cancelled",
    kind_of(OrdersShort): "order.short",
    kind_of(RefundsRequested): "refund.requested",
}
SHOPS = {
    kind_of(ShopAuthorisationsEnding): "shop.access_ending",
    kind_of(ShopAuthorisationsRefused): "shop.access_refused",
    kind_of(PayloadsQuarantined): "shop.quarantined",
}
PARCELS, REFUNDS, STOCK, RULES = (kind_of(fact) for fact in (ParcelsShipped, RefundsChanged, StockChanged, OfferRulesChanged))
FOLLOWED = [*ORDERS, *SHOPS, PARCELS, REFUNDS, STOCK, RULES]
AT_ONCE = 100  # SKUs in one message
FACTS = 200  # read at a time: one fact of an import names hundreds of orders
LETTERS = 500  # written at a time


@jobs.job(retries=jobs.MOST_CUTS, priority=4)
def keep_up() -> None:
    """What happened since the last beat becomes messages; webhooks with something to hear get a worker. The first beat after the first
    webhook was added begins with what happens from then on."""
    now = clock.now()
    hooks = queries.listening()
    if not hooks:
        if preferences.get(MARK, {}):
            preferences.forget(MARK)
        return
    following.follow(MARK, FOLLOWED, lambda facts: tell(facts, hooks, now=now), now=now, size=FACTS)
    wake(queries.due(now=now))


def tell(facts: Sequence[Fact], hooks: Sequence[Webhook], *, now: datetime) -> int:
    """Queue a message for each fact and each webhook that wants it. The same facts again queue nothing. Returns how many are new."""
    letters = chain(
        _of_orders([fact for fact in facts if fact[1] in ORDERS], hooks, now=now),
        _of_parcels([fact for fact in facts if fact[1] == PARCELS], hooks),
        _of_refunds([fact for fact in facts if fact[1] == REFUNDS], hooks),
        _of_stock([fact for fact in facts if fact[1] in {STOCK, RULES}], hooks, now=now),
        _of_shops([fact for fact in facts if fact[1] in SHOPS], hooks),
    )
    fresh = 0
    while some := list(islice(letters, LETTERS)):
        fresh += notify.queue(some, now=now)
    return fresh


def _of_orders(facts: Sequence[Fact], hooks: Sequence[Webhook], *, now: datetime) -> Iterable[Letter]:
    wanting = [hook for hook in hooks if set(hook.kinds) & set(ORDERS.values())]
    if not facts or not wanting:
        return
    ids = {order_id for _pk, _kind, payload, _at in facts for order_id in payload["order_ids"]}
    rows = list(Order.objects.filter(pk__in=ids).order_by("pk").values(*outward.COLUMNS))
    masked = {one["id"]: one for one in outward.told(rows)}
    for hook in wanting:
        mine = [(fact, order_id) for fact in facts if ORDERS[fact[1]] in hook.kinds for order_id in fact[2]["order_ids"]]
        mine = [(fact, pk) for fact, pk in mine if pk in masked and queries.within(hook, masked[pk]["shop_id"])]
        told = _in_full(hook, rows, {pk for _fact, pk in mine}, now=now) if hook.is_plain else masked
        for (pk, kind, _payload, at), order_id in mine:
            yield Letter(hook.pk, f"{pk}:{order_id}", ORDERS[kind], told[order_id]["no"], {"order": told[order_id]}, at)


def _in_full(hook: Webhook, rows: Sequence[dict[str, Any]], ids: set[int], *, now: datetime) -> dict[int, dict[str, Any]]:
    """With receivers opened, which is written down: the owner marked this webhook so."""
    people = receiver.reveal(sorted(ids), by=Actor(None, f"Webhook · {hook.name}"), now=now) if ids else {}
    return {one["id"]: one for one in outward.told([row for row in rows if row["id"] in ids], people)}


def _of_parcels(facts: Sequence[Fact], hooks: Sequence[Webhook]) -> Iterable[Letter]:
    wanting = [hook for hook in hooks if "shipment.shipped" in hook.kinds]
    if not facts or not wanting:
        return
    rows = Parcel.objects.filter(pk__in=_named(facts, "parcel_ids")).values(*shipments.COLUMNS)
    told = {row["id"]: shipments.told(row) for row in rows}
    for hook, fact, one in _each(facts, "parcel_ids", told, wanting):
        yield Letter(hook.pk, f"{fact[0]}:{one['id']}", "shipment.shipped", one["order_no"], {"shipment": one}, fact[3])


def _of_refunds(facts: Sequence[Fact], hooks: Sequence[Webhook]) -> Iterable[Letter]:
    wanting = [hook for hook in hooks if "refund.changed" in hook.kinds]
    if not facts or not wanting:
        return
    rows = Refund.objects.filter(pk__in=_named(facts, "refund_ids")).values(*refunds.COLUMNS)
    told = {row["id"]: refunds.told(row) for row in rows}
    for hook, fact, one in _each(facts, "refund_ids", told, wanting):
        yield Letter(hook.pk, f"{fact[0]}:{one['id']}", "refund.changed", one["refund_no"], {"refund": one}, fact[3])


def _named(facts: Sequence[Fact], field: str) -> set[int]:
    return {pk for _pk, _kind, payload, _at in facts for pk in payload[field]}


def _each(
    facts: Sequence[Fact], field: str, told: dict[int, dict[str, Any]], hooks: Sequence[Webhook]
) -> Iterable[tuple[Webhook, Fact, dict[str, Any]]]:
    """Each thing that a fact names, for each webhook that hears of its shop."""
    for hook in hooks:
        for fact in facts:
            for pk in fact[2][field]:
                if pk in told and queries.within(hook, told[pk]["shop_id"]):
                    yield hook, fact, told[pk]


def _of_stock(facts: Sequence[Fact], hooks: Sequence[Webhook], *, now: datetime) -> Iterable[Letter]:
    """All that moved since the last beat in as few messages as it fits into, bundles of moved parts among them. Who hears of one shop
    alone is also told what that shop may show, and hears of it when the shop's rules changed."""
    wanting = [hook for hook in hooks if "stock.changed" in hook.kinds]
    if not facts or not wanting:
        return
    moved = affected(sku_id for _pk, kind, payload, _at in facts if kind == STOCK for sku_id in payload["sku_ids"])
    ruled = {shop_id for _pk, kind, payload, _at in facts if kind == RULES for shop_id in payload["shop_ids"]}
    last, at = facts[-1][0], facts[-1][3]
    for shop_id, mine in _by_only_shop(wanting).items():
        listed = Listing.objects.filter(shop=shop_id, sku__isnull=False).values_list("sku_id", flat=True) if shop_id in ruled else ()
        told = _levels({*moved, *(pk for pk in listed if pk)}, shop_id, now=now)
        for start in range(0, len(told), AT_ONCE):
            part = told[start : start + AT_ONCE]
            for hook in mine:
                yield Letter(hook.pk, f"{last}:stock:{start}", "stock.changed", part[0]["sku"], {"levels": part}, at)


def _by_only_shop(hooks: Sequence[Webhook]) -> dict[int | None, list[Webhook]]:
    """The one shop that a webhook hears of, or None → webhooks."""
    found: dict[int | None, list[Webhook]] = defaultdict(list)
    for hook in hooks:
        found[hook.shop_ids[0] if len(hook.shop_ids) == 1 else None].append(hook)
    return found


def _levels(sku_ids: Collection[int], shop_id: int | None, *, now: datetime) -> list[dict[str, Any]]:
    skus = list(Sku.objects.filter(pk__in=sku_ids).order_by("code").values(*levels.COLUMNS))
    shop = Shop.objects.filter(pk=shop_id).first() if shop_id else None
    return levels.told(skus, None if shop is None else offered(shop, [sku["id"] for sku in skus], now=now))


def _of_shops(facts: Sequence[Fact], hooks: Sequence[Webhook]) -> Iterable[Letter]:
    """What a person must see to: access that ends or ended, and what could not be read."""
    if not facts:
        return
    ids = {pk: _shop_ids(payload) for pk, _kind, payload, _at in facts}
    shops: dict[int, Shop] = Shop.objects.in_bulk({each for some in ids.values() for each in some})
    for hook in hooks:
        for pk, kind, payload, at in facts:
            heard = [shops[each] for each in ids[pk] if each in shops and queries.within(hook, each) and SHOPS[kind] in hook.kinds]
            more = {name: value for name, value in payload.items() if name in {"days", "stream", "numbers"}}
            for shop in heard:
                told: dict[str, Any] = {"shop": {"id": shop.pk, "name": shop.name, "platform": shop.platform}, **more}
                yield Letter(hook.pk, f"{pk}:{shop.pk}", SHOPS[kind], shop.name, told, at)


def _shop_ids(payload: dict[str, Any]) -> Sequence[int]:
    return payload["shop_ids"] if "shop_ids" in payload else [payload["shop_id"]]
