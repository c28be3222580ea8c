"""Kuaishou's orders and refunds in our words. Pure.

An order (`open.order.cursor.list`, `open.order.detail`) is one thing in any number; what comes free with it is a sub-order with a number
of its own (`subOrderInfo`). `totalFee` is the price of the goods as the seller gets it, without freight; what the platform itself pays of
it is not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from danshu.channels import bodies
from danshu.channels.connecting import Body
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

STATUSES = {  # [D] 订单状态; 0 is 未知状态
    10: (Progress.WAITING, "待付款"),
    30: (Progress.WAITING, "已付款"),
    40: (Progress.SHIPPED, "已发货"),
    50: (Progress.DELIVERED, "已签收"),
    70: (Progress.DELIVERED, "订单成功"),
    80: (Progress.CLOSED, "订单失败"),
}
KINDS = {  # [K] 退款方式
    1: RefundKind.RETURN,
    10: RefundKind.REFUND_ONLY,
    3: RefundKind.EXCHANGE,
    4: RefundKind.RESEND,
    5: RefundKind.REPAIR,
}
STATES = {  # [D] 退款状态; the platform itself decides in 20 and 21, after the seller said no
    10: (RefundState.ASKED, "买家仅退款申请"),
    11: (RefundState.ASKED, "买家退货退款申请"),
    12: (RefundState.REFUSED, "卖家已拒绝，等待买家处理"),
    20: (RefundState.REFUSED, "平台介入-买家仅退款申请"),
    21: (RefundState.REFUSED, "平台介入-买家退货退款申请"),
    22: (RefundState.WAITING_RETURN, "平台介入-已确认退货退款"),
    30: (RefundState.WAITING_RETURN, "商品回寄信息待买家更新"),
    40: (RefundState.RETURNED, "商品回寄信息待卖家确认"),
    45: (RefundState.AGREED, "卖家已经发货，等待买家确认收货"),
    50: (RefundState.AGREED, "退款执行中"),
    60: (RefundState.DONE, "退款成功"),
    70: (RefundState.CLOSED, "退款关闭"),
}
MONEY = {RefundKind.RETURN, RefundKind.REFUND_ONLY}
BACK = {RefundKind.RETURN, RefundKind.EXCHANGE}
FLAGS = {"red", "yellow", "green", "blue", "purple", "grey"}


def order(body: Body) -> IncomingOrder:
    base = bodies.item(body, "orderBaseInfo")
    status = bodies.number(base, "status")
    if status not in STATUSES:
        raise bodies.bad("status", status)
    progress, word = STATUSES[status]
    is_paid = bool(bodies.millis(base, "payTime")) if status == 80 else status != 10
    delivery = bodies.item(body, "orderDeliveryInfo")
    lines = _lines(body, base, _refund(body, status))
    if status == 40 and _is_partly(delivery, lines[0].quantity, body):
        progress = Progress.PART_SHIPPED
    freight, price = bodies.fen(base, "expressFee"), bodies.fen(base, "totalFee")
    goods = sum(line.price_fen * line.quantity for line in lines if not line.is_gift)
    memo, flag = _notes(body)
    is_blocked = status == 30 and bool(bodies.listed(base, "disableDeliveryReasonCode") or bodies.number(base, "riskCode"))
    return IncomingOrder(
        platform_no=bodies.digits(base, "oid"),
        lines=lines,
        receiver=_receiver(bodies.item(body, "orderAddress"), bodies.text(delivery, "openAddressId")),
        payment=Payment.PAID if is_paid else Payment.UNPAID,
        progress=progress,
        refund=lines[0].refund,
        status_text=f"{word}（平台暂不允许发货）" if is_blocked else word,
        placed_at=bodies.millis(base, "createTime"),
        paid_at=bodies.millis(base, "payTime"),
        shipped_at=bodies.millis(base, "sendTime"),
        finished_at=bodies.millis(base, "recvTime") if status in {50, 70} else None,
        modified_at=bodies.millis(base, "updateTime", "createTime"),
        ship_by=bodies.millis(base, "validPromiseShipmentTimeStamp", "promiseTimeStampOfDelivery"),
        buyer_nick=bodies.text(base, "buyerNick"),
        buyer_message=bodies.text(base, "remark"),
        seller_memo=memo,
        flag=flag,
        goods_fen=goods,
        freight_fen=freight,
        discount_fen=max(0, goods - price),  # `discountFee` holds what the platform gives, too
        paid_fen=price + freight,
        parcels=_parcels(body),
        is_blocked=is_blocked,
    )


def _lines(body: Body, base: Mapping[str, Any], refund: Refund) -> tuple[IncomingLine, ...]:
    """The sub-order numbers are what split shipping and refunds speak of; the one thing of an order has the order's own."""
    item = bodies.item(body, "orderItemInfo")
    if not item:
        raise bodies.missing("orderItemInfo")
    lines = [_line(item, bodies.digits(base, "oid"), paid=bodies.fen(base, "totalFee"), refund=refund)]
    for sub in bodies.items(body, "subOrderInfo"):
        gift = bodies.item(sub, "subOrderItemInfo")
        if not gift:
            raise bodies.missing("subOrderItemInfo")
        lines.append(_line(gift, bodies.digits(bodies.item(sub, "subOrderBaseInfo"), "oid"), paid=0, is_gift=True))
    return tuple(lines)


def _line(item: Mapping[str, Any], oid: str, *, paid: int, refund: Refund = Refund.NONE, is_gift: bool = False) -> IncomingLine:
    quantity = bodies.pieces(item, "num")
    return IncomingLine(
        oid=oid,
        title=bodies.text(item, "itemTitle"),
        quantity=quantity,
        spec=bodies.text(item, "skuDesc"),
        item_id=bodies.identity(item, "itemId"),
        sku_id=bodies.identity(item, "skuId"),
        merchant_code=bodies.text(item, "skuNick"),
        picture=bodies.text(item, "itemPicUrl"),
        price_fen=bodies.fen(item, "price"),
        paid_fen=paid,
        refund=refund,
        is_gift=is_gift,
    )


def _refund(body: Body, status: int) -> Refund:
    """`orderRefundList` names the newest request alone. One that succeeded without closing the order gave back a part."""
    found = bodies.items(body, "orderRefundList")
    if not found:
        return Refund.NONE
    state, way = bodies.number(found[0], "refundStatus"), bodies.number(found[0], "handlingWay")
    if state in {0, 70}:
        return Refund.NONE
    if state != 60:
        return Refund.REQUESTED
    if KINDS.get(way, RefundKind.REFUND_ONLY) not in MONEY:
        return Refund.NONE
    return Refund.REFUNDED if status == 80 else Refund.PARTIAL


def _is_partly(delivery: Mapping[str, Any], quantity: int, body: Body) -> bool:
    """[D] One piece of an order or of its gift makes it 已发货: the counts say whether all are on their way."""
    pairs = [(delivery, quantity)]
    gifts = bodies.items(body, "subOrderInfo")
    pairs += [(bodies.item(sub, "subOrderDeliveryInfo"), bodies.number(bodies.item(sub, "subOrderItemInfo"), "num")) for sub in gifts]
    return any(shipping.get("deliveryNum") is not None and bodies.number(shipping, "deliveryNum") < count for shipping, count in pairs)


def _receiver(address: Mapping[str, Any], merge_key: str) -> Receiver:
    """What can be shown, first: plain fields are null for every app since 2023; masks and cipher text come side by side."""
    where = (bodies.text(address, "province"), bodies.text(address, "city"), bodies.text(address, "district"))
    for style, names in (
        ("plain", ("consignee", "mobile", "address")),
        ("masked", ("desensitiseConsignee", "desensitiseMobile", "desensitiseAddress")),
        ("cipher", ("encryptedConsignee", "encryptedMobile", "encryptedAddress")),
    ):
        name, phone, detail = (bodies.text(address, field) for field in names)
        if name or phone or detail:
            town = bodies.text(address, "town")
            if style == "plain" and town and not detail.startswith(town):
                detail = town + detail
            return Receiver(name, phone, *where, detail, style == "masked", style == "cipher", merge_key)
    return Receiver("", "", *where, merge_key=merge_key)


def _notes(body: Body) -> tuple[str, str]:
    """Seller's notes, newest first, and the colour of the flag (`red_flag_tag_order`, or `RED`)."""
    group = bodies.item(body, "orderNote")
    words, colours = [], [str(flag) for flag in bodies.listed(bodies.item(body, "orderFlag"), "flag")]
    for note in bodies.listed(group, "sellerNote") or bodies.listed(group, "orderNoteInfo"):
        if isinstance(note, Mapping):
            words.append(bodies.text(note, "note"))
            colours.append(bodies.text(note, "flagTagCode"))
        elif isinstance(note, str):
            words.append(note.strip())
        else:
            raise bodies.bad("orderNote", note)
    colour = next((short for colour in colours if (short := colour.lower().removesuffix("_flag_tag_order")) in FLAGS), "")
    return "；".join(dict.fromkeys(word for word in words if word)), colour


def logistics(body: Body) -> list[Mapping[str, Any]]:
    """Parcels of an order and of its gifts. Rows without a number stand there before shipping."""
    found = bodies.items(body, "orderLogisticsInfo")
    for sub in bodies.items(body, "subOrderInfo"):
        found = [*found, *bodies.items(sub, "subOrderLogisticsInfo")]
    return [row for row in found if bodies.text(row, "expressNo")]


def _parcels(body: Body) -> tuple[IncomingParcel, ...]:
    found = [IncomingParcel(bodies.identity(row, "expressCode"), bodies.text(row, "expressNo")) for row in logistics(body)]
    return tuple(dict.fromkeys(found))


def refund(body: Body) -> IncomingRefund:
    way, status, said = bodies.number(body, "handlingWay"), bodies.number(body, "status"), bodies.number(body, "negotiateStatus")
    if way not in KINDS:
        raise bodies.bad("handlingWay", way)
    if status not in STATES:
        raise bodies.bad("status", status)
    (state, word), kind, oid = STATES[status], KINDS[way], bodies.digits(body, "oid")
    back = bodies.item(body, "logisticsInfo") or body  # one of two places, as public code has it
    if state == RefundState.ASKED and said == 3:
        state = RefundState.REFUSED  # 商家驳回，等待买家修改
    return IncomingRefund(
        refund_no=bodies.digits(body, "refundId"),
        platform_no=oid,
        kind=kind,
        state=state,
        oids=(oid,),
        amount_fen=bodies.fen(body, "refundFee") if kind in MONEY else 0,
        quantity=bodies.number(body, "productNum") if kind in BACK else 0,
        reason=bodies.text(body, "refundReasonDesc") or bodies.text(body, "refundDesc"),
        status_text=word,
        asked_at=bodies.millis(body, "submitTime", "createTime"),
        modified_at=bodies.millis(body, "updateTime", "createTime"),
        answer_by=bodies.millis(body, "expireTime") if state in {RefundState.ASKED, RefundState.RETURNED} else None,
        return_courier=bodies.identity(back, "expressCode"),
        return_waybill_no=bodies.text(back, "expressNo"),
    )


def is_whole(body: Body) -> bool:
    """The list does not say how many pieces come back, nor in which parcel; the detail does."""
    return KINDS.get(bodies.number(body, "handlingWay")) not in BACK or "productNum" in body
