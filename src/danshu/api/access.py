"""Who asks: a token in the `Authorization` header and nothing else. Cookies are not read: no page elsewhere asks in a person's name."""

from __future__ import annotations

import math
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security.http import HttpAuthBase

from danshu.accounts import operations as accounts
from danshu.accounts.operations import Bearer
from danshu.api.errors import missing_token
from danshu.channels import shops
from danshu.channels.models import Shop
from danshu.core import clock, http
from danshu.core.errors import DomainError

SECONDS_OF_BURST = 3


class ApiRequest(HttpRequest):
    """A request with a token that was recognised."""

    auth: Bearer


class Token(HttpAuthBase):
    """Asks for a token that holds the scope; an empty scope is any token."""

    openapi_scheme = "bearer"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Bearer:
        kind, _blank, text = request.headers.get("Authorization", "").strip().partition(" ")
        if kind.lower() != "bearer" or not text.strip():
            raise missing_token()
        bearer = accounts.recognise(text.strip(), now=clock.now())
        _take_turn(bearer)
        require(bearer, self.scope)
        return bearer


def require(bearer: Bearer, scope: str) -> None:
    if scope and not bearer.may(scope):
        text = _("令牌「%(name)s」没有权限 %(scope)s。需要的话请老板重新发一个令牌。") % {"name": bearer.name, "scope": scope}
        raise DomainError(text, "token.scope", details={"scope": scope})


def bearer_of(request: HttpRequest) -> Bearer:
    return cast("ApiRequest", request).auth


def shop_seen(bearer: Bearer, shop_id: int) -> Shop:
    """The shop, if this token sees it. Raises `shop.not_found`."""
    found = shops.visible(bearer.shop_ids).filter(pk=shop_id).first()
    if found is None:
        raise DomainError(_("没有这家店铺，或者这个令牌看不到它。请检查 shop_id。"), "shop.not_found")
    return found


def _take_turn(bearer: Bearer) -> None:
    rate = settings.API_RATE
    wait = http.take_token(f"api:{bearer.token_id}", rate=rate, burst=rate * SECONDS_OF_BURST)
    if wait > 0:
        seconds = math.ceil(wait)
        text = _("令牌「%(name)s」问得太快，每秒最多 %(rate)d 次。请 %(wait)d 秒后再试。")
        raise DomainError(text % {"name": bearer.name, "rate": rate, "wait": seconds}, "request.rate", details={"wait": seconds})
