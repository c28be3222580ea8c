"""One order: the drawer beside the list, its own page, the revealed receiver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from danshu.core import clock
from danshu.fulfilment import couriers
from danshu.fulfilment.models import Parcel
from danshu.orders import queries, receiver
from danshu.orders.models import Order
from danshu.orders.queries import SHORT_NO
from danshu.orders.states import Fulfilment, Issue
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import acts, goods, links, progress, refunds, rows
from danshu.web.orders.rows import Row
from danshu.web.shell import address

TABS: dict[str, tuple[str | Promise, str]] = {
    "overview": (gettext_lazy("概览"), "orders/_overview.html"),
    "tracking": (gettext_lazy("物流"), "orders/_tracking.html"),
    "log": (gettext_lazy("操作记录"), "orders/_log.html"),
}
TROUBLES: dict[Issue, tuple[str, str | Promise]] = {
    Issue.UNMAPPED: ("rose", gettext_lazy("有商品没对上自己的商家编码，这部分库存没有锁。")),
    Issue.SHORT: ("rose", gettext_lazy("库存不够。到货入库后会自动锁上，也可以先拆单发有货的部分。")),
    Issue.ADDRESS: ("rose", gettext_lazy("收件地址不全，打印前要补上。")),
    Issue.REFUNDING: ("rose", gettext_lazy("买家在申请退款，先别发货，等售后处理完。")),
    Issue.LATE_JOINER: ("violet", gettext_lazy("打印之后同一收件人又下了单，发货前看看要不要放进一个包裹。")),
    Issue.CHANGED: ("violet", gettext_lazy("打印之后平台上改过地址、备注或商品，发货前核对一遍。")),
    Issue.REJECTED: ("rose", gettext_lazy("运单号和快递对不上，或者在别的单上用过。")),
    Issue.BLOCKED: ("amber", gettext_lazy("平台还在审核、暂停，或者在等成团，现在不能发货。平台放行后这里会自动消失，库存一直留着。")),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    tone: str
    name: str | Promise
    text: str | Promise
    url: str = ""
    action: str | Promise = ""
    is_deed: bool = False  # the action is a form, not a link


def find(request: StaffRequest, no: str) -> Order:
    """The order with this number, if the person may see its shop; the 2 digits of the year may be missing."""
    known = queries.scope(request.user).select_related("shop", "warehouse", "merged_into")
    order = known.filter(no=no).first()
    if order is None and SHORT_NO.fullmatch(no):
        year = clock.local(clock.now()).year % 100
        order = known.filter(no__in=[f"{year:02d}{no}", f"{year - 1:02d}{no}"]).order_by("-id").first()
    if order is None:
        raise Http404(_("没有找到订单 %(no)s。") % {"no": no})
    return order


@require_GET
@requires("orders.view")
@vary_on_headers("HX-Request")
def page(request: StaffRequest, no: str) -> HttpResponse:
    order = find(request, no)
    context = context_of(request, order, is_page=True) | {"nav": "orders"}
    return render(request, "orders/_drawer.html" if request.htmx else "orders/detail.html", context)


@require_POST
@requires("people.reveal")
def reveal(request: StaffRequest, no: str) -> HttpResponse:
    """Open the receiver's data once, for this person, and write it down. Nothing of it reaches a URL, a cache or a message."""
    order = find(request, no)
    opened = receiver.reveal([order.pk], by=request.user.actor, now=clock.now())[order.pk]
    if not request.htmx:
        answer = render(request, "orders/detail.html", context_of(request, order, is_page=True) | {"nav": "orders", "revealed": opened})
    else:
        row = rows.load([order], now=clock.now())[0]
        answer = render(request, "orders/_receiver.html", {"order": order, "row": row, "revealed": opened})
    answer["Cache-Control"] = "no-store"
    return answer


def context_of(request: StaffRequest, order: Order, *, is_page: bool = False) -> dict[str, Any]:
    """Everything the drawer shows. `page` tells the full page from the drawer beside the list."""
    now = clock.now()
    row = rows.load([order], now=now)[0]
    parcels = list(Parcel.objects.filter(order_id=order.merged_into_id or order.pk).order_by("sequence"))
    timeline = queries.timeline(order, couriers={code: str(courier.name) for code, courier in couriers.table().items()})
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "overview"
    group = [other for other in queries.group(order) if other.pk != order.pk]
    may, lines = acts.allowed(request.user), goods.lines([order, *group])
    return {
        "order": order, "row": row, "is_page": is_page, "may": may, "acts": any(may.values()),
        "may_amounts": request.user.may("orders.amounts"), "may_phone": request.user.may("people.reveal"),
        "self_url": self_url(request, order, is_page=is_page), "close_url": links.link(request, keep=links.PLACE),
        "steps": progress.steps(order, row, parcels), "tabs": _tabs(request, tab, len(timeline)),
        "tab_name": TABS[tab][0], "tab_template": TABS[tab][1], "troubles": list(_troubles(row, may)),
        "lines": lines, "may_add_parcel": row.is_open and may["parcel"] and sum(line.quantity for line in lines) > 1,
        "refunds": refunds.shown([order, *group], may_answer=may["refund"]),
        "parcels": progress.boxes(parcels), "timeline": timeline,
        "candidates": _candidates(request, order), "group": group, "couriers": acts.couriers(), "flag_choices": acts.flags(),
        "mistakes": acts.mistakes(order), "print_action": acts.print_url(),
    }  # fmt: skip


def self_url(request: StaffRequest, order: Order, *, is_page: bool) -> str:
    if is_page:
        return reverse("orders-detail", args=[order.no])
    return links.link(request, keep=links.PASSING)


def _tabs(request: StaffRequest, current: str, log_count: int) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "url": links.link(request, keep=links.PASSING, tab=None if key == "overview" else key),
            "is_on": key == current,
            "count": log_count if key == "log" else 0,
        }
        for key, (name, _template) in TABS.items()
    ]


def _troubles(row: Row, may: dict[str, bool]) -> Any:
    if row.order.merged_into_id and row.order.merged_into:
        head = row.order.merged_into
        text = _("跟 %(no)s 装一个包裹，打印和发货都在那一单上做。") % {"no": head.short_no}
        yield Trouble("sky", _("已合单"), text, reverse("orders-detail", args=[head.no]), _("打开那一单"))
    for issue, (tone, said) in TROUBLES.items():
        if not row.order.issues & issue or not row.is_open:
            continue
        if issue is Issue.UNMAPPED and may["map"]:
            yield Trouble(tone, issue.label, said, address("products-mapping"), _("去对码"))
        elif issue is Issue.SHORT and may["merge"] and row.item_count > 1:
            yield Trouble(tone, issue.label, said, reverse("orders-split", args=[row.order.no]), _("拆单"))
        elif issue in {Issue.CHANGED, Issue.LATE_JOINER} and may["print"]:
            yield Trouble(tone, issue.label, said, reverse("orders-bulk-seen"), _("已核对"), is_deed=True)
        elif issue is Issue.REJECTED and may["ship"]:
            yield Trouble(tone, issue.label, said, address("shipping-waybills"), _("去核对"))
        else:
            yield Trouble(tone, issue.label, said)


def _candidates(request: StaffRequest, order: Order) -> list[Order]:
    """Other waiting orders of the same person and address."""
    if not order.merge_hash or order.fulfilment != Fulfilment.WAITING or order.merged_into_id:
        return []
    same = rows.mergeable().filter(Q(merge_hash=order.merge_hash), pk__in=queries.scope(request.user).values("pk"))
    return list(same.exclude(pk=order.pk).order_by("id")[:12])


def goto(order: Order) -> HttpResponse:
    return redirect("orders-detail", order.no)
