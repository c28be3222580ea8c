"""Pinduoduo's after-sales. Sellers can say yes; a no is typed into the platform's own pages, for it has no call for that."""

from __future__ import annotations

from typing import Any

from danshu_simulator import refunding
from danshu_simulator.fronts import pdd_bodies as bodies
from danshu_simulator.fronts import pdd_calls as calls
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import OPEN_REFUNDS, Refund, RefundKind, RefundStatus
from danshu_simulator.web import Answer, Refuse, said

ADDRESS = 5_600_001
ANY_STATUS = 1  # in older documents; the newer ones name no number for all of them
STATUSES = {0, ANY_STATUS, *range(2, 19), 21, 22, 24, 25, 27, 31, 32, 33}


def list_refunds(call: Call) -> Answer:
    """By change, half an hour at most, newest first; of one order's, whenever, with its number."""
    status, kind = calls.number(call, "after_sales_status"), calls.between(call, "after_sales_type", 1, 6)
    if status not in STATUSES:
        raise calls.refused("after_sales_status不正确")
    page = calls.between(call, "page", 1, 10**6, 1)
    size = calls.between(call, "page_size", 1, calls.LARGEST_PAGE, calls.LARGEST_PAGE)
    start, end = calls.span(call, "start_updated_at", "end_updated_at", calls.HALF_HOUR_S)
    order_sn = str(call.args.get("order_sn") or "")
    if order_sn:
        rows = [row for row in call.refunds() if row.order_no == order_sn]
    else:
        rows = call.refunds(start_ms=start * 1000, end_ms=end * 1000 + 999)
        rows = [row for row in rows if kind in {1, bodies.LIST_KINDS[row.kind]}]
        rows = [row for row in rows if status in {0, ANY_STATUS, bodies.after_sales_status(row)}]
    listed = [bodies.refund_row(call.world.order(row.shop, row.order_no), row) for row in call.page(rows[::-1], page, size)]
    return calls.wrapped("refund_increment_get_response", {"refund_list": listed, "total_count": len(rows)})


def _refund(call: Call, args: dict[str, Any]) -> Refund:
    """Both numbers belong together."""
    refund = call.refund(str(args.get("after_sales_id") or ""))
    if not refund or refund.order_no != str(args.get("order_sn") or ""):
        raise calls.refused("售后单不存在", "30001")
    return refund


def get_refund(call: Call) -> Answer:
    """Not wrapped in a name, unlike everything else. Without a number the order's newest one."""
    order_sn = calls.text(call, "order_sn")
    if call.args.get("after_sales_id"):
        refund = _refund(call, call.args)
    else:
        mine = [row for row in call.refunds(by="created_ms") if row.order_no == order_sn]
        if not mine:
            raise calls.refused("售后单不存在", "30001")
        refund = mine[-1]
    return said(bodies.refund_detail(call.world.order(refund.shop, refund.order_no), refund))


def _answered(refund: Refund, *, name: str = "succ", message: str = "操作成功") -> Answer:
    result = {"after_sales_id": int(refund.no), "order_sn": refund.order_no, "message": message, name: True}
    return said({"response": {"success": True, "error_code": 0, "error_msg": "", "result": result}})


def _request(call: Call) -> dict[str, Any]:
    request = calls.structure(call, "request")
    if not isinstance(request, dict):
        raise Refuse(calls.failed(calls.EMPTY, "request不能为空"))
    return request


def agree(call: Call) -> Answer:
    """The money goes back: to a wish for money only, or when the goods have come back."""
    refund = _refund(call, _request(call))
    is_money = refund.kind == RefundKind.REFUND and refund.status == RefundStatus.ASKED
    is_back = refund.kind == RefundKind.RETURN and refund.status == RefundStatus.RETURNED
    if not is_money and not is_back:
        raise calls.refused("当前售后状态不支持同意退款", "30002")
    refunding.answer(call.world, call.owner.key, refund.no, agrees=True)
    return _answered(refund)


def agree_to_return(call: Call) -> Answer:
    request = _request(call)
    refund = _refund(call, request)
    if not request.get("operate_desc") or whole_number(request.get("return_address_id")) != ADDRESS:
        raise calls.refused("operate_desc、return_address_id必填且须在退货地址库中", "30003")
    if refund.kind not in {RefundKind.RETURN, RefundKind.EXCHANGE} or refund.status != RefundStatus.ASKED:
        raise calls.refused("当前售后状态不支持同意退货", "30002")
    refunding.answer(call.world, call.owner.key, refund.no, agrees=True)
    return _answered(refund, name="success")


def send_other_goods(call: Call) -> Answer:
    """For an exchange when the goods have come back, for a resend when it was asked."""
    request = _request(call)
    refund = _refund(call, request)
    courier, waybill_no = whole_number(request.get("shipping_id")), str(request.get("tracking_number") or "")
    if courier not in bodies.COURIERS or not waybill_no:
        raise calls.refused("快递公司或运单号不正确", "20006")
    waits = {RefundKind.EXCHANGE: RefundStatus.RETURNED, RefundKind.RESEND: RefundStatus.ASKED}.get(refund.kind)
    if refund.status not in {waits, RefundStatus.WAITING_RESEND}:
        raise calls.refused("当前售后状态不支持换货发货", "30002")
    with call.world.changing():
        if refund.status == waits:
            refunding.answer(call.world, call.owner.key, refund.no, agrees=True)
        refunding.send_again(call.world, call.owner.key, refund.no, waybill_no=waybill_no, courier=str(courier))
    return _answered(refund)


def check(call: Call) -> Answer:
    """Which of these orders have an after-sale that is open."""
    numbers = set(calls.text(call, "order_sns").split(","))
    found = sorted({row.order_no for row in call.refunds() if row.order_no in numbers and row.status in OPEN_REFUNDS})
    return calls.wrapped("refund_status_check_response", {"order_sns_exists_refund": [{"order_sn": no} for no in found]})


def addresses(call: Call) -> Answer:
    place = {"province_name": "浙江省", "city_name": "杭州市", "district_name": "余杭区", "refund_address": "梧桐路 1 号"}
    row = {"id": ADDRESS, "is_default": "Y", "is_legal": True, "is_validated": True, "mall_id": int(call.owner.number), **place}
    return calls.wrapped("refund_address_list_get_response", {"refund_address_list": [row]})


METHODS: dict[str, tuple[Run, bool]] = {
    "pdd.refund.list.increment.get": (list_refunds, True),
    "pdd.refund.information.get": (get_refund, True),
    "pdd.refund.agree": (agree, True),
    "pdd.refund.returngoods.agree": (agree_to_return, True),
    "pdd.refund.exchange.shipping": (send_other_goods, True),
    "pdd.refund.status.check": (check, True),
    "pdd.refund.address.list.get": (addresses, True),
}
