"""What the catalogue learned about platform items reaches the orders: goods are known, stock is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from danshu.catalogue.models import BundlePart, Listing
from danshu.core import events
from danshu.core.actor import Actor
from danshu.orders.events import OrdersChanged, OrdersShort
from danshu.orders.models import Order, OrderLine
from danshu.orders.operations import lock
from danshu.orders.operations.chosen import unmapped_orders
from danshu.orders.states import Fulfilment, Issue
from danshu.stock import operations as stock


@transaction.atomic
def remap(listing_ids: Sequence[int], *, by: Actor, now: datetime) -> list[int]:
    """Lines of these listings follow the mapping: all that had no SKU yet, and of waiting orders also those that had another one.

    Open orders ask for their stock, and 未对码 goes where nothing is unmapped any more. Returns the open orders that changed.
    """
    followed = Q(order__fulfilment=Fulfilment.WAITING) | Q(sku=None)
    lines = OrderLine.objects.filter(followed, listing__in=listing_ids).exclude(refund="refunded")
    pieces = F("quantity") * F("listing__quantity")
    differs = ~Q(sku=F("listing__sku")) | Q(sku=None, listing__sku__isnull=False) | Q(sku__isnull=False, listing__sku=None)
    other = lines.filter(differs | (Q(sku__isnull=False) & ~Q(sku_quantity=pieces)) | Q(listing__is_ignored=True))
    found = list(other.values_list("pk", "order_id", "sku_id", "order__is_open"))
    changed = [line_id for line_id, *_ in found]
    skus = Listing.objects.filter(pk__in=listing_ids, sku__isnull=False).values_list("sku_id", flat=True)
    lock.hold([order_id for _, order_id, _, is_open in found if is_open], [pk for pk in skus if pk])
    if held := [line_id for line_id, _, sku_id, is_open in found if sku_id and is_open]:
        stock.release(demand_ids=held, by=by, now=now)
    listing = Listing.objects.filter(pk=OuterRef("listing_id"), is_ignored=False)
    OrderLine.objects.filter(pk__in=changed).update(
        sku_id=Subquery(listing.values("sku_id")[:1]),
        sku_quantity=Coalesce(F("quantity") * Subquery(listing.filter(sku__isnull=False).values("quantity")[:1]), 0),
        is_short=False,
    )
    order_ids = sorted({order_id for _, order_id, _, is_open in found if is_open})
    _mark_unmapped(order_ids, now)
    outcome = lock.lock(order_ids, by=by, now=now)
    lock.reckon(order_ids, now=now)
    if order_ids:
        short = [OrdersShort(outcome.short_ids)] if outcome.short_ids else []
        events.publish(OrdersChanged(tuple(order_ids), "mapping"), *short)
    return order_ids


def _mark_unmapped(order_ids: Sequence[int], now: datetime) -> None:
    bit, still = Issue.UNMAPPED.value, set(unmapped_orders(order_ids))
    Order.objects.filter(pk__in=still).update(issues=F("issues").bitor(bit), updated_at=now)
    Order.objects.filter(pk__in=set(order_ids) - still).update(issues=F("issues").bitand(~bit), updated_at=now)


@transaction.atomic
def fill_short(sku_ids: Sequence[int], *, by: Actor, now: datetime) -> list[int]:
    """Stock arrived of these SKUs: short orders get it by deadline, then by payment. Returns those that lack nothing any more."""
    bundles = BundlePart.objects.filter(part__in=sku_ids).values_list("bundle_id", flat=True)
    wanted = {*sku_ids, *bundles}
    lines = OrderLine.objects.filter(is_short=True, sku__in=wanted, order__is_open=True)
    order_ids = set(lines.values_list("order_id", flat=True))
    if not order_ids:
        return []
    outcome = lock.lock(order_ids, by=by, now=now)
    if outcome.filled_ids:
        events.publish(OrdersChanged(outcome.filled_ids, "stock"))
    return list(outcome.filled_ids)


@transaction.atomic
def note_lost(order_ids: Sequence[int], reason: str, *, by: Actor, now: datetime) -> list[int]:
    """Stock took back what orders held. After a count the open ones ask again, and what nobody has shows as 缺货; an unpaid order
    whose time ran out only stands without goods until it is paid. Returns the orders that are short now."""
    lost = Order.objects.filter(pk__in=order_ids, is_open=True)
    told = list(lost.order_by("pk").values_list("pk", flat=True))
    if not told:
        return []
    outcome = lock.Outcome()
    if reason != "expired":
        outcome = lock.lock(told, by=by, now=now)
    short = [OrdersShort(outcome.short_ids)] if outcome.short_ids else []
    events.publish(OrdersChanged(tuple(told), "stock"), *short)
    return list(outcome.short_ids)
