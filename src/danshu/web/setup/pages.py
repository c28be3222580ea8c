"""/setup/: the first day, step by step, from what is really there."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.accounts.models import User
from danshu.catalogue.models import Listing
from danshu.channels.models import Shop
from danshu.fulfilment.models import Printer
from danshu.orders.models import Order
from danshu.stock.models import Warehouse
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import address


@dataclass(frozen=True, slots=True)
class Step:
    """One task. `count` is what is there already; `left` what still waits."""

    key: str
    name: str | Promise
    hint: str | Promise
    icon: str
    url: str
    verb: str | Promise
    why: str | Promise
    is_done: bool
    count: int = 0
    left: int = 0
    permission: str = ""


@requires("settings.shops")
def home(request: StaffRequest) -> HttpResponse:
    """The steps, and the first that is not done (or `?step=`) with its one button."""
    steps = _steps()
    waiting = [step for step in steps if not step.is_done]
    asked = next((step for step in steps if step.key == request.GET.get("step")), None)
    now = asked or (waiting[0] if waiting else None)
    context = {
        "nav": "settings",
        "steps": steps,
        "now": now,
        "number": steps.index(now) + 1 if now else 0,
        "done": len(steps) - len(waiting),
        "may_now": now is not None and request.user.may(now.permission),
        "next": next((step for step in waiting if step is not now), None),
        "orders_url": address("orders-list"),
    }
    return render(request, "setup/home.html", context)


def _steps() -> list[Step]:
    shops, warehouses = Shop.objects.filter(is_active=True).count(), Warehouse.objects.filter(is_active=True).count()
    has_orders = Order.objects.exists()
    unmapped = Listing.objects.filter(sku=None, is_ignored=False)[:100].count()
    has_listings = Listing.objects.exists()
    printers, people = Printer.objects.count(), User.objects.filter(is_active=True).count()
    return [
        Step(
            "shops", _("店铺与仓库"), _("在哪里卖，从哪里发"), "building-store",
            address("settings-shop-new") + "?next=setup", _("建第一家店"),
            _("每个平台上的每家店建一次，写上默认快递和发货时限。一家店两分钟。"),
            bool(shops and warehouses), shops, permission="settings.shops",
        ),
        Step(
            "orders", _("导入订单"), _("拖入平台导出的表格"), "file-import", address("imports-list"), _("去导入"),
            _("在平台后台导出订单表格，不用改，整个拖进来。单枢认得各平台的列，重复的单不会导两次，导错了可以撤回。"),
            has_orders, permission="import.run",
        ),
        Step(
            "products", _("匹配商品"), _("编码对上才好扣库存"), "package", address("products-mapping"), _("去对码"),
            _("平台商品和库存里的 SKU 对上以后，卖一件扣一件。商家编码一样的已经自动对好。"),
            has_listings and not unmapped, left=unmapped, permission="products.edit",
        ),
        Step(
            "printer", _("连接打印机"), _("热敏 100×180，或普通 A4"), "printer", address("shipping-printers"), _("设置打印机"),
            _("选纸张大小，打一张测试页，按偏差调左右和上下。"), bool(printers), printers, permission="settings.ship",
        ),
        Step(
            "people", _("请同事进来"), _("手机扫码就能用"), "users", address("people-invite"), _("邀请同事"),
            _("给每个人一个链接，角色决定看得到什么：仓库看不到金额和电话。一个人用就跳过。"),
            people > 1, people, permission="settings.people",
        ),
    ]  # fmt: skip
