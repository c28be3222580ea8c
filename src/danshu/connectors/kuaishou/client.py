"""Calls to the open platform, and what its answers mean.

Every answer of an interface is `{"result": 1, "data": …}` under HTTP 200; any other `result` is an error with a text in `error_msg`,
`sub_msg` or `msg` and mostly without a documented code, so both codes and words decide. What nobody wrote down counts as a refusal for
good: the person who reads the text knows more than a repetition does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
from danshu.connectors.kuaishou import signing
from danshu.core import clock, http
from danshu.core.errors import DomainError

HOST = "https://openapi.kwaixiaodian.com"
EXPIRED = {"24", "26", "100200102"}  # revoked; main account gone; token used up (documents K0006, K0005, 401716)
LIMITED = {"802006", "1017"}  # daily quota
PASSING = {"100200500"}
UNKNOWN = {"300011", "300012"}
TOKEN_WORDS = ("过期", "expire", "invalid", "无效", "不能为空", "discarded", "revoked")
LIMITED_WORDS = ("exceed quota limit", "exceed qps limit", "限流", "调用额度")
PASSING_WORDS = ("系统异常", "系统繁忙", "系统错误", "服务异常", "稍后", "超时", "timeout", "server_error")
UNKNOWN_WORDS = ("order operation reject", "订单不存在", "商品不存在", "sku不存在", "退款单不存在", "售后单不存在", "order not found")


class NoSuch(Refused):
    """The platform has no such order, refund or item, or it belongs to another shop."""


@dataclass(frozen=True, slots=True)
class Client:
    """Calls in one shop's name, in the lane of `calls`."""

    shop: ShopAccess
    calls: http.Client

    def call(
        self, method: str, param: Mapping[str, Any] | None = None, *, post: bool = False, idempotent: bool | None = None
    ) -> dict[str, Any]:
        """The whole answer of one interface with `result` 1. Raises `ConnectorError`."""
        keys = self.shop.credentials
        if not keys.get("access_token"):
            raise CredentialsExpired(_("快手店「%(shop)s」还没有授权。请先授权，再用它。") % {"shop": self.shop.name})
        params = {
            "appkey": keys.get("app_key", ""),
            "method": method,
            "version": "1",
            "param": json.dumps(param or {}, ensure_ascii=False, separators=(",", ":")),
            "access_token": keys["access_token"],
            "timestamp": str(int(clock.now().timestamp() * 1000)),
            "signMethod": "HMAC_SHA256",
        }
        params["sign"] = signing.sign(params, keys.get("sign_secret", ""))
        form = {"param": params.pop("param")} if post else None  # [D] of a POST, the param stands in the body
        answer = self._send("POST" if post else "GET", "/" + method.replace(".", "/"), params, form, idempotent=idempotent)
        if str(answer.get("result")) != "1":
            raise refusal(answer)
        return answer

    def data(self, method: str, param: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """`data` of a question; missing or of another shape is an error, never "nothing there"."""
        data = self.call(method, param).get("data")
        if not isinstance(data, dict):
            raise unreadable(method)
        return data

    def token(self, path: str, params: Mapping[str, str], *, post: bool = False) -> dict[str, Any]:
        """An answer of `/oauth2/…`, which stands flat beside `result`."""
        answer = self._send("POST" if post else "GET", path, None if post else params, params if post else None, idempotent=False)
        if str(answer.get("result")) != "1":
            raise refusal(answer)
        return answer

    def _send(
        self, way: str, path: str, params: Mapping[str, str] | None, form: Mapping[str, str] | None, *, idempotent: bool | None
    ) -> dict[str, Any]:
        try:
            answer = self.calls.request(way, (self.shop.gateway or HOST) + path, params=params, data=form, idempotent=idempotent)
        except DomainError as error:
            raise calling.unanswered(error) from None
        if answer.status_code >= 500:
            raise TemporaryFailure(_("快手出错了（%(status)d）。这是对方的问题，稍后会再试。") % {"status": answer.status_code})
        try:
            found = calling.decoded(answer.content)
        except ValueError:
            found = None
        if not isinstance(found, dict) or "result" not in found:
            if answer.status_code >= 400:
                raise Refused(_("快手拒绝了请求（%(status)d）。请检查接口地址。") % {"status": answer.status_code})
            raise unreadable(path)
        return found


def refusal(answer: Mapping[str, Any]) -> ConnectorError:
    """An error answer in our words; its own text follows, for the person who reads it."""
    codes = {str(answer.get(name)) for name in ("result", "code", "sub_code", "subCode")}
    said = next((str(answer[name]) for name in ("sub_msg", "subMsg", "error_msg", "errorMsg", "msg", "error") if answer.get(name)), "")
    words = " ".join(str(answer.get(name)) for name in ("error_msg", "errorMsg", "sub_msg", "subMsg", "msg", "error")).lower()
    shown = {"text": said or _("没有说明"), "code": answer.get("result")}
    if codes & LIMITED or any(word in words for word in LIMITED_WORDS):
        return RateLimited(_("快手说请求太多，或者今天的额度用完了：%(text)s（%(code)s）。稍后会再试。") % shown)
    is_token = "鉴权失败" in words or "authorization_revoked" in words or ("token" in words and any(word in words for word in TOKEN_WORDS))
    if codes & EXPIRED or is_token:
        return CredentialsExpired(_("快手的授权失效了：%(text)s（%(code)s）。请重新授权这家店。") % shown)
    if codes & UNKNOWN or any(word in words for word in UNKNOWN_WORDS):
        return NoSuch(_("快手店里没有它，或者它不属于这家店：%(text)s（%(code)s）。") % shown)
    if codes & PASSING or any(word in words for word in PASSING_WORDS):
        return TemporaryFailure(_("快手一时没有办成：%(text)s（%(code)s）。稍后会再试。") % shown)
    return Refused(_("快手拒绝了：%(text)s（%(code)s）。请按它说的处理，再试一次。") % shown)


def unreadable(where: str) -> BadAnswer:
    return BadAnswer(_("快手的回答和它的文档不一样（%(where)s），什么也没有收下。稍后会再试。") % {"where": where})
