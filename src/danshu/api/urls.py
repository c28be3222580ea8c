"""URLs of the REST door, and those at which platforms ring. Each names the scopes it asks for (`view.scopes`) or is open to anybody
(`view.permissions` None)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from danshu.api import document, hooks
from danshu.api.app import api
from danshu.api.errors import refuse
from danshu.core.errors import DomainError

CAPTURED = re.compile(r"<(?:\w+:)?(\w+)>")
View = Callable[..., HttpResponse]


def _guarded(view: View, scopes: dict[str, str]) -> View:
    """The framework's view, with our words for a method that it does not know. Free of CSRF checks because it reads no cookie."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in scopes:
            allowed = ", ".join(sorted(scopes))
            answer = refuse(DomainError(_("这个地址只接受 %s。") % allowed, "request.method", details={"allowed": sorted(scopes)}))
            answer["Allow"] = allowed
            return answer
        return view(request, *args, **kwargs)

    guarded.scopes = scopes  # type: ignore[attr-defined]  # read by the URL test
    return guarded


def _public(view: View) -> View:
    view.permissions = None  # type: ignore[attr-defined]  # read by the URL test
    return view


def _endpoints() -> list[URLPattern]:
    known, patterns = document.scopes(), []
    for pattern in api.urls[0]:
        route = str(pattern.pattern)
        if route and isinstance(pattern, URLPattern):
            spoken = f"/{document.PREFIX}" + CAPTURED.sub(r"{\1}", route)
            patterns.append(path(document.PREFIX + route, _guarded(pattern.callback, known[spoken]), name=pattern.name))
    return patterns


urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{document.PREFIX}openapi.json", _public(document.openapi), name="api-openapi"),
    path(f"{document.PREFIX}docs/", _public(document.page), name="api-docs"),
    *_endpoints(),
    path("hooks/<str:shop>/<str:key>/", _public(hooks.ring), name="hook"),
]
