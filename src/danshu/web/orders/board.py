"""The board: four criteria views side by side, and moving an order from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from danshu.accounts.models import User
from danshu.boards import builtin
from danshu.channels.platforms import PLATFORMS
from danshu.core import clock, paging
from danshu.core.errors import DomainError
from danshu.flows import board as flow
from danshu.orders import queries
from danshu.orders.fields import has_issue
from danshu.orders.models import Order
from danshu.orders.states import Issue
from danshu.web import typed
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import counting, detail, drawn, links, rows, views
from danshu.web.orders.listing import shops
from danshu.web.shell import toast

SIZE = 30
SOON = timedelta(hours=4)
VERY_SOON = timedelta(hours=2)
TONES = {"todo": "amber", "printed": "violet", "shipped": "green", "after": "rose"}
MOVES = {"todo": "ship.print", "printed": "ship.print", "shipped": "ship.send"}  # column → permission; 售后中 is reached by a refund only
QUICK: dict[str, tuple[str | Promise, str]] = {
    "soon": (gettext_lazy("快超时"), "alarm"),
    "short": (gettext_lazy("缺货"), ""),
    "note": (gettext_lazy("有备注"), ""),
}


@dataclass(slots=True)
class Column:
    slug: str
    name: str | Promise
    tone: str
    count: str
    tip: str
    accepts: bool
    is_current: bool
    url: str = ""
    more: str = ""
    empty: str = ""
    cards: list[SafeString] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chip:
    name: str | Promise
    url: str
    count: str
    is_on: bool
    code: str = ""
    icon: str = ""
    is_alarm: bool = False


@require_GET
@requires("orders.view")
@vary_on_headers("HX-Request")
def page(request: StaffRequest) -> HttpResponse:
    """The board. htmx gets the board alone, or with `?column=` the next cards of one column."""
    if request.htmx and request.GET.get("column"):
        return render(request, "orders/_cards.html", _more(request))
    return render(request, "orders/_board.html" if request.htmx else "orders/board.html", _context(request))


def chosen(request: StaffRequest, *, now: datetime) -> QuerySet[Order, Order]:
    """The orders under the board's filters: platform or shop, and one quick chip."""
    found = queries.scope(request.user)
    platform, shop_id, only = narrowed(request)
    if platform:
        found = found.filter(platform=platform)
    if shop_id is not None:
        found = found.filter(shop_id=shop_id)
    return quick(found, only, now) if only else found


def narrowed(request: StaffRequest) -> tuple[str, int | None, str]:
    """The board's filters as the address says them: platform, shop, quick chip."""
    platform, only = request.GET.get("platform", ""), request.GET.get("only", "")
    return platform if platform in PLATFORMS else "", typed.number(request.GET.get("shop", "")), only if only in QUICK else ""


def quick(found: QuerySet[Order, Order], only: str, now: datetime) -> QuerySet[Order, Order]:
    """One of the quick chips: 快超时, 缺货, 有备注."""
    if only == "soon":
        return found.filter(is_ready=True, ship_by__lt=now + SOON)
    if only == "short":
        return found.filter(has_issue(Issue.SHORT.value), is_open=True)
    return found.filter(is_open=True).exclude(buyer_message="")


def _context(request: StaffRequest) -> dict[str, Any]:
    now, user = clock.now(), request.user
    under = chosen(request, now=now)
    columns = {c.slug: under.filter(views.compiled([c.criteria], now=now)) for c in builtin.COLUMNS}
    pages = {c.slug: _page(columns[c.slug], c, "") for c in builtin.COLUMNS}
    loaded = {row.order.pk: row for row in rows.load([o for p in pages.values() for o in p.rows], now=now)}
    counts = counting.counts(_owner(request), counting.ready(_countable(request, columns, now)))
    current = request.GET.get("col", "")
    moves, amounts = movable(user), user.may("orders.amounts")
    board = []
    for i, column in enumerate(builtin.COLUMNS):
        shown = pages[column.slug]
        board.append(
            Column(
                slug=column.slug, name=column.name, tone=TONES.get(column.slug, "grey"), count=counting.shown(counts[column.slug]),
                tip=_tip(column.slug, counts), accepts=column.slug in dict(moves), empty=_empty(column.slug),
                url=links.link(request, col=column.slug),
                is_current=column.slug == current or (i == 0 and current not in columns),
                more=links.link(request, column=column.slug, after=shown.next) if shown.next else "",
                cards=drawn.cards([loaded[o.pk] for o in shown.rows], column=column.slug, moves=moves, may_amounts=amounts),
            )
        )  # fmt: skip
    return {"nav": "board", "board": board, "here": links.here(request),
            "is_filtered": bool(request.GET.keys() & {"platform", "shop", "only"}),
            **_chips(request, counts), **_print(user, counts)}  # fmt: skip


def _page(found: QuerySet[Order, Order], column: builtin.View, after: str) -> paging.Page[Order]:
    """The column's orders after a cursor; cards name no shop."""
    ordering = views.order(column.ordering)
    return paging.page(rows.lean(found, ordering).prefetch_related(None), ordering, after, SIZE)


def movable(user: User) -> list[tuple[str, str]]:
    """(column, label) that the person may move a card to."""
    names = {column.slug: column.name for column in builtin.COLUMNS}
    return [(slug, _("移到「%(name)s」") % {"name": names[slug]}) for slug, code in MOVES.items() if user.may(code)]


def _owner(request: StaffRequest) -> str:
    platform, shop_id, only = narrowed(request)
    return f"board:{counting.owner(request.user)}:{platform}:{shop_id or ''}:{only}"


def _countable(request: StaffRequest, columns: Mapping[str, QuerySet[Order, Order]], now: datetime) -> dict[str, QuerySet[Order, Order]]:
    """Everything the board counts; chips count open orders under nothing but their own filter."""
    scope = queries.scope(request.user)
    open_ = scope.filter(is_open=True, merged_into=None)
    todo = columns["todo"] if "todo" in columns else next(iter(columns.values()))
    today_end = clock.day_bounds(clock.business_day(now))[1]
    return {
        **columns,
        "total": open_,
        "late": todo.filter(ship_by__lt=now),
        "due": todo.filter(ship_by__gte=now, ship_by__lt=now + VERY_SOON),
        "due_today": scope.filter(is_ready=True, fulfilment="waiting", is_held=False, ship_by__lt=today_end),
        **{f"platform:{code}": open_.filter(platform=code) for code in sorted({shop.platform for shop in shops(request.user)})},
        **{f"only:{only}": quick(scope, only, now) for only in QUICK},
    }


def _chips(request: StaffRequest, counts: Mapping[str, int]) -> dict[str, Any]:
    platform, shop, only = (request.GET.get(key, "") for key in ("platform", "shop", "only"))
    platforms = [
        Chip(
            PLATFORMS[code].name,
            links.link(request, platform=None if code == platform else code),
            counting.shown(counts[key]),
            code == platform,
            code,
        )
        for key in counts
        if key.startswith("platform:") and (code := key.removeprefix("platform:")) in PLATFORMS
    ]
    quick = [
        Chip(name, links.link(request, only=None if value == only else value), counting.shown(counts[f"only:{value}"]), value == only,
             icon=icon, is_alarm=value == "soon" and bool(counts[f"only:{value}"]))
        for value, (name, icon) in QUICK.items()
    ]  # fmt: skip
    picked = next((s for s in shops(request.user) if str(s.pk) == shop), None) if shop else None
    return {"platforms": platforms, "quick": quick, "platform": platform, "shop": picked, "total": counting.shown(counts["total"]),
            "all_url": links.link(request, platform=None, shop=None), "no_shop_url": links.link(request, shop=None)}  # fmt: skip


def _print(user: User, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "may_print": user.may("ship.print"),
        "due_today": counting.shown(counts["due_today"]),
        "print_url": f"{reverse('shipping-print')}?v=due-today",
    }


def _tip(slug: str, counts: Mapping[str, int]) -> str:
    if slug == "todo" and counts["late"]:
        return ngettext("%(n)s 单已超时", "%(n)s 单已超时", counts["late"]) % {"n": counting.shown(counts["late"])}
    if slug == "todo":
        soon = ngettext("%(n)s 单将在 2 小时内超时", "%(n)s 单将在 2 小时内超时", counts["due"])
        return soon % {"n": counting.shown(counts["due"])} if counts["due"] else _("2 小时内没有要超时的")
    return {"printed": _("等待打包扫描"), "shipped": _("按发货时间"), "after": _("退款先处理")}.get(slug, "")


def _empty(slug: str) -> str:
    return {"todo": _("没有待处理的订单"), "printed": _("没有等着打包的"), "shipped": _("还没有发货的"), "after": _("没有售后中的")}.get(
        slug, ""
    )


def _more(request: StaffRequest) -> dict[str, Any]:
    """The next cards of one column."""
    now, user = clock.now(), request.user
    column = next((c for c in builtin.COLUMNS if c.slug == request.GET.get("column")), builtin.COLUMNS[0])
    found = chosen(request, now=now).filter(views.compiled([column.criteria], now=now))
    shown = _page(found, column, request.GET.get("after", ""))
    loaded = rows.load(shown.rows, now=now)
    cards = drawn.cards(loaded, column=column.slug, moves=movable(user), may_amounts=user.may("orders.amounts"))
    more = links.link(request, column=column.slug, after=shown.next) if shown.next else ""
    return {"column": {"cards": cards, "more": more, "empty": _empty(column.slug)}}


@require_POST
@requires("ship.print")
def move(request: StaffRequest, no: str) -> HttpResponse:
    """Move one order to the column `to`: the card's button, its menu, a drag, a swipe, and the undo of each.

    A page gets itself back with a toast, a script the toast alone; its status says whether the card goes back.
    """
    order = detail.find(request, no)
    to = request.POST.get("to") or request.GET.get("to", "")
    if not request.user.may(MOVES.get(to, "ship.print")):
        raise DomainError(_("你的角色没有这项权限。需要的话请老板在「人员」里调整。"), "access.denied", details={"code": MOVES[to]})
    try:
        before = flow.move([order.pk], to, by=request.user.actor, now=clock.now())[order.pk]
    except DomainError as error:
        if request.htmx:
            raise
        toast(request, error.message, error=True)
        return links.back(request, "orders-board")
    name = next((str(c.name) for c in builtin.COLUMNS if c.slug == to), to)
    undo = f"{reverse('orders-move', args=[order.no])}?to={before}" if before in MOVES and before != to else None
    toast(request, _("%(no)s 移到「%(column)s」") % {"no": order.short_no, "column": name}, undo)
    return HttpResponse() if request.htmx else links.back(request, "orders-board")
