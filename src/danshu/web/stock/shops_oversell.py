"""Oversells: each with its timeline, what would have avoided it, and how much to leave unshown from now on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from danshu.accounts import queries as accounts
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.flows import oversell, oversell_keeps
from danshu.flows.oversell import Moment, Replay, Shortfall
from danshu.flows.oversell_keeps import Suggestion
from danshu.stock.models import LedgerEntry
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast

SHOWN = 100
TONES = {"sold": "brand", "locked": "amber", "short": "rose", "pushed": "green", "refused": "rose"}


@dataclass(frozen=True, slots=True)
class Row:
    """One moment as the page tells it; `second` is written to the second."""

    moment: Moment
    second: str
    tone: str
    word: str
    said: str


@dataclass(frozen=True, slots=True)
class Advice:
    """One shop's suggestion, its sum written out."""

    one: Suggestion
    sum: str


@dataclass(frozen=True, slots=True)
class Line:
    """One short line of the order."""

    replay: Replay
    rows: list[Row]
    suggestions: list[Advice]
    lag: str


@requires("stock.view")
def list_(request: StaffRequest) -> HttpResponse:
    found = oversell.shortfalls(accounts.shops_of(request.user), now=clock.now())
    rows = [(shortfall, span(shortfall.lag)) for shortfall in found[:SHOWN]]
    return render(request, "stock/shops_oversell.html", {"nav": "stock", "rows": rows, "more": len(found) > SHOWN})


@requires("stock.view")
def replay(request: StaffRequest, order_id: int) -> HttpResponse:
    mine = accounts.shops_of(request.user)
    found = oversell.shortfalls(mine, now=clock.now(), order_id=order_id)
    if not found:
        raise Http404
    lines = [_line(shortfall, mine) for shortfall in found]
    return render(request, "stock/shops_replay.html", {"nav": "stock", "order": found[0].order, "lines": lines})


def _line(shortfall: Shortfall, mine: list[int] | None) -> Line:
    """What other people's shops sold is told without their names and orders."""
    told = oversell.replay(shortfall)
    rows = [_row(moment, mine) for moment in told.moments]
    found = oversell_keeps.suggestions(shortfall.line.sku_id or 0, now=clock.now()) if mine is None else []
    return Line(told, rows, [Advice(one, _sum(one)) for one in found], span(shortfall.lag))


def _sum(one: Suggestion) -> str:
    said = _("%(shop)s %(span)s里最多卖 %(n)d 件")
    return " + ".join(said % {"shop": other.shop.name, "span": span(other.lag), "n": other.pieces} for other in one.others)


def span(seconds: int) -> str:
    """A stretch of time as people say it, never shorter than it is."""
    if seconds < 120:
        return ngettext("%(n)d 秒", "%(n)d 秒", seconds) % {"n": seconds}
    if seconds < 7200:
        return _("%(n)d 分钟") % {"n": -(-seconds // 60)}
    return _("%(n)d 小时") % {"n": -(-seconds // 3600)}


def _row(moment: Moment, mine: list[int] | None) -> Row:
    words: dict[str, str] = {
        "sold": _("卖出"),
        "locked": _("收到并锁定"),
        "short": _("缺货"),
        "pushed": _("推送"),
        "refused": _("推送没成"),
    }
    kinds = dict(LedgerEntry.Kind.choices)
    is_theirs = mine is not None and (moment.shop is None or moment.shop.pk not in mine)
    label = "" if is_theirs else moment.label
    if moment.what in {"pushed", "refused"}:
        said = _("显示 %(n)d") % {"n": moment.left or 0}
    elif moment.left is None:
        said = _("%(n)d 件") % {"n": moment.pieces}
    else:
        said = _("%(n)+d，剩 %(left)d") % {"n": -moment.pieces if moment.what == "locked" else moment.pieces, "left": moment.left}
    who = "" if is_theirs or moment.shop is None else moment.shop.name
    return Row(
        moment, _second(moment.at), TONES.get(moment.what, "grey"), words.get(moment.what) or str(kinds.get(moment.what, moment.what)),
        " · ".join(part for part in (who, label, said) if part),
    )  # fmt: skip


def _second(moment: datetime) -> str:
    return clock.local(moment).strftime("%m-%d %H:%M:%S")


@require_POST
@requires("settings.shops")
def keep(request: StaffRequest) -> HttpResponse:
    """`sku`, `shop` (any number): keep back what is suggested, from now on. `next` is the replay it came from."""
    mine = accounts.shops_of(request.user)
    numbers: dict[str, Any] = {
        name: [int(t) for t in request.POST.getlist(name) if t.isdecimal() and len(t) < 18] for name in ("sku", "shop")
    }
    shop_ids = [pk for pk in numbers["shop"] if mine is None or pk in mine]
    if not numbers["sku"] or not shop_ids:
        raise DomainError(_("没有选店铺。请勾选要留底的店铺。"), "stock.nothing")
    count = oversell_keeps.apply(numbers["sku"][0], shop_ids, by=request.user.actor, now=clock.now())
    toast(request, ngettext("%(n)d 个商品按建议留底了。", "%(n)d 个商品按建议留底了。", count) % {"n": count})
    return HttpResponseRedirect(reverse("stock-shops-sku", args=[numbers["sku"][0]]))
