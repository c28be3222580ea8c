"""An after-sale of `afterSale.getAfterSaleInfo` → `IncomingRefund`. Amounts are YUAN here, moments milliseconds.

The body is the answer's data: `afterSaleInfo`, and `logisticsInfo` beside it.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingRefund, RefundKind, RefundState
from danshu.channels.documented_bodies import needed, rows, section, text, whole
from danshu.connectors.xiaohongshu.values import fen_of_yuan, moment

BEFORE_SHIPPING = 5
KINDS = {
    1: RefundKind.RETURN,
    2: RefundKind.EXCHANGE,
    3: RefundKind.REFUND_ONLY,  # of old
    4: RefundKind.REFUND_ONLY,
    BEFORE_SHIPPING: RefundKind.REFUND_ONLY,
    6: RefundKind.REFUND_ONLY,  # 保价
}
STATES: dict[int, tuple[RefundState, str]] = {
    1: (RefundState.ASKED, "待审核"),
    2: (RefundState.WAITING_RETURN, "待用户寄回"),
    3: (RefundState.RETURNED, "待商家收货"),
    4: (RefundState.DONE, "已完成"),
    5: (RefundState.CLOSED, "已取消"),
    6: (RefundState.CLOSED, "已关闭"),
    9: (RefundState.REFUSED, "商家审核拒绝"),
    9001: (RefundState.REFUSED, "商家收货拒绝"),
    11: (RefundState.AGREED, "换货转退款"),
    12: (RefundState.AGREED, "换货待商家发货"),
    13: (RefundState.AGREED, "换货待用户确认收货"),
    14: (RefundState.REFUSED, "平台介入中"),  # a dispute: neither side is asked anything
}
REFUNDED = 2  # refundStatus: the money is back


def refund(body: Body) -> IncomingRefund:
    info, returned = section(body, "afterSaleInfo"), section(section(body, "logisticsInfo"), "afterSale")
    kind, (state, word) = _kind(info), _state(info)
    skus = rows(info, "skus")
    return IncomingRefund(
        refund_no=needed(info, "returnsId"),
        platform_no=needed(info, "orderId"),
        kind=kind,
        state=state,
        oids=tuple(dict.fromkeys(needed(sku, "skuId") for sku in skus)),
        amount_fen=0 if kind == RefundKind.EXCHANGE else _amount(info),
        quantity=sum(whole(sku, "appliedCount") for sku in skus),
        is_before_shipping=whole(info, "returnType") == BEFORE_SHIPPING,
        reason=text(info, "reasonNameZh") or text(info, "desc"),
        status_text=word,
        asked_at=moment(info, "applyTime"),
        modified_at=moment(info, "updatedAt"),
        answer_by=moment(info, "expireTime"),
        return_courier=text(returned, "expressCompanyName") or text(returned, "expressCompanyCode"),
        return_waybill_no=text(returned, "expressNo"),
    )


def _kind(info: Body) -> RefundKind:
    number = whole(info, "returnType")
    if number not in KINDS:
        raise BadPayload(_("不认识的售后类型：%(kind)s。") % {"kind": text(info, "returnType") or "-"})
    return KINDS[number]


def _state(info: Body) -> tuple[RefundState, str]:
    number = whole(info, "status")
    if number not in STATES:
        raise BadPayload(_("不认识的售后状态：%(status)s。") % {"status": text(info, "status") or "-"})
    return STATES[number]


def _amount(info: Body) -> int:
    """What went back once it did; before, what is asked for."""
    given = fen_of_yuan(info, "refundAmountYuan")
    return given if whole(info, "refundStatus") == REFUNDED and given else fen_of_yuan(info, "expectedRefundAmountYuan") or given
