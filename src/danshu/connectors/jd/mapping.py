"""JD's POP orders and cancellation requests → ours. Pure. Shapes: README.md; amounts of orders are yuan texts, those of requests fen."""

from __future__ import annotations

import re
from itertools import zip_longest

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import (
    IncomingLine,
    IncomingOrder,
    IncomingParcel,
    IncomingRefund,
    Payment,
    Progress,
    Receiver,
    Refund,
    RefundKind,
    RefundState,
)
from danshu.channels.text_bodies import fen, moment, needed, pieces, text, unreadable
from danshu.connectors.jd.reading import inner, rows
from danshu.core import money

PROGRESS = {
    "NOT_PAY": Progress.WAITING,
    "WAIT_SELLER_STOCK_OUT": Progress.WAITING,
    "WAIT_SELLER_DELIVERY": Progress.WAITING,  # overseas shops: to be sent inside China
    "WAIT_SEND_CODE": Progress.WAITING,
    "PAUSE": Progress.WAITING,
    "POP_ORDER_PAUSE": Progress.WAITING,
    "LOCKED": Progress.WAITING,
    "SEND_TO_DISTRIBUTION_CENER": Progress.SHIPPED,  # so JD spells it
    "DISTRIBUTION_CENTER_RECEIVED": Progress.SHIPPED,
    "WAIT_GOODS_RECEIVE_CONFIRM": Progress.SHIPPED,
    "RECEIPTS_CONFIRM": Progress.DELIVERED,
    "FINISHED_L": Progress.DELIVERED,
    "TRADE_CANCELED": Progress.CLOSED,
}
PAUSED = {"PAUSE", "POP_ORDER_PAUSE"}  # paid for, but JD forbids to ship
FLAGS = {"1": "red", "2": "yellow", "3": "green", "4": "blue", "5": "purple"}
CIPHER = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")  # JD's own encryption, base64 of a binary frame
STATES = {
    "0": RefundState.ASKED,  # 未审核
    "1": RefundState.AGREED,  # 审核通过, JD's accountants next
    "2": RefundState.REFUSED,
    "3": RefundState.DONE,  # 京东财务审核通过
    "4": RefundState.REFUSED,  # 京东财务审核不通过
    "5": RefundState.AGREED,  # 人工审核通过
    "6": RefundState.AGREED,  # 拦截并退款: the courier is to turn back
    "7": RefundState.AGREED,  # 拦截成功
    "8": RefundState.ASKED,  # 拦截失败
    "9": RefundState.DONE,  # 强制关单并退款
    "10": RefundState.ASKED,  # 物流待跟进
    "11": RefundState.CLOSED,  # 用户撤销
    "16": RefundState.WAITING_RETURN,  # 拒收后退款
    "17": RefundState.WAITING_RETURN,  # 协商退货退款
    "18": RefundState.CLOSED,  # 协商关闭
    "19": RefundState.ASKED,  # 纠纷介入
    "27": RefundState.AGREED,  # 京东承诺拦截
}


def order(body: Body) -> IncomingOrder:
    state = needed(body, "orderState")
    if state not in PROGRESS:
        raise BadPayload(_("不认识的订单状态：%(status)s。") % {"status": state})
    parts = rows(body, "itemInfoList")
    if not parts:
        raise BadPayload(_("平台的数据里缺少 %(name)s。") % {"name": "itemInfoList"})
    goods, freight = fen(body, "orderTotalPrice"), fen(body, "freightPrice")
    paid = fen(body, "orderPayment") + fen(body, "balanceUsed")  # what JD took from the buyer's balance is money too
    return IncomingOrder(
        platform_no=needed(body, "orderId"),
        lines=_lines(body, parts, paid - freight),
        receiver=_receiver(body),
        payment=_payment(body, state),
        progress=PROGRESS[state],
        refund=Refund.REQUESTED if state == "LOCKED" else Refund.NONE,  # locked: the buyer asks to cancel
        status_text=text(body, "orderStateRemark") or state,
        placed_at=moment(body, "orderStartTime"),
        paid_at=moment(body, "paymentConfirmTime"),
        shipped_at=moment(body, "outBoundDate"),
        finished_at=moment(body, "orderEndTime"),
        modified_at=moment(body, "modified"),
        buyer_nick=text(body, "pin", "open_id_buyer"),
        buyer_message=text(body, "orderRemark"),
        seller_memo=text(body, "venderRemark"),
        flag=FLAGS.get(text(body, "flag"), ""),
        goods_fen=goods,
        freight_fen=freight,
        discount_fen=goods + freight - paid,
        paid_fen=paid,
        parcels=_parcels(body),
        is_blocked=state in PAUSED,
    )


def _lines(body: Body, parts: list[Body], paid: int) -> tuple[IncomingLine, ...]:
    """JD names what each SKU saved (`couponDetailList`), and not how the order's own discounts spread. The goods' money is shared by
    what is left of each line, so that the lines add up to the order. JD has no sub-order numbers: the position stands for one."""
    saved = _saved(body)
    left = []
    for part in parts:
        whole = fen(part, "jdPrice") * pieces(part, "itemTotal")
        off = min(saved.pop(text(part, "skuId"), 0), max(whole, 0))
        left.append(max(whole, 0) - off)
    shares = money.split(max(paid, 0), left)
    return tuple(_line(part, at, share, len(parts)) for at, (part, share) in enumerate(zip(parts, shares, strict=True), 1))


def _line(part: Body, at: int, paid: int, of: int) -> IncomingLine:
    price = fen(part, "jdPrice")
    return IncomingLine(
        oid=str(at),
        title=text(part, "skuName", "wareName"),
        quantity=pieces(part, "itemTotal"),
        item_id=text(part, "wareId"),
        sku_id=text(part, "skuId"),
        merchant_code=text(part, "outerSkuId", "productNo"),
        price_fen=price,
        paid_fen=paid,
        is_gift=price == 0 and of > 1,
    )


def _saved(body: Body) -> dict[str, int]:
    """SKU → fen off; entries without one are the order's."""
    saved: dict[str, int] = {}
    for coupon in rows(body, "couponDetailList") if body.get("couponDetailList") else []:
        if sku := text(coupon, "skuId"):
            saved[sku] = saved.get(sku, 0) + max(fen(coupon, "couponPrice"), 0)
    return saved


def _payment(body: Body, state: str) -> Payment:
    if state == "NOT_PAY":
        return Payment.UNPAID
    if text(body, "payType").split("-")[0] == "1":
        return Payment.COD
    if state == "TRADE_CANCELED" and not moment(body, "paymentConfirmTime"):
        return Payment.UNPAID
    return Payment.PAID


def _receiver(body: Body) -> Receiver:
    if not body.get("consigneeInfo"):  # virtual goods, or an application that may not see it
        return Receiver(merge_key=text(body, "oaid"))
    to = inner(body, "consigneeInfo")
    name, phone, address = text(to, "fullname"), text(to, "mobile", "telephone"), text(to, "fullAddress")
    province, city, district, town = (text(to, part) for part in ("province", "city", "county", "town"))
    is_cipher = any(CIPHER.fullmatch(value) for value in (name, phone, address))
    if not is_cipher:
        for part in (province, city, district):
            address = address.removeprefix(part)
        if town and not address.startswith(town):
            address = f"{town}{address}"
    is_masked = any("*" in value for value in (name, phone, address))
    return Receiver(name, phone, province, city, district, address, is_masked, is_cipher, text(body, "oaid") or text(to, "oaid"))


def _parcels(body: Body) -> tuple[IncomingParcel, ...]:
    """`logisticsId` `467|1499` and `waybill` `SF1,SF2|75…`: companies by `|`, numbers of one company by `,`."""
    companies, numbers = text(body, "logisticsId").split("|"), text(body, "waybill").split("|")
    pairs = [(company, number) for company, group in zip_longest(companies, numbers, fillvalue="") for number in group.split(",")]
    return tuple(IncomingParcel(company.strip(), number.strip()) for company, number in pairs if number.strip())


def refund(body: Body) -> IncomingRefund:
    """A request to cancel before the goods went, or to turn them back on their way; for the whole order, as JD knows no lines here."""
    status = needed(body, "status")
    if status not in STATES:
        raise BadPayload(_("不认识的售后状态：%(status)s。") % {"status": status})
    amount = text(body, "applyRefundSum") or "0"
    if not re.fullmatch(r"\d{1,15}(\.0+)?", amount):
        raise unreadable("applyRefundSum")
    asked, checked = moment(body, "applyTime"), moment(body, "checkTime")
    return IncomingRefund(
        refund_no=needed(body, "id"),
        platform_no=needed(body, "orderId"),
        kind=RefundKind.RETURN if status in {"16", "17"} else RefundKind.REFUND_ONLY,
        state=STATES[status],
        amount_fen=int(amount.split(".")[0]),
        is_before_shipping=status not in {"6", "7", "8", "10", "16", "17", "27"},
        reason=text(body, "reason"),
        status_text=status,
        asked_at=asked,
        modified_at=max([known for known in (asked, checked) if known], default=None),
    )
