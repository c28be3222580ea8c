"""Facts reach programs outside: read as they come (`core/following.py`), told to each webhook that wants them, once.

Nobody is woken by the facts themselves: a house without webhooks pays nothing for them, and one with webhooks nothing while it locks
stock. A message shows the present state, as a receiver that reads it a little later would find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from danshu.catalogue.models import Sku
from danshu.core import clock, following, jobs, preferences
from danshu.core.actor import Actor
from danshu.core.following import Fact
from danshu.core.reactions import kind_of
from danshu.flows.stock_sync_numbers import affected
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
PARCELS, REFUNDS, STOCK = kind_of(ParcelsShipped), kind_of(RefundsChanged), kind_of(StockChanged)
FOLLOWED = [*ORDERS, PARCELS, REFUNDS, STOCK]
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
        _of_stock([fact for fact in facts if fact[1] == STOCK], hooks),
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


def _of_stock(facts: Sequence[Fact], hooks: Sequence[Webhook]) -> Iterable[Letter]:
    """All that moved since the last beat in as few messages as it fits into, bundles of moved parts among them."""
    wanting = [hook for hook in hooks if "stock.changed" in hook.kinds]
    if not facts or not wanting:
        return
    moved = affected(sku_id for _pk, _kind, payload, _at in facts for sku_id in payload["sku_ids"])
    skus = list(Sku.objects.filter(pk__in=moved).order_by("code").values(*levels.COLUMNS))
    told = levels.told(skus)
    last, at = facts[-1][0], facts[-1][3]
    for start in range(0, len(told), AT_ONCE):
        part = told[start : start + AT_ONCE]
        for hook in wanting:
            yield Letter(hook.pk, f"{last}:stock:{start}", "stock.changed", part[0]["sku"], {"levels": part}, at)
