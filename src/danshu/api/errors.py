"""What goes wrong, in one shape: `{"code", "message", "details"}`."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from danshu.core.errors import DomainError

log = logging.getLogger(__name__)
STATUS = {
    "request.json": 400, "token.missing": 401, "token.unknown": 401, "access.denied": 403, "token.scope": 403, "order.missing": 404,
    "request.method": 405, "request.too_big": 413, "request.type": 415, "request.rate": 429,
    "stock.short": 409, "stock.busy": 409, "stock.locked": 409, "order.known": 409, "order.not_open": 409, "order.merged": 409,
    "order.is_head": 409, "order.closed": 409, "state.not_allowed": 409, "shop.closed": 409, "shop.connected": 409,
    "shipment.refused": 409, "shipment.several": 409, "shipment.twice": 409,
}  # fmt: skip
MOST_FAULTS = 20


def status_of(error: DomainError) -> int:
    """404 for what is not there, 409 for what stands in the way now and may not tomorrow, 422 for what is wrong in the request."""
    return STATUS.get(error.code) or (404 if error.code.endswith(".not_found") else 422)


def shape(error: DomainError) -> dict[str, Any]:
    return {"code": error.code, "message": str(error), "details": error.details}


def say(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A JSON answer, kept by nobody on its way."""
    return spoken(json.dumps(data, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder), status, headers)


def spoken(text: str, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    answer = HttpResponse(text, status=status, content_type="application/json")
    answer["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        answer[name] = value
    return answer


def refuse(error: DomainError) -> HttpResponse:
    status = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status == 429:
        headers["Retry-After"] = str(error.details["wait"])
    return say(shape(error), status, headers)


def install(api: NinjaAPI) -> None:
    """Every error of the framework takes our shape."""

    @api.exception_handler(DomainError)
    def domain(_request: HttpRequest, error: DomainError) -> HttpResponse:
        return refuse(error)

    @api.exception_handler(ValidationError)
    def invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        faults = [_fault(one) for one in error.errors[:MOST_FAULTS]]
        where = "、".join(fault["where"] for fault in faults[:3])
        text = _("请求里有 %(n)d 处不对：%(where)s。什么都没有做。请按 details 里的说明改。") % {"n": len(error.errors), "where": where}
        return refuse(DomainError(text, "request.invalid", details={"errors": faults}))

    @api.exception_handler(HttpError)
    def broken(_request: HttpRequest, error: HttpError) -> HttpResponse:
        if isinstance(error.__cause__, DomainError):  # our parser's own words
            return refuse(error.__cause__)
        return refuse(DomainError(_("请求的内容不是 JSON，读不出来。什么都没有做。"), "request.json"))


def missing_token() -> DomainError:
    text = _("没有令牌。请在请求头里加上 Authorization: Bearer dsk_…，令牌在「设置 → 接口」里发。")
    return DomainError(text, "token.missing")


def _fault(one: Mapping[str, Any]) -> dict[str, str]:
    """Where in the request, and what; never the value itself, which may be somebody's address."""
    place = [str(part) for part in one["loc"]]
    return {"where": ".".join(place[2:] if place[:2] == ["body", "data"] else place), "problem": str(one["msg"]), "type": str(one["type"])}
