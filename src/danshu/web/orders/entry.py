"""Orders entered by hand, and the split form: both keep what was typed when the house says no."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import F, Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from danshu.catalogue.models import Sku
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.stock.models import Balance
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import detail, goods, listing
from danshu.web.orders.forms import EntryForm, lines, wants
from danshu.web.shell import toast

HITS = 12


@require_http_methods(["GET", "POST"])
@requires("orders.edit")
def new(request: StaffRequest) -> HttpResponse:
    """An own entry point: what is not in stock is refused with the number that is left."""
    data = request.POST if request.method == "POST" else None
    form, rows = EntryForm(data, listing.shops(request.user)), wants(data)
    error = ""
    if data is not None and form.is_valid():
        drafted = lines(rows)
        if drafted:
            try:
                (pk,) = orders.create_manual([form.draft(drafted)], by=request.user.actor, now=clock.now())
            except DomainError as refusal:
                error = refusal.message
            else:
                no = Order.objects.values_list("no", flat=True).get(pk=pk)
                toast(request, _("已建订单 %(no)s，库存已锁定") % {"no": no[2:]})
                return redirect("orders-detail", no)
        elif not any(row.error for row in rows):
            error = _("还没有填商品。至少写一行商家编码和件数。")
    context = {"nav": "orders", "form": form, "wants": rows, "error": error, "may_amounts": request.user.may("orders.amounts")}
    return render(request, "orders/new.html", context, status=422 if data is not None else 200)


@require_GET
@requires("orders.edit")
def skus(request: StaffRequest) -> HttpResponse:
    """A list of goods for the entry form: code, name or barcode contains the text."""
    text = request.GET.get("sku", "").strip()[:60]
    found: list[dict[str, Any]] = []
    if text:
        matches = Sku.objects.filter(Q(code__icontains=text) | Q(name__icontains=text) | Q(barcode=text), is_active=True)
        found = [dict(hit) for hit in matches.order_by("code").values("pk", "code", "name", "spec", "picture")[:HITS]]
        left = dict(
            Balance.objects.filter(sku_id__in=[hit["pk"] for hit in found])
            .values_list("sku_id").annotate(left=Sum(F("on_hand") - F("locked") - F("buffer")))
        )  # fmt: skip
        for hit in found:
            hit["left"] = left.get(hit["pk"])
    return render(request, "orders/_sku_hits.html", {"hits": found, "text": text})


@require_http_methods(["GET", "POST"])
@requires("orders.merge")
def split(request: StaffRequest, no: str) -> HttpResponse:
    """Pieces typed per line become a second order; short lines are offered whole."""
    order = detail.find(request, no)
    shown = goods.lines([order])
    error = ""
    if request.method == "POST":
        shown = [replace(line, wanted=goods.typed(request.POST, line.pk)) for line in shown]
        part = [(line.pk, line.wanted) for line in shown if line.wanted]
        try:
            (new_id,) = orders.split(order.pk, [part], by=request.user.actor, now=clock.now())
        except DomainError as refusal:
            error = refusal.message
        else:
            made = Order.objects.get(pk=new_id)
            toast(request, _("已拆成 %(first)s 和 %(second)s") % {"first": order.short_no, "second": made.short_no})
            return redirect("orders-detail", made.no)
    else:
        short = [line for line in shown if line.is_short]
        if len(short) < len(shown):
            shown = [replace(line, wanted=line.quantity if line.is_short else 0) for line in shown]
    context = {"nav": "orders", "order": order, "lines": shown, "error": error}
    return render(request, "orders/split.html", context, status=422 if error else 200)
