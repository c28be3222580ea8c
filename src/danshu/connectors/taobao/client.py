"""One call of TOP: signed, sent, unwrapped; everything that is not the documented answer becomes one of `connector_errors`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

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
from danshu.connectors.taobao.signing import sign
from danshu.core import clock, http
from danshu.core.errors import DomainError

ROUTER = "https://gw.api.taobao.com/router/rest"
TOKEN = "https://oauth.taobao.com/token"  # noqa: S105 - an address
AUTHORIZE = "https://oauth.taobao.com/authorize"
LIMITED = {"4", "5", "6", "7", "8"}  # user, session, partner, app: called too often
EXPIRED = {"26", "27"}  # missing session, invalid session
DOWN = {"10"}  # service currently unavailable
BAN = re.compile(r"ban will last for (\d+)", re.IGNORECASE)

Answer = dict[str, Any]


class Declined(Refused):
    """TOP says no to this one call; `sub_code` says why (`isv.…`)."""

    def __init__(self, message: str, sub_code: str) -> None:
        super().__init__(message)
        self.sub_code = sub_code


@dataclass(frozen=True, slots=True)
class Top:
    """TOP in the name of one shop."""

    shop: ShopAccess
    lane: http.Client

    def place(self, url: str) -> str:
        """Where the shop's calls go: to TOP, or to the gateway with TOP's path."""
        return f"{self.shop.gateway}{urlsplit(url).path}" if self.shop.gateway else url

    def call(self, method: str, params: Mapping[str, Any], *, idempotent: bool = True) -> Answer:
        """What stands in `<method>_response`. Empty parameters are not sent."""
        known = self.shop.credentials
        form = {name: _plain(value) for name, value in params.items()}
        form |= {
            "method": method,
            "app_key": known.get("app_key", ""),
            "session": known.get("access_token", ""),
            "timestamp": clock.local(clock.now()).strftime("%Y-%m-%d %H:%M:%S"),
            "format": "json",
            "v": "2.0",
            "sign_method": "md5",
        }
        form = {name: value for name, value in form.items() if value}
        form["sign"] = sign(form, known.get("app_secret", ""))
        answer = self.send(ROUTER, form, idempotent=idempotent)
        if "error_response" in answer:
            raise error_of(answer["error_response"])
        found = answer.get(f"{method.removeprefix('taobao.').replace('.', '_')}_response")
        if not isinstance(found, dict):
            raise BadAnswer(_("淘宝的回答不是约定的样子（%(method)s）。稍后会再试。") % {"method": method})
        return found

    def send(self, url: str, form: Mapping[str, str], *, idempotent: bool) -> Answer:
        """A form posted, a JSON object back."""
        try:
            reply = self.lane.request("POST", self.place(url), data=form, idempotent=idempotent)
        except DomainError as error:
            raise calling.unanswered(error) from error
        try:
            answer = calling.decoded(reply.content)
        except ValueError:
            raise _garbled(reply) from None
        if not isinstance(answer, dict):
            raise _garbled(reply)
        return answer


def error_of(body: Any) -> ConnectorError:
    """`error_response` → what it means. `isp.…` is the platform's own trouble, `isv.…` is ours."""
    if not isinstance(body, dict):
        return BadAnswer(_("淘宝的报错读不懂。稍后会再试。"))
    code, sub = str(body.get("code", "")), str(body.get("sub_code") or "")
    said = str(body.get("sub_msg") or body.get("msg") or sub or code)[:200]
    words = {"said": said, "code": sub or code}
    if sub.startswith("accesscontrol.limited") or code in LIMITED:
        ban = BAN.search(str(body.get("sub_msg", "")))
        return RateLimited(_("淘宝说请求太多：%(said)s（%(code)s）。稍后会再试。") % words, wait=float(ban[1]) if ban else 0)
    if code in EXPIRED or "session-expired" in sub or "invalid-session" in sub:
        return CredentialsExpired(_("淘宝的授权过期了：%(said)s（%(code)s）。请重新授权。") % words)
    if sub.startswith("isp.") or code in DOWN or (code == "15" and not sub):
        return TemporaryFailure(_("淘宝那边出错了：%(said)s（%(code)s）。稍后会再试。") % words)
    return Declined(_("淘宝不接受：%(said)s（%(code)s）。") % words, sub)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _garbled(reply: httpx.Response) -> ConnectorError:
    return BadAnswer(_("淘宝的回答不是 JSON（状态 %(status)d）。稍后会再试。") % {"status": reply.status_code})
