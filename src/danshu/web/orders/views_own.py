"""Saving the filters on the screen as a view, and dropping it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from danshu.boards import operations as boards
from danshu.boards.operations import ViewDraft
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import links, views
from danshu.web.orders.filters import Filters
from danshu.web.shell import toast


@require_POST
@requires("orders.view")
def save(request: StaffRequest) -> HttpResponse:
    """The current view and its filters under a name; `team` shows it to everybody, for those who may change orders."""
    words = links.words(request.POST.get("query", ""))
    base = views.pick(views.of(request.user), words.get("v", ""))
    tree = {"all": [base.criteria, *Filters.read(words).leaves()]}
    is_team = bool(request.POST.get("team")) and request.user.may("orders.edit")
    draft = ViewDraft(request.POST.get("name", ""), tree, base.order[0], is_team)
    (slug,) = boards.create_views([draft], by=request.user.actor, now=clock.now())
    toast(request, _("已存为视图「%(name)s」") % {"name": draft.name.strip()})
    return redirect(f"{reverse('orders-list')}?v={slug}")


@require_POST
@requires("orders.view")
def drop(request: StaffRequest, slug: str) -> HttpResponse:
    """One's own view; the team's only for those who may change orders."""
    view = next((view for view in views.of(request.user) if view.slug == slug and view.is_mine), None)
    if view is None:
        raise DomainError(_("这个视图不存在，或是别人自己的。请刷新页面。"), "board.view")
    boards.delete_views([slug], by=request.user.actor, now=clock.now())
    toast(request, _("视图已删掉，订单不受影响"))
    return redirect("orders-list")
