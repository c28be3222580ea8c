"""/settings/api/: tokens of the REST door. A token is shown once, on the answer to the form that made it."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from danshu.accounts import operations as accounts
from danshu.accounts import queries
from danshu.accounts.models import Token
from danshu.accounts.scopes import SCOPES
from danshu.channels import shops
from danshu.core import clock
from danshu.web.access import StaffRequest, requires
from danshu.web.integrations.forms import TokenForm
from danshu.web.shell import toast

NOTHING: Mapping[str, object] = {}


@requires("settings.api")
def listed(request: StaffRequest) -> HttpResponse:
    names, now = dict(shops.visible(None).values_list("pk", "name")), clock.now()
    rows = [
        {
            "token": token,
            "scopes": [SCOPES[code].label for code in token.scopes if code in SCOPES],
            "shops": [names[pk] for pk in token.shop_ids if pk in names],
            "is_over": bool(token.expires_at and token.expires_at <= now),
        }
        for token in queries.tokens()
    ]
    context = {"nav": "settings", "rows": rows, "address": f"{settings.PUBLIC_URL}/api/v1/", "rate": settings.API_RATE}
    return render(request, "integrations/tokens.html", context)


@requires("settings.api")
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        [(token, text)] = accounts.issue([form.draft()], by=request.user.actor, now=clock.now())
        context = {"nav": "settings", "token": token, "text": text, "address": f"{settings.PUBLIC_URL}/api/v1/shops"}
        return render(request, "integrations/token_made.html", context)
    return render(request, "integrations/token_new.html", {"nav": "settings", "form": form}, status=422 if form.errors else 200)


@requires("settings.api")
@require_http_methods(["GET", "POST"])
def revoke(request: StaffRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(Token, pk=token_id)
    if request.method == "POST":
        if accounts.revoke([token_id], by=request.user.actor, now=clock.now()):
            toast(request, _("令牌「%s」停用了") % token.name)
        return redirect("api-tokens")
    question = {
        "title": _("停用令牌「%s」？") % token.name,
        "body": _("用它的程序下一次请求就会被拒绝。做过的事都留在操作记录里。"),
        "exceptions": _("停用后不能恢复，要用就重新发一个。"),
        "verb": _("停用令牌"),
        "action": request.path,
        "back": reverse("api-tokens"),
        "hidden": NOTHING,
    }
    return render(request, "_confirm.html" if request.htmx else "confirm.html", {"nav": "settings", **question})
