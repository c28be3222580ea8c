"""Stock in tables: opening stock and counts come in with a preview; a SKU's ledger goes out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from danshu.catalogue import files, importing
from danshu.catalogue.models import Sku
from danshu.core import clock, runs, tables
from danshu.core.errors import DomainError
from danshu.stock.jobs import import_stock
from danshu.stock.models import LedgerEntry
from danshu.stock.opening import OPENING
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast

MOST_EXPORTED = 100_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires("stock.edit")
def import_(request: StaffRequest) -> HttpResponse:
    """A file goes up, its preview is `?file=<token>`, and a POST with the token starts the job."""
    if request.method == "POST" and (upload := request.FILES.get("file")):
        token = files.keep_table(upload.name or "", upload.chunks())
        return HttpResponseRedirect(f"{reverse('stock-import')}?file={token}")
    if request.method == "POST" and request.POST.get("token"):
        return _start(request, request.POST["token"])
    token = request.GET.get("file", "")
    plan, error = None, ""
    if token:
        try:
            plan = OPENING.plan(files.table(token))
        except DomainError as refused:
            error = str(refused)
    context = {
        "nav": "stock", "title": _("导入库存"), "plan": plan, "token": token, "error": error, "back": reverse("stock-list"),
        "templates": [(_("库存模板"), reverse("stock-import-template"))], "template": "stock/_import_preview.html",
        "explain": _("文件里的数是货架上的实数：没有库存的商品记为期初，有库存的按盘点更新。同一个文件导两次不会加倍。"),
    }  # fmt: skip
    return render(request, "products/import.html", context, status=422 if error else 200)


def _start(request: StaffRequest, token: str) -> HttpResponse:
    path = files.table(token)
    plan = OPENING.plan(path)
    total = len(plan.ready) + len(plan.problems) + plan.unchanged
    by = request.user.actor
    run = runs.start("stock.import", _("导入库存"), total=total, by=by, now=clock.now())
    rejected = reverse("stock-import-rejects", args=[token])
    import_stock.enqueue(run_id=run.pk, path=str(path), actor_id=by.id, actor_name=by.name, result_url=rejected)
    toast(request, ngettext("开始导入 %(n)d 行。", "开始导入 %(n)d 行。", total) % {"n": total})
    return HttpResponseRedirect(f"/jobs/{run.pk}/")


@requires("stock.edit")
def template(request: StaffRequest) -> HttpResponse:  # noqa: ARG001 -- the shape of a view
    """An empty table with an example line."""
    return workbook(_("库存模板"), {str(OPENING.title): [[names[0] for names in OPENING.aliases.values()], *OPENING.sample]})


@requires("stock.edit")
def rejects(request: StaffRequest, token: str) -> FileResponse:  # noqa: ARG001 -- the shape of a view
    """The rows that were not taken, with reasons."""
    path = importing.rejects_of(files.table(token))
    return FileResponse(files.table(path.name).open("rb"), as_attachment=True, filename=_("未导入的行.xlsx"))


@requires("stock.view")
def ledger(request: StaffRequest, sku_id: int) -> HttpResponse:  # noqa: ARG001 -- the shape of a view
    """The ledger of one SKU, oldest first."""
    sku = get_object_or_404(Sku, pk=sku_id)
    return workbook(f"{_('库存流水')}-{sku.code}", {_("库存流水"): _ledger_rows(sku)})


def _ledger_rows(sku: Sku) -> Iterator[list[object]]:
    yield [_("时间"), _("事件"), _("仓库"), _("总库存变动"), _("锁定变动"), _("总库存"), _("锁定"), _("来源"), _("原因"), _("经手")]
    newest = LedgerEntry.objects.filter(sku=sku).select_related("warehouse").order_by("-pk")[:MOST_EXPORTED]
    for entry in reversed(newest):
        yield [
            entry.at, str(entry.get_kind_display()), entry.warehouse.name, entry.on_hand_delta, entry.locked_delta, entry.on_hand_after,
            entry.locked_after, entry.cause_label, entry.reason, entry.actor_name,
        ]  # fmt: skip


def workbook(name: str, sheets: Mapping[str, Iterable[Sequence[object]]]) -> HttpResponse:
    """A workbook as a download."""
    drawn = io.BytesIO()
    tables.write_xlsx(drawn, sheets)
    response = HttpResponse(drawn.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.xlsx") or "attachment"
    return response
