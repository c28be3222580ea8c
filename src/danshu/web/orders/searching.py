"""The one search box: order number, platform number, waybill number, last four digits, full phone."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from danshu.core import clock
from danshu.orders import queries
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import drawn, rows

MOST = 50


@require_GET
@requires("orders.view")
def page(request: StaffRequest) -> HttpResponse:
    """One hit opens the order, several become a list. A full phone number finds by its blind index and is not shown again."""
    text = request.GET.get("q", "").strip()[:80]
    found = []
    if text:
        matches = queries.find(text, queries.scope(request.user))
        found = list(rows.lean(matches).order_by("-id")[: MOST + 1])
    if len(found) == 1:
        return redirect("orders-detail", found[0].no)
    return render(request, "orders/search.html", _context(request, text, found))


def _context(request: StaffRequest, text: str, found: list[Any]) -> dict[str, Any]:
    amounts = request.user.may("orders.amounts")
    shown = rows.load(found[:MOST], now=clock.now())
    lines = drawn.lines(shown, may_amounts=amounts, may_print=False, print_action="", open_base=f"{reverse('orders-list')}?open=")
    return {
        "nav": "orders", "text": text, "search_text": text, "lines_html": lines, "is_cut": len(found) > MOST,
        "may_amounts": amounts, "may_import": request.user.may("import.run"),
    }  # fmt: skip
