"""Who may open which page. Every view says so itself: `@requires("orders.ship")`, `@signed_in` or `@public`; a test walks all URLs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from danshu.accounts.models import User
from danshu.core.errors import DomainError

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request of a signed-in person."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[StaffRequest, P], HttpResponseBase]
AnyView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(*codes: str) -> Callable[[View[P]], AnyView[P]]:
    """The page needs a signed-in person whose role holds one of the permission codes; others get the sign-in page or a 403 that names
    the first."""
    code = codes[0]

    def decorate(view: View[P]) -> AnyView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, User):
                return redirect_to_login(request.get_full_path())
            if code and not any(map(request.user.may, codes)):
                raise DomainError(_("你的角色没有这项权限。需要的话请老板在「人员」里调整。"), "access.denied", details={"code": code})
            return view(cast("StaffRequest", request), *args, **kwargs)

        guarded.permissions = codes  # type: ignore[attr-defined]  # read by the URL test
        return cast("AnyView[P]", guarded)

    return decorate


def signed_in(view: View[P]) -> AnyView[P]:
    """Any signed-in person may open the page."""
    return requires("")(view)


def public(view: AnyView[P]) -> AnyView[P]:
    """Anybody may open the page: it must say nothing about orders or people."""
    view.permissions = None  # type: ignore[attr-defined]  # read by the URL test
    return view
