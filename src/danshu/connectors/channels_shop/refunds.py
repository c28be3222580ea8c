"""An after-sale of `aftersale/getaftersaleorder` → `IncomingRefund`. Amounts are fen, moments seconds."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingRefund, RefundKind, RefundState
from danshu.channels.documented_bodies import needed, section, text, whole
from danshu.connectors.channels_shop.values import moment

KINDS = {
    "REFUND": RefundKind.REFUND_ONLY,
    "RETURN": RefundKind.RETURN,
    "EXCHANGE": RefundKind.EXCHANGE,
    "RESHIP": RefundKind.RESEND,
}

# The document's spellings, and those that its own samples use instead
STATES: dict[str, tuple[RefundState, str]] = {
    "MERCHANT_PROCESSING": (RefundState.ASKED, "商家受理中"),
    "USER_WAIT_RETURN": (RefundState.WAITING_RETURN, "待买家退货"),
    "MERCHANT_WAIT_RECEIPT": (RefundState.RETURNED, "待商家收货"),
    "MERCHANT_REJECT_REFUND": (RefundState.REFUSED, "商家拒绝退款"),
    "MERCHANT_REJECT_RETURN": (RefundState.REFUSED, "商家拒绝退货退款"),
    "MERCHANT_REJECT_EXCHANGE": (RefundState.REFUSED, "商家拒绝换货"),
    "MERCHANT_REJECT_RESHIP": (RefundState.REFUSED, "商家拒绝发货"),
    "USER_WAIT_CONFIRM_UPDATE": (RefundState.REFUSED, "待用户处理商家协商"),
    "PLATFORM_PROCESSING": (RefundState.REFUSED, "平台审核中"),  # a dispute: neither side is asked anything
    "MERCHANT_OVERDUE_REFUND": (RefundState.AGREED, "商家逾期未退款"),
    "PLATFORM_REFUNDING": (RefundState.AGREED, "平台退款中"),
    "PLATFORM_REFUND_FAIL": (RefundState.AGREED, "平台退款失败"),
    "USER_WAIT_CONFIRM": (RefundState.AGREED, "待用户确认"),
    "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE": (RefundState.AGREED, "待用户处理商家代发起的售后申请"),
    "WAIT_PACKAGE_INTERCEPT": (RefundState.AGREED, "物流线上拦截中"),
    "USER_WAIT_RECEIPT": (RefundState.AGREED, "待用户收货"),
    "MERCHANT_REFUND_SUCCESS": (RefundState.DONE, "退款完成"),
    "MERCHANT_REFUND_SUCC": (RefundState.DONE, "退款完成"),
    "MERCHANT_RETURN_SUCCESS": (RefundState.DONE, "退货退款完成"),
    "MERCHANT_RETURN_SUCC": (RefundState.DONE, "退货退款完成"),
    "MERCHANT_EXCHANGE_SUCCESS": (RefundState.DONE, "换货完成"),
    "USER_CANCELD": (RefundState.CLOSED, "用户取消申请"),
    "USER_CANCELED": (RefundState.CLOSED, "用户取消申请"),
    "USER_CANCELLED": (RefundState.CLOSED, "用户取消申请"),
    "RETURN_CLOSED": (RefundState.CLOSED, "退货退款关闭"),
    "MERCHANT_FAIL": (RefundState.CLOSED, "售后关闭"),
    "MERCHANT_REFUND_RETRY_FAIL": (RefundState.CLOSED, "商家打款失败，客服关闭售后"),
}

REASONS = {  # later reasons are numbers and bring their words in `reason_text`
    "INCORRECT_SELECTION": "拍错/多拍",
    "NO_LONGER_WANT": "不想要了",
    "NO_EXPRESS_INFO": "无快递信息",
    "EMPTY_PACKAGE": "包裹为空",
    "REJECT_RECEIVE_PACKAGE": "已拒签包裹",
    "NOT_DELIVERED_TOO_LONG": "快递长时间未送达",
    "NOT_MATCH_PRODUCT_DESC": "与商品描述不符",
    "QUALITY_ISSUE": "质量问题",
    "SEND_WRONG_GOODS": "卖家发错货",
    "THREE_NO_PRODUCT": "三无产品",
    "FAKE_PRODUCT": "假冒产品",
    "NO_REASON_7_DAYS": "七天无理由",
    "INITIATE_BY_PLATFORM": "平台代发起",
    "OTHERS": "其它",
}
UNSHIPPED = {4, 8}  # 未发货售后平台自动同意, 商家发货超时
A_MOMENT = 1_000_000_000  # a smaller `deadline` is the seconds that were left when the answer was made


def refund(body: Body) -> IncomingRefund:
    kind, (state, word) = _kind(body), _state(body)
    product, money, returned = section(body, "product_info"), section(body, "refund_info"), section(body, "return_info")
    line = text(product, "sku_id") or text(product, "product_id")
    return IncomingRefund(
        refund_no=needed(body, "after_sale_order_id"),
        platform_no=needed(body, "order_id"),
        kind=kind,
        state=state,
        oids=(line,) if line else (),
        amount_fen=whole(money, "amount") if kind in {RefundKind.REFUND_ONLY, RefundKind.RETURN} else 0,
        quantity=whole(product, "count"),
        is_before_shipping=whole(money, "refund_reason") in UNSHIPPED,
        reason=_reason(body),
        status_text=word,
        asked_at=moment(body, "create_time"),
        modified_at=moment(body, "update_time"),
        answer_by=_answer_by(body),
        return_courier=text(returned, "delivery_name") or text(returned, "delivery_id"),
        return_waybill_no=text(returned, "waybill_id"),
    )


def _kind(body: Body) -> RefundKind:
    name = needed(body, "type")
    if name not in KINDS:
        raise BadPayload(_("不认识的售后类型：%(kind)s。") % {"kind": name})
    return KINDS[name]


def _state(body: Body) -> tuple[RefundState, str]:
    name = needed(body, "status")
    if name not in STATES:
        raise BadPayload(_("不认识的售后状态：%(status)s。") % {"status": name})
    return STATES[name]


def _reason(body: Body) -> str:
    name = text(body, "reason")
    details = body.get("details")
    said = text(details, "desc") if isinstance(details, dict) else ""  # newer answers hold a list of amounts here
    return text(body, "reason_text") or REASONS.get(name, "" if name.isdigit() else name) or said


def _answer_by(body: Body) -> datetime | None:
    return moment(body, "deadline") if whole(body, "deadline") >= A_MOMENT else None
