"""Calls of the shop's API: one POST with JSON, an `errcode` in the answer, the access token in the address; nothing is signed.

Common errcodes: developers.weixin.qq.com 全局返回码; those of orders, stock and after-sales stand at each call's page.
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
from danshu.core import http
from danshu.core.errors import DomainError

BASE = "https://api.weixin.qq.com"
Answer = Mapping[str, Any]

EXPIRED = {40001, 40014, 41001, 42001}
BUSY = {-1, 10021044, 9700223}
LIMITED = {45009: 600.0, 45011: 60.0, 100003: 1.0, 10021059: 60.0}  # errcode → seconds to wait; 45009 ends with the day
CREDENTIALS = {40002, 40013, 40125, 40243, 41002, 41004, 50002}  # AppID or AppSecret wrong, frozen or missing
NO_RIGHT = {48001, 48002, 48004, 61007}
WRONG_PLACE = {40164, 61004}  # our address is not on the shop's list
TOO_MANY = 31042


class Denied(Refused):
    """No to this one thing, with the platform's reason; the shop's other calls go on. `errcode` as the platform gave it."""

    def __init__(self, message: str, errcode: int) -> None:
        super().__init__(message)
        self.errcode = errcode


@dataclass(frozen=True, slots=True)
class Api:
    """The API as one shop sees it. Every call gives the whole answer or raises `ConnectorError`."""

    client: http.Client
    shop: ShopAccess

    def get(self, path: str) -> Answer:
        return self._call("GET", path, self._token())

    def post(self, path: str, body: Mapping[str, Any], *, idempotent: bool = True) -> Answer:
        return self._call("POST", path, self._token(), body, idempotent=idempotent)

    def token(self) -> Answer:
        """The shop's current access token, the same one until minutes before its end."""
        credentials = self.shop.credentials
        body = {
            "grant_type": "client_credential", "appid": credentials.get("app_id", ""),
            "secret": credentials.get("app_secret", ""), "force_refresh": False,
        }  # fmt: skip
        return self._call("POST", "/cgi-bin/stable_token", "", body)

    def _token(self) -> str:
        if token := self.shop.credentials.get("access_token", ""):
            return token
        raise CredentialsExpired(_("还没有微信小店的访问凭证。"))

    def _call(self, method: str, path: str, token: str, body: Mapping[str, Any] | None = None, *, idempotent: bool = True) -> Answer:
        try:
            answer = self.client.request(
                method,
                (self.shop.gateway or BASE) + path,
                params={"access_token": token} if token else None,
                content=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
                headers=None if body is None else {"content-type": "application/json; charset=utf-8"},
                idempotent=idempotent,
            )
        except DomainError as error:
            raise calling.unanswered(error) from None
        return _read(answer.status_code, answer.content)


def _read(status: int, content: bytes) -> Answer:
    if status == 403:  # the only failure without an errcode: our address is not on the list
        raise _no_place("403")
    if status >= 300:
        raise BadAnswer(_("微信小店回答了 %(status)d，不是它文档里的样子。") % {"status": status})
    try:
        answer = calling.decoded(content)
    except ValueError:
        raise BadAnswer(_("微信小店的回答不是 JSON，读不懂。")) from None
    if not isinstance(answer, dict):
        raise BadAnswer(_("微信小店的回答不是文档里的样子。"))
    errcode = answer.get("errcode", 0 if "access_token" in answer else None)  # the token's answer alone has no errcode when it is well
    if isinstance(errcode, str) and errcode.lstrip("-").isdecimal() and len(errcode) < 12:
        errcode = int(errcode)
    if isinstance(errcode, bool) or not isinstance(errcode, int):
        raise BadAnswer(_("微信小店的回答里没有返回码。"))
    if errcode:
        raise _error(errcode, str(answer.get("errmsg") or "")[:200])
    return answer


def _error(errcode: int, said: str) -> ConnectorError:
    words = {"code": errcode, "said": said}
    if errcode in EXPIRED:
        return CredentialsExpired(_("微信小店的访问凭证失效了（%(code)d %(said)s）。") % words)
    if errcode in BUSY:
        return TemporaryFailure(_("微信小店系统繁忙（%(code)d %(said)s）。稍后会再试。") % words)
    if errcode in LIMITED:
        return RateLimited(_("微信小店说请求太多（%(code)d %(said)s）。稍后会再试。") % words, wait=LIMITED[errcode])
    if errcode in CREDENTIALS:
        return Refused(_("微信小店不认 AppID 或 AppSecret（%(code)d %(said)s）。请到小店后台核对，再填一次。") % words)
    if errcode in WRONG_PLACE:
        return _no_place(f"{errcode} {said}")
    if errcode in NO_RIGHT:
        return Refused(_("微信小店没有开通这个接口的权限（%(code)d %(said)s）。请在小店后台开通。") % words)
    if errcode == TOO_MANY:
        return Refused(_("这段时间的单太多，微信小店不肯一次列完（%(code)d %(said)s）。请缩短时间段。") % words, "connector.span_too_big")
    return Denied(_("微信小店说不行：%(said)s（%(code)d）。") % words, errcode)


def _no_place(said: str) -> Refused:
    return Refused(_("微信小店只让名单里的 IP 访问（%(said)s）。请把本机的出口 IP 加进小店后台的 IP 白名单。") % {"said": said})
