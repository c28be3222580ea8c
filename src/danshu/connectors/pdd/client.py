"""One call of Pinduoduo's router: POST, form, everything flat, signed. Answers and errors come under HTTP 200."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
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
from danshu.connectors.pdd.signing import sign
from danshu.core import clock, http

HOST = "https://gw-api.pinduoduo.com"
PATH = "/api/router"
EXPIRED = {"10019", "20032"}  # access_token ended, or belongs to another app
BUSY = {"52101", "70031"}
PASSING = {"50000", "50002", "52001", "52002", "52102", "52103", "70033"}  # the others must not be tried again, says the document
BUSINESS = "50001"  # 业务服务错误: how the service behind the gateway says no, and why in `sub_msg`; not in the document's table
AGAIN = re.compile(r"繁忙|稍后|超时|重试|系统异常")  # and how it says that it is not well itself


@dataclass(frozen=True, slots=True)
class Router:
    """The interfaces of one shop."""

    shop: ShopAccess
    client: http.Client

    def call(self, kind: str, answer: str, params: Mapping[str, Any], *, is_repeatable: bool = True, has_token: bool = True) -> Body:
        """What stands under `answer` (`order_info_get_response`; one interface has none and answers without a frame). Raises
        `ConnectorError`."""
        url = calling.address(self.shop, HOST, PATH)
        form = self._form(kind, params, has_token=has_token)
        said = calling.ask(self.client, url, is_repeatable=is_repeatable, data=form)
        if "error_response" in said:
            raise self._failed(said["error_response"])
        found = said.get(answer) if answer else said
        if not isinstance(found, Mapping):
            raise calling.incomplete(answer)
        self._must_be_yes(found)
        return found

    def _form(self, kind: str, params: Mapping[str, Any], *, has_token: bool) -> dict[str, str]:
        own = self.shop.credentials
        if has_token and not own.get("access_token"):
            raise calling.failure(CredentialsExpired, self.shop, _("还没有授权"))
        form = {name: _plain(value) for name, value in params.items()}
        form |= {"type": kind, "client_id": own.get("client_id", ""), "timestamp": str(int(clock.now().timestamp()))}
        form |= {"data_type": "JSON", "version": "V1"}
        if has_token:
            form["access_token"] = own["access_token"]
        form["sign"] = sign(form, own.get("client_secret", ""))
        return form

    def _failed(self, envelope: object) -> ConnectorError:
        """The error that an envelope stands for; one without a code is no answer at all."""
        if not isinstance(envelope, Mapping):
            return calling.incomplete("error_code")
        try:
            code = bodies.text(envelope, "error_code")
            words = [bodies.text(envelope, key) for key in ("error_msg", "sub_msg")]
        except BadPayload as error:
            return BadAnswer(str(error))
        if not code:
            return calling.incomplete("error_code")
        kind = (
            CredentialsExpired if code in EXPIRED
            else RateLimited if code in BUSY
            else TemporaryFailure if code in PASSING or (code == BUSINESS and AGAIN.search(" ".join(words)))
            else Refused
        )  # fmt: skip
        return calling.failure(kind, self.shop, " ".join([code, *dict.fromkeys(filter(None, words))]), code=code)

    def _must_be_yes(self, found: Body) -> None:
        """`is_success: false`, also as text, is a refusal under any name."""
        for key in ("is_success", "success", "succ"):
            if key in found and bodies.is_no(found[key]):
                words = [str(found.get(name) or "") for name in ("error_code", "error_msg", "message")]
                raise calling.failure(Refused, self.shop, " ".join(filter(None, words)))


def _plain(value: Any) -> str:
    """The text that is sent and signed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)
