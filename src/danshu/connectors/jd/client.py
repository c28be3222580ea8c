"""One call of JOS: signed, sent, unwrapped; everything that is not the documented answer becomes one of `connector_errors`."""

from __future__ import annotations

import json
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
from danshu.channels.text_bodies import answers, flag
from danshu.connectors.jd.reading import inner
from danshu.connectors.jd.signing import sign
from danshu.core import clock, http
from danshu.core.errors import DomainError

ROUTER = "https://api.jd.com/routerjson"
TOKEN = "https://open-oauth.jd.com/oauth2/access_token"  # noqa: S105 - an address
REFRESH = "https://open-oauth.jd.com/oauth2/refresh_token"
AUTHORIZE = "https://open-oauth.jd.com/oauth2/to_login"
LIMITED = {"2"}  # App Call Limited
EXPIRED = {"18", "19"}  # missing, invalid access token
DOWN = {"1", "43", "65", "66", "67"}  # unavailable, system error, backend too slow, not found, not connected

Answer = dict[str, Any]


class Declined(Refused):
    """JD says no to this one call; `number` and `said` say why."""

    def __init__(self, message: str, number: str, said: str) -> None:
        super().__init__(message)
        self.number = number
        self.said = said


@dataclass(frozen=True, slots=True)
class Jos:
    """JOS in the name of one shop."""

    shop: ShopAccess
    lane: http.Client

    def place(self, url: str) -> str:
        """Where the shop's calls go: to JD, or to the gateway with JD's path."""
        return f"{self.shop.gateway}{urlsplit(url).path}" if self.shop.gateway else url

    def call(self, method: str, params: Mapping[str, Any], *, idempotent: bool = True) -> Answer:
        """What stands in `<method>_responce` (so JD spells it)."""
        known = self.shop.credentials
        said = {name: value for name, value in params.items() if value is not None}
        form = {
            "method": method,
            "app_key": known.get("app_key", ""),
            "access_token": known.get("access_token", ""),
            "timestamp": clock.local(clock.now()).strftime("%Y-%m-%d %H:%M:%S"),
            "v": "2.0",
            "360buy_param_json": json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        }
        form = {name: value for name, value in form.items() if value}
        form["sign"] = sign(form, known.get("app_secret", ""))
        answer = self.send(ROUTER, form, idempotent=idempotent)
        name = method.replace(".", "_")
        found = answer.get(f"{name}_responce", answer.get(f"{name}_response"))
        if found is None:
            raise error_of(answer.get("error_response", answer))
        if not isinstance(found, dict):
            raise BadAnswer(_("京东的回答不是约定的样子（%(method)s）。稍后会再试。") % {"method": method})
        if str(found.get("code", "0")) not in {"0", "200"}:
            raise error_of(found)
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
    """`{code, zh_desc}` or `{code, errorMessage}` → what it means."""
    if not isinstance(body, dict) or "code" not in body:
        return BadAnswer(_("京东的回答里既没有结果，也没有报错。稍后会再试。"))
    code = str(body["code"])
    said = str(body.get("zh_desc") or body.get("errorMessage") or body.get("en_desc") or code)[:200]
    words = {"said": said, "code": code}
    if code in LIMITED:
        return RateLimited(_("京东说请求太多：%(said)s（%(code)s）。稍后会再试。") % words)
    if code in EXPIRED or _is_about_token(said):
        return CredentialsExpired(_("京东的授权过期了：%(said)s（%(code)s）。请重新授权。") % words)
    if code in DOWN:
        return TemporaryFailure(_("京东那边出错了：%(said)s（%(code)s）。稍后会再试。") % words)
    return Declined(_("京东不接受：%(said)s（%(code)s）。") % words, code, said)


def result(answer: Mapping[str, Any], name: str, status: str = "") -> Mapping[str, Any]:
    """The inner result of an answer, which has a success of its own, or in its `status`; "false" as text is false."""
    with answers():
        found = inner(answer, name)
        verdict = inner(found, status) if status else found
    if "success" not in verdict:
        raise BadAnswer(_("京东没有说成功了没有。稍后会再试。"))
    if flag(verdict, "success"):
        return found
    number = next((str(verdict[key]) for key in ("numberCode", "errorCode", "code") if verdict.get(key)), "")
    names = ("chineseErrCode", "errorMsg", "errorMessage", "msg", "message", "englishErrCode")
    said = next((str(verdict[key])[:200] for key in names if verdict.get(key)), number)
    raise Declined(_("京东不接受：%(said)s（%(code)s）。") % {"said": said, "code": number}, number, said)


def _is_about_token(said: str) -> bool:
    low = said.lower()
    return "token" in low and any(word in low for word in ("过期", "失效", "无效", "不存在", "expired", "invalid"))


def _garbled(reply: httpx.Response) -> ConnectorError:
    return BadAnswer(_("京东的回答不是 JSON（状态 %(status)d）。稍后会再试。") % {"status": reply.status_code})
