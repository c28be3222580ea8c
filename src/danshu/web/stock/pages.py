"""The stock pool: 总 − 锁定 − 缓冲 = 可售 for every SKU, what shops show of it, and the drawer beside it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from danshu.catalogue import queries as catalogue
from danshu.catalogue.codes import loose
from danshu.catalogue.models import Sku
from danshu.channels import offers as channel_offers
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.core.paging import capped_count, page
from danshu.flows import stock_sync
from danshu.stock import queries as stock
from danshu.stock.models import Warehouse
from danshu.web import typed
from danshu.web.access import StaffRequest, requires
from danshu.web.stock import rows
from danshu.web.stock.alerts import VIEWS, listed_in, narrow
from danshu.web.stock.drawer import drawer
from danshu.web.stock.showing import Showing, showing, visible

NAMED = 3  # warehouses whose numbers stand side by side; more are written out where there are pieces


@requires("stock.view")
def list_(request: StaffRequest) -> HttpResponse:
    """`?q=` searches, `?v=` one of `alerts.VIEWS` narrows, `?tag=` to goods that carry it, `?wh=` shows one warehouse, `?open=<code>` opens
    the drawer beside it."""
    context: dict[str, Any] = {"nav": "stock", "drawer": drawer(request)}
    if request.htmx and request.headers.get("HX-Target", "").endswith("drawer-slot"):  # htmx 4 says tag#id
        template = "stock/_drawer.html" if context["drawer"] else "stock/_no_drawer.html"
    else:
        template = "stock/_list.html" if request.htmx else "stock/list.html"
        context |= _list(request)
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _list(request: StaffRequest) -> dict[str, Any]:
    place, view, tag = typed.number(request.GET.get("wh", "")), request.GET.get("v", ""), request.GET.get("tag", "")
    mine = visible(request.user)
    found = search(Sku.objects.filter(is_bundle=False, is_active=True), request.GET.get("q", "").strip())
    shown = page(narrow(catalogue.tagged(found, tag) if tag else found, view, place, mine), ["code"], request.GET.get("after", ""), 50)
    now = clock.now()
    told = showing([sku.pk for sku in shown.rows], mine, now=now)
    places = list(stock.warehouses())
    here = [one for one in places if place in {None, one.pk}]
    side_by_side = [one.pk for one in here] if len(here) <= NAMED else []
    return {
        "page": shown, "view": view, "tag": tag, "tags": catalogue.tags(), "places": places, "q": request.GET.get("q", ""),
        "place": next((one for one in places if one.pk == place), None), "here": here if side_by_side else [],
        "rows": [
            (rows.row(line, side_by_side), told.get(line.sku.pk, Showing()))
            for line in stock.overview(shown.rows, now=now, warehouse_id=place)
        ],
    } | _heads(place, places, mine)  # fmt: skip


def search(found: QuerySet[Sku], text: str) -> QuerySet[Sku]:
    """By code (in any spelling), barcode, name or spec."""
    if not text:
        return found
    plain = loose(text)
    by_code = Q(loose_code__startswith=plain) if plain else Q()
    return found.filter(by_code | Q(barcode=text) | Q(name__icontains=text) | Q(spec__icontains=text) | Q(code__icontains=text))


def _heads(place: int | None, places: list[Warehouse], mine: QuerySet[Shop]) -> dict[str, Any]:
    goods = Sku.objects.filter(is_bundle=False, is_active=True)
    totals = stock.totals()
    by_place = stock.totals_by_warehouse() if len(places) <= NAMED else {}
    return {
        "totals": {name: rows.grouped(number) for name, number in totals.items()},
        "by_place": [(one.name, rows.grouped(by_place.get(one.pk, 0))) for one in places] if by_place else [],
        "sku_count": rows.grouped(capped_count(goods, 100_000)),
        "closed_count": capped_count(Sku.objects.filter(is_bundle=False, is_active=False)),
        "alerts": [(view, name, capped_count(narrow(goods, view, place, mine))) for view, name in VIEWS.items()],
        "shop_count": listed_in(mine).count(),
        "pushes": bool(channel_offers.pushed_ids(mine.values_list("pk", flat=True))), "next_comparison": stock_sync.next_comparison(),
    }  # fmt: skip
