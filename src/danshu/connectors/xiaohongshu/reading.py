"""Lists, details and receivers. A list only names; the detail has no receiver, and the receiver is told while the order waits to go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Basis, Body, Fetched, Found, Listed, Page, Span
from danshu.channels.connector_errors import BadAnswer
from danshu.connectors.xiaohongshu.client import Api, Denied, a_list, an_object

NO_SUCH = {-2000101}
PAGE_SIZE = 100
WAITING = {4, 5}
RESENT = 5  # orderType: goods sent instead of others
BASES = {Basis.CREATED: 1, Basis.MODIFIED: 2}


def orders(api: Api, span: Span, page: Page) -> Listed:
    """Moments are seconds here and nowhere else."""
    data = api.asked("order.getOrderList", _asked(span, page, unit=1))
    total, rows = _count(data, "total"), a_list(data, "orderList")
    last = data.get("maxPageNo")
    if isinstance(last, bool) or not isinstance(last, int):
        last = -(-total // PAGE_SIZE)
    return Listed(tuple(_found(row, "orderId", "updateTime") for row in rows), total=total, has_more=page.number < last)


def refunds(api: Api, span: Span, page: Page) -> Listed:
    data = api.asked("afterSale.listAfterSaleInfos", _asked(span, page, unit=1000))
    total, rows = _count(data, "totalCount"), a_list(data, "afterSaleBasicInfos")
    found = tuple(_found(row, "returnsId", "updatedAt") for row in rows)
    return Listed(found, total=total, has_more=page.number * PAGE_SIZE < total)


def _asked(span: Span, page: Page, *, unit: int) -> dict[str, Any]:
    start, end = int(span.start.timestamp()), int(span.end.timestamp())
    return {
        "timeType": BASES[span.basis], "startTime": start * unit, "endTime": max(end, start + 1) * unit,
        "pageNo": page.number, "pageSize": PAGE_SIZE,
    }  # fmt: skip


def _count(data: Mapping[str, Any], name: str) -> int:
    number = data.get(name)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise BadAnswer(_("小红书的回答里没有“%(name)s”。") % {"name": name})
    return number


def _found(row: Mapping[str, Any], no_name: str, moment_name: str) -> Found:
    no, moment = row.get(no_name), row.get(moment_name)
    if not isinstance(no, str) or not no:
        raise BadAnswer(_("小红书的回答里没有“%(name)s”。") % {"name": no_name})
    is_moment = isinstance(moment, int) and not isinstance(moment, bool) and 0 < moment < 4_102_444_800_000
    return Found(no, modified_at=datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=moment) if is_moment and moment else None)


def order(api: Api, no: str) -> Fetched:
    try:
        body = _detail(api, no)
        if _waits(body):
            told = receivers(api, [body])[0]
            if told is None:  # the address changed a moment ago
                body = _detail(api, no)
                told = receivers(api, [body])[0] if _waits(body) else None
            if told is not None:
                body = {**body, "receiverInfo": told}
    except Denied as denied:
        return _unfetched(no, denied)
    return Fetched(no, body)


def refund(api: Api, no: str) -> Fetched:
    try:
        data = api.asked("afterSale.getAfterSaleInfo", {"returnsId": no, "needNegotiateRecord": False})
    except Denied as denied:
        return _unfetched(no, denied)
    if an_object(data.get("afterSaleInfo")).get("returnsId") != no:
        raise BadAnswer(_("小红书回答的不是问它的那一单。"))
    return Fetched(no, data)


def _unfetched(no: str, denied: Denied) -> Fetched:
    return Fetched(no, is_unknown=denied.errcode in NO_SUCH or "不存在" in denied.message, message=denied.message)


def _detail(api: Api, no: str) -> Mapping[str, Any]:
    body = api.asked("order.getOrderDetail", {"orderId": no})
    if body.get("orderId") != no:
        raise BadAnswer(_("小红书回答的不是问它的那一单。"))
    return body


def _waits(body: Body) -> bool:
    return body.get("orderStatus") in WAITING and isinstance(body.get("openAddressId"), str) and bool(body.get("openAddressId"))


def receivers(api: Api, bodies: Sequence[Body]) -> list[Mapping[str, Any] | None]:
    """What the platform tells of these orders' receivers, aligned; None where the address is another by now, or is not told."""
    told: dict[str, Mapping[str, Any]] = {}
    for is_return in (False, True):
        queries = [
            {"orderId": body.get("orderId"), "openAddressId": body.get("openAddressId")}
            for body in bodies
            if (body.get("orderType") == RESENT) is is_return
        ]
        if queries:
            data = api.asked("order.getOrderReceiverInfo", {"receiverQueries": queries, "isReturn": is_return})
            told |= {str(one.get("orderId")): one for one in a_list(data, "receiverInfos") if one.get("matched") is not False}
    return [told.get(str(body.get("orderId"))) for body in bodies]
