"""/stock/check/: counters that are not what ledger and locks say, the orders behind them, and the repair."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from danshu.catalogue import columns
from danshu.catalogue.models import Sku
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.flows import order_stock
from danshu.stock import lags, queries
from danshu.stock import operations as stock
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast


@requires("stock.edit")
def page(request: StaffRequest) -> HttpResponse:
    """GET looks and changes nothing; POST repairs the ticked SKUs (`sku`), or with `all` every difference."""
    if request.method == "POST":
        ids = [int(text) for text in request.POST.getlist("sku") if text.isdecimal() and len(text) < 18]
        if not ids and not request.POST.get("all"):
            raise DomainError(_("没有勾选商品。请勾选要修复的，或点「全部修复」。"), "stock.nothing")
        done = stock.repair([] if request.POST.get("all") else ids, by=request.user.actor, now=clock.now())
        lost = sum(item.is_lost for item in done)
        told = _("修复了 %(n)d 处，其中 %(lost)d 处锁定多于库存，最新的锁定已放弃。") if lost else _("修复了 %(n)d 处。")
        toast(request, told % {"n": len(done), "lost": lost})
        return HttpResponseRedirect(reverse("stock-check"))
    return render(request, "stock/check.html", {"nav": "stock", "found": queries.check(), "lags": _lags()})


def _lags() -> list[tuple[str, lags.Lag | None]]:
    now = clock.now()
    return [
        (_("超时未付：到点 → 释放"), lags.expiries(now)),
        (_("取消：平台取消 → 释放（拉单延迟，释放和取消在同一笔里）"), order_stock.pull_lag(now)),
    ]


@require_POST
@requires("stock.edit")
def buffers(request: StaffRequest, sku_id: int) -> HttpResponse:
    """Fields `kept-<warehouse id>`: how many pieces of this SKU are never sold there."""
    sku = get_object_or_404(Sku, pk=sku_id)
    places = {f"kept-{place.pk}": place.pk for place in queries.warehouses(with_closed=True)}
    given = [(sku.pk, pk, _whole(str(request.POST[name]))) for name, pk in places.items() if str(request.POST.get(name, "")).strip()]
    if given:
        stock.set_buffers(given, by=request.user.actor, now=clock.now())
        toast(request, _("%(code)s 的缓冲改好了。") % {"code": sku.code})
    target = request.POST.get("next", "")
    safe = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(target if safe else reverse("stock-list"))


def _whole(text: str) -> int:
    try:
        return columns.whole(text, _("缓冲"))
    except ValueError as error:
        raise DomainError(_("缓冲没有改：%(why)s。") % {"why": error}, "stock.quantity") from None
