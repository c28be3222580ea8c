"""Kuaishou's calls about refunds. Money alone is agreed to by `…refund.approve`, goods that come back by `…returngoods.approve` and, once
they came, `…confirm.receipt`; an exchange ends by `confirm.and.send`, or by `direct.refund`."""

from __future__ import annotations

from danshu_simulator import refunding
from danshu_simulator.fronts import kuaishou_bodies as bodies
from danshu_simulator.fronts.front import Call, Run
from danshu_simulator.fronts.kuaishou_calls import DAY_MS, REACH_MS, bad, done, failed, next_page, number, one_of, text
from danshu_simulator.things import Refund, RefundKind, RefundStatus
from danshu_simulator.web import Answer, Refuse

LARGEST_PAGE = 100
WRONG_TYPE, END_FIRST, TOO_OLD, NO_AMOUNT = 300002, 300003, 300005, 300009
WRONG_STATUS, NOT_FOUND, UPDATED, NEGOTIATED, NOT_ALLOWED, TOO_LONG = 300010, 300011, 300014, 300017, 300018, 300019
WHY = {
    WRONG_TYPE: "退款单状态错误",
    END_FIRST: "结束时间要晚于开始时间",
    TOO_OLD: "只能查询最近90天内的订单",
    NO_AMOUNT: "退款金额为0",
    WRONG_STATUS: "退款单当前状态不能退款",
    NOT_FOUND: "退款单不存在",
    UPDATED: "退款单状态已更新，请刷新重试",
    NEGOTIATED: "协商状态已改变",
    NOT_ALLOWED: "当前退款状态不可操作",
    TOO_LONG: "时间范围超限",
}
BACK = {RefundKind.RETURN, RefundKind.EXCHANGE}
REJECT_REASONS = {1: "商品已发出", 2: "与买家协商一致", 3: "商品影响二次销售", 4: "未收到退货"}


def refused(code: int) -> Refuse:
    return Refuse(failed(code, WHY[code]))


def list_refunds(call: Call) -> Answer:
    """A day at most, of the last 90; those of one order without times."""
    which, size = one_of(call, "type", (8, 9), 9), number(call, "pageSize", 20, low=1, high=LARGEST_PAGE)
    newest_first, by_change = one_of(call, "sort", (1, 2), 1) == 1, one_of(call, "queryType", (1, 2), 1) == 2
    status, negotiation = number(call, "status", 0), one_of(call, "negotiateStatus", (0, 1, 2, 3), 0)
    if status and status not in bodies.ALL_REFUND_STATUSES:
        raise refused(WRONG_TYPE)
    order_no, page_no = number(call, "orderId", 0), number(call, "currentPage", 1, low=1)
    start, end = (number(call, name, 0 if order_no else None) for name in ("beginTime", "endTime"))
    if start or end:
        _check_span(call, start, end)
    option = call.args.get("option")
    with_exchanges = not isinstance(option, dict) or option.get("needExchange") is not False
    cursor = call.args.get("pcursor", "")
    if not isinstance(cursor, str):
        raise bad("pcursor")
    by = "updated_ms" if by_change else "created_ms"
    rows = [
        row
        for row in call.refunds(start_ms=start or None, end_ms=end or None, by=by)
        if (which == 9 or row.status == RefundStatus.ASKED)
        and status in {0, bodies.REFUND_STATUSES[row.status]}
        and order_no in {0, int(row.order_no)}
        and (with_exchanges or row.kind != RefundKind.EXCHANGE)
        and negotiation in {0, bodies.refund(call.world, call.owner, row)["negotiateStatus"]}
    ]
    page, following = next_page(rows, cursor, size, by=by, newest_first=newest_first)
    data = {
        "currentPage": page_no,
        "pageSize": size,
        "totalPage": -(-len(rows) // size),
        "totalSize": len(rows),
        "beginTime": start,
        "endTime": end,
        "pcursor": following,
        "refundOrderInfoList": [bodies.refund(call.world, call.owner, row) for row in call.disturb(page)],
    }
    return done(data)


def _check_span(call: Call, start: int, end: int) -> None:
    if end <= start:
        raise refused(END_FIRST)
    if start < call.now_ms - REACH_MS:
        raise refused(TOO_OLD)
    if end - start > DAY_MS:
        raise refused(TOO_LONG)


def get_refund(call: Call) -> Answer:
    refund = call.refund(str(number(call, "refundId", low=1)))
    if not refund:
        raise refused(NOT_FOUND)
    return done(bodies.refund_detail(call.world, call.owner, refund))


# --- answers -------------------------------------------------------------------------------------------------------------------


def _own(call: Call) -> Refund:
    refund = call.world.books[call.owner.key].refunds.get(str(number(call, "refundId", low=1)))
    if not refund:
        raise refused(NOT_FOUND)
    return refund


def _answer(call: Call, refund: Refund, *, agrees: bool, reason: str = "") -> Answer:
    refunding.answer(call.world, refund.shop, refund.no, agrees=agrees, reason=reason)
    return done()


def _check_told(call: Call, refund: Refund) -> None:
    """What the seller saw when deciding."""
    body = bodies.refund(call.world, call.owner, refund)
    for name, code in (("status", UPDATED), ("negotiateStatus", NEGOTIATED)):
        if call.args.get(name) not in (None, "") and number(call, name) != body[name]:
            raise refused(code)


def _check_version(call: Call, refund: Refund) -> None:
    if number(call, "refundVersion", low=1) != refund.updated_ms:
        raise refused(UPDATED)


def approve(call: Call) -> Answer:
    refund = _own(call)
    amount, way = number(call, "refundAmount"), one_of(call, "refundHandingWay", (1, 10))
    if not amount:
        raise refused(NO_AMOUNT)
    _check_told(call, refund)
    if refund.kind != RefundKind.REFUND or way != bodies.WAYS[refund.kind] or refund.status != RefundStatus.ASKED:
        raise refused(WRONG_STATUS)
    if amount != refund.amount_fen:
        raise bad("refundAmount", "与退款单金额不一致")
    return _answer(call, refund, agrees=True)


def approve_return(call: Call) -> Answer:
    refund, amount = _own(call), number(call, "refundAmount", 0)
    number(call, "addressId", 0)
    if refund.kind not in BACK or refund.status != RefundStatus.ASKED:
        raise refused(NOT_ALLOWED)
    if amount != (refund.amount_fen if refund.kind == RefundKind.RETURN else 0):
        raise bad("refundAmount", "与退款单金额不一致")
    return _answer(call, refund, agrees=True)


def confirm_receipt(call: Call) -> Answer:
    """The money goes back at once, even when the goods have not come yet."""
    refund = _own(call)
    _check_told(call, refund)
    if refund.kind != RefundKind.RETURN or refund.status not in {RefundStatus.WAITING_RETURN, RefundStatus.RETURNED}:
        raise refused(NOT_ALLOWED)
    with call.world.changing():
        if refund.status == RefundStatus.WAITING_RETURN:
            refunding.send_back(call.world, refund.shop, refund.no, waybill_no="")
        return _answer(call, refund, agrees=True)


def confirm_and_send(call: Call) -> Answer:
    refund, no, code = _own(call), text(call, "expressNo"), number(call, "expressCode")
    if code not in bodies.COURIERS:
        raise bad("expressCode")
    if refund.kind != RefundKind.EXCHANGE or refund.status not in {RefundStatus.RETURNED, RefundStatus.WAITING_RESEND}:
        raise refused(NOT_ALLOWED)
    with call.world.changing():
        if refund.status == RefundStatus.RETURNED:
            _answer(call, refund, agrees=True)
        refunding.send_again(call.world, refund.shop, refund.no, waybill_no=no, courier=str(code))
    return done()


def direct_refund(call: Call) -> Answer:
    """The money for an exchange."""
    refund = _own(call)
    _check_version(call, refund)
    if refund.kind != RefundKind.EXCHANGE or refund.status in {RefundStatus.DONE, RefundStatus.CLOSED, RefundStatus.WAITING_RESEND}:
        raise refused(NOT_ALLOWED)
    world, order = call.world, call.world.order(refund.shop, refund.order_no)
    with world.changing():
        pieces = dict(refund.pieces)
        refunding.take_back(world, refund.shop, refund.no)
        refunding.refund_at_once(world, refund.shop, order.no, pieces=pieces)
    return done()


def reject(call: Call) -> Answer:
    refund, reason = _own(call), one_of(call, "reasonCode", [*REJECT_REASONS])
    images = call.args.get("rejectImages") or []
    if not isinstance(images, list) or len(images) > 6:
        raise bad("rejectImages")
    said_ = text(call, "rejectDesc") if call.args.get("rejectDesc") else ""
    _check_version(call, refund)
    if refund.status not in {RefundStatus.ASKED, RefundStatus.RETURNED}:
        raise refused(NOT_ALLOWED)
    return _answer(call, refund, agrees=False, reason=said_ or REJECT_REASONS[reason])


def reject_reasons(call: Call) -> Answer:
    _own(call)
    rows = [
        {"reasonCode": code, "reasonMsg": why, "requiredRejectDesc": False, "requiredRejectImage": False}
        for code, why in REJECT_REASONS.items()
    ]
    return done(rows)


CALLS: dict[str, Run] = {
    "open.seller.order.refund.pcursor.list": list_refunds,
    "open.seller.order.refund.detail": get_refund,
    "open.seller.order.refund.approve": approve,
    "open.seller.order.refund.returngoods.approve": approve_return,
    "open.seller.order.refund.confirm.receipt": confirm_receipt,
    "open.refund.confirm.and.send": confirm_and_send,
    "open.refund.direct.refund": direct_refund,
    "open.refund.reject": reject,
    "open.refund.reject.reason": reject_reasons,
}
