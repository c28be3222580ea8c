"""What hands do with goods: receive, adjust, count, move. One form: a warehouse, lines of code and number, a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from danshu.catalogue import columns, matching
from danshu.catalogue.codes import clean
from danshu.catalogue.models import Sku
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast

LINES = 8


@dataclass(frozen=True, slots=True)
class Act:
    """How one of the forms reads."""

    title: str | Promise
    verb: str | Promise
    number: str | Promise
    help: str | Promise
    needs_reason: bool = False


ACTS = {
    "receive": Act(gettext_lazy("入库"), gettext_lazy("入库"), gettext_lazy("数量"), gettext_lazy("到货后填，数量会加到总库存上。")),
    "adjust": Act(
        gettext_lazy("调整库存"), gettext_lazy("调整"), gettext_lazy("增减"),
        gettext_lazy("少了写负数，例如 -2。已被订单锁定的货不能减掉。"), needs_reason=True,
    ),
    "count": Act(
        gettext_lazy("盘点"), gettext_lazy("按实数更新"), gettext_lazy("实数"), gettext_lazy("写货架上数到的件数，总库存会改成这个数。")
    ),
    "shift": Act(
        gettext_lazy("转区"), gettext_lazy("转区"), gettext_lazy("数量"),
        gettext_lazy("待检和次品不参与可售。抽检、退货质检后，把货转到该在的区；已被订单锁定的货不能转出。"),
    ),
    "move": Act(gettext_lazy("移仓"), gettext_lazy("移仓"), gettext_lazy("数量"), gettext_lazy("只能移没有锁定的货。")),
}  # fmt: skip

BUCKETS = {
    "good": gettext_lazy("良品"), "inspecting": gettext_lazy("待检"), "defective": gettext_lazy("次品"), "scrap": gettext_lazy("报废"),
}  # fmt: skip


@requires("stock.edit")
def act(request: StaffRequest, name: str) -> HttpResponse:
    """`?sku=<code>` fills the first line. A refused form keeps what was typed."""
    if name not in ACTS:
        raise Http404
    lines = [(code, "") for code in request.GET.getlist("sku")]
    error, status = "", 200
    if request.method == "POST":
        lines = [pair for pair in zip(request.POST.getlist("code"), request.POST.getlist("quantity"), strict=False) if any(pair)]
        try:
            done = _do(name, request, lines)
        except DomainError as refused:
            error, status = str(refused), 422
        else:
            toast(request, done)
            return HttpResponseRedirect(reverse("stock-list"))
    context: dict[str, Any] = {
        "nav": "stock", "name": name, "act": ACTS[name], "places": list(queries.warehouses()), "error": error, "data": request.POST,
        "buckets": BUCKETS, "lines": [*lines, *[("", "")] * max(1, LINES - len(lines))],
    }  # fmt: skip
    return render(request, "stock/act.html", context, status=status)


def _do(name: str, request: StaffRequest, lines: Sequence[tuple[str, str]]) -> str:
    if not lines:
        raise DomainError(_("还没有填商品。至少填一行编码和数量。"), "stock.nothing")
    place = place_of(request.POST.get("warehouse", ""))
    goods = goods_of([code for code, _text in lines])
    numbers = [whole(text, code) for code, text in lines]
    reason = request.POST.get("reason", "").strip()[:120]
    by, now = request.user.actor, clock.now()
    pairs = list(zip(goods, numbers, strict=True))
    if name == "count":
        counts = [stock.Count(sku_id, place, number) for sku_id, number in pairs]
        lost = stock.count(counts, by=by, now=now, is_forced="force" in request.POST, reason=reason)
        said = _("盘点了 %(n)d 款，%(lost)d 单失去锁定。") if lost else _("盘点了 %(n)d 款。")
        return said % {"n": len(counts), "lost": len(lost)}
    if name == "move":
        to = place_of(request.POST.get("to", ""))
        moved = stock.move([stock.Transfer(sku_id, place, to, number) for sku_id, number in pairs], by=by, now=now, reason=reason)
        return ngettext("移了 %(n)d 件。", "移了 %(n)d 件。", moved) % {"n": moved}
    if name == "shift":
        source, target = request.POST.get("source", ""), request.POST.get("target", "")
        shifts = [stock.Shift(sku_id, place, number, source, target) for sku_id, number in pairs]
        shifted = stock.shift(shifts, by=by, now=now, reason=reason)
        return ngettext("转区 %(n)d 件。", "转区 %(n)d 件。", shifted) % {"n": shifted}
    pieces = [stock.Piece(sku_id, place, number) for sku_id, number in pairs]
    if name == "adjust":
        return _("库存调整了 %(n)+d 件。") % {"n": stock.adjust(pieces, by=by, now=now, reason=reason)}
    received = stock.receive(pieces, by=by, now=now, reason=reason)
    return ngettext("入库 %(n)d 件。", "入库 %(n)d 件。", received) % {"n": received}


def place_of(text: str) -> int:
    places = {str(place.pk): place.pk for place in queries.warehouses()}
    if text not in places:
        raise DomainError(_("请选一个仓库。没有仓库的话先到设置里建。"), "stock.no_warehouse")
    return places[text]


def goods_of(codes: Sequence[str]) -> list[int]:
    """Typed or scanned: a code in any spelling, or a barcode."""
    hits = matching.match([(clean(code), clean(code)) for code in codes])
    unknown = [code for code, hit in zip(codes, hits, strict=True) if hit.sku_id is None]
    if unknown:
        raise DomainError(_("没有找到这些商品：%(codes)s。请核对编码或条码。") % {"codes": "、".join(unknown[:5])}, "stock.unknown")
    found = [hit.sku_id for hit in hits if hit.sku_id]
    if len(set(found)) < len(found):
        twice = Sku.objects.get(pk=next(pk for pk in found if found.count(pk) > 1))
        raise DomainError(_("%(sku)s 写了两行，请合成一行。") % {"sku": twice.code}, "stock.twice")
    return found


def whole(text: str, code: str) -> int:
    try:
        if not text.strip():
            columns.refuse(_("没有写数量"))
        return columns.whole(text, _("数量"))
    except ValueError as error:
        raise DomainError(_("%(code)s：%(why)s。") % {"code": code, "why": error}, "stock.quantity") from None
