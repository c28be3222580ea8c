"""/import/: files dropped, looked at, mapped, imported, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from danshu.accounts.queries import shops_of
from danshu.channels.models import ImportBatch, Shop
from danshu.core import clock, paging
from danshu.core.errors import DomainError
from danshu.flows import intake, intake_files
from danshu.web import shell, typed
from danshu.web.access import StaffRequest, requires
from danshu.web.imports import shown
from danshu.web.imports.uploads import on_disk
from danshu.web.shell import toast

MOST_FILES = 30


@requires("import.run")
@require_http_methods(["GET", "POST"])
def batches(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        return _dropped(request)
    page = paging.page(_scope(request).defer("layout", "rejects"), ("-id",), after=request.GET.get("after", ""), size=30)
    context = {"nav": "imports", "page": page, "shops": list(_shops(request)), "url": shell.address("settings-shops")}
    return render(request, "imports/list.html", context)


def _dropped(request: StaffRequest) -> HttpResponse:
    """Every file becomes a preview; what cannot be read says why and does not hold up the others."""
    files = request.FILES.getlist("files")[:MOST_FILES]
    if not files:
        toast(request, _("还没有选文件。请选择平台导出的表格。"), error=True)
        return redirect("imports-list")
    shop = request.POST.get("shop", "")
    made = [batch for upload in files if (batch := _preview(request, upload, typed.number(shop)))]
    return redirect("imports-batch", made[0].pk) if len(made) == 1 == len(files) else redirect("imports-list")


def _preview(request: StaffRequest, upload: UploadedFile[bytes], shop_id: int | None) -> ImportBatch | None:
    name = upload.name or "file"
    try:
        with on_disk(upload) as path:
            return intake.preview(
                path,
                file_name=name,
                shop_id=shop_id,
                shop_ids=shops_of(request.user),
                by=request.user.actor,
                now=clock.now(),
            )
    except DomainError as error:
        toast(request, f"{name}：{error.message}", error=True)
        return None


@requires("import.run")
@require_GET
def batch(request: StaffRequest, batch_id: int) -> HttpResponse:
    return _page(request, _batch(request, batch_id))


@requires("import.run")
@require_POST
def start(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Either look again with the columns as they are now chosen, or import."""
    found = _batch(request, batch_id)
    if found.state != ImportBatch.State.PREVIEW:  # an old tab, or the button twice: the page says how far it is
        return redirect("imports-batch", found.pk)
    meanings = {key[4:]: str(value) for key, value in request.POST.items() if key.startswith("col:")}
    shop = request.POST.get("shop", "")
    if request.POST.get("do") == "look":
        layout, sample = intake.remap(found, meanings)
        return _page(request, found, layout=layout, sample=sample, chosen=shop)
    shop_id = typed.number(shop)
    if shop_id is None or not _shops(request).filter(pk=shop_id).exists():
        return _page(request, found, meanings=meanings, error=_("请先选这份文件属于哪家店铺。"), status=422)
    try:
        intake.confirm(
            found,
            shop_id=shop_id,
            mapping=meanings,
            remember=bool(request.POST.get("remember")),
            by=request.user.actor,
            now=clock.now(),
        )
    except DomainError as error:
        return _page(request, found, meanings=meanings, error=error.message, chosen=shop, status=422)
    return redirect("imports-batch", found.pk)


@requires("import.run")
@require_POST
def withdraw(request: StaffRequest, batch_id: int) -> HttpResponse:
    found = _batch(request, batch_id)
    intake.withdraw(found, by=request.user.actor, now=clock.now())
    toast(request, _("%(name)s 已移走，没有导入任何订单") % {"name": found.file_name})
    return redirect("imports-list")


@requires("import.run")
@require_http_methods(["GET", "POST"])
def undo(request: StaffRequest, batch_id: int) -> HttpResponse:
    found = _batch(request, batch_id)
    if request.method == "POST":
        report = intake.undo(found, by=request.user.actor, now=clock.now())
        done = {"removed": report.removed, "restored": report.restored, "kept": len(report.kept)}
        toast(request, _("已撤销：删除 %(removed)d 单，还原 %(restored)d 单，保留 %(kept)d 单") % done)
        return redirect("imports-batch", found.pk)
    context = {
        "nav": "imports",
        "title": _("撤销导入 %(name)s") % {"name": found.file_name},
        "body": _("这次新增的 %(new)d 单会删除，更新的 %(updated)d 单会还原成导入前的样子。")
        % {"new": found.new_count, "updated": found.updated_count},
        "exceptions": _("已经打印、发货、合单，或被后来的导入改过的订单会保留，并逐单列出原因。"),
        "verb": _("撤销导入"),
        "action": reverse("imports-undo", args=[found.pk]),
        "back": reverse("imports-batch", args=[found.pk]),
        "hidden": {},
    }
    return render(request, "confirm.html", context)


@requires("import.run")
@require_GET
def rejects(request: StaffRequest, batch_id: int) -> FileResponse:
    """The bad rows as a file that can be mended and dropped again."""
    found = _batch(request, batch_id)
    path = intake_files.rejects_of(found.path)
    if not path.exists():
        raise Http404
    name = _("退回的行 %(name)s.xlsx") % {"name": found.file_name.rsplit(".", 1)[0]}
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _page(request: StaffRequest, found: ImportBatch, *, status: int = 200, **preview: Any) -> HttpResponse:
    context: dict[str, Any] = {"nav": "imports", "batch": found, "is_waiting": found.state == ImportBatch.State.PREVIEW}
    if context["is_waiting"]:
        context |= _waiting(request, found, preview)
    else:
        context |= {
            "reasons": shown.reasons(found),
            "has_file": intake_files.rejects_of(found.path).exists(),
        }
    return render(request, "imports/batch.html", context, status=status)


def _waiting(request: StaffRequest, found: ImportBatch, preview: Mapping[str, Any]) -> dict[str, Any]:
    layout = preview.get("layout") or intake.layout_of(found)
    if meanings := preview.get("meanings"):
        layout = layout.remapped(meanings)
    chosen = preview.get("chosen") or str(found.shop_id or "")
    return {
        "layout": layout,
        "columns": shown.columns(layout),
        "meanings": shown.MEANING_GROUPS,
        "sample": preview.get("sample") or found.layout["sample"],
        "shops": _shops(request),
        "chosen": typed.number(chosen),
        "error": preview.get("error", ""),
        "elsewhere": shown.elsewhere(layout.kind),
        "size": shown.size(found.layout.get("size", 0)),
        "confidence": round(layout.confidence * 100),
        "format_name": shown.format_name(layout),
        "used": shown.used(layout),
    }


def _batch(request: StaffRequest, batch_id: int) -> ImportBatch:
    return get_object_or_404(_scope(request), pk=batch_id)


def _scope(request: StaffRequest) -> QuerySet[ImportBatch]:
    """Batches of the shops a person may see, and those of no shop yet that are their own."""
    shops = shops_of(request.user)
    found = ImportBatch.objects.select_related("shop")
    if shops is None:
        return found
    return found.filter(Q(shop__in=shops) | Q(shop=None, actor_id=request.user.pk))


def _shops(request: StaffRequest) -> QuerySet[Shop]:
    allowed = shops_of(request.user)
    shops = Shop.objects.filter(is_active=True).order_by("name")
    return shops if allowed is None else shops.filter(pk__in=allowed)
