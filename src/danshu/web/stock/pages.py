"""The stock pool: 总 − 锁定 − 缓冲 = 可售 for every SKU, and the drawer with its ledger."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from danshu.catalogue.codes import loose
from danshu.catalogue.models import Sku
from danshu.core import clock
from danshu.core.paging import capped_count, page
from danshu.flows import reallocation
from danshu.orders import queries as orders
from danshu.stock import queries as stock
from danshu.stock.models import LedgerEntry
from danshu.web.access import StaffRequest, requires
from danshu.web.stock import rows
from danshu.web.stock.alerts import VIEWS, narrow

TONES = {
    "lock": "amber", "release": "green", "expire": "green", "ship": "grey", "unship": "sky", "receive": "green", "opening": "green",
    "return": "green", "adjust": "violet", "count": "violet", "move_in": "sky", "move_out": "sky", "repair": "rose",
    "expect": "sky", "arrive": "green", "send": "sky", "lose": "rose", "call_off": "grey", "shift": "violet",
}  # fmt: skip


@requires("stock.view")
def list_(request: StaffRequest) -> HttpResponse:
    """`?q=` searches, `?v=` one of `alerts.VIEWS` narrows, `?wh=` shows one warehouse, `?open=<code>` opens the drawer beside it."""
    found = search(Sku.objects.filter(is_bundle=False), request.GET.get("q", "").strip())
    place = _number(request.GET.get("wh"))
    view = request.GET.get("v", "")
    narrowed = narrow(found.filter(is_active=True), view, place)
    shown = page(narrowed, ["code"], request.GET.get("after", ""), 50)
    context: dict[str, Any] = {
        "nav": "stock", "page": shown, "view": view,
        "rows": [rows.row(line) for line in stock.overview(shown.rows, now=clock.now(), warehouse_id=place)],
        "place": place, "places": list(stock.warehouses()), "q": request.GET.get("q", ""), "drawer": _drawer(request),
    }  # fmt: skip
    if request.htmx and request.headers.get("HX-Target", "").endswith("drawer-slot"):  # htmx 4 says tag#id
        template = "stock/_drawer.html" if context["drawer"] else "stock/_no_drawer.html"
    elif request.htmx:
        template = "stock/_list.html"
        context |= _heads(place)
    else:
        template = "stock/list.html"
        context |= _heads(place)
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def search(found: QuerySet[Sku], text: str) -> QuerySet[Sku]:
    """By code (in any spelling), barcode, name or spec."""
    if not text:
        return found
    plain = loose(text)
    by_code = Q(loose_code__startswith=plain) if plain else Q()
    return found.filter(by_code | Q(barcode=text) | Q(name__icontains=text) | Q(spec__icontains=text) | Q(code__icontains=text))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _heads(place: int | None) -> dict[str, Any]:
    goods = Sku.objects.filter(is_bundle=False, is_active=True)
    return {
        "totals": {name: rows.grouped(number) for name, number in stock.totals().items()},
        "sku_count": rows.grouped(capped_count(goods, 100_000)),
        "closed_count": capped_count(Sku.objects.filter(is_bundle=False, is_active=False)),
        "alerts": [(view, name, capped_count(narrow(goods, view, place))) for view, name in VIEWS.items()],
    }


def _drawer(request: StaffRequest) -> dict[str, Any] | None:
    code = request.GET.get("open", "")
    sku = Sku.objects.filter(code=code).first() if code else None
    if sku is None:
        return None
    (line,) = stock.overview([sku], now=clock.now())
    tab = "locks" if request.GET.get("tab") == "locks" else "ledger"
    drawer: dict[str, Any] = {"sku": sku, "line": rows.row(line), "tab": tab, "presale": stock.presale(sku.pk)}
    if tab == "locks":
        drawer["promises"] = stock.promises(sku.pk)
        drawer["locks"] = stock.locks(sku.pk)
        drawer["waiting"] = reallocation.waiting(sku.pk, orders.scope(request.user)) if request.user.may("orders.view") else []
    else:
        entries = stock.ledger(sku.pk, before=_number(request.GET.get("before")), size=41)
        drawer["entries"] = [_entry(entry) for entry in entries[:40]]
        drawer["older"] = entries[39].pk if len(entries) > 40 else None
    return drawer


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    """What moved: pieces on the shelf where they did, else locked ones."""
    said = []
    if entry.on_hand_delta:
        said.append(_("总 %(n)+d") % {"n": entry.on_hand_delta})
    if entry.locked_delta:
        said.append(_("锁定 %(n)+d") % {"n": entry.locked_delta})
    for word, delta in (
        (_("次品 %(n)+d"), entry.defective_delta), (_("待检 %(n)+d"), entry.inspecting_delta),
        (_("采购在途 %(n)+d"), entry.incoming_delta), (_("调拨在途 %(n)+d"), entry.in_transit_delta),
    ):  # fmt: skip
        if delta:
            said.append(word % {"n": delta})
    return {
        "row": entry, "tone": TONES.get(entry.kind, "grey"), "said": " · ".join(said), "change": entry.on_hand_delta - entry.locked_delta,
        "left": rows.grouped(entry.on_hand_after - entry.locked_after),
    }  # fmt: skip
