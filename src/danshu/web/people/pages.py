"""/settings/people/: who works here, with what role, for which shops; invites by link."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from danshu.accounts import operations as accounts
from danshu.accounts import queries
from danshu.accounts.models import User
from danshu.accounts.permissions import CODES, ROLE_CODES, Role
from danshu.channels import shops
from danshu.core import clock
from danshu.web.access import StaffRequest, requires
from danshu.web.people.forms import HouseForm, InviteForm, ScopeForm
from danshu.web.shell import toast

NOTHING: Mapping[str, object] = {}


@requires("settings.people")
def people(request: StaffRequest) -> HttpResponse:
    return _list(request)


@requires("settings.people")
@require_POST
def house(request: StaffRequest) -> HttpResponse:
    """The seller's own name."""
    form = HouseForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    accounts.name_house(form.cleaned_data["name"], by=request.user.actor, now=clock.now())
    toast(request, _("名称已保存"))
    return redirect("people-list")


@requires("settings.people")
@require_http_methods(["GET", "POST"])
def invite(request: StaffRequest) -> HttpResponse:
    """The link is shown once, on the answer to this form; only its hash is kept."""
    form = InviteForm(request.POST or None, initial={"role": Role.WAREHOUSE})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        draft = accounts.Draft(chosen["role"], tuple(chosen["shop_ids"]), chosen["note"])
        [(made, token)] = accounts.invite([draft], by=request.user.actor, now=clock.now())
        link = settings.PUBLIC_URL + reverse("people-accept", args=[token])
        return render(request, "people/invited.html", {"nav": "settings", "invite": made, "link": link})
    return render(request, "people/invite.html", {"nav": "settings", "form": form}, status=422 if form.errors else 200)


@requires("settings.people")
@require_POST
def withdraw(request: StaffRequest, invite_id: int) -> HttpResponse:
    if queries.open_invites().filter(pk=invite_id).exists() and accounts.withdraw([invite_id], by=request.user.actor, now=clock.now()):
        toast(request, _("邀请已撤回，链接不能用了"))
    return redirect("people-list")


@requires("settings.people")
@require_http_methods(["GET", "POST"])
def person(request: StaffRequest, user_id: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=user_id)
    form = ScopeForm(request.POST or None, initial={"role": someone.role, "shop_ids": someone.shop_ids})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        accounts.change_role([user_id], role=chosen["role"], shop_ids=chosen["shop_ids"], by=request.user.actor, now=clock.now())
        toast(request, _("%s 的角色和店铺已保存") % someone.name)
        return redirect("people-list")
    context = {"nav": "settings", "form": form, "person": someone, "roles": _roles()}
    return render(request, "people/person.html", context, status=422 if form.errors else 200)


@requires("settings.people")
@require_http_methods(["GET", "POST"])
def deactivate(request: StaffRequest, user_id: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        accounts.deactivate([user_id], by=request.user.actor, now=clock.now())
        toast(request, _("%s 的账号已停用") % someone.name, reverse("people-activate", args=[user_id]))
        return redirect("people-list")
    question = {
        "title": _("停用 %s 的账号？") % someone.name,
        "body": _("对方马上不能再登录，已经登录的设备下一次点击就会退出。做过的事都留在操作记录里。"),
        "exceptions": _("以后可以重新启用。"),
        "verb": _("停用账号"),
        "action": request.path,
        "back": reverse("people-list"),
        "hidden": NOTHING,
    }
    return render(request, "_confirm.html" if request.htmx else "confirm.html", {"nav": "settings", **question})


@requires("settings.people")
@require_POST
def activate(request: StaffRequest, user_id: int) -> HttpResponse:
    get_object_or_404(User, pk=user_id)
    for someone in accounts.activate([user_id], by=request.user.actor, now=clock.now()):
        toast(request, _("%s 可以登录了") % someone.name)
    return redirect("people-list")


def _list(request: StaffRequest, form: HouseForm | None = None) -> HttpResponse:
    names = dict(shops.visible(None).values_list("pk", "name"))
    rows = [{"person": one, "shops": [names[pk] for pk in one.shop_ids if pk in names]} for one in queries.people()]
    invites = list(queries.open_invites())
    house = form or HouseForm(initial={"name": queries.house_name()})
    context = {"nav": "settings", "rows": rows, "invites": invites, "now": clock.now(), "house": house}
    return render(request, "people/list.html", context, status=422 if form else 200)


def _roles() -> list[tuple[object, list[object]]]:
    """Each role with what it may do, for the page that gives roles."""
    return [(role.label, [CODES[code] for code in CODES if code in ROLE_CODES[role]]) for role in Role]
