"""One call of Doudian: POST, the signature in the address, the sorted JSON as body. Answers and errors come under HTTP 200, in an old
envelope (`err_no`, `message`) and a new one (`code`, `msg`, `sub_code`, `sub_msg`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels import bodies, calling
from danshu.channels.connecting import Body, ShopAccess
from danshu.channels.connector_errors import (
    BadAnswer,
    BadPayload,
    ConnectorError,
    CredentialsExpired,
    RateLimited,
    Refused,
    TemporaryFailure,
)
from danshu.connectors.douyin import signing
from danshu.core import clock, http

HOST = "https://openapi-fxg.jinritemai.com"
DONE = {"10000", "0"}
EXPIRED = re.compile(
    r"isv\.access-token-|dop\.authorization-|isv\.business-failed:31009"
    r"|dop\.token-generate-failed:\s*(code|token|no-authorization)"
)
EXPIRED_CODES = {"30005"}  # of the old envelope
BUSY = {"60000"}
NEVER = re.compile(r"isp\.api-service-off|dop\.token-generate-failed:\s*(app|grant)")  # passing by their numbers alone
PASSING = {"20000", "20001", "50000", "50001", "90000"}
GONE = "无效的售后单"  # 20000 too, though no second try finds it
AGAIN = re.compile(r"系统繁忙|请稍后|网络超时")  # business refusals that pass, and say so in words only


@dataclass(frozen=True, slots=True)
class Gate:
    """The interfaces of one shop."""

    shop: ShopAccess
    client: http.Client

    def call(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        is_repeatable: bool = True,
        has_token: bool = True,
        partly: str = "",
    ) -> Body:
        """What stands under `data`, {} where the call has nothing to tell. `partly`: the sub code under which part of the answer stands
        although the call failed. Raises `ConnectorError`."""
        body = signing.param_json(params)
        url = calling.address(self.shop, HOST, "/" + method.replace(".", "/"))
        said = calling.ask(
            self.client,
            url,
            is_repeatable=is_repeatable,
            params=self._query(method, body, has_token=has_token),
            content=body.encode(),
            headers={"Content-Type": "application/json"},
        )
        return self._data(said, partly)

    def _query(self, method: str, body: str, *, has_token: bool) -> dict[str, str]:
        own = self.shop.credentials
        token = own.get("access_token", "") if has_token else ""
        if has_token and not token:
            raise calling.failure(CredentialsExpired, self.shop, _("还没有授权"))
        key, now = own.get("app_key", ""), str(int(clock.now().timestamp()))
        query = {"app_key": key, "method": method, "v": "2", "timestamp": now, "sign_method": "hmac-sha256"}
        return query | {"access_token": token, "sign": signing.sign(key, method, body, now, own.get("app_secret", ""))}

    def _data(self, said: Body, partly: str) -> Body:
        try:
            code = bodies.text(said, "code") or bodies.text(said, "err_no")
            sub = bodies.text(said, "sub_code")
            words = bodies.text(said, "sub_msg") or bodies.text(said, "msg") or bodies.text(said, "message")
        except BadPayload as error:
            raise BadAnswer(str(error)) from None
        if not code:
            raise calling.incomplete("code")
        data = said.get("data")
        if code not in DONE and not (partly and sub.startswith(partly) and isinstance(data, Mapping)):
            raise self._failed(code, sub, words)
        if data is None or data == "":
            data = {}
        if not isinstance(data, Mapping):
            raise calling.incomplete("data")
        if any("success" in one and bodies.is_no(one["success"]) for one in (said, data)):
            raise self._failed("success", sub, words)
        return data

    def _failed(self, code: str, sub: str, words: str) -> ConnectorError:
        kind = (
            CredentialsExpired if EXPIRED.match(sub) or code in EXPIRED_CODES
            else RateLimited if code in BUSY
            else Refused if NEVER.match(sub) or GONE in words
            else TemporaryFailure if sub.startswith("isp.") or code in PASSING or AGAIN.search(words)
            else Refused
        )  # fmt: skip
        return calling.failure(kind, self.shop, " ".join(filter(None, [code, words, sub])), code=sub or code)
