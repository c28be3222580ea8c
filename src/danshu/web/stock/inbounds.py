"""/stock/inbound/: goods that are on their way, bought or sent by another warehouse, and how they arrive."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.core.paging import page
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import Inbound, InboundLine
from danshu.stock.operations.inbound import PARTS
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.stock.acts import LINES, goods_of, place_of, whole

CAME = F("lines__good") + F("lines__defective") + F("lines__inspecting")


@requires("stock.view")
def list_(request: StaffRequest) -> HttpResponse:
    """`?v=done` shows those that are over; else what is on its way, the newest note first."""
    view = "done" if request.GET.get("v") == "done" else ""
    notes = Inbound.objects.select_related("warehouse", "source")
    found = notes.exclude(state=Inbound.State.OPEN) if view else notes.filter(state=Inbound.State.OPEN)
    counted = found.annotate(pieces=Sum("lines__quantity", default=0), came=Sum(CAME, default=0))
    shown = page(counted, ["-id"], request.GET.get("after", ""), 50)
    context = {"nav": "stock", "page": shown, "view": view, "today": clock.local(clock.now()).date()}
    return render(request, "stock/inbounds.html", context)


@requires("stock.edit")
def new(request: StaffRequest) -> HttpResponse:
    """`?kind=transfer` sends goods to another warehouse, else goods are bought."""
    is_transfer = request.GET.get("kind") == "transfer"
    lines, error, status = [(code, "") for code in request.GET.getlist("sku")], "", 200
    if request.method == "POST":
        lines = [pair for pair in zip(request.POST.getlist("code"), request.POST.getlist("quantity"), strict=False) if any(pair)]
        try:
            (pk,) = stock.announce([_draft(request, lines, is_transfer=is_transfer)], by=request.user.actor, now=clock.now())
        except DomainError as refused:
            error, status = str(refused), 422
        else:
            toast(request, _("登记好了，货到了在这里收。"))
            return HttpResponseRedirect(reverse("stock-inbound", args=[pk]))
    context: dict[str, Any] = {
        "nav": "stock", "is_transfer": is_transfer, "places": list(queries.warehouses()), "error": error, "data": request.POST,
        "lines": [*lines, *[("", "")] * max(1, LINES - len(lines))],
    }  # fmt: skip
    return render(request, "stock/inbound_new.html", context, status=status)


def _draft(request: StaffRequest, lines: list[tuple[str, str]], *, is_transfer: bool) -> stock.InboundDraft:
    goods = goods_of([code for code, _text in lines])
    numbers = [whole(text, code) for code, text in lines]
    given = request.POST.get("expected_on", "").strip()
    try:
        expected_on = date.fromisoformat(given) if given else None
    except ValueError:
        raise DomainError(_("预计到货要写成 2026-11-30 这样的日期。"), "stock.date") from None
    return stock.InboundDraft(
        place_of(request.POST.get("warehouse", "")), tuple(zip(goods, numbers, strict=True)),
        source_id=place_of(request.POST.get("source", "")) if is_transfer else None,
        supplier=request.POST.get("supplier", ""), expected_on=expected_on, note=request.POST.get("note", ""),
    )  # fmt: skip


@requires("stock.view")
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    """The note's lines; POST with `do=arrive` takes in `good-<line>` …, with `do=close` calls the rest off."""
    note = get_object_or_404(Inbound.objects.select_related("warehouse", "source"), pk=pk)
    lines = list(note.lines.select_related("sku").order_by("sku__shelf", "sku__code"))
    error, status = "", 200
    if request.method == "POST":
        try:
            toast(request, _do(request, note, lines))
            return HttpResponseRedirect(reverse("stock-inbound", args=[pk]))
        except DomainError as refused:
            error, status = str(refused), 422
    rows = [(line, [(part, f"{part}-{line.pk}", request.POST.get(f"{part}-{line.pk}", "")) for part in _parts(note)]) for line in lines]
    context = {
        "nav": "stock", "note": note, "rows": rows, "error": error, "is_open": note.state == Inbound.State.OPEN, "parts": _parts(note),
        "data": request.POST,
    }  # fmt: skip
    return render(request, "stock/inbound.html", context, status=status)


def _parts(note: Inbound) -> tuple[str, ...]:
    return PARTS if note.source_id else PARTS[:3]  # nothing that was bought gets lost in our own hands


def _do(request: StaffRequest, note: Inbound, lines: list[InboundLine]) -> str:
    if not request.user.may("stock.edit"):
        raise PermissionDenied
    by, now, reason = request.user.actor, clock.now(), request.POST.get("reason", "").strip()
    if request.POST.get("do") == "close":
        rest = stock.call_off([note.pk], by=by, now=now, reason=reason)
        return ngettext("%(no)s 结束了，%(n)d 件不再等。", "%(no)s 结束了，%(n)d 件不再等。", rest) % {"no": note.no, "n": rest}
    pieces = stock.arrive([_arrival(request, note, line) for line in lines], by=by, now=now, reason=reason)
    return ngettext("收了 %(n)d 件。", "收了 %(n)d 件。", pieces) % {"n": pieces}


def _arrival(request: StaffRequest, note: Inbound, line: InboundLine) -> stock.Arrival:
    typed = {part: str(request.POST.get(f"{part}-{line.pk}", "")).strip() for part in _parts(note)}
    return stock.Arrival(line.pk, **{part: whole(text, line.sku.code) for part, text in typed.items() if text})
