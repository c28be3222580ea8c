"""/stock/sheets/: count sheets, opened for a shelf, counted with a scanner or a thumb, reviewed by somebody who may."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q
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
from danshu.stock.models import CountLine, CountSheet
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.stock.acts import goods_of, place_of, whole

State = CountSheet.State
SHOWN = 300


@requires("stock.edit")
def list_(request: StaffRequest) -> HttpResponse:
    """All sheets, the newest first; a POST opens one."""
    error, status = "", 200
    if request.method == "POST":
        try:
            draft = stock.SheetDraft(place_of(request.POST.get("warehouse", "")), request.POST.get("shelf", ""))
            (pk,) = stock.open_sheets([draft], by=request.user.actor, now=clock.now())
            return HttpResponseRedirect(reverse("stock-sheet", args=[pk]))
        except DomainError as refused:
            error, status = str(refused), 422
    differs = Q(lines__counted__isnull=False) & ~Q(lines__counted=F("lines__book"))
    counted = CountSheet.objects.select_related("warehouse").annotate(
        total=Count("lines"), counted=Count("lines", filter=Q(lines__counted__isnull=False)), differing=Count("lines", filter=differs)
    )
    shown = page(counted, ["-id"], request.GET.get("after", ""), 50)
    context = {"nav": "stock", "page": shown, "places": list(queries.warehouses()), "error": error, "data": request.POST}
    return render(request, "stock/sheets.html", context, status=status)


@requires("stock.edit")
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    """The sheet. POST `do`: scan (`code`, and `quantity` to set a number), fill (`counted-<sku>`), hand_in, reopen, cancel, post."""
    sheet = get_object_or_404(CountSheet.objects.select_related("warehouse"), pk=pk)
    error, status = "", 200
    if request.method == "POST":
        try:
            done = _do(request, sheet)
            if done:
                toast(request, done)
            scanned = f"?last={request.POST.get('code', '').strip()}" if request.POST.get("do") == "scan" else ""
            return HttpResponseRedirect(reverse("stock-sheet", args=[pk]) + scanned)
        except DomainError as refused:
            error, status = str(refused), 422
    lines = sheet.lines.select_related("sku")
    sums = lines.aggregate(total=Count("id"), done=Count("id", filter=Q(counted__isnull=False)), differing=Count("id", filter=_differs()))
    only = request.GET.get("v") == "diff" or sheet.state != State.OPEN
    found = lines.filter(_differs()).order_by("sku__shelf", "sku__code") if only else lines.order_by("sku__shelf", "sku__code")
    last = lines.filter(counted_at__isnull=False).order_by("-counted_at", "-id").first() if "last" in request.GET else None
    context = {
        "nav": "stock", "sheet": sheet, "lines": list(found[:SHOWN]), "sums": sums, "only": only, "error": error, "last": last,
        "is_open": sheet.state == State.OPEN, "is_review": sheet.state == State.REVIEW, "may_approve": request.user.may("stock.approve"),
        "data": request.POST,
    }  # fmt: skip
    return render(request, "stock/sheet.html", context, status=status)


def _differs() -> Q:
    return Q(counted__isnull=False) & ~Q(counted=F("book"))


def _do(request: StaffRequest, sheet: CountSheet) -> str:
    by, now, do = request.user.actor, clock.now(), request.POST.get("do", "")
    if do == "scan":
        code, text = request.POST.get("code", "").strip(), request.POST.get("quantity", "").strip()
        (sku_id,) = goods_of([code])
        stock.enter_counts(sheet.pk, [stock.Counted(sku_id, whole(text, code) if text else 1, is_more=not text)], by=by, now=now)
        return ""
    if do == "fill":
        return _fill(request, sheet)
    if do == "post":
        if not request.user.may("stock.approve"):
            raise PermissionDenied
        reason, forced = request.POST.get("reason", "").strip(), "force" in request.POST
        lost = stock.post_sheets([sheet.pk], by=by, now=now, is_forced=forced, reason=reason)
        said = _("%(no)s 入账了，%(lost)d 单失去锁定。") if lost else _("%(no)s 入账了。")
        return said % {"no": sheet.no, "lost": len(lost)}
    steps = {
        "hand_in": (stock.hand_in, _("%(no)s 提交审核了。")), "reopen": (stock.reopen_sheets, _("%(no)s 退回重盘了。")),
        "cancel": (stock.cancel_sheets, _("%(no)s 作废了，库存没有变。")),
    }  # fmt: skip
    if do not in steps:
        raise DomainError(_("不认识这个按钮。请刷新再试。"), "stock.unknown_step")
    step, said = steps[do]
    step([sheet.pk], by=by, now=now)
    return said % {"no": sheet.no}


def _fill(request: StaffRequest, sheet: CountSheet) -> str:
    """Numbers typed into the list; empty fields are left as they are, unchanged ones are not counted anew."""
    before = dict(CountLine.objects.filter(sheet=sheet).values_list("sku_id", "counted"))
    entries = []
    for sku_id, counted in before.items():
        text = str(request.POST.get(f"counted-{sku_id}", "")).strip()
        if text and (number := whole(text, _("实数"))) != counted:
            entries.append(stock.Counted(sku_id, number))
    if entries:
        stock.enter_counts(sheet.pk, entries, by=request.user.actor, now=clock.now())
    return ngettext("记下了 %(n)d 款。", "记下了 %(n)d 款。", len(entries)) % {"n": len(entries)}
