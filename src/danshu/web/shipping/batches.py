"""/print/batches/<id>/: one press of the button, its papers, reprints, going on after a jam."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.fulfilment import contents, queries
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel, PrintBatch
from danshu.orders import queries as orders
from danshu.web import typed
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.shipping import parts


def _own(request: StaffRequest, batch_id: int) -> PrintBatch:
    """A batch whose parcels the person may see, every one of them."""
    batch = PrintBatch.objects.select_related("printer").filter(pk=batch_id).first()
    if batch is not None and parts.shops(request.user) is not None:
        seen = orders.scope(request.user)
        if batch.members.exclude(parcel__order__in=seen).exists():
            batch = None
    if batch is None:
        raise DomainError(_("没有这个批次，或者里面有你看不到的店铺。"), "batch.not_found")
    return batch


@requires("ship.print")
def batch(request: StaffRequest, batch_id: int) -> HttpResponse:
    found = _own(request, batch_id)
    rows = list(queries.members(found))
    inside = contents.of([row.parcel for row in rows])
    opened = next((row for row in rows if str(row.position) == request.GET.get("open")), rows[0] if rows else None)
    checked = sum(row.parcel.state in (Parcel.State.CHECKED, Parcel.State.SHIPPED) for row in rows)
    template = "shipping/_batch.html" if request.htmx else "shipping/batch.html"
    response = render(
        request,
        template,
        {
            "nav": "print",
            "batch": found,
            "rows": [(row, inside[row.parcel_id]) for row in rows],
            "checked": checked,
            "opened": opened,
            "preview": parts.preview(request.user, opened.parcel, opened.reprint) if opened else None,
            "groups": queries.courier_groups(parts.shops(request.user), now=clock.now()) if not request.htmx else [],
            "batches": queries.batches(clock.business_day(clock.now()))[:6] if not request.htmx else [],
            "may_open": _may_open(request, found),
        },
    )
    response["Vary"] = "HX-Request"
    return response


def _may_open(request: StaffRequest, found: PrintBatch) -> bool:
    return not found.is_plain or request.user.may("people.reveal")


@requires("ship.print")
def papers(request: StaffRequest, batch_id: int) -> HttpResponse:
    """The PDF; `?download` saves it."""
    found = _own(request, batch_id)
    if not _may_open(request, found):
        raise DomainError(_("这批单据印着完整收件信息，你的角色不能打开。"), "access.denied")
    path = Path(settings.MEDIA_ROOT) / found.path
    if found.state != PrintBatch.State.READY or not found.path or not path.exists():
        raise DomainError(_("单据还没有生成好，或已过了 7 天的保存期。可以在批次里重新生成。"), "papers.not_found")
    return parts.pdf(path.read_bytes(), f"{found.no}.pdf", download="download" in request.GET)


@require_POST
@requires("ship.print")
def go_on(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Draw the batch again from a position: after a jam, or when the PDF was swept."""
    found = _own(request, batch_id)
    position = typed.number(request.POST.get("position", "1")) or 0
    fulfilment.continue_batch(found.pk, position, by=request.user.actor, now=clock.now())
    toast(request, _("%(no)s 从第 %(position)s 张继续，不会重复取号。") % {"no": found.no, "position": position})
    return redirect("shipping-batch", found.pk)


@require_POST
@requires("ship.print")
def reprint(request: StaffRequest) -> HttpResponse:
    """Print parcels again; each paper says 补打 n."""
    ids = parts.own_parcels(request.user, parts.chosen(request.POST, "parcel"))
    wanted = request.POST.getlist("paper") or ["label"]
    printer = parts.chosen(request.POST, "printer")
    made = fulfilment.reprint(
        ids, papers=wanted, printer_id=printer[0] if printer else None, plain=False, by=request.user.actor, now=clock.now()
    )
    told = ngettext("%(no)s：补打 %(count)s 张。", "%(no)s：补打 %(count)s 张。", made.parcel_count)
    toast(request, told % {"no": made.no, "count": made.parcel_count})
    return redirect("shipping-batch", made.pk)
