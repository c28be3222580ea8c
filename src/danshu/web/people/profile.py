"""What people set for themselves."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from danshu.accounts import operations as accounts
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.web.access import StaffRequest, signed_in
from danshu.web.people.forms import PasswordForm, ProfileForm
from danshu.web.shell import toast


@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: StaffRequest) -> HttpResponse:
    user = request.user
    now = {name: getattr(user, name) for name in ("name", "language", "theme", "density", "shortcuts")}
    form = ProfileForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        accounts.change_profile(user.pk, by=user.actor, now=clock.now(), **form.cleaned_data)
        with override(form.cleaned_data["language"]):
            toast(request, _("设置已保存"))
        return redirect("people-profile")
    return _page(request, form, PasswordForm(), 422 if form.errors else 200)


@signed_in
@require_POST
def password(request: StaffRequest) -> HttpResponse:
    user = request.user
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            changed = accounts.change_password(user.pk, **form.cleaned_data, by=user.actor, now=clock.now())
        except DomainError as error:
            form.add_error("old" if error.code == "people.password_wrong" else "new", str(error))
        else:
            update_session_auth_hash(request, changed)
            toast(request, _("密码改好了，其他设备要重新登录"))
            return redirect("people-profile")
    known = {name: getattr(user, name) for name in ("name", "language", "theme", "density", "shortcuts")}
    return _page(request, ProfileForm(initial=known), form, 422)


@signed_in
@require_POST
def language(request: StaffRequest) -> HttpResponse:
    """The switch in the frame: the same page in the other language."""
    accounts.change_profile(request.user.pk, by=request.user.actor, now=clock.now(), language=request.POST.get("language", ""))
    target = request.POST.get("next", "")
    return redirect(target if target.startswith("/") and url_has_allowed_host_and_scheme(target, {request.get_host()}) else "root")


def _page(request: StaffRequest, form: ProfileForm, secret: PasswordForm, status: int) -> HttpResponse:
    return render(request, "people/profile.html", {"form": form, "secret": secret, "nav": "settings"}, status=status)
