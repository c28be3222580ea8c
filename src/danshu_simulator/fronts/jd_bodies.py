"""How JD writes orders and cancellations: yuan as text in orders, fen as a number in cancellations, times in GMT+8, numbers of orders and
SKUs as text. A row holds no number of its own and no amount of its own: coupons say what comes off which SKU. Names and addresses are
cipher text, phones masked; provinces come without 省."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from danshu_simulator.things import Line, Order, OrderStatus, Refund, RefundStatus, Shop
from danshu_simulator.world import World

Body = dict[str, Any]
CHINA = timedelta(hours=8)
NEVER = "0001-01-01 00:00:00"
STATES = {
    OrderStatus.UNPAID: ("NOT_PAY", "等待付款"),
    OrderStatus.PAID: ("WAIT_SELLER_STOCK_OUT", "等待出库"),
    OrderStatus.PART_SHIPPED: ("WAIT_SELLER_STOCK_OUT", "等待出库"),
    OrderStatus.SHIPPED: ("WAIT_GOODS_RECEIVE_CONFIRM", "等待确认收货"),
    OrderStatus.FINISHED: ("FINISHED_L", "完成"),
    OrderStatus.CLOSED: ("TRADE_CANCELED", "取消"),
}
LOCKED, PAUSED = ("LOCKED", "已锁定"), ("POP_ORDER_PAUSE", "暂停")
ALL_STATES = {*(state for state, _ in STATES.values()), "LOCKED", "POP_ORDER_PAUSE", "PAUSE", "WAIT_SELLER_DELIVERY", "WAIT_SEND_CODE"}
FLAGS = {"": "", "grey": "0", "red": "1", "yellow": "2", "green": "3", "blue": "4", "purple": "5"}
COMPANIES = {
    "467": "顺丰快递",
    "1499": "中通速递",
    "463": "圆通快递",
    "470": "申通快递",
    "1327": "韵达快递",
    "465": "邮政EMS",
    "2170": "邮政快递包裹",
    "2087": "京东快递",
    "2130": "德邦快递",
    "1274": "厂家自送",
}
SELF = "1274"
SELLERS, PLATFORMS = "100-店铺优惠", "41-京东券优惠"
ASKED, AGREED, REFUSED, TAKEN_BACK = 0, 3, 2, 11  # 未审核, 京东财务审核通过（退款成功）, 审核不通过, 用户撤销


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def written(moment_ms: int) -> str:
    return f"{datetime.fromtimestamp(moment_ms // 1000, UTC) + CHINA:%Y-%m-%d %H:%M:%S}"


def state(order: Order) -> tuple[str, str]:
    """An order whose buyer asks for the money before it went is locked."""
    if order.status == OrderStatus.PAID and order.is_refund_open:
        return LOCKED
    if order.status == OrderStatus.PAID and order.more.get("in_review"):
        return PAUSED
    return STATES[order.status]


def order(shop: Shop, one: Order) -> Body:
    name, remark = state(one)
    who = one.receiver
    return {
        "orderId": one.no,
        "parentOrderId": "0",
        "directParentOrderId": "0",
        "venderId": shop.number,
        "orderType": "22",
        "payType": "4-在线支付",
        "orderState": name,
        "orderStateRemark": remark,
        "orderTotalPrice": yuan(one.goods_fen),
        "orderSellerPrice": yuan(one.goods_fen - one.discount_fen),
        "orderPayment": yuan(one.to_pay_fen),
        "freightPrice": yuan(one.freight_fen),
        "sellerDiscount": yuan(one.discount_fen),
        "balanceUsed": "0.00",
        "deliveryType": "任意时间",
        "invoiceInfo": "不需要开具发票",
        "orderRemark": one.buyer_message,
        "venderRemark": one.seller_memo,
        "flag": FLAGS[one.flag],
        "orderStartTime": written(one.placed_ms),
        "orderEndTime": written(one.finished_ms or one.closed_ms) if one.finished_ms or one.closed_ms else "",
        "paymentConfirmTime": written(one.paid_ms) if one.paid_ms else NEVER,
        "outBoundDate": written(one.shipped_ms) if one.shipped_ms else NEVER,
        "modified": written(one.updated_ms),
        "dataVersion": str(one.updated_ms),
        "pin": f"jd_{one.buyer_id[:10]}",
        "open_id_buyer": one.buyer_id,
        "consigneeInfo": _consignee(shop, one),
        "itemInfoList": [_item(line) for line in one.lines],
        "couponDetailList": [coupon for line in one.lines for coupon in _coupons(one, line)],
        "logisticsId": "|".join(parcel.courier for parcel in one.parcels),
        "waybill": "|".join(parcel.waybill_no for parcel in one.parcels),
        "returnOrder": "0",
        "storeOrder": "",
        "storeId": "0",
        "orderSource": "移动端订单",
        "idSopShipmenttype": 67,
        "sendpayMap": '{"34":"3"}',
        "vatInfo": {},
        "oaid": who.key,
    }


def _consignee(shop: Shop, one: Order) -> Body:
    who = one.receiver
    phone = f"{who.phone[:3]}*******{who.phone[-1]}"
    return {
        "fullname": seal(shop, who.name),
        "fullAddress": seal(shop, f"{who.town}{who.address}"),
        "mobile": phone,
        "telephone": phone,
        "desen_mobile": hashlib.sha256(who.phone.encode()).hexdigest(),
        "province": who.province.removesuffix("省").removesuffix("自治区").removesuffix("壮族").removesuffix("维吾尔"),
        "city": who.city,
        "county": who.district,
        "town": who.town,
        "provinceId": "1",
        "cityId": "1601",
        "countyId": "3634",
        "townId": "63199",
    }


def seal(shop: Shop, word: str) -> str:
    """Cipher text as JD's: base64 whose first bytes are always the same. Nobody opens it here."""
    blur = hashlib.sha256(f"{shop.app_secret}/{word}".encode()).digest()
    return base64.b64encode(b"\x00\x04\xbf" + blur * 2).decode()


def _item(line: Line) -> Body:
    return {
        "skuId": line.sku_id,
        "outerSkuId": line.merchant_code,
        "skuName": f"{line.title} {line.spec}",
        "jdPrice": yuan(line.price_fen),
        "itemTotal": str(line.quantity),
        "wareId": line.item_id,
        "productNo": "",
        "giftPoint": "0",
        "newStoreId": "0",
        "invoiceContentId": "",
    }


def _coupons(one: Order, line: Line) -> list[Body]:
    rows = ((SELLERS, line.discount_fen), (PLATFORMS, line.platform_discount_fen))
    return [{"orderId": one.no, "skuId": line.sku_id, "couponType": kind, "couponPrice": yuan(fen)} for kind, fen in rows if fen]


def cancellation(world: World, shop: Shop, one: Refund, *, with_skus: bool) -> Body:
    """`applyRefundSum` in fen."""
    about = world.order(shop.key, one.order_no)
    skus = [
        {"skuId": int(line.sku_id), "skuName": line.title, "skuCount": one.pieces[line.oid], "skuUuid": ""}
        for line in about.lines
        if line.oid in one.pieces
    ]
    checked = checked_ms(one)
    return {
        "id": int(one.no),
        "orderId": one.order_no,
        "buyerId": f"jd_{about.buyer_id[:10]}",
        "buyerName": "",
        "applyTime": written(one.created_ms),
        "applyRefundSum": float(one.amount_fen),
        "status": refund_status(one),
        "reason": one.reason,
        "checkTime": written(checked) if checked else None,
        "checkUserName": "seller" if checked else None,
        "checkRemark": one.refuse_reason or None,
        "modified": written(one.updated_ms),
        "systemId": 3,
        "storeId": 0,
        "partRefundType": 0 if len(one.pieces) == len(about.lines) else 1,
        **({"skuVoList": skus} if with_skus else {}),
    }


def checked_ms(one: Refund) -> int:
    """When somebody answered, whatever the buyer did afterwards; 0 = not yet, or the buyer was quicker."""
    return one.done_ms or one.refused_ms


def refund_status(one: Refund) -> int:
    return {RefundStatus.REFUSED: REFUSED, RefundStatus.DONE: AGREED, RefundStatus.CLOSED: TAKEN_BACK}.get(one.status, ASKED)
