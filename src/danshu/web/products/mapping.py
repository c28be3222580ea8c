"""商品对码: the queue of platform items nobody knows, and how many waiting orders each one holds up."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from danshu.accounts.queries import shops_of
from danshu.catalogue import columns, matching
from danshu.catalogue import operations as catalogue
from danshu.catalogue.codes import clean
from danshu.catalogue.models import Listing
from danshu.catalogue.suggestions import suggest
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.core.paging import capped_count, page
from danshu.orders.models import Order, OrderLine
from danshu.web import typed
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast

VIEWS = {
    "": Q(sku=None, is_ignored=False),
    "mapped": Q(sku__isnull=False),
    "ignored": Q(is_ignored=True),
}
WAITING = ("waiting", "printed", "checked")


@requires("products.view")
def queue(request: StaffRequest) -> HttpResponse:
    """`?v=mapped|ignored`, `?q=` by code, title or spec; newest seen first."""
    view = request.GET.get("v", "") if request.GET.get("v", "") in VIEWS else ""
    shops = shops_of(request.user)
    mine = Listing.objects.all() if shops is None else Listing.objects.filter(shop__in=shops)
    found = mine.filter(VIEWS[view]).select_related("shop", "sku")
    text = request.GET.get("q", "").strip()
    if text:
        found = found.filter(Q(merchant_code__icontains=text) | Q(title__icontains=text) | Q(spec__icontains=text))
    shown = page(found, ["-seen_at", "-id"], request.GET.get("after", ""), 50)
    waiting = waiting_orders([listing.pk for listing in shown.rows])
    hints = suggest(shown.rows) if not view else {}
    context: dict[str, Any] = {
        "nav": "products", "page": shown, "view": view, "q": text, "may_edit": request.user.may("products.edit"),
        "rows": [{"listing": row, "waiting": waiting.get(row.pk, 0), "hints": hints.get(row.pk, [])} for row in shown.rows],
        "open_count": capped_count(mine.filter(VIEWS[""])), "known": _known(hints),
        "held_up": capped_count(held_up(mine.filter(VIEWS[""]))),
    }  # fmt: skip
    response = render(request, "products/_mapping.html" if request.htmx else "products/mapping.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def held_up(listings: QuerySet[Listing]) -> QuerySet[Order]:
    """Open orders that wait for any of these listings."""
    return Order.objects.filter(fulfilment__in=WAITING, lines__sku=None, lines__listing__in=listings).distinct()


def waiting_orders(listing_ids: list[int]) -> dict[int, int]:
    """Listing → open orders that wait for it."""
    lines = OrderLine.objects.filter(listing__in=listing_ids, sku=None, order__fulfilment__in=WAITING).values_list("listing")
    return dict(lines.annotate(Count("order", distinct=True)).order_by())


def _known(hints: dict[int, list[Any]]) -> list[Any]:
    return list({hint.sku_id: hint for some in hints.values() for hint in some}.values())


@requires("products.edit")
def act(request: StaffRequest) -> HttpResponse:
    """`pick=<listing>:<sku>` takes a suggestion; `act=map|ignore|make|unmap` works on all that are checked."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("products-mapping"))
    try:
        toast(request, _do(request))
    except DomainError as refused:
        toast(request, str(refused), error=True)
    query = request.POST.get("query", "")
    return HttpResponseRedirect(reverse("products-mapping") + (f"?{query}" if query else ""))


def _do(request: StaffRequest) -> str:
    by, now = request.user.actor, clock.now()
    listing_id, sku_id = (typed.number(text) for text in request.POST.get("pick", "").partition(":")[::2])
    if listing_id is not None and sku_id is not None:
        mapped = catalogue.map_listings(_mine(request, [listing_id]), sku_id=sku_id, by=by, now=now)
        return _("对上了 %(n)d 个平台商品，等它的订单会自动更新。") % {"n": mapped}
    ids = _mine(request, typed.numbers(request.POST.getlist("listing")))
    if not ids:
        raise DomainError(_("还没有勾选平台商品。"), "mapping.nothing")
    match request.POST.get("act"):
        case "map":
            quantity = _quantity(request.POST.get("quantity", ""))
            mapped = catalogue.map_listings(ids, sku_id=_sku(request.POST.get("code", "")), quantity=quantity, by=by, now=now)
            return _("对上了 %(n)d 个平台商品，等它的订单会自动更新。") % {"n": mapped}
        case "ignore":
            return _("忽略了 %(n)d 个，它们不用发货。") % {"n": catalogue.ignore_listings(ids, by=by, now=now)}
        case "make":
            return _("新建了 %(n)d 款商品并对上。") % {"n": len(catalogue.make_skus(ids, by=by, now=now))}
        case "unmap":
            return _("%(n)d 个平台商品回到待对码。") % {"n": catalogue.unmap_listings(ids, by=by, now=now)}
    raise DomainError(_("没有这个动作，请刷新页面。"), "mapping.act")


def _mine(request: StaffRequest, ids: list[int]) -> list[int]:
    """Only listings of shops this person may see."""
    shops = shops_of(request.user)
    found = Listing.objects.filter(pk__in=ids)
    return list((found if shops is None else found.filter(shop__in=shops)).values_list("pk", flat=True))


def _sku(text: str) -> int:
    """Typed, scanned or picked from the list, where the name follows the code."""
    code = clean(text.partition(" · ")[0])
    (hit,) = matching.match([(code, code)])
    if hit.sku_id is None:
        raise DomainError(_("没有找到编码「%(code)s」的商品。请核对，或点「新建商品」。") % {"code": code}, "mapping.unknown")
    return hit.sku_id


def _quantity(text: str) -> int:
    try:
        return columns.whole(text, _("件数"), default=1)
    except ValueError as error:
        raise DomainError(f"{error}。", "mapping.quantity") from None
