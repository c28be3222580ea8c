"""Calls to one site, and what its answers mean.

A good answer is JSON under a status of 2xx; an error is `{"code", "message", "data": {"status"}}` under its own status, or, from a site
that fell over, under 200. Sites stand behind hosts, caches and firewalls, which answer in HTML: such an answer says nothing about orders.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
from django.utils.translation import gettext as _

from danshu.channels import calling
from danshu.channels.connecting import ShopAccess
from danshu.channels.connector_errors import (
    BadAnswer,
    ConnectorError,
    CredentialsExpired,
    RateLimited,
    Refused,
    TemporaryFailure,
)
from danshu.connectors.woocommerce import signing, sites
from danshu.core import http
from danshu.core.errors import DomainError

API = "/wp-json/wc/v3"
NO_ROUTE = {"rest_no_route", "rest_no_route_found"}


class NoSuch(Refused):
    """The site has no such order, refund or product."""


class NoRoute(Refused):
    """The site does not speak this interface."""


@dataclass(frozen=True, slots=True)
class Client:
    """Calls in one shop's name, in the lane of `calls`."""

    shop: ShopAccess
    calls: http.Client

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, root: str = API) -> tuple[Any, httpx.Headers]:
        return self._ask("GET", root + path, {name: str(value) for name, value in (params or {}).items()}, None, idempotent=True)

    def rows(self, path: str, params: Mapping[str, Any] | None = None, *, root: str = API) -> tuple[list[Any], httpx.Headers]:
        """A list; anything else is an error, never "nothing there"."""
        found, headers = self.get(path, params, root=root)
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise unreadable(path)
        return found, headers

    def one(self, path: str) -> dict[str, Any]:
        return _thing(path, self.get(path)[0])

    def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _thing(path, self._ask("PUT", API + path, {}, body, idempotent=True)[0])

    def post(self, path: str, body: Mapping[str, Any], *, root: str = API, idempotent: bool = False) -> dict[str, Any]:
        return _thing(path, self._ask("POST", root + path, {}, body, idempotent=idempotent)[0])

    def _ask(
        self, way: str, path: str, params: dict[str, str], body: Mapping[str, Any] | None, *, idempotent: bool
    ) -> tuple[Any, httpx.Headers]:
        url, headers = sites.base(self.shop) + path, {"Accept": "application/json"}
        key, secret = (self.shop.credentials.get(name, "").strip() for name in ("consumer_key", "consumer_secret"))
        if not key or not secret:
            raise CredentialsExpired(_("店铺「%(shop)s」还没有填 WooCommerce 的密钥。请先填好，再用它。") % {"shop": self.shop.name})
        calls = self.calls
        if url.startswith("https:"):
            headers["Authorization"] = signing.basic(key, secret)
        else:
            params = {**params, **signing.oauth(way, url, params, key, secret)}
            calls = replace(calls, attempts=1)  # the site takes a signature once: the same again counts as a wrong key
        try:
            answer = calls.request(way, url, params=params, json=body, headers=headers, idempotent=idempotent)
        except DomainError as error:
            raise calling.unanswered(error) from None
        return _judged(answer, path), answer.headers


def _judged(answer: httpx.Response, path: str) -> Any:
    try:
        found = calling.decoded(answer.content)  # plugins that print a byte-order mark are common
    except ValueError:
        found = None
    said = found if isinstance(found, dict) and isinstance(found.get("code"), str) and "message" in found else None
    data = said.get("data") if said else None
    status = data.get("status") if isinstance(data, dict) else None
    status = status if isinstance(status, int) and answer.status_code < 400 else answer.status_code
    if 200 <= status < 300 and said is None:
        if found is None:
            raise unreadable(path)
        return found
    if 300 <= status < 400:
        raise Refused(_("网站把请求转到了别处：%(to)s。请在授权里填网站最后的地址。") % {"to": answer.headers.get("location", "")[:100]})
    raise _refusal(status, said or {})


def _refusal(status: int, said: Mapping[str, Any]) -> ConnectorError:
    code = str(said.get("code", ""))
    shown = {"text": _plain(said.get("message")) or _("没有说明"), "status": status}
    if status == 429:
        return RateLimited(_("网站说请求太多。请稍后再试。"))
    if status == 401:
        return CredentialsExpired(_("网站不认这组密钥，或者密钥的权限不够：%(text)s。请在 WooCommerce 里新建读写密钥，再填一次。") % shown)
    if code in NO_ROUTE:
        return NoRoute(_("网站上没有 WooCommerce 的接口（%(text)s）。请检查地址、固定链接的设置和 WooCommerce 的版本。") % shown)
    if status == 404 or code.endswith("_invalid_id"):
        return NoSuch(_("网站上没有它：%(text)s。") % shown, "connector.no_such")
    if status >= 500 or status in {408, 425} or status < 400:
        return TemporaryFailure(_("网站出错了（%(status)d）：%(text)s。这是网站的问题，稍后会再试。") % shown)
    return Refused(_("网站拒绝了（%(status)d）：%(text)s。请按它说的处理，再试一次。") % shown)


def row_error(error: Any) -> tuple[bool, bool, str]:
    """One row's error in a batch: (the thing is unknown, another try may help, what the site said)."""
    said = error if isinstance(error, dict) else {}
    data = said.get("data")
    status = data.get("status") if isinstance(data, dict) else None
    refusal = _refusal(status if isinstance(status, int) and status >= 400 else 400, said)
    return isinstance(refusal, NoSuch), refusal.is_passing, refusal.message


def unreadable(where: str) -> BadAnswer:
    return BadAnswer(_("网站的回答不是 WooCommerce 的样子（%(where)s），什么也没有收下。稍后会再试。") % {"where": where})


def _thing(path: str, found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise unreadable(path)
    return found


def _plain(message: Any) -> str:
    return html.unescape(re.sub(r"<[^<>]*>", "", message)).strip().rstrip(".。")[:200] if isinstance(message, str) else ""
