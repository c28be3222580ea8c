"""The order list: views, filters, one page of rows, the drawer beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from danshu.accounts.models import User
from danshu.accounts.queries import shops_of
from danshu.channels.models import Shop
from danshu.core import clock, paging
from danshu.orders import queries
from danshu.orders.models import Order
from danshu.stock.models import Warehouse
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import acts, counting, detail, drawn, links, rows, views
from danshu.web.orders.filters import Filters, chips
from danshu.web.orders.views import View
from danshu.web.shell import address

SIZE = 50
HEAVY = ("receiver_sealed", "custom", "digest")  # columns no list shows


@dataclass(frozen=True, slots=True)
class Tab:
    name: str | Promise
    url: str
    is_on: bool
    is_saved: bool
    is_alarm: bool
    is_first_saved: bool
    count: str | None


@require_GET
@requires("orders.view")
@vary_on_headers("HX-Request", "HX-Target")
def page(request: StaffRequest) -> HttpResponse:
    """The list; with `?open=` also one order beside it. htmx gets only what it swaps: the list or the drawer."""
    target = request.headers.get("HX-Target", "") if request.htmx else ""
    drawer = _drawer(request)
    if "drawer" in target:
        return render(request, "orders/_drawer.html" if drawer else "orders/_nothing.html", drawer)
    context = context_of(request)
    answer = render(request, "orders/_list.html" if request.htmx else "orders/list.html", {**drawer, **context, "drawer": bool(drawer)})
    if target.split("#")[-1] == "orders":  # the whole list was asked for by a filter: its form knows no clean address
        answer["HX-Push-Url"] = context["here"]
    return answer


def selection(user: User, view: View, filters: Filters, *, now: datetime) -> QuerySet[Order, Order]:
    """The orders of a view under filters that this person may see."""
    found = queries.scope(user).filter(views.compiled([view.criteria, *filters.leaves()], now=now))
    return queries.find(filters.text, found) if filters.text else found


def context_of(request: StaffRequest) -> dict[str, Any]:
    now, user = clock.now(), request.user
    known = views.of(user)
    view = views.pick(known, request.GET.get("v", ""))
    filters = Filters.read(request.GET)
    chosen = selection(user, view, filters, now=now)
    shown = paging.page(rows.lean(chosen, view.order), view.order, _cursor(request), SIZE)
    loaded = rows.load(shown.rows, now=now)
    may = acts.allowed(user)
    count, sum_fen = counting.totals(_owner(user, view, filters), chosen)
    start = _start(request, shown, count)
    open_base = _open_base(request)
    lines = drawn.lines(
        loaded, may_amounts=user.may("orders.amounts"), may_print=may["print"], print_action=acts.print_url(), open_base=escape(open_base)
    )
    return {
        "nav": "orders", "lines_html": lines, "view": view, "current": view, "filters": filters, "may": may, "acts": any(may.values()),
        "views": _tabs(request, known, view, now), "here": links.here(request), "query": links.query(request),
        "chips": chips(request, filters, shops(user), list(Warehouse.objects.filter(is_active=True).order_by("priority", "id"))),
        "text_off": links.link(request, q=None), "clear_url": f"{reverse('orders-list')}?v={view.slug}", "export_url": _export(request),
        "by_deadline": view.order[0] == "ship_by",
        "start": start, "end": start + len(loaded) - 1 if start else 0, "total": counting.shown(count) if count else "",
        "sum_fen": sum_fen if count <= counting.CAP else None,
        "next_url": _turn(request, shown.next, start and start + SIZE),
        "previous_url": _turn(request, shown.previous, start and max(1, start - SIZE)), "is_first": not shown.previous,
        "first_url": links.link(request), "empty": _empty(view, filters), "print_action": acts.print_url(),
        "couriers": acts.couriers(), "flag_choices": acts.flags(), "may_amounts": user.may("orders.amounts"),
        "may_save": True, "may_edit": user.may("orders.edit"), "may_import": user.may("import.run"),
    }  # fmt: skip


def shops(user: User) -> list[Shop]:
    found = Shop.objects.filter(is_active=True).order_by("platform", "id")
    ids = shops_of(user)
    return list(found if ids is None else found.filter(pk__in=ids))


def _drawer(request: StaffRequest) -> dict[str, Any]:
    no = request.GET.get("open", "")
    if not no:
        return {}
    order = queries.scope(request.user).select_related("shop", "warehouse", "merged_into").filter(no=no).first()
    if order is None:
        return {}
    return detail.context_of(request, order) | _beside(request, order)


def _beside(request: StaffRequest, order: Order) -> dict[str, str]:
    """Where the orders before and after this one in the list open; they may stand on another page of it."""
    view = views.pick(views.of(request.user), request.GET.get("v", ""))
    chosen = selection(request.user, view, Filters.read(request.GET), now=clock.now())
    names = ("previous_order_url", "next_order_url")
    found = paging.neighbours(chosen.only("no", *(name.lstrip("-") for name in view.order)), view.order, order)
    return {name: links.link(request, keep=links.PLACE, open=one.no) for name, one in zip(names, found, strict=True) if one}


def _cursor(request: StaffRequest) -> str:
    return request.GET.get("after", "")


def _start(request: StaffRequest, shown: paging.Page[Order], count: int) -> int:
    """The position of the first row, from `?at=` where both ends of the list allow it; 0 when it cannot be known.

    Pages are cut by key, so the address carries the number along; a wrong one must not be repeated to people.
    """
    size, is_counted = len(shown.rows), count <= counting.CAP
    if not shown.previous or not size:
        return 1
    if not shown.next and is_counted:
        return max(1, count - size + 1)
    text = request.GET.get("at", "")
    at = int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else 0
    return at if at > 1 and not (is_counted and at + size > count) else 0


def _turn(request: StaffRequest, cursor: str, at: int) -> str:
    return links.link(request, after=cursor, at=at or None) if cursor else ""


def _open_base(request: StaffRequest) -> str:
    words = links.query(request, keep=links.PLACE)
    return f"{request.path}?{words}&open=" if words else f"{request.path}?open="


def _export(request: StaffRequest) -> str:
    words = links.query(request)
    return f"{reverse('orders-export')}?{words}" if words else reverse("orders-export")


def _owner(user: User, view: View, filters: Filters) -> str:
    return f"{counting.owner(user)}:{view.slug}:{hash(repr((view.criteria, filters)))}"


def _tabs(request: StaffRequest, known: list[View], current: View, now: datetime) -> list[Tab]:
    base = counting.owner(request.user)
    everything = Filters()
    queries_of = {view.slug: partial(selection, request.user, view, everything, now=now) for view in known if not view.is_saved}
    counts = counting.counts(base, queries_of)
    tabs = []
    for i, view in enumerate(known):
        url = links.link(request, v=view.slug)
        first = view.is_saved and (i == 0 or not known[i - 1].is_saved)
        count = counting.shown(counts[view.slug]) if view.slug in counts else None
        tabs.append(Tab(view.name, url, view.slug == current.slug, view.is_saved, view.slug in views.ALARMS, first, count))
    return tabs


def _empty(view: View, filters: Filters) -> dict[str, str]:
    if filters.is_any:
        url = f"{reverse('orders-list')}?v={view.slug}"
        return {"title": _("没有符合筛选的订单"), "why": _("换个条件，或者清空筛选看这个视图的全部。"), "url": url, "action": _("清空筛选")}
    if not Order.objects.exists():
        return {
            "title": _("还没有订单"),
            "why": _("把平台导出的订单文件拖进来，几秒就能看到。"),
            "url": address("imports-list"),
            "action": _("导入订单"),
        }
    return {"title": _("「%(view)s」里没有订单") % {"view": view.name}, "why": _("这里的单都处理完了。")}
