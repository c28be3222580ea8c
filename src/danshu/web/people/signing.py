"""Signing in and out, and the first page after it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from danshu.accounts import operations as accounts
from danshu.accounts import queries
from danshu.accounts.models import User
from danshu.accounts.permissions import Role
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.web import shell
from danshu.web.access import StaffRequest, public, signed_in
from danshu.web.people.forms import AcceptForm, SignInForm

FIELD_OF = {
    "people.username": "username",
    "people.username_taken": "username",
    "people.name": "name",
    "people.password": "password",
}

# Where a working day begins, per role; the first page that exists wins.
HOMES: dict[str, list[str]] = {
    Role.OWNER: ["home-today", "orders-list"],
    Role.OPERATIONS: ["orders-list", "home-today"],
    Role.WAREHOUSE: ["orders-board", "orders-list"],
    Role.SERVICE: ["tickets-list", "orders-list"],
    Role.VIEWER: ["home-today", "orders-list"],
}


@signed_in
def root(request: StaffRequest) -> HttpResponse:
    """`/` leads each role to where its work is; the warehouse's phone straight to the scan page."""
    names = HOMES[request.user.role]
    if request.user.role == Role.WAREHOUSE and "Mobi" in request.headers.get("User-Agent", ""):
        names = ["shipping-scan", *names]
    return redirect(next((url for name in names if (url := shell.address(name))), shell.address("people-profile")))


@public
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password. After 8 wrong ones from an address the pair waits a quarter of an hour (`locked_out`)."""
    target = _safe(request, request.POST.get("next") or request.GET.get("next") or "")
    if isinstance(request.user, User):
        return redirect(target or "root")
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["username"].strip().lower()
        user = auth.authenticate(request, username=name, password=form.cleaned_data["password"])
        if user is not None:
            auth.login(request, user)
            return redirect(target or "root")
        form.add_error(None, _("登录名或密码不对。请核对大小写再试一次；忘了密码就请老板停用账号后重新邀请。"))
    context = {"form": form, "next": target, "is_first": not queries.has_people()}
    return render(request, "people/sign_in.html", context, status=422 if form.errors else 200)


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: object = None) -> HttpResponse:  # noqa: ARG001 - axes' signature
    """Too many wrong passwords."""
    minutes = round(float(settings.AXES_COOLOFF_TIME) * 60)
    form = SignInForm({"username": request.POST.get("username", "")})
    form.errors.clear()
    form.add_error(None, _("输错太多次了，这个登录名在这台设备上要等 %d 分钟才能再试。密码没有变。") % minutes)
    return render(request, "people/sign_in.html", {"form": form, "next": ""}, status=429)


@signed_in
@require_POST
def sign_out(request: StaffRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("people-sign-in")


@public
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Make the account of an invite link and go on signed in."""
    now = clock.now()
    try:
        invite = accounts.find_invite(token, now=now)
    except DomainError as error:
        return render(request, "error.html", {"title": _("邀请链接不能用"), "text": str(error), "code": error.code}, status=404)
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = accounts.accept(token, **form.cleaned_data, now=now)
        except DomainError as error:
            form.add_error(FIELD_OF.get(error.code), str(error))
        else:
            auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("setup-home" if user.role == Role.OWNER and shell.address("setup-home") else "root")
    return render(request, "people/accept.html", {"form": form, "invite": invite}, status=422 if form.errors else 200)


def _safe(request: HttpRequest, target: str) -> str:
    """Only addresses of this house."""
    return (
        target
        if target.startswith("/") and url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
        else ""
    )
