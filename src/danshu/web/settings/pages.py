"""/settings/: its first page for each person, and the shops."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from danshu.accounts import queries as accounts
from danshu.channels import connections
from danshu.channels import shops as reads
from danshu.channels.models import Shop
from danshu.channels.operations import shops
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.fulfilment import couriers
from danshu.stock.models import Warehouse
from danshu.web import shell
from danshu.web.access import StaffRequest, requires, signed_in
from danshu.web.settings.forms import ShopForm
from danshu.web.settings.standing import standing
from danshu.web.shell import toast

FIELDS = ("name", "platform", "courier_code", "warehouse_id", "ship_hours", "unpaid_minutes")
WRONG = {
    "shop.name": "name",
    "shop.name_taken": "name",
    "shop.platform": "platform",
    "shop.hours": "ship_hours",
    "shop.minutes": "unpaid_minutes",
}


@signed_in
def home(request: StaffRequest) -> HttpResponse:
    """The first page of the settings that the person may open."""
    entries = [entry for _title, group in shell.SETTINGS for entry in group if entry.key != "jobs"]
    allowed = [entry.url_name for entry in entries if not entry.permission or request.user.may(entry.permission)]
    return redirect(next((url for name in allowed if (url := shell.address(name))), shell.address("people-profile")))


@requires("settings.shops")
def shop_list(request: StaffRequest) -> HttpResponse:
    """Every shop, how it stands with its platform, and what its orders get by default."""
    visible = accounts.shops_of(request.user)
    warehouses = dict(Warehouse.objects.values_list("pk", "name"))
    stands = {one.shop.pk: one for one in connections.health(visible, now=clock.now())}
    known = couriers.table()
    rows = [
        {
            "shop": shop,
            "courier": known[shop.courier_code].name if shop.courier_code in known else "",
            "warehouse": warehouses.get(shop.warehouse_id or 0, ""),
            "standing": standing(shop, stands.get(shop.pk)),
        }
        for shop in reads.visible(visible)
    ]
    return render(request, "settings/shops.html", {"nav": "settings", "rows": rows})


@requires("settings.shops")
@require_http_methods(["GET", "POST"])
def shop_new(request: StaffRequest) -> HttpResponse:
    form = ShopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            [shop] = shops.open_shops([form.draft()], by=request.user.actor, now=clock.now())
        except DomainError as error:
            form.add_error(WRONG.get(error.code), str(error))
        else:
            toast(request, _("店铺「%s」建好了") % shop.name)
            return redirect(_next(request))
    return _form(request, form, None)


@requires("settings.shops")
@require_http_methods(["GET", "POST"])
def shop(request: StaffRequest, shop_id: int) -> HttpResponse:
    one = get_object_or_404(reads.visible(accounts.shops_of(request.user)), pk=shop_id)
    form = ShopForm(request.POST or None, initial={name: getattr(one, name) for name in FIELDS}, fixed_platform=True)
    if request.method == "POST" and form.is_valid():
        try:
            shops.change(shop_id, form.draft(), by=request.user.actor, now=clock.now())
        except DomainError as error:
            form.add_error(WRONG.get(error.code), str(error))
        else:
            toast(request, _("店铺设置已保存"))
            return redirect("settings-shops")
    return _form(request, form, one)


@requires("settings.shops")
@require_POST
def shop_active(request: StaffRequest, shop_id: int) -> HttpResponse:
    """Close a shop or open it again; the toast takes it back."""
    get_object_or_404(reads.visible(accounts.shops_of(request.user)), pk=shop_id)
    active = request.POST.get("active", "1") == "1"
    for one in shops.set_active([shop_id], active=active, by=request.user.actor, now=clock.now()):
        text = _("店铺「%s」启用了") if active else _("店铺「%s」停用了，订单都还在")
        toast(request, text % one.name, None if active else reverse("settings-shop-active", args=[shop_id]))
    return redirect("settings-shops")


def _form(request: StaffRequest, form: ShopForm, one: Shop | None) -> HttpResponse:
    context = {"nav": "settings", "tab": "shop", "form": form, "shop": one, "next": request.GET.get("next", "")}
    return render(request, "settings/shop.html", context, status=422 if form.errors else 200)


def _next(request: StaffRequest) -> str:
    """Back to the list of the first day for those who came from it."""
    return "setup-home" if request.POST.get("next") == "setup" else "settings-shops"
