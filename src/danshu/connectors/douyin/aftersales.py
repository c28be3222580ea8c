"""After-sales of Doudian: what a row of `afterSale.List` says, and the seller's answers through `afterSale.operate`.

The document's own example wraps texts in quotation marks, so they are taken off.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from danshu.channels import bodies, calling
from danshu.channels.connecting import Body, RefundAnswer
from danshu.channels.connector_errors import BadPayload, Refused
from danshu.channels.contract import IncomingRefund, RefundKind, RefundState
from danshu.connectors.douyin.client import Gate

STATES = {
    3: (RefundState.AGREED, "换货待买家收货"),
    6: (RefundState.ASKED, "待商家同意"),
    7: (RefundState.WAITING_RETURN, "待买家退货"),
    8: (RefundState.AGREED, "待商家发货"),
    11: (RefundState.RETURNED, "待商家二次同意"),
    12: (RefundState.DONE, "售后成功"),
    13: (RefundState.AGREED, "换货待买家收货"),
    14: (RefundState.DONE, "换货成功"),
    27: (RefundState.REFUSED, "拒绝售后申请"),
    28: (RefundState.CLOSED, "售后关闭"),
    29: (RefundState.REFUSED, "拒绝退货"),
    51: (RefundState.CLOSED, "取消成功"),
    53: (RefundState.DONE, "逆向交易完成"),
}
BACK, MONEY, BEFORE, EXCHANGE, PRICE_CARE, RESEND, REPAIR = 0, 1, 2, 3, 6, 7, 8  # aftersale_type
KINDS = {
    BACK: RefundKind.RETURN,
    MONEY: RefundKind.REFUND_ONLY,
    BEFORE: RefundKind.REFUND_ONLY,
    EXCHANGE: RefundKind.EXCHANGE,
    4: RefundKind.REFUND_ONLY,  # 系统取消
    5: RefundKind.REFUND_ONLY,  # 用户取消
    PRICE_CARE: RefundKind.REFUND_ONLY,
    RESEND: RefundKind.RESEND,
    REPAIR: RefundKind.REPAIR,
}
MOVING = {1, 2, 4}  # refund_status 待退款, 退款中, 失败: agreed to, but no money went
WHOLE_ORDER = 2  # aftersale_order_type 店铺单
FIRST, SECOND = 6, 11  # aftersale_status: the request itself, and the goods that came back
AGREE = {(BACK, FIRST): 101, (BACK, SECOND): 111, (MONEY, FIRST): 201, (BEFORE, FIRST): 201, (EXCHANGE, FIRST): 301}
REFUSE = {(BACK, FIRST): 102, (BACK, SECOND): 112, (MONEY, FIRST): 202, (EXCHANGE, FIRST): 302}
TAKES_ADDRESS = {101, 301}


def refund(body: Body) -> IncomingRefund:
    """A state that the documents do not name waits for the seller: better one look too many than a request that nobody sees."""
    info, about, words = (bodies.item(body, key) for key in ("aftersale_info", "order_info", "text_part"))
    code, way = bodies.number(info, "aftersale_status"), bodies.number(info, "aftersale_type")
    kind = KINDS.get(way, RefundKind.REFUND_ONLY)
    has_money = kind in {RefundKind.REFUND_ONLY, RefundKind.RETURN}
    state, said = STATES.get(code, (RefundState.ASKED, str(code)))
    if state == RefundState.DONE and has_money and bodies.number(info, "refund_status") in MOVING:
        state = RefundState.AGREED
    order_no = _clean(about, "shop_order_id") or _clean(info, "related_id")
    if not order_no:
        raise bodies.missing("shop_order_id")
    rows = bodies.items(about, "related_order_info")
    return IncomingRefund(
        refund_no=number(body),
        platform_no=order_no,
        kind=kind,
        state=state,
        oids=() if bodies.number(info, "aftersale_order_type") == WHOLE_ORDER else _oids(info, rows, order_no),
        amount_fen=bodies.fen(info, "refund_amount") if has_money else 0,
        quantity=bodies.number(info, "aftersale_num"),
        is_before_shipping=way == BEFORE,
        reason=_clean(words, "reason_text"),
        status_text=_clean(words, "aftersale_status_text") or said,
        asked_at=bodies.moment(info, "apply_time") or bodies.moment(info, "create_time"),
        modified_at=bodies.moment(info, "update_time"),
        answer_by=bodies.moment(info, "status_deadline"),
        return_courier=_clean(info, "return_logistics_company_name"),
        return_waybill_no=_clean(info, "return_logistics_code"),
    )


def number(body: Body) -> str:
    no = _clean(bodies.item(body, "aftersale_info"), "aftersale_id")
    if not no:
        raise bodies.missing("aftersale_id")
    return no


def _oids(info: Body, rows: list[Body], order_no: str) -> tuple[str, ...]:
    found = [no for row in rows if (no := _clean(row, "sku_order_id"))]
    related = _clean(info, "related_id")
    return tuple(dict.fromkeys(found)) or ((related,) if related and related != order_no else ())


def _clean(body: Body, key: str) -> str:
    said = bodies.text(body, key).strip('"').strip()
    return "" if said in {"0", "-1"} else said


# --- answers -----------------------------------------------------------------------------------------------------------------


def answer(gate: Gate, said: RefundAnswer) -> None:
    """The number of the operation follows from kind and state. `update_time` lets the platform refuse an answer to an older request."""
    try:
        info = bodies.item(said.body, "aftersale_info")
        way, state = bodies.number(info, "aftersale_type"), bodies.number(info, "aftersale_status")
        version = bodies.number(info, "update_time", most=10**11)
    except BadPayload as error:
        raise calling.failure(Refused, gate.shop, str(error)) from None
    if not said.agrees and way == BEFORE:
        raise calling.failure(Refused, gate.shop, _("没发货的退款不能直接拒绝；发货就是拒绝，请发货"))
    operation = (AGREE if said.agrees else REFUSE).get((way, state)) if info else None
    if operation is None:
        raise calling.failure(Refused, gate.shop, _("这种售后、这个状态不能在这里处理，请到抖店后台操作"))
    item: dict[str, Any] = {"aftersale_id": said.refund_no}
    if version:
        item["update_time"] = version
    if operation in TAKES_ADDRESS and said.address_id:
        item["logistics"] = {"receiver_address_id": int(said.address_id)} if said.address_id.isdigit() else {}
    if not said.agrees:
        item |= {"reason": said.reason, "remark": said.reason, "reject_reason_code": _reason(gate, said), "evidence": []}
    data = gate.call("afterSale.operate", {"type": operation, "items": [item]}, is_repeatable=False)
    rows = data.get("items")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and "status_code" in row for row in rows):
        raise calling.incomplete("items")
    for row in rows:
        if str(row["status_code"]) != "0":
            raise calling.failure(Refused, gate.shop, str(row.get("status_msg") or row["status_code"]), code=str(row["status_code"]))


def _reason(gate: Gate, said: RefundAnswer) -> int:
    """The platform's number for the reason: the one that reads like ours, else the first that wants no pictures."""
    data = gate.call("afterSale.rejectReasonCodeList", {"aftersale_id": said.refund_no})
    if not isinstance(data.get("items"), list):
        raise calling.incomplete("items")
    try:
        rows = [row for row in bodies.items(data, "items") if bodies.text(row, "evidence_need").upper() != "Y"]
        named = [row for row in rows if bodies.text(row, "reason") == said.reason] or rows
        if named:
            return bodies.number(named[0], "reject_reason_code")
    except BadPayload as error:
        raise calling.failure(Refused, gate.shop, str(error)) from None
    raise calling.failure(Refused, gate.shop, _("拒绝这个售后要上传凭证图片，请到抖店后台操作"))
