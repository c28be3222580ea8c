"""/print/waybills/: numbers typed, scanned, taken from blocks or imported."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment import queries, waybill_rejects, waybills
from danshu.web import typed
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.shipping import parts
from danshu.web.shipping.station import courier_choices

SHOWN = 100


@requires("ship.waybill")
def numbers(request: StaffRequest) -> HttpResponse:
    shop_ids = parts.shops(request.user)
    rows = list(queries.numberless(shop_ids)[: SHOWN + 1])
    doubtful = queries.shippable(shop_ids).exclude(warnings=[])[:SHOWN]
    context = {
        "nav": "print",
        "rows": rows[:SHOWN],
        "has_more": len(rows) > SHOWN,
        "doubtful": [(parcel, waybills.say(parcel.warnings)) for parcel in doubtful],
        "couriers": courier_choices(),
        "balances": queries.balances(),
    }
    return render(request, "shipping/waybills.html", context)


@require_POST
@requires("ship.waybill")
def save(request: StaffRequest) -> HttpResponse:
    """Fields `number-<parcel>` and `courier-<parcel>`; empty ones are left alone."""
    given = {name.removeprefix("number-"): text for name, text in request.POST.items() if name.startswith("number-") and str(text).strip()}
    ids = parts.own_parcels(request.user, typed.numbers(list(given)))
    wanted = [fulfilment.Number(pk, str(given[str(pk)]), str(request.POST.get(f"courier-{pk}", ""))) for pk in ids]
    answers = fulfilment.set_waybills(wanted, source="typed", by=request.user.actor, now=clock.now())
    _tell(request, answers)
    return redirect(request.POST.get("next") or "shipping-waybills") if _is_local(request) else redirect("shipping-waybills")


def _is_local(request: StaffRequest) -> bool:
    target = request.POST.get("next", "")
    return target.startswith("/") and not target.startswith("//") and "\\" not in target


def _tell(request: StaffRequest, answers: list[fulfilment.Answer]) -> None:
    done = [answer for answer in answers if answer.ok]
    doubts = [answer for answer in done if answer.warnings]
    if done:
        toast(request, ngettext("%(count)s 个包裹有运单号了。", "%(count)s 个包裹有运单号了。", len(done)) % {"count": len(done)})
    if doubts:
        first = doubts[0]
        told = {"count": len(doubts), "no": first.order_no, "why": "、".join(waybills.say(first.warnings))}
        toast(request, _("%(count)s 个要核对，例如 %(no)s：%(why)s。") % told, error=True)
    for answer in answers:
        if not answer.ok:
            toast(request, f"{answer.order_no} {answer.reason}", error=True)
            break


@require_POST
@requires("ship.waybill")
def take(request: StaffRequest) -> HttpResponse:
    """Numbers from blocks for the ticked parcels, or for all that wait."""
    ids = parts.own_parcels(request.user, parts.chosen(request.POST, "parcel"))
    if request.POST.get("all"):
        ids = list(queries.numberless(parts.shops(request.user)).values_list("pk", flat=True))
    if not ids:
        raise DomainError(_("没有勾选包裹。请勾选要取号的包裹。"), "waybills.nothing")
    _tell(request, fulfilment.take_numbers(ids, by=request.user.actor, now=clock.now()))
    return redirect("shipping-waybills")


@require_POST
@requires("ship.waybill")
def bring(request: StaffRequest) -> HttpResponse:
    """Import the export of a courier's or platform's printing program."""
    upload = request.FILES.get("file")
    if upload is None:
        raise DomainError(_("没有选文件。请选打单软件导出的表格。"), "waybills.file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"numbers{Path(str(upload.name)).suffix.lower()}"
        path.write_bytes(upload.read())
        report = fulfilment.import_waybills(path, shop_ids=parts.shops(request.user), by=request.user.actor, now=clock.now())
    said = [(answer, waybills.say(answer.warnings)) for answer in report.warned]
    rejected = waybill_rejects.keep(report, by=request.user.actor)
    context = {"nav": "print", "report": report, "warned": said, "file_name": upload.name, "rejected": rejected}
    return render(request, "shipping/waybills_imported.html", context)


@requires("ship.waybill")
def rejects(request: StaffRequest, token: str) -> FileResponse:
    """The rows that were not used, with reasons, for the person who imported them."""
    path = waybill_rejects.kept(token, by=request.user.actor)
    if path is None:
        raise Http404(_("这个文件已经清理掉了。请再导入一次。"))
    return FileResponse(path.open("rb"), as_attachment=True, filename=_("没有用上的运单号.xlsx"), headers={"Cache-Control": "no-store"})
