"""The product list, the form of one SKU, and its picture."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from danshu.catalogue import files, queries
from danshu.catalogue import operations as catalogue
from danshu.catalogue.codes import loose
from danshu.catalogue.models import BundlePart, Listing, Sku
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.core.paging import capped_count, page
from danshu.stock import queries as stock
from danshu.web import typed
from danshu.web.access import StaffRequest, requires, signed_in
from danshu.web.products.forms import SkuForm, initial
from danshu.web.shell import toast

VIEWS = {"": Q(is_active=True), "bundles": Q(is_active=True, is_bundle=True), "off": Q(is_active=False)}


@requires("products.view")
def list_(request: StaffRequest) -> HttpResponse:
    """`?q=` searches, `?tag=` narrows, `?v=bundles|off`."""
    view = request.GET.get("v", "") if request.GET.get("v", "") in VIEWS else ""
    found = search(Sku.objects.filter(VIEWS[view]), request.GET.get("q", "").strip(), request.GET.get("tag", ""))
    shown = page(found, ["code"], request.GET.get("after", ""), 50)
    ids = [sku.pk for sku in shown.rows]
    free = stock.sellable(ids)
    mapped = dict(Listing.objects.filter(sku__in=ids).values_list("sku").annotate(Count("pk")).order_by())
    parts: dict[int, list[str]] = {}
    for bundle, code, quantity in BundlePart.objects.filter(bundle__in=ids).order_by("pk").values_list("bundle", "part__code", "quantity"):
        parts.setdefault(bundle, []).append(f"{code} × {quantity}")
    context: dict[str, Any] = {
        "nav": "products", "page": shown, "view": view, "q": request.GET.get("q", ""),
        "tag": request.GET.get("tag", ""), "tags": queries.tags(),
        "rows": [_row(sku, free[sku.pk], mapped.get(sku.pk, 0), parts.get(sku.pk, [])) for sku in shown.rows],
        "unmapped": capped_count(Listing.objects.filter(sku=None, is_ignored=False)), "may_cost": request.user.may("products.cost"),
    }  # fmt: skip
    response = render(request, "products/_list.html" if request.htmx else "products/list.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _row(sku: Sku, free: int, mapped: int, parts: list[str]) -> dict[str, Any]:
    return {"sku": sku, "free": f"{free:,}", "mapped": mapped, "parts": parts}


def search(found: QuerySet[Sku], text: str, tag: str) -> QuerySet[Sku]:
    """By code in any spelling, barcode, name or spec; and by tag."""
    if text:
        plain = loose(text)
        by_code = Q(loose_code__contains=plain) if plain else Q()
        found = found.filter(by_code | Q(barcode=text) | Q(name__icontains=text) | Q(spec__icontains=text))
    return queries.tagged(found, tag) if tag else found


@requires("products.edit")
def new(request: StaffRequest) -> HttpResponse:
    """Make a SKU."""
    return _form(request, None)


@requires("products.view")
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a SKU; who may not edit reads it."""
    sku = get_object_or_404(Sku, pk=pk)
    if request.method == "POST" and not request.user.may("products.edit"):
        raise DomainError(_("你的角色不能改商品。需要的话请老板在「人员」里调整。"), "access.denied")
    return _form(request, sku)


def _form(request: StaffRequest, sku: Sku | None) -> HttpResponse:
    may_edit = request.user.may("products.edit")
    with_cost = request.user.may("products.cost")
    form = SkuForm(request.POST or None, request.FILES or None, initial=initial(sku) if sku else None, with_cost=with_cost)
    if request.method == "POST" and form.is_valid() and (saved := _save(request, form, sku)):
        toast(request, _("「%(code)s」存好了。") % {"code": form.cleaned_data["code"]})
        return HttpResponseRedirect(reverse("products-edit", args=[saved]) if "stay" in request.POST else reverse("products-list"))
    context = {
        "nav": "products", "form": form, "sku": sku, "may_edit": may_edit, "listings": _listings(sku),
        "free": stock.sellable([sku.pk])[sku.pk] if sku else 0,
    }  # fmt: skip
    return render(request, "products/edit.html", context, status=422 if request.method == "POST" else 200)


def _save(request: StaffRequest, form: SkuForm, sku: Sku | None) -> int | None:
    try:
        upload = form.cleaned_data.get("picture")
        picture = files.keep_picture(upload) if upload else ""
        return catalogue.save_skus([form.draft(sku, picture)], by=request.user.actor, now=clock.now())[0]
    except DomainError as refused:
        form.add_error("parts" if refused.code == "sku.parts" else None, str(refused))
        return None


def _listings(sku: Sku | None) -> list[Listing]:
    return list(Listing.objects.filter(sku=sku).select_related("shop").order_by("-seen_at")[:50]) if sku else []


@require_POST
@requires("products.edit")
def switch(request: StaffRequest) -> HttpResponse:
    """Put the chosen SKUs on or off sale."""
    ids = typed.numbers(request.POST.getlist("sku"))
    is_active = request.POST.get("to") == "on"
    done = catalogue.switch_skus(ids, is_active=is_active, by=request.user.actor, now=clock.now())
    toast(request, _("%(n)d 款上架了。") % {"n": done} if is_active else _("%(n)d 款停售了。库存和对码都还在。") % {"n": done})
    return HttpResponseRedirect(reverse("products-list"))


@signed_in
def picture(request: StaffRequest, picture: str) -> FileResponse:  # noqa: ARG001 -- the shape of a view
    """A kept picture; its name is its content, so browsers may keep it for good."""
    path = files.picture(picture)
    if path is None:
        raise Http404
    response = FileResponse(path.open("rb"), content_type="image/webp")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
