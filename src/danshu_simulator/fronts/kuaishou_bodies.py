"""How Kuaishou writes orders and refunds: fen, moments in milliseconds (0 = not yet), ids as numbers beyond 2^53. An order is of one
thing. `totalFee` is what the goods bring the seller, without freight; what the platform gives is in `discountFee` and not in it.
Names, phones and addresses are cipher text beside masked text."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from danshu_simulator.things import Order, OrderStatus, Parcel, Receiver, Refund, RefundKind, RefundStatus, Shop
from danshu_simulator.world import World

Body = dict[str, Any]
MOST_PARCELS = 10
RISKY = 10001  # 黑产订单，不建议商家发货
STATUSES = {
    OrderStatus.UNPAID: 10,
    OrderStatus.PAID: 30,
    OrderStatus.PART_SHIPPED: 40,
    OrderStatus.SHIPPED: 40,
    OrderStatus.FINISHED: 70,
    OrderStatus.CLOSED: 80,
}
VIEWS: dict[int, set[int]] = {1: {*STATUSES.values()}, 2: {10}, 3: {30}, 4: {40}, 5: {50}, 6: {70}, 7: {80}}
FLAGS = {1: "red", 2: "yellow", 3: "green", 4: "blue", 5: "purple", 6: "grey"}
WAYS = {RefundKind.REFUND: 10, RefundKind.RETURN: 1, RefundKind.EXCHANGE: 3, RefundKind.RESEND: 4}
REFUND_STATUSES = {
    RefundStatus.ASKED: 10,
    RefundStatus.REFUSED: 12,
    RefundStatus.WAITING_RETURN: 30,
    RefundStatus.RETURNED: 40,
    RefundStatus.WAITING_RESEND: 40,
    RefundStatus.DONE: 60,
    RefundStatus.CLOSED: 70,
}
ALL_REFUND_STATUSES = {*REFUND_STATUSES.values(), 20, 45, 50}
OPEN = {RefundStatus.ASKED, RefundStatus.WAITING_RETURN, RefundStatus.RETURNED, RefundStatus.WAITING_RESEND}
REASONS = {"不想要了": 11, "拍错了": 10, "颜色与描述不符": 8, "收到时破损": 17, "少发了一件": 16}
OTHER_REASON = 7
COURIERS = {
    2: "EMS",
    3: "申通快递",
    4: "顺丰速运",
    6: "圆通速递",
    8: "邮政快递包裹",
    9: "中通快递",
    10: "宅急送",
    11: "韵达快递",
    14: "京东",
    17: "德邦",
    53: "德邦快递",
    97: "邮政标准快递",
    109: "极兔速递",
    113: "菜鸟速递",
    119: "EMS包裹",
    136: "京东快运",
    9999: "其他",
}


# --- orders --------------------------------------------------------------------------------------------------------------------


def order(shop: Shop, one: Order, *, in_detail: bool = False) -> Body:
    """Flags stand in the detail alone."""
    notes = [*one.more.get("notes", []), *([one.seller_memo] if one.seller_memo else [])]
    body: Body = {
        "orderBaseInfo": _base(shop, one),
        "orderItemInfo": _item(one),
        "orderAddress": _address(shop, one.receiver),
        "orderLogisticsInfo": [parcel(one, place) for place in range(len(one.parcels))],
        "orderRefundList": [],
        "orderDeliveryInfo": _delivery(one),
        "orderCpsInfo": {"distributorId": 0, "distributorName": "", "activityUserId": 0, "kwaiMoneyUserId": 0},
        "subOrderInfo": [],
        "orderNote": {"sellerNote": notes},
    }
    if in_detail:
        body["orderFlag"] = {"flag": [f"{one.flag}_flag_tag_order"] if one.flag else []}
    return body


def with_refunds(world: World, one: Order, body: Body) -> Body:
    """Newest first."""
    refunds = [world.refund(one.shop, no) for no in reversed(one.refund_nos)]
    body["orderRefundList"] = [
        {"refundId": int(refund.no), "refundStatus": REFUND_STATUSES[refund.status], "handlingWay": WAYS[refund.kind]} for refund in refunds
    ]
    body["orderBaseInfo"]["refundTime"] = max((refund.created_ms for refund in refunds), default=0)
    return body


def _base(shop: Shop, one: Order) -> Body:
    return {
        "oid": int(one.no),
        "status": STATUSES[one.status],
        "totalFee": one.goods_fen - one.discount_fen,
        "expressFee": one.freight_fen,
        "discountFee": one.discount_fen + one.platform_discount_fen,
        "createTime": one.placed_ms,
        "payTime": one.paid_ms,
        "updateTime": one.updated_ms,
        "sendTime": one.shipped_ms,
        "recvTime": one.finished_ms,
        "refundTime": 0,
        "buyerNick": f"{one.buyer_nick[:1]}**",
        "buyerOpenId": one.buyer_id,
        "buyerImage": "",
        "sellerNick": shop.name,
        "sellerOpenId": open_id(shop),
        "remark": one.buyer_message,
        "promiseTimeStampOfDelivery": one.ship_by_ms,
        "validPromiseShipmentTimeStamp": one.ship_by_ms,
        "sellerDelayPromiseTimeStamp": 0,
        "theDayOfDeliverGoodsTime": 2,
        "riskCode": RISKY if one.more.get("in_review") else 0,
        "disableDeliveryReasonCode": [],
        "orderRiskEventInfo": [],
        "orderLabels": [],
        "allActivityType": [],
        "activityType": 1,
        "cpsType": 1,
        "coType": 0,
        "preSale": 0,
        "payType": 2,
        "payChannel": "ALIPAY",
        "commentStatus": 0,
        "remindShipmentSign": int(bool(one.more.get("urges"))),
        "remindShipmentTime": 0,
        "enableSplitDeliveryOrder": True,
        "priorityDelivery": False,
        "multiplePiecesNo": 0,
        "allowanceExpressFee": 0,
        "payChannelDiscount": 0,
        "governmentDiscount": 0,
        "channel": "",
    }


def _item(one: Order) -> Body:
    """`orderItemId` is another number than the order's; parcels are told of by the order's."""
    (line,) = one.lines
    return {
        "itemId": int(line.item_id),
        "skuId": int(line.sku_id or 0),
        "relItemId": 0,
        "relSkuId": 0,
        "orderItemId": int(f"46{one.no[2:]}"),
        "itemTitle": line.title,
        "skuDesc": line.spec,
        "skuNick": line.merchant_code,
        "num": line.quantity,
        "price": line.price_fen,
        "originalPrice": line.price_fen,
        "discountFee": line.discount_fen + line.platform_discount_fen,
        "itemPicUrl": line.picture,
        "itemLinkUrl": "",
        "itemType": 1,
        "goodsCode": "",
        "warehouseCode": "",
        "goodStoreCode": 0,
        "itemExtra": {"brandName": "", "energyLevel": "", "productNo": "", "categoryInfo": {"itemCid": 1001, "categoryName": "家居"}},
    }


def _address(shop: Shop, who: Receiver) -> Body:
    return {
        "province": who.province,
        "city": who.city,
        "district": who.district,
        "town": who.town,
        "provinceCode": 330000,
        "cityCode": 330100,
        "districtCode": 330106,
        "townCode": 330106001,
        "encryptedConsignee": seal(shop, who.name),
        "encryptedMobile": seal(shop, who.phone),
        "encryptedAddress": seal(shop, who.address),
        "desensitiseConsignee": f"{who.name[:1]}**",
        "desensitiseMobile": f"{who.phone[:3]}****{who.phone[-4:]}",
        "desensitiseAddress": f"{who.address[:2]}******",
    }


def parcel(one: Order, place: int) -> Body:
    it: Parcel = one.parcels[place]
    return {"logisticsId": logistics_id(one, place), "expressNo": it.waybill_no, "expressCode": int(it.courier)}


def logistics_id(one: Order, place: int) -> int:
    return int(f"{one.no[-9:]}{place + 1:02d}")


def _delivery(one: Order) -> Body:
    is_whole = one.status in {OrderStatus.SHIPPED, OrderStatus.FINISHED}
    return {
        "deliveryNum": sum(line.shipped for line in one.lines),
        "packageNum": len(one.parcels),
        "totalPackageNum": len(one.parcels),
        "maxPackageNum": MOST_PARCELS,
        "enableAppendPackage": one.status == OrderStatus.SHIPPED and len(one.parcels) < MOST_PARCELS,
        "splitDeliveryOrder": bool(one.more.get("is_split")),
        "deliveryStatus": 40 if is_whole else 10 if one.parcels else 0,
        "mergeDeliveryType": 0,
        "openAddressId": one.receiver.key,
    }


# --- refunds -------------------------------------------------------------------------------------------------------------------


def refund(world: World, shop: Shop, one: Refund) -> Body:
    (line,) = world.order(shop.key, one.order_no).lines
    return {
        "refundId": int(one.no),
        "oid": int(one.order_no),
        "handlingWay": WAYS[one.kind],
        "status": REFUND_STATUSES[one.status],
        "negotiateStatus": {RefundStatus.ASKED: 1, RefundStatus.REFUSED: 3}.get(one.status, 2),
        "refundFee": one.amount_fen,
        "refundType": 2 if one.reason == "商家主动退款" else 1,
        "refundReason": REASONS.get(one.reason, OTHER_REASON),
        "refundReasonDesc": one.reason,
        "refundDesc": one.description,
        "specialRefundType": 0,
        "itemId": int(line.item_id),
        "skuId": int(line.sku_id or 0),
        "relItemId": 0,
        "relSkuId": 0,
        "skuNick": line.merchant_code,
        "sellerId": int(shop.number),
        "logisticsId": int(f"{one.no[-9:]}00") if one.waybill_no else 0,
        "submitTime": one.created_ms,
        "createTime": one.created_ms,
        "updateTime": one.updated_ms,
        "negotiateUpdateTime": one.updated_ms,
        "endTime": 0 if one.status in OPEN or one.status == RefundStatus.REFUSED else one.updated_ms,
        "expireTime": one.updated_ms + 2 * 86_400_000 if one.status == RefundStatus.ASKED else 0,
        "receiptStatus": 1 if one.is_before_shipping else 2,
        "urgeTimes": 0,
        "requireReturnFreight": False,
    }


def refund_detail(world: World, shop: Shop, one: Refund) -> Body:
    about = world.order(shop.key, one.order_no)
    body = refund(world, shop, one) | {
        "buyerOpenId": about.buyer_id,
        "productNum": sum(one.pieces.values()),
        "pictures": "",
        "address": "",
        "sellerDisagreeReason": 1 if one.status == RefundStatus.REFUSED else 0,
        "sellerDisagreeDesc": one.refuse_reason if one.status == RefundStatus.REFUSED else "",
        "sellerDisagreeImages": "",
        "tradeOrderCreateTime": about.placed_ms,
        "logisticsRiskInfos": [],
    }
    if one.waybill_no:
        body["logisticsInfo"] = {"expressNo": one.waybill_no, "expressCode": 4}
    if one.kind == RefundKind.EXCHANGE:
        (line,) = about.lines
        body["exchangeInfo"] = {"skuId": int(line.sku_id or 0), "skuDesc": line.spec, "quantity": body["productNum"]}
    return body


# --- cipher text ---------------------------------------------------------------------------------------------------------------


def open_id(shop: Shop) -> str:
    return hashlib.md5(f"kuaishou/{shop.number}".encode()).hexdigest()


def seal(shop: Shop, word: str) -> str:
    """Cipher text that `open.order.decrypt.batch` opens; the same word is the same text."""
    filler = PKCS7(128).padder()
    worker = _cipher(shop).encryptor()
    return base64.b64encode(worker.update(filler.update(word.encode()) + filler.finalize()) + worker.finalize()).decode()


def unseal(shop: Shop, text: str) -> str | None:
    try:
        worker, filler = _cipher(shop).decryptor(), PKCS7(128).unpadder()
        whole = worker.update(base64.b64decode(text, validate=True)) + worker.finalize()
        return (filler.update(whole) + filler.finalize()).decode()
    except ValueError:
        return None


def _cipher(shop: Shop) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(hashlib.sha256(f"{shop.app_secret}/{shop.number}".encode()).digest()), modes.CBC(bytes(16)))
