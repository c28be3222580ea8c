"""What the catalogue learns and what stock gets or loses reaches the orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from danshu.catalogue.events import ListingsMapped
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment
from danshu.stock import lags
from danshu.stock.events import ReservationsLost, StockArrived


def follow_mapping(events: Sequence[ListingsMapped]) -> None:
    """Lines of these listings know their goods now, and ask for them."""
    orders.remap(sorted({listing_id for event in events for listing_id in event.listing_ids}), by=SYSTEM, now=clock.now())


def pull_lag(now: datetime) -> lags.Lag | None:
    """From a platform's moment of cancelling to our release, in the last seven days: how late we were told, as the release itself stands in
    the same transaction as the cancellation. Two statements."""
    closed = Order.objects.filter(cancelled_at__gte=now - lags.SINCE, fulfilment=Fulfilment.CANCELLED).exclude(source=Order.Source.MANUAL)
    newest = closed.order_by("-cancelled_at").values_list("pk", "cancelled_at")[: lags.MOST]
    cancelled = {pk: moment for pk, moment in newest if moment}
    released = lags.released_at(list(cancelled))
    return lags.of([(at - cancelled[pk]).total_seconds() for pk, at in released.items()])


def fill_short(events: Sequence[StockArrived]) -> None:
    """Short orders get what arrived, the most urgent first."""
    orders.fill_short(sorted({sku_id for event in events for sku_id in event.sku_ids}), by=SYSTEM, now=clock.now())


def note_lost(events: Sequence[ReservationsLost]) -> None:
    """Orders whose goods were taken back ask again, or show that they stand without."""
    for reason in sorted({event.reason for event in events}):
        owners = {owner_id for event in events if event.reason == reason for owner_id in event.owner_ids}
        orders.note_lost(sorted(owners), reason, by=SYSTEM, now=clock.now())
