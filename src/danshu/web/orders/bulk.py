"""Bulk deeds: up to 20 orders at once, more as a job; each with one answer per order. The drawer uses the same pages for one order."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.flows import bulk
from danshu.flows.bulk import Action
from danshu.fulfilment import couriers
from danshu.orders import queries
from danshu.orders.models import Order
from danshu.orders.states import Flag
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import links, listing, views
from danshu.web.orders.filters import Filters
from danshu.web.shell import toast

AT_ONCE = 20
MOST = 20_000  # of "all orders of this view"; more is refused, not cut
UNDO = {"hold": "unhold", "cancel": "reopen", "merge": "unmerge"}  # what the toast offers
MARKS = re.compile(r"[\s,，、;；]+")  # between tags that are typed in one go
Arguments = dict[str, Any]


def view_of(action: Action) -> Callable[..., HttpResponseBase]:
    """The page of one deed, guarded by the deed's own permission."""

    @require_POST
    @requires(action.permission, *action.others)
    def page(request: StaffRequest) -> HttpResponse:
        return _do(request, action)

    page.__name__ = f"bulk_{action.code}"
    return page


def _do(request: StaffRequest, action: Action) -> HttpResponse:
    now, by = clock.now(), request.user.actor
    chosen = ids(request)
    if not chosen:
        raise DomainError(_("还没有选中订单。先在列表里勾选，再点这里。"), "bulk.nothing")
    if action.code == "split" and len(chosen) == 1:
        return redirect("orders-split", queries.scope(request.user).get(pk=chosen[0]).no)
    arguments = READ.get(action.code, _none)(_form(request))
    if len(chosen) > AT_ONCE:
        run = bulk.start(action, chosen, arguments, by=by, now=now)
        return redirect("jobs-run", run.pk)
    undo = _undo(action, chosen, arguments)
    results = bulk.perform(action, chosen, arguments, by=by, now=now)
    failed = [result for result in results if not result.ok]
    if len(results) == 1 and failed:
        toast(request, failed[0].message, error=True)
        return links.back(request)
    if failed:
        title = str(action.title) % {"count": len(results)}
        context = {"nav": "orders", "title": title, "results": results, "ok_count": len(results) - len(failed), "failed_count": len(failed)}
        return render(request, "orders/bulk.html", context | {"back": request.POST.get("next", "")})
    toast(request, _said(action, results), undo)
    return links.back(request)


def _said(action: Action, results: list[bulk.Result]) -> str:
    if len(results) == 1:
        return f"{results[0].short_no} {action.done}"
    return _("%(count)s 单%(done)s") % {"count": len(results), "done": action.done}


def _form(request: StaffRequest) -> QueryDict:
    """What the form says; a toast's 撤销 says it in its address."""
    return request.POST if "ids" in request.POST or request.POST.get("all") else request.GET


def _undo(action: Action, chosen: list[int], arguments: Arguments) -> str | None:
    """The address that takes the deed back, asked for before it is done."""
    if action.code == "tag":
        return _untag(chosen, arguments)
    back = UNDO.get(action.code)
    return _address(back, chosen) if back else None


def _address(code: str, chosen: list[int], **words: str) -> str:
    return f"{reverse(f'orders-bulk-{code}')}?{urlencode({'ids': ','.join(map(str, chosen)), **words}, safe=',')}"


def _untag(chosen: list[int], arguments: Arguments) -> str | None:
    """Only one tag can be taken back, and only from orders that did not have it before (or did, when it was taken off)."""
    tags, is_added = [*arguments["add"], *arguments["remove"]], bool(arguments["add"])
    if len(tags) != 1:
        return None
    had = dict(Order.objects.filter(pk__in=chosen).values_list("pk", "tags"))
    changed = [pk for pk in chosen if (tags[0] in had.get(pk, ())) is not is_added]
    return _address("tag", changed, **{"remove" if is_added else "add": tags[0]}) if changed else None


def ids(request: StaffRequest) -> list[int]:
    """The chosen orders this person may see: the ticked ones, or with `all` every order of the view and filters in `query`.

    Raises `DomainError("bulk.too_many")` when those are more than `MOST`.
    """
    scope = queries.scope(request.user)
    if request.POST.get("all"):
        words = links.words(request.POST.get("query", ""))
        view = views.pick(views.of(request.user), words.get("v", ""))
        found = listing.selection(request.user, view, Filters.read(words), now=clock.now())
        pks = list(found.order_by("id").values_list("pk", flat=True)[: MOST + 1])
        if len(pks) > MOST:
            told = _("这些筛选下超过 %(most)s 单，一次最多做 %(most)s 单，所以一单也没有动。请缩小付款时间或店铺，分几次做。")
            raise DomainError(told % {"most": f"{MOST:,}"}, "bulk.too_many")
        return pks
    given = request.POST.getlist("ids") or request.GET.get("ids", "").split(",")
    ticked = [int(text) for text in given if text.isdecimal() and len(text) < 18]
    seen = set(scope.filter(pk__in=ticked).values_list("pk", flat=True))
    return [pk for pk in dict.fromkeys(ticked) if pk in seen]


def _none(_form: QueryDict) -> Arguments:
    return {}


def _hold(form: QueryDict) -> Arguments:
    reason = form.get("reason", "").strip()
    if not reason:
        raise DomainError(_("挂起要写原因，别人才知道在等什么。"), "bulk.reason")
    until = _moment(form.get("until", ""))
    if until and until <= clock.now():
        raise DomainError(_("到期时间已经过去了。请选一个以后的时间，或者不填。"), "bulk.until")
    return {"reason": reason[:120], "until": until.isoformat() if until else ""}


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        found = None
    if found is None:
        return None
    return found if found.tzinfo else timezone.make_aware(found, clock.SHANGHAI)


def _courier(form: QueryDict) -> Arguments:
    code = form.get("courier", "")
    if couriers.get(code) is None:
        raise DomainError(_("没有这家快递。请从列表里选一家。"), "bulk.courier")
    return {"courier": code}


def _flag(form: QueryDict) -> Arguments:
    flag = form.get("flag", "")
    if flag not in Flag.values:
        raise DomainError(_("没有这种旗标。"), "bulk.flag")
    return {"flag": flag}


def _tag(form: QueryDict) -> Arguments:
    """`add` and `remove` name tags; `tag` is typed text, and `how` says which of the two it is."""
    typed = [word for word in MARKS.split(form.get("tag", "")) if word] if form.get("how") else []
    add, remove = ([word.strip() for word in form.getlist(name) if word.strip()] for name in ("add", "remove"))
    taken_off = form.get("how") == "remove"
    found = {"add": add if taken_off else [*add, *typed], "remove": [*remove, *typed] if taken_off else remove}
    if not any(found.values()):
        raise DomainError(_("还没有写标签。写上标签，再点加上或去掉。"), "bulk.tag")
    return found


def _memo(form: QueryDict) -> Arguments:
    return {"memo": form.get("memo", "").strip()[:500]}


def _urgent(form: QueryDict) -> Arguments:
    return {"urgent": bool(form.get("urgent"))}


def _cancel(form: QueryDict) -> Arguments:
    return {"reason": form.get("cancel_reason", "").strip()[:120]}


READ: dict[str, Callable[[QueryDict], Arguments]] = {
    "hold": _hold,
    "courier": _courier,
    "flag": _flag,
    "memo": _memo,
    "tag": _tag,
    "urgent": _urgent,
    "cancel": _cancel,
}
PAGES: list[tuple[str, Callable[..., HttpResponseBase]]] = [(code, view_of(action)) for code, action in bulk.ACTIONS.items()]
