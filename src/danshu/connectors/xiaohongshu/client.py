"""Calls of the open platform: one address for all of them, what is asked for named inside; the answer says under HTTP 200 how it went.

`{"success": true, "error_code": 0, "data": …}` around everything; newer methods (gateway 165/2804) put `{code, success, msg, data}` inside
again. The platform publishes no table of error codes: the few that are known stand here, and what the message says counts as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels import calling
from danshu.channels.connecting import ShopAccess
from danshu.channels.connector_errors import BadAnswer, ConnectorError, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.connectors.xiaohongshu import signing
from danshu.core import clock, http
from danshu.core.errors import DomainError

BASE = "https://ark.xiaohongshu.com"
PATH = "/ark/open_api/v3/common_controller"
Data = Mapping[str, Any]

LIMITED = {-9013}
EXPIRED = {401}
TOKEN_WORDS = ("accesstoken", "access_token", "access token", "授权", "令牌")
ENDED_WORDS = ("过期", "失效", "无效", "不存在", "为空", "expired", "invalid", "取消")
BUSY_WORDS = ("系统繁忙", "稍后再试", "稍后重试", "系统异常", "服务异常", "超时", "timeout")


class Denied(Refused):
    """No to this one thing, with the platform's reason; the shop's other calls go on."""

    def __init__(self, message: str, errcode: int) -> None:
        super().__init__(message)
        self.errcode = errcode


@dataclass(frozen=True, slots=True)
class Api:
    """The API as one shop sees it. Calls give the innermost `data`, or raise `ConnectorError`."""

    client: http.Client
    shop: ShopAccess

    def call(self, method: str, business: Mapping[str, Any], *, idempotent: bool = True) -> Any:
        token = self.shop.credentials.get("access_token", "")
        if not token:
            raise CredentialsExpired(_("小红书店铺还没有授权。"))
        return self._ask(method, {**business, "accessToken": token}, idempotent=idempotent)

    def asked(self, method: str, business: Mapping[str, Any]) -> Data:
        """A call whose answer must be an object."""
        return an_object(self.call(method, business))

    def grant(self, method: str, business: Mapping[str, Any]) -> Data:
        """The calls that bring tokens and need none."""
        return an_object(self._ask(method, business, idempotent=False))

    def _ask(self, method: str, business: Mapping[str, Any], *, idempotent: bool) -> Any:
        app_id, secret = self.shop.credentials.get("app_id", ""), self.shop.credentials.get("app_secret", "")
        timestamp = str(int(clock.now().timestamp()))
        sign = signing.of_call(method, app_id=app_id, timestamp=timestamp, secret=secret)
        body = {**business, "appId": app_id, "method": method, "timestamp": timestamp, "version": signing.VERSION, "sign": sign}
        try:
            answer = self.client.request(
                "POST",
                (self.shop.gateway or BASE) + PATH,
                content=json.dumps(body, ensure_ascii=False).encode(),
                headers={"content-type": "application/json;charset=utf-8"},
                idempotent=idempotent,
            )
        except DomainError as error:
            raise calling.unanswered(error) from None
        return _read(answer.status_code, answer.content)


def an_object(data: object) -> Data:
    if isinstance(data, dict):
        return data
    raise BadAnswer(_("小红书的回答不是文档里的样子。"))


def a_list(data: Data, name: str) -> list[dict[str, Any]]:
    found = data.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadAnswer(_("小红书的回答里没有“%(name)s”。") % {"name": name})
    return found


def _read(status: int, content: bytes) -> Any:
    if status in {401, 403}:
        raise CredentialsExpired(_("小红书不认这个授权（%(status)d）。") % {"status": status})
    if status >= 300:
        raise BadAnswer(_("小红书回答了 %(status)d，不是它文档里的样子。") % {"status": status})
    try:
        answer = calling.decoded(content)
    except ValueError:
        raise BadAnswer(_("小红书的回答不是 JSON，读不懂。")) from None
    data = _opened(an_object(answer), "error_code", "error_msg")
    if isinstance(data, dict) and "code" in data and isinstance(data.get("success"), bool):
        data = _opened(data, "code", "msg")
    return data


def _opened(envelope: Data, code_name: str, message_name: str) -> Any:
    """What is inside, once both the flag and the code say that it went well."""
    code, success = envelope.get(code_name), envelope.get("success")
    if isinstance(code, str) and code.lstrip("-").isdecimal() and len(code) < 12:
        code = int(code)
    if isinstance(code, bool) or not isinstance(code, (int, type(None))) or not isinstance(success, bool) or (success and code is None):
        raise BadAnswer(_("小红书的回答里没有成败。"))
    if success and code == 0:
        return envelope.get("data")
    raise error_of(code or 0, str(envelope.get(message_name) or envelope.get("msg") or "")[:200])


def error_of(code: int, said: str) -> ConnectorError:
    words, text = {"code": code, "said": said}, said.lower()
    if code in LIMITED or "限流" in text or "频繁" in text:
        return RateLimited(_("小红书说请求太多（%(code)d %(said)s）。稍后会再试。") % words, wait=1)
    if code in EXPIRED or (any(word in text for word in TOKEN_WORDS) and any(word in text for word in ENDED_WORDS)):
        return CredentialsExpired(_("小红书的授权失效了（%(code)d %(said)s）。") % words)
    if any(word in text for word in BUSY_WORDS):
        return TemporaryFailure(_("小红书系统繁忙（%(code)d %(said)s）。稍后会再试。") % words)
    return Denied(_("小红书说不行：%(said)s（%(code)d）。") % words, code)
