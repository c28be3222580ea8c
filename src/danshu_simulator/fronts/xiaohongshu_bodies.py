"""How Xiaohongshu writes orders and after-sales: moments in milliseconds; fen in orders, yuan in after-sales."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from danshu_simulator.things import OPEN_REFUNDS, Line, Order, OrderStatus, Refund, RefundKind, RefundStatus, Shop
from danshu_simulator.world import World

Body = dict[str, Any]
STATUSES = {
    OrderStatus.UNPAID: 1,
    OrderStatus.PAID: 4,
    OrderStatus.PART_SHIPPED: 5,
    OrderStatus.SHIPPED: 6,
    OrderStatus.FINISHED: 7,
}
REFUND_STATUSES = {
    RefundStatus.ASKED: 1,
    RefundStatus.WAITING_RETURN: 2,
    RefundStatus.RETURNED: 3,
    RefundStatus.DONE: 4,
    RefundStatus.CLOSED: 5,
    RefundStatus.REFUSED: 9,
    RefundStatus.WAITING_RESEND: 12,
}
FLAGS = {"": 0, "grey": 1, "red": 2, "yellow": 3, "green": 4, "blue": 5, "purple": 6}
NAME, PHONE, ADDRESS = 2, 3, 1  # kinds of cipher text


def status(order: Order) -> int:
    if order.status == OrderStatus.CLOSED:
        return 8 if order.paid_ms else 9
    return STATUSES[order.status]


def _after_sales(refunds: list[str]) -> int:
    """Of what the lines' newest refunds say: 1 none, 2 open, 3 done, 4 refused, 7 taken back."""
    if any(one in OPEN_REFUNDS for one in refunds):
        return 2
    for state, number in ((RefundStatus.REFUSED, 4), (RefundStatus.DONE, 3), (RefundStatus.CLOSED, 7)):
        if state in refunds:
            return number
    return 1


def short(order: Order) -> Body:
    """One row of the list."""
    who = order.receiver
    return {
        "orderId": order.no,
        "orderType": 1,
        "orderStatus": status(order),
        "orderAfterSalesStatus": _after_sales([line.refund for line in order.lines]),
        "cancelStatus": int(order.status == OrderStatus.PAID and order.is_refund_open),
        "createdTime": order.placed_ms,
        "paidTime": order.paid_ms,
        "updateTime": order.updated_ms,
        "deliveryTime": order.shipped_ms,
        "cancelTime": order.closed_ms,
        "finishTime": order.finished_ms,
        "promiseLastDeliveryTime": order.ship_by_ms,
        "planInfoId": "5f0000000000000000000001",
        "planInfoName": "全国包邮",
        "receiverCountryId": "1",
        "receiverCountryName": "中国",
        "receiverProvinceId": "",
        "receiverProvinceName": who.province,
        "receiverCityId": "",
        "receiverCityName": who.city,
        "receiverDistrictId": "",
        "receiverDistrictName": who.district,
        "customerRemark": order.buyer_message,
        "sellerRemark": order.seller_memo,
        "sellerRemarkFlag": FLAGS[order.flag],
        "originalOrderId": "",
        "logistics": "red_auto",
        "orderTagList": [],
    }


def detail(shop: Shop, order: Order) -> Body:
    first = order.parcels[0] if order.parcels else None
    return {
        **short(order),
        "skuList": _skus(order),
        "totalPayAmount": order.to_pay_fen,
        "totalShippingFree": order.freight_fen,
        "totalNetWeightAmount": 0,
        "totalDepositAmount": 0,
        "totalMerchantDiscount": order.discount_fen,
        "totalRedDiscount": order.platform_discount_fen,
        "merchantActualReceiveAmount": order.to_pay_fen + order.platform_discount_fen,
        "totalChangePriceAmount": 0,
        "unpack": len(order.parcels) > 1 or order.status == OrderStatus.PART_SHIPPED,
        "expressTrackingNo": first.waybill_no if first else "",
        "expressCompanyCode": first.courier if first else "",
        "openAddressId": order.receiver.key,
        "simpleDeliveryOrderList": _deliveries(order),
        "paymentType": 1 if order.paid_ms else -1,
        "shopId": shop.number,
        "shopName": shop.name,
        "userId": order.buyer_id,
        "logisticsMode": 1,
        "outTradeNo": f"20{order.no[1:]}" if order.paid_ms else "",
    }


def _skus(order: Order) -> list[Body]:
    """Lines of one SKU stand in one row, their amounts added up."""
    rows: dict[str, list[Line]] = {}
    for line in order.lines:
        rows.setdefault(line.sku_id, []).append(line)
    return [_sku(lines) for lines in rows.values()]


def _sku(lines: list[Line]) -> Body:
    first, pieces = lines[0], sum(line.quantity for line in lines)
    paid, seller = sum(line.paid_fen for line in lines), sum(line.discount_fen for line in lines)
    platform = sum(line.platform_discount_fen for line in lines)
    own = {
        "skuId": first.sku_id,
        "erpCode": first.merchant_code,
        "barcode": "",
        "scSkuCode": "",
        "quantity": pieces,
        "registerName": first.title,
        "skuName": first.title,
        "pricePerSku": first.price_fen,
        "taxPerSku": 0,
        "paidAmountPerSku": paid // pieces,
        "depositAmountPerSku": 0,
        "merchantDiscountPerSku": seller // pieces,
        "redDiscountPerSku": platform // pieces,
        "rawPricePerSku": first.price_fen,
    }
    return {
        "skuId": first.sku_id,
        "skuName": f"{first.title} {first.spec}",
        "erpcode": first.merchant_code,
        "skuSpec": first.spec,
        "skuImage": first.picture,
        "skuQuantity": pieces,
        "skuDetailList": [own],
        "totalPaidAmount": paid,
        "totalMerchantDiscount": seller,
        "totalRedDiscount": platform,
        "totalTaxAmount": 0,
        "totalNetWeight": 0,
        "skuTag": 0,
        "isChannel": False,
        "deliveryMode": 0,
        "skuAfterSaleStatus": _after_sales([line.refund for line in lines]),
        "itemId": first.item_id,
        "itemName": first.title,
    }


def _deliveries(order: Order) -> list[Body]:
    sku_of = {line.oid: line.sku_id for line in order.lines}
    rows: list[Body] = [
        {
            "deliveryOrderIndex": number,
            "status": status(order) if order.status in {OrderStatus.FINISHED, OrderStatus.CLOSED} else 6,
            "expressTrackingNo": parcel.waybill_no,
            "expressCompanyCode": parcel.courier,
            "skuIdList": list(dict.fromkeys(sku_of[oid] for oid in parcel.contents)),
        }
        for number, parcel in enumerate(order.parcels, 1)
    ]
    left = list(dict.fromkeys(line.sku_id for line in order.lines if line.shipped < line.quantity and not line.is_refunded))
    if rows and left:
        nothing = {"expressTrackingNo": "", "expressCompanyCode": ""}
        rows.append({"deliveryOrderIndex": len(rows) + 1, "status": 4, **nothing, "skuIdList": left})
    return rows


# --- after-sales -------------------------------------------------------------------------------------------------------------


def return_type(refund: Refund) -> int:
    if refund.kind == RefundKind.REFUND:
        return 5 if refund.is_before_shipping else 4
    return 1 if refund.kind == RefundKind.RETURN else 2


def after_sale_status(refund: Refund) -> int:
    return 9001 if refund.status == RefundStatus.REFUSED and refund.more.get("was_received") else REFUND_STATUSES[refund.status]


def yuan(fen: int) -> float:
    return fen / 100


def after_sale(refund: Refund) -> Body:
    """One row of the list."""
    waits = refund.status in {RefundStatus.ASKED, RefundStatus.RETURNED}
    return {
        "returnsId": refund.no,
        "returnType": return_type(refund),
        "reasonId": 1,
        "reasonNameZh": refund.reason,
        "status": after_sale_status(refund),
        "userId": "",
        "orderId": refund.order_no,
        "applyTime": refund.created_ms,
        "updatedAt": refund.updated_ms,
        "expireTime": refund.updated_ms + 48 * 3_600_000 if waits else -1,
        "desc": refund.description,
        "returnsTag": 0,
        "expectedRefundAmountYuan": yuan(refund.amount_fen),
    }


def after_sale_info(world: World, refund: Refund) -> Body:
    order = world.order(refund.shop, refund.order_no)
    is_done = refund.status == RefundStatus.DONE and refund.amount_fen > 0
    info = {
        **after_sale(refund),
        "proofPhotos": [],
        "supportCarriageInsurance": False,
        "openAddressId": order.receiver.key,
        "skus": [_applied(line, refund) for line in order.lines if line.oid in refund.pieces],
        "exchangeSKUs": [],
        "closeReasonZh": refund.refuse_reason,
        "appliedShipFeeAmountYuan": 0.0,
        "appliedSkusAmountYuan": yuan(refund.amount_fen),
        "refundAmountYuan": yuan(refund.amount_fen) if is_done else 0.0,
        "refundStatus": 2 if is_done else 201 if refund.is_open else 401,
        "cargoStatus": 0,
        "refundTime": refund.done_ms if is_done else 0,
    }
    back = {"expressNo": refund.waybill_no, "expressCompanyCode": refund.courier, "expressCompanyName": "", "fillExpressNoTime": 0}
    again = {"expressNo": refund.resend_waybill_no, "expressCompanyCode": refund.resend_courier, "expressCompanyName": ""}
    return {"afterSaleInfo": info, "logisticsInfo": {"afterSale": back, "exchange": again, "order": {}}, "negotiateRecords": []}


def _applied(line: Line, refund: Refund) -> Body:
    pieces = refund.pieces[line.oid]
    return {
        "skuId": line.sku_id,
        "skuName": line.title,
        "image": line.picture,
        "price": yuan(line.price_fen),
        "boughtCount": line.quantity,
        "appliedCount": pieces,
        "appliedTotalAmountYuan": yuan(line.paid_fen * pieces // line.quantity),
        "scskucode": "",
        "barcode": "",
        "variants": [{"name": "规格", "value": line.spec}],
        "skuERPCode": line.merchant_code,
    }


# --- cipher text -------------------------------------------------------------------------------------------------------------


def seal(shop: Shop, kind: int, plain: str) -> str:
    """`#search text#cipher#kind##`, as long as the platform's and as useless without it."""
    search = base64.b64encode(hashlib.sha256(f"{shop.number}/{plain}".encode()).digest()).decode()
    return f"#{search}#{base64.b64encode(_veil(shop, plain.encode())).decode()}#{kind}##"


def unseal(shop: Shop, sealed: str) -> str | None:
    parts = sealed.split("#")
    if len(parts) != 6 or parts[3] not in {"1", "2", "3"}:
        return None
    try:
        return _veil(shop, base64.b64decode(parts[2], validate=True)).decode()
    except ValueError:
        return None


def _veil(shop: Shop, text: bytes) -> bytes:
    """Its own inverse."""
    stream = b"".join(hashlib.sha256(f"{shop.number}/{block}".encode()).digest() for block in range(len(text) // 32 + 1))
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))
