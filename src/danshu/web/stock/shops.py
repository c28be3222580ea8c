"""What each shop shows of the stock: the rules, the numbers of one SKU step by step, and where a platform shows something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from danshu.catalogue import queries as catalogue
from danshu.catalogue.models import Listing, Sku
from danshu.channels import offers as channel_offers
from danshu.channels import registry
from danshu.channels.models import Offer, Shop, ShopSync
from danshu.channels.operations import offer_rules
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.core.paging import page
from danshu.flows import stock_sync
from danshu.stock import queries as stock
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.stock.shops_forms import RuleForm, initial, zero
from danshu.web.stock.shops_steps import summary, told_steps
from danshu.web.stock.showing import Showing, showing, visible


@dataclass(frozen=True, slots=True)
class ShopRow:
    """One shop: its rule, how pushing stands, how many listings differ."""

    shop: Shop
    rule: str
    pushes: bool
    sync: ShopSync | None
    listings: int
    off: int


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One listing: what it should show, what was said, what the platform shows."""

    offer: Offer
    listing: Listing
    label: str


@requires("stock.view")
def list_(request: StaffRequest) -> HttpResponse:
    """`?v=all` shows every listing, otherwise those whose platform shows another number; `?shop=` narrows."""
    mine = visible(request.user)
    view, chosen = request.GET.get("v", ""), request.GET.get("shop", "")
    found = Offer.objects.filter(shop__in=mine, shop__is_active=True).select_related("shop")
    if chosen.isdecimal() and len(chosen) < 18:
        found = found.filter(shop=int(chosen))
    if view != "all":
        found = found.filter(drift_since__isnull=False)
    shown = page(found, ["listing_id"], request.GET.get("after", ""), 50)
    listings = Listing.objects.select_related("sku").in_bulk([offer.listing_id for offer in shown.rows])
    rows = [
        OfferRow(offer, listings[offer.listing_id], stock_sync.label(listings[offer.listing_id]))
        for offer in shown.rows
        if offer.listing_id in listings
    ]
    context = {"nav": "stock", "shops": _shop_rows(mine), "page": shown, "rows": rows, "view": view, "chosen": chosen}
    response = render(request, "stock/_shops.html" if request.htmx else "stock/shops.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _shop_rows(mine: QuerySet[Shop]) -> list[ShopRow]:
    found = list(mine.filter(is_active=True))
    rules = channel_offers.rules([shop.pk for shop in found])
    syncs = ShopSync.objects.in_bulk([shop.pk for shop in found])
    pushed = channel_offers.pushed_ids(shop.pk for shop in found)
    counts: dict[int, tuple[int, int]] = {
        row["shop"]: (row["all"], row["off"])
        for row in Offer.objects.filter(shop__in=found)
        .values("shop")
        .annotate(all=Count("pk"), off=Count("pk", filter=Q(drift_since__isnull=False)))
        .order_by()
    }
    return [
        ShopRow(
            shop, summary(rules.get((shop.pk, 0))), shop.pk in pushed, syncs.get(shop.pk),
            *counts.get(shop.pk, (0, 0)),
        )
        for shop in found
    ]  # fmt: skip


@requires("stock.view")
def sku(request: StaffRequest, sku_id: int) -> HttpResponse:
    """How 总 − 锁定 − 缓冲 = 可售 of one SKU becomes each shop's number."""
    goods = get_object_or_404(Sku, pk=sku_id)
    shown = showing([goods.pk], visible(request.user), now=clock.now()).get(goods.pk, Showing())
    context: dict[str, Any] = {"nav": "stock", "sku": goods, "numbers": told_steps(shown.told)}
    if goods.is_bundle:
        context["parts"], context["sellable"] = _parts(goods)
    else:
        context["line"] = stock.overview([goods], now=clock.now())[0]
    return render(request, "stock/shops_sku.html", context)


def _parts(bundle: Sku) -> tuple[list[dict[str, Any]], int]:
    """The parts of a bundle: how many are free, how many a set takes, how many sets that makes; and the scarcest."""
    needs = catalogue.explode([(bundle.pk, 1)])[0]
    goods = Sku.objects.in_bulk([pk for pk, _each in needs])
    free = stock.sellable([pk for pk, _each in needs])
    made: list[dict[str, Any]] = [{"sku": goods[pk], "free": free[pk], "each": each, "sets": free[pk] // each} for pk, each in needs]
    return made, min((part["sets"] for part in made), default=0)


@requires("settings.shops")
def rule(request: StaffRequest, shop_id: int, listing_id: int = 0) -> HttpResponse:
    """The rule of a shop, or of one of its listings; `drop` gives a listing back to its shop's rule, `zero` has it show nothing until
    then, whatever else its rule says."""
    shop = get_object_or_404(visible(request.user), pk=shop_id)
    listing = get_object_or_404(Listing.objects.select_related("sku"), pk=listing_id, shop=shop) if listing_id else None
    label = stock_sync.label(listing) if listing else ""
    back = _next(request, reverse("stock-shops"))
    by, now = request.user.actor, clock.now()
    if request.method == "POST" and "drop" in request.POST and listing:
        offer_rules.drop_rules([(listing.pk, label)], by=by, now=now)
        toast(request, _("%(what)s 跟随店铺的规则了。") % {"what": label})
        return HttpResponseRedirect(back)
    rules = channel_offers.rules([shop.pk])
    known = rules.get((shop.pk, listing_id)) or rules.get((shop.pk, 0))
    if request.method == "POST" and "zero" in request.POST and listing:
        offer_rules.set_rules([zero(known, shop.pk, listing.pk, label)], by=by, now=now)
        toast(request, _("%(what)s 在这家店置 0 了。恢复时在它的单独规则里点「跟随店铺规则」。") % {"what": label})
        return HttpResponseRedirect(back)
    watches = not listing and not registry.takes_orders(shop.platform)
    limit = channel_offers.stale_limit(shop)
    start = {**initial(known), "stale_minutes": int(limit.total_seconds()) // 60 if limit else 0}
    pushes = bool(channel_offers.pushed_ids([shop.pk]))
    form = RuleForm(request.POST or None, initial=start, watches=watches, pushes=pushes)
    if request.method == "POST" and form.is_valid():
        try:
            offer_rules.set_rules([form.draft(shop.pk, listing_id, label)], by=by, now=now)
            if watches:
                offer_rules.set_stale_limits([(shop.pk, form.cleaned_data["stale_minutes"] or 0)], by=by, now=now)
        except DomainError as refused:
            form.add_error(None, str(refused))
        else:
            toast(request, _("%(what)s 的可售规则改好了。") % {"what": label or shop.name})
            return HttpResponseRedirect(back)
    context = {
        "nav": "stock", "shop": shop, "listing": listing, "label": label, "form": form, "back": back, "pushes": pushes,
        "is_own": (shop.pk, listing_id) in rules,
    }  # fmt: skip
    return render(request, "stock/shops_rule.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@requires("stock.edit")
def push(request: StaffRequest) -> HttpResponse:
    """再推: `listing` (any number), or `shop` for all of a shop that stands in the table of drifts."""
    mine = visible(request.user)
    ids = [int(text) for text in request.POST.getlist("listing") if text.isdecimal() and len(text) < 18]
    found = Listing.objects.filter(shop__in=mine, pk__in=ids)
    chosen = request.POST.get("shop", "")
    if chosen:
        if not (chosen.isdecimal() and len(chosen) < 18):
            raise Http404
        off = Offer.objects.filter(shop__in=mine, shop=int(chosen), drift_since__isnull=False).values("listing_id")
        found = Listing.objects.filter(shop__in=mine, pk__in=off)
    wanted = list(found.values_list("pk", flat=True))
    if not wanted:
        raise DomainError(_("没有要再推的商品。它们可能已经推好了，请刷新看看。"), "stock.nothing")
    count = stock_sync.push_again(wanted, by=request.user.actor, now=clock.now())
    toast(request, ngettext("%(n)d 个商品马上再推一次。", "%(n)d 个商品马上再推一次。", count) % {"n": count})
    return HttpResponseRedirect(_next(request, reverse("stock-shops")))


def _next(request: StaffRequest, default: str) -> str:
    target = request.POST.get("next", "") or request.GET.get("next", "")
    safe = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return target if safe else default
