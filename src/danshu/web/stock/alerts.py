"""The built-in filters of the stock page: what runs out, and what lies there for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.catalogue.models import Listing, Sku
from danshu.channels import offers
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.stock.models import Balance, LedgerEntry

SHORT_COVER = 5  # days that what is sellable lasts
MONTH = 30

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
    counted: QuerySet[Any] = _free(found, place)
    if view == "out":
        return counted.filter(free=0)
    if view == "low":
        return counted.filter(free__gt=0, free__lt=F("safety_stock"))
    sold: QuerySet[Any] = counted.annotate(sold_7=_sold(7), sold_30=_sold(MONTH), days_7=F("free") * 7, days_30=F("free") * MONTH)
    return sold.filter(free__gt=0).filter(Q(days_7__lt=F("sold_7") * SHORT_COVER) | Q(days_30__lt=F("sold_30") * SHORT_COVER))


def listed_in(shops: QuerySet[Shop]) -> QuerySet[Shop]:
    """The open ones of these that list any of our goods."""
    return shops.filter(Exists(_listed().filter(shop=OuterRef("pk"))), is_active=True)


def _listed() -> QuerySet[Listing]:
    return Listing.objects.filter(sku__isnull=False, is_ignored=False)


def _free(found: QuerySet[Sku], place: int | None) -> Any:
    left = F("balances__on_hand") - F("balances__locked") - F("balances__buffer")
    open_ = Q(balances__warehouse__is_active=True, balances__on_hand__gt=F("balances__locked") + F("balances__buffer"))
    if place:
        open_ &= Q(balances__warehouse=place)
    summed = Sum(Case(When(open_, then=left), default=0, output_field=IntegerField()))
    return found.annotate(free=Coalesce(summed, Value(0)))


def _shipped(days: int) -> QuerySet[LedgerEntry]:
    since = clock.now() - timedelta(days=days)
    return LedgerEntry.objects.filter(sku=OuterRef("pk"), kind=LedgerEntry.Kind.SHIP, at__gte=since).order_by()


def _sold(days: int) -> Combinable:
    pieces = _shipped(days).values("sku").annotate(n=-Sum("on_hand_delta")).values("n")
    return Coalesce(Subquery(pieces, output_field=IntegerField()), Value(0))


def _dead(found: QuerySet[Sku], place: int | None) -> QuerySet[Sku]:
    here = Balance.objects.filter(sku=OuterRef("pk"), on_hand__gt=F("locked"))
    before = LedgerEntry.objects.filter(sku=OuterRef("pk"), on_hand_delta__gt=0, at__lt=clock.now() - timedelta(days=MONTH))
    lying = Exists(here.filter(warehouse=place) if place else here)
    return found.filter(lying, Exists(before)).exclude(Exists(_shipped(MONTH)))
