"""After-sales of Xiaohongshu's gateway, with the envelope of its newer half."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from danshu_simulator import refunding
from danshu_simulator.fronts import xiaohongshu_bodies as bodies
from danshu_simulator.fronts import xiaohongshu_calls as calls
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import Refund, RefundKind, RefundStatus
from danshu_simulator.web import Answer, Refuse

DEEPEST = 50_000
REFUSE_REASONS = {1: "商品已发出", 2: "与买家协商一致", 3: "其他"}


def list_after_sales(call: Call) -> Answer:
    page, size = calls.between(call, "pageNo", 1, DEEPEST), calls.between(call, "pageSize", 1, calls.LARGEST_PAGE)
    if page * size > DEEPEST:
        raise Refuse(calls.failed(calls.PARAMETERS, "请求参数错误：pageNo*pageSize 不能超过 50000"))
    order_no = str(call.args.get("orderId") or "")
    if call.args.get("timeType") is not None:
        by, start, end = calls.span(call, unit_ms=1)
        rows = call.refunds(start_ms=start, end_ms=end, by="created_ms" if by == "created" else by)
    elif order_no:
        rows = call.refunds()
    else:
        raise Refuse(calls.failed(calls.PARAMETERS, "请求参数错误：包裹号和时间类型至少传一个"))
    rows = [row for row in rows[::-1] if order_no in {"", row.order_no}]
    rows = _chosen(rows, call.args.get("statuses"), bodies.after_sale_status)
    rows = _chosen(rows, call.args.get("returnTypes"), bodies.return_type)
    listed = [bodies.after_sale(row) for row in call.page(rows, page, size)]
    return calls.wrapped({"afterSaleBasicInfos": listed, "totalCount": len(rows), "pageNo": page, "pageSize": size})


def _chosen(rows: list[Refund], wanted: Sequence[int] | None, of: Callable[[Refund], int]) -> list[Refund]:
    return [row for row in rows if not wanted or of(row) in wanted]


def _refund(call: Call) -> Refund:
    refund = call.refund(calls.text(call, "returnsId"))
    if not refund:
        raise Refuse(calls.failed(calls.MISSING, "售后单不存在"))
    return refund


def get_after_sale(call: Call) -> Answer:
    return calls.wrapped(bodies.after_sale_info(call.world, _refund(call)))


def _reason(call: Call) -> str:
    reason = whole_number(call.args.get("reason"))
    if reason not in REFUSE_REASONS:
        raise Refuse(calls.failed(calls.PARAMETERS, "拒绝原因不正确，请通过 afterSale.rejectReasons 获取"))
    return str(call.args.get("description") or REFUSE_REASONS[reason])


def audit_returns(call: Call) -> Answer:
    """1 money at once, 2 send it back, 3 no. A wish before shipping is refused by shipping alone."""
    refund, action = _refund(call), calls.between(call, "action", 1, 3)
    is_money = refund.kind == RefundKind.REFUND
    address = (call.args.get("receiverInfo") or {}).get("sellerAddressRecordId")
    if refund.status != RefundStatus.ASKED or (action == 1 and not is_money) or (action == 2 and is_money):
        raise Refuse(calls.failed(calls.STATE, "当前售后单状态不支持该操作"))
    if action == 2 and not address:
        raise Refuse(calls.failed(calls.PARAMETERS, "同意寄回时 sellerAddressRecordId 必填"))
    if action == 3 and bodies.return_type(refund) == 5:
        raise Refuse(calls.failed(calls.STATE, "未发货仅退款请通过订单发货接口拒绝"))
    reason = _reason(call) if action == 3 else ""
    refunding.answer(call.world, call.owner.key, refund.no, agrees=action != 3, reason=reason)
    return calls.done("操作成功")


def confirm_receive(call: Call) -> Answer:
    refund, action = _refund(call), calls.between(call, "action", 1, 3)
    if refund.status != RefundStatus.RETURNED:
        raise Refuse(calls.failed(calls.STATE, "当前售后单状态不支持该操作"))
    if action != 3:
        reason = _reason(call) if action == 2 else ""
        with call.world.changing():
            call.world.refund(call.owner.key, refund.no).more["was_received"] = True
            refunding.answer(call.world, call.owner.key, refund.no, agrees=action == 1, reason=reason)
    return calls.done("操作成功")


def receive_and_ship(call: Call) -> Answer:
    refund, number, courier = _refund(call), calls.text(call, "expressNo"), calls.text(call, "expressCompanyCode")
    if refund.kind != RefundKind.EXCHANGE or refund.status not in {RefundStatus.RETURNED, RefundStatus.WAITING_RESEND}:
        raise Refuse(calls.failed(calls.STATE, "当前售后单状态不支持该操作"))
    with call.world.changing():
        if refund.status == RefundStatus.RETURNED:
            refunding.answer(call.world, call.owner.key, refund.no, agrees=True)
        refunding.send_again(call.world, call.owner.key, refund.no, waybill_no=number, courier=courier)
    return calls.done("操作成功")


def reject_reasons(call: Call) -> Answer:
    _refund(call)
    kind = calls.between(call, "rejectReasonType", 1, 2)
    rows = [{"reasonType": kind - 1, "reasonId": number, "reasonName": name} for number, name in REFUSE_REASONS.items()]
    return calls.wrapped({"rejectReasons": rows})


METHODS: dict[str, Run] = {
    "afterSale.listAfterSaleInfos": list_after_sales,
    "afterSale.getAfterSaleInfo": get_after_sale,
    "afterSale.auditReturns": audit_returns,
    "afterSale.confirmReceive": confirm_receive,
    "afterSale.receiveAndShip": receive_and_ship,
    "afterSale.rejectReasons": reject_reasons,
}
