"""Reads about what shops show of the stock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from danshu.channels import registry
from danshu.channels.connector_errors import PASSING
from danshu.channels.models import Offer, OfferRule, Shop, ShopConnection, StockPush

STALE_MINUTES = 30
OFTEN = 3  # failures in a row that are one no more


def is_pushed(prefix: str = "") -> Q:
    """Open shops that take stock numbers: their platform does, and they are connected to it. Where a person has to authorise a shop anew it
    still counts: its numbers wait, and it shows that they do. `prefix`: the way to the shop, `shop__`."""
    connected = [ShopConnection.State.CONNECTED, ShopConnection.State.EXPIRING, ShopConnection.State.REFUSED]
    reached = Q(**{f"{prefix}platform__in": registry.open_to_all()}) | Q(**{f"{prefix}connection__state__in": connected})
    return Q(**{f"{prefix}is_active": True, f"{prefix}platform__in": registry.pushing()}) & reached


def pushed_shops() -> list[Shop]:
    return list(Shop.objects.filter(is_pushed()).order_by("pk"))


def pushed_ids(shop_ids: Iterable[int]) -> set[int]:
    """Which of these are among them."""
    return set(Shop.objects.filter(is_pushed(), pk__in=list(shop_ids)).values_list("pk", flat=True))


def rules(shop_ids: Iterable[int]) -> dict[tuple[int, int], OfferRule]:
    """(shop, listing or 0) → rule."""
    return {(rule.shop_id, rule.listing_id): rule for rule in OfferRule.objects.filter(shop__in=list(shop_ids))}


def failing() -> QuerySet[Offer]:
    """Numbers that should be said to a platform and are not taken: it refused them when it was told last, or takes none from the shop at
    all. What is merely on its way is not among them, nor what a platform put off that was busy once or twice."""
    stumbled = Q(shop__shopsync__error_code__gt="") & ~Q(shop__shopsync__error_code__in=PASSING)
    is_blocked = stumbled | Q(shop__shopsync__failures__gte=OFTEN) | Q(shop__connection__state=ShopConnection.State.REFUSED)
    return Offer.objects.filter(is_pushed("shop__"), is_due=True).filter(Q(error_code__gt="") | is_blocked)


def pushes(sku_id: int, shops: QuerySet[Shop], *, size: int) -> list[StockPush]:
    """What these shops were told of the SKU, the latest first."""
    found = StockPush.objects.filter(sku_id=sku_id, shop__in=shops).select_related("shop")
    return list(found.order_by("-at", "-pk")[:size])


def known(offer: Offer) -> int | None:
    """What the platform shows as far as we know: what it was told, or what was read back after that."""
    if offer.read_at is not None and (offer.pushed_at is None or offer.read_at >= offer.pushed_at):
        return offer.shown
    return offer.pushed


def stale_limit(shop: Shop) -> timedelta | None:
    """How long the shop may bring no orders; None = nobody looks. 30 minutes by default where an adapter fetches them, else only
    when somebody set a limit; never for shops that live from files or from our own doors."""
    if registry.takes_orders(shop.platform):
        return None
    minutes = shop.settings.get("stale_minutes", STALE_MINUTES if registry.abilities(shop.platform).can_pull_orders else 0)
    return timedelta(minutes=int(minutes)) or None


def silent_since(shop: Shop, *, now: datetime) -> datetime | None:
    """Since when we do not know what the shop sold, if that is longer than may be: where an adapter pulls orders, from where all were
    seen, so a quiet night counts as heard from and a backlog does not; elsewhere from when it brought some."""
    limit = stale_limit(shop)
    seen = shop.heard_until if registry.abilities(shop.platform).can_pull_orders else None
    last = seen or shop.last_intake_at or shop.created_at
    return last if limit is not None and now - last > limit else None
