"""The built-in filters of the stock page: what runs out, and what lies there for nothing."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.catalogue.models import Listing, Sku
from danshu.channels import offers
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.stock.models import Balance, LedgerEntry

SHORT_COVER = 5  # days that what is sellable lasts
MONTH = 30
FREE = F("on_hand") - F("locked") - F("buffer")

VIEWS: dict[str, str | Promise] = {
    "out": _("断货"), "low": _("低于安全库存"), "failed": _("推送失败"), "cover": _("不够 5 天"), "dead": _("滞销"),
}  # fmt: skip


def narrow(found: QuerySet[Sku], view: str, place: int | None, shops: QuerySet[Shop]) -> QuerySet[Sku]:
    """`out`: nothing to sell; `low`: something, but less than the safety stock; `failed`: one of these shops does not take its number;
    `cover`: sold out within five days at the speed of the last 7 or 30 days, whichever is faster; `dead`: on the shelf for 30 days and
    none of it shipped. No warehouse counts below zero."""
    if view not in VIEWS:
        return found
    if view == "failed":
        failing = offers.failing().filter(shop__in=shops, shop__is_active=True).values("listing_id")
        return found.filter(pk__in=_listed().filter(pk__in=failing).values("sku"))
    if view == "dead":
        return _dead(found, place)
    if view == "cover":
        return found.filter(pk__in=_nearly_out(place))
    left = _left(place)
    if view == "out":
        return found.exclude(Exists(left.filter(sku=OuterRef("pk"))))
    low = left.values("sku").annotate(free=Sum(FREE)).filter(free__lt=F("sku__safety_stock"))
    return found.filter(pk__in=low.order_by().values("sku"))


def listed_in(shops: QuerySet[Shop]) -> QuerySet[Shop]:
    """The open ones of these that list any of our goods."""
    return shops.filter(Exists(_listed().filter(shop=OuterRef("pk"))), is_active=True)


def _listed() -> QuerySet[Listing]:
    return Listing.objects.filter(sku__isnull=False, is_ignored=False)


def _left(place: int | None) -> QuerySet[Balance]:
    """Shelves with something to sell: of one warehouse, or of all that are open."""
    left = Balance.objects.filter(warehouse__is_active=True, on_hand__gt=F("locked") + F("buffer"))
    return left.filter(warehouse=place) if place else left


def _nearly_out(place: int | None) -> list[int]:
    """Two statements, each read once from end to end: asked SKU by SKU, the month costs ten times as much."""
    now = clock.now()
    lately = Q(at__gte=now - timedelta(days=7))
    shipped = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.SHIP, at__gte=now - timedelta(days=MONTH)).values("sku")
    sums = shipped.annotate(month=-Sum("on_hand_delta"), week=-Sum("on_hand_delta", filter=lately, default=0)).order_by()
    free = dict(_left(place).values_list("sku").annotate(free=Sum(FREE)).order_by())
    return [
        sku_id
        for sku_id, month, week in sums.values_list("sku", "month", "week").iterator()
        if sku_id in free and (free[sku_id] * 7 < week * SHORT_COVER or free[sku_id] * MONTH < month * SHORT_COVER)
    ]


def _dead(found: QuerySet[Sku], place: int | None) -> QuerySet[Sku]:
    """Whether it was sold is asked before whether it came long ago, which takes longer to find out."""
    since = clock.now() - timedelta(days=MONTH)
    of_it = LedgerEntry.objects.filter(sku=OuterRef("pk")).order_by()
    here = Balance.objects.filter(sku=OuterRef("pk"), on_hand__gt=F("locked"))
    lying = found.filter(Exists(here.filter(warehouse=place) if place else here))
    unsold = lying.exclude(Exists(of_it.filter(kind=LedgerEntry.Kind.SHIP, at__gte=since)))
    return unsold.filter(Exists(of_it.filter(on_hand_delta__gt=0, at__lt=since)))
