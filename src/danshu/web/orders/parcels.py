"""The boxes of one order: one more when it does not fit into one, and giving one up."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment import queries as parcels
from danshu.fulfilment.models import Parcel
from danshu.orders import queries
from danshu.orders.models import Order
from danshu.web import shell
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import detail, goods
from danshu.web.orders.goods import Line


@require_http_methods(["GET", "POST"])
@requires("ship.print")
def add(request: StaffRequest, no: str) -> HttpResponse:
    """Pieces typed per line go into one more parcel; the first one that is still here keeps the rest."""
    order = detail.find(request, no)
    head = order.merged_into or order
    shown, error = _inside(head), ""
    if request.method == "POST":
        shown = [replace(line, wanted=goods.typed(request.POST, line.pk)) for line in shown]
        wanted = {line.pk: line.wanted for line in shown if line.wanted}
        try:
            made = fulfilment.add_parcel(head.pk, wanted, by=request.user.actor, now=clock.now())
        except DomainError as refusal:
            error = refusal.message
        else:
            shell.toast(request, _("%(no)s 加了包裹 %(n)s。已经打印的单据要补打。") % {"no": head.short_no, "n": made.sequence})
            return _back(request, order)
    words = request.POST if request.method == "POST" else request.GET
    context = {"nav": "orders", "order": order, "lines": shown, "error": error, "next": shell.ours(request, words.get("next", "")),
               "source": parcels.dividable(head.pk), "back": _place(order)}  # fmt: skip
    return render(request, "orders/parcel.html", context, status=422 if error else 200)


@require_POST
@requires("ship.print")
def void(request: StaffRequest, no: str, parcel_id: int) -> HttpResponse:
    """Give up one parcel of this order; what lay in it goes to the others."""
    order = detail.find(request, no)
    box = get_object_or_404(Parcel, pk=parcel_id, order=order.merged_into_id or order.pk)
    try:
        fulfilment.void_parcels([box.pk], by=request.user.actor, now=clock.now(), reason=request.POST.get("reason", "").strip()[:120])
    except DomainError as refusal:
        shell.toast(request, refusal.message, error=True)
    else:
        shell.toast(request, _("%(no)s 的包裹 %(n)s 作废了。") % {"no": box.order.short_no, "n": box.sequence})
    return _back(request, order)


def _inside(head: Order) -> list[Line]:
    have = parcels.inside(head.pk, parcels.dividable(head.pk))
    group = [other for other in queries.group(head) if other.pk != head.pk]
    return [replace(line, quantity=have[line.pk]) for line in goods.lines([head, *group]) if have.get(line.pk)]


def _place(order: Order) -> str:
    return reverse("orders-detail", args=[order.no]) + "?tab=tracking"


def _back(request: StaffRequest, order: Order) -> HttpResponseRedirect:
    return HttpResponseRedirect(shell.ours(request, request.POST.get("next", "")) or _place(order))
