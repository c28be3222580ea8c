"""One call of an adapter to its platform: where it goes, what failed on the way, and the answer read exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from danshu.channels.connecting import ShopAccess
from danshu.channels.connector_errors import BadAnswer, ConnectorError, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.platforms import PLATFORMS
from danshu.core import http
from danshu.core.errors import DomainError


def address(shop: ShopAccess, own: str, path: str) -> str:
    """`path` at the platform's own address, or at the shop's gateway."""
    return (shop.gateway.rstrip("/") or own) + path


def ask(client: http.Client, url: str, *, is_repeatable: bool, **request: Any) -> Mapping[str, Any]:
    """POST and return the JSON object that came back, whatever it says; floats are `Decimal`.

    `is_repeatable`: the same call twice does no harm, so broken answers are tried again. Raises `RateLimited`, `TemporaryFailure`, and
    `BadAnswer` for anything that is no JSON object.
    """
    try:
        answer = client.request("POST", url, idempotent=is_repeatable, **request)
    except DomainError as error:
        raise unanswered(error) from None
    return parse(answer.content)


def parse(content: bytes) -> Mapping[str, Any]:
    """JSON as platforms send it. Raises `BadAnswer`."""
    try:
        found = decoded(content)
    except ValueError:
        raise BadAnswer(_("平台的回答不是 JSON，读不了。稍后会再试。")) from None
    if not isinstance(found, Mapping):
        raise BadAnswer(_("平台的回答不是文档说的样子。稍后会再试。"))
    return found


def decoded(content: bytes) -> Any:
    """JSON of any kind, perhaps behind a byte-order mark; floats are `Decimal`. Raises `ValueError`."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (RecursionError, ArithmeticError) as error:
        raise ValueError from error


def unanswered(error: DomainError) -> ConnectorError:
    """No answer at all, as `core.http` says it."""
    if error.code == "http.busy":
        return RateLimited(error.message, wait=float(error.details.get("wait", 0)))
    return BadAnswer(error.message) if error.code == "http.too_big" else TemporaryFailure(error.message)


def incomplete(what: str) -> BadAnswer:
    """The error for an answer that lacks what was asked for: never "nothing there"."""
    return BadAnswer(_("平台的回答里没有 %(what)s，不能当作「没有数据」。稍后会再试。") % {"what": what})


def failure(
    kind: type[RateLimited | CredentialsExpired | TemporaryFailure | Refused], shop: ShopAccess, said: str, *, code: str = ""
) -> ConnectorError:
    """The error for what the platform said, in a sentence of ours; its code stands in `details["platform_code"]`."""
    sentences = {
        RateLimited: _("%(platform)s说请求太频繁：%(said)s。稍后会再试。"),
        CredentialsExpired: _("%(platform)s的授权失效了：%(said)s。请重新授权这个店铺。"),
        TemporaryFailure: _("%(platform)s那边出错了：%(said)s。稍后会再试。"),
        Refused: _("%(platform)s拒绝了这个请求：%(said)s。再试也没有用，请按它说的处理。"),
    }
    found = PLATFORMS.get(shop.platform)
    error: ConnectorError = kind(sentences[kind] % {"platform": found.name if found else shop.platform, "said": said[:200] or code or "—"})
    error.details["platform_code"] = code
    return error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
