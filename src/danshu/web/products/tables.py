"""Products in tables: import with a preview, export, templates, and the rows that were not taken."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from danshu.catalogue import files, importing, product_tables
from danshu.catalogue.jobs import import_products
from danshu.core import clock, runs
from danshu.core.errors import DomainError
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast


@requires("products.edit")
def import_(request: StaffRequest) -> HttpResponse:
    """A file goes up, its preview is `?kind=&file=<token>`, and a POST with the token starts the job."""
    kind = request.POST.get("kind") or request.GET.get("kind") or "skus"
    importer = product_tables.IMPORTERS.get(kind)
    if importer is None:
        raise Http404
    if request.method == "POST" and (upload := request.FILES.get("file")):
        token = files.keep_table(upload.name or "", upload.chunks())
        return HttpResponseRedirect(f"{reverse('products-import')}?kind={kind}&file={token}")
    if request.method == "POST" and request.POST.get("token"):
        return _start(request, importer, request.POST["token"])
    token, plan, error = request.GET.get("file", ""), None, ""
    if token:
        try:
            plan = importer.plan(files.table(token))
        except DomainError as refused:
            error = str(refused)
    context = {
        "nav": "products", "title": _("导入商品"), "plan": plan, "token": token, "error": error, "kind": kind,
        "back": reverse("products-list"), "templates": _templates(),
        "kinds": [(code, one.title) for code, one in product_tables.IMPORTERS.items()], "template": "products/_import_preview.html",
        "explain": _("列名按意思认，顺序随意。编码已有的更新，没有的新建；文件里没有的列保持原样。"),
    }  # fmt: skip
    return render(request, "products/import.html", context, status=422 if error else 200)


def _templates() -> list[tuple[str, str]]:
    named = product_tables.IMPORTERS.items()
    return [(_("%(kind)s模板") % {"kind": one.title}, reverse("products-import-template", args=[code])) for code, one in named]


def _start(request: StaffRequest, importer: importing.Importer, token: str) -> HttpResponse:
    path = files.table(token)
    plan = importer.plan(path)
    total = len(plan.ready) + len(plan.problems) + plan.unchanged
    by = request.user.actor
    title = _("导入%(kind)s") % {"kind": importer.title}
    run = runs.start("products.import", title, total=total, by=by, now=clock.now())
    rejected = reverse("products-import-rejects", args=[token])
    import_products.enqueue(run_id=run.pk, kind=importer.kind, path=str(path), actor_id=by.id, actor_name=by.name, result_url=rejected)
    toast(request, ngettext("开始导入 %(n)d 行。", "开始导入 %(n)d 行。", total) % {"n": total})
    return HttpResponseRedirect(f"/jobs/{run.pk}/")


@requires("products.edit")
def template(request: StaffRequest, kind: str) -> FileResponse:  # noqa: ARG001 -- the shape of a view
    """An empty table with an example line."""
    importer = product_tables.IMPORTERS.get(kind)
    if importer is None:
        raise Http404
    return _written(importer.template, _("%(kind)s模板") % {"kind": importer.title})


@requires("products.edit")
def rejects(request: StaffRequest, token: str) -> FileResponse:  # noqa: ARG001 -- the shape of a view
    """The rows that were not taken, with reasons."""
    path = importing.rejects_of(files.table(token))
    return FileResponse(files.table(path.name).open("rb"), as_attachment=True, filename=f"{_('未导入的行')}.xlsx")


@requires("products.edit")
def export(request: StaffRequest) -> FileResponse:
    """SKUs, bundles and mappings in one workbook."""
    with_cost = request.user.may("products.cost")
    return _written(lambda path: product_tables.export(path, with_cost=with_cost), _("商品"))


def _written(write: Callable[[Path], None], name: str) -> FileResponse:
    folder = Path(tempfile.mkdtemp(prefix="danshu-"))
    path = folder / "table.xlsx"
    try:
        write(path)
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{name}.xlsx")
    finally:
        path.unlink(missing_ok=True)  # the open file lives on until it is sent
        folder.rmdir()
