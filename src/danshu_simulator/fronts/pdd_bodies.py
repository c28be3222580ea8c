"""How Pinduoduo writes orders, goods and after-sales: yuan as JSON floats, moments as text of China or as seconds, people in cipher."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from danshu_simulator.numbering import CHINA
from danshu_simulator.things import OPEN_REFUNDS, Item, Line, Order, OrderStatus, Refund, RefundKind, RefundStatus, Shop, Sku

Body = dict[str, Any]
COURIERS = {
    1: ("STO", "申通快递"),
    44: ("SF", "顺丰快递"),
    85: ("YTO", "圆通快递"),
    115: ("ZTO", "中通快递"),
    118: ("EMS", "邮政EMS"),
    120: ("JD", "京东快递"),
    121: ("YUNDA", "韵达快递"),
    131: ("DB", "德邦快递"),
    132: ("YZXB", "邮政快递包裹"),
    384: ("JTSD", "极兔速递"),
}
STATUSES = {OrderStatus.PAID: 1, OrderStatus.PART_SHIPPED: 1, OrderStatus.SHIPPED: 2, OrderStatus.FINISHED: 3}
FLAGS = {"red": (1, "红色"), "yellow": (2, "黄色"), "green": (3, "绿色"), "blue": (4, "蓝色"), "purple": (5, "紫色")}
NAME, PHONE, ADDRESS = 5, 6, 8  # kinds of cipher text
# what the list of after-sales is asked with and answers; the detail numbers kinds from 1
LIST_KINDS = {RefundKind.REFUND: 2, RefundKind.RETURN: 3, RefundKind.EXCHANGE: 4, RefundKind.RESEND: 5}
MONEY_STATUSES = {
    RefundStatus.WAITING_RETURN: 7,
    RefundStatus.RETURNED: 3,
    RefundStatus.REFUSED: 6,
    RefundStatus.DONE: 10,
    RefundStatus.CLOSED: 11,
}
GOODS_STATUSES = {
    RefundStatus.ASKED: 14,
    RefundStatus.WAITING_RETURN: 15,
    RefundStatus.RETURNED: 14,
    RefundStatus.WAITING_RESEND: 32,
    RefundStatus.REFUSED: 17,
    RefundStatus.DONE: 16,
    RefundStatus.CLOSED: 17,
}


def yuan(fen: int) -> float:
    return fen / 100


def moment(ms: int) -> str | None:
    return f"{datetime.fromtimestamp(ms / 1000, UTC) + CHINA:%Y-%m-%d %H:%M:%S}" if ms else None


def whole_id(number: str) -> int:
    """Goods and variants are JSON numbers."""
    return int(number or 0)


# --- orders ------------------------------------------------------------------------------------------------------------------


def status(order: Order) -> int:
    """A closed order keeps how far it had come."""
    if order.status == OrderStatus.CLOSED:
        return 2 if order.parcels else 1
    return STATUSES.get(order.status, 1)


def refund_status(order: Order) -> int:
    """Of all lines: 1 none, 2 open, 4 money has gone back."""
    newest = [line.refund for line in order.lines]
    if any(one in OPEN_REFUNDS or one == RefundStatus.REFUSED for one in newest):
        return 2
    return 4 if any(line.refund == RefundStatus.DONE and line.refunded_fen for line in order.lines) else 1


def is_waiting(order: Order) -> bool:
    return order.status in {OrderStatus.PAID, OrderStatus.PART_SHIPPED}


def order_row(shop: Shop, order: Order, refunds: dict[str, Refund]) -> Body:
    """The same in both lists and alone."""
    first = order.parcels[0] if order.parcels else None
    tag, tag_name = FLAGS.get(order.flag, (None, None))
    newest = refunds.get(order.refund_nos[-1]) if order.refund_nos else None
    agreed = 1 if order.paid_ms else 2 if order.status == OrderStatus.CLOSED else 0
    return {
        "order_sn": order.no,
        "order_status": status(order),
        "refund_status": refund_status(order),
        "after_sales_status": after_sales_status(newest) if newest else 0,
        "confirm_status": agreed,
        "group_status": agreed,
        "risk_control_status": int(bool(order.more.get("in_review"))),
        **_moments(order),
        **_amounts(order),
        **_people(shop, order),
        "buyer_memo": order.buyer_message,
        "remark": order.seller_memo,
        "remark_tag": tag,
        "remark_tag_name": tag_name,
        "logistics_id": int(first.courier) if first else 0,
        "tracking_number": first.waybill_no if first else "",
        "extra_delivery_list": order.more.get("extra", []),
        "resend_delivery_list": order.more.get("extra_2", []),
        "gift_delivery_list": order.more.get("extra_3", []),
        "trade_type": 0,
        "is_lucky_flag": 1,
        "is_pre_sale": 0,
        "is_stock_out": 0,
        "stock_out_handle_status": -1,
        "invoice_status": 0,
        "free_sf": 0,
        "delivery_one_day": 0,
        "mkt_biz_type": 0,
        "step_order_info": None,
        "order_tag_list": [{"name": "no_trace_delivery", "value": 0}],
        "gift_list": [],
        "card_info_list": [],
        "service_fee_detail": [],
        "item_list": [_line(line) for line in order.lines],
    }


def _moments(order: Order) -> Body:
    return {
        "created_time": moment(order.placed_ms),
        "pay_time": moment(order.paid_ms),
        "confirm_time": moment(order.paid_ms),
        "shipping_time": moment(order.shipped_ms),
        "receive_time": moment(order.finished_ms),
        "updated_at": moment(order.updated_ms),
        "last_ship_time": moment(order.ship_by_ms),
        "urge_shipping_time": "",
    }


def _amounts(order: Order) -> Body:
    return {
        "goods_amount": yuan(order.goods_fen),
        "discount_amount": yuan(order.discount_fen + order.platform_discount_fen),
        "seller_discount": yuan(order.discount_fen),
        "platform_discount": yuan(order.platform_discount_fen),
        "capital_free_discount": 0.0,
        "order_change_amount": 0.0,
        "duo_duo_pay_reduction": 0.0,
        "postage": yuan(order.freight_fen),
        "pay_amount": yuan(order.to_pay_fen),
        "pay_no": f"XP{order.no[7:]}" if order.paid_ms else "",
        "pay_type": "WEIXIN" if order.paid_ms else "",
    }


def _people(shop: Shop, order: Order) -> Body:
    """In cipher text while the order waits and nobody reviews it, masked always."""
    who, street, is_shown = order.receiver, _street(order), is_waiting(order) and not order.more.get("in_review")
    place = f"{who.province}{who.city}{who.district}"

    def sealed(kind: int, plain: str) -> str:
        return seal(shop, kind, plain) if is_shown else ""

    return {
        "receiver_name": sealed(NAME, who.name),
        "receiver_phone": sealed(PHONE, who.phone),
        "receiver_address": sealed(ADDRESS, street),
        "address": sealed(ADDRESS, f"{place}{street}"),
        "contact_mobile": sealed(PHONE, who.phone),
        "receiver_name_mask": mask(who.name, 1),
        "receiver_phone_mask": f"{who.phone[:3]}****{who.phone[-4:]}",
        "receiver_address_mask": mask(street, 3),
        "address_mask": f"{place}{mask(street, 3)}",
        "country": "中国",
        "country_id": 0,
        "province": who.province,
        "province_id": 20,
        "city": who.city,
        "city_id": 234,
        "town": who.district,
        "town_id": 2345,
        "open_address_id": who.key if is_shown else "",
    }


def _street(order: Order) -> str:
    return f"{order.receiver.town}{order.receiver.address}"


def _line(line: Line) -> Body:
    return {
        "goods_id": whole_id(line.item_id),
        "goods_name": line.title,
        "goods_img": line.picture,
        "goods_spec": line.spec,
        "goods_count": line.quantity,
        "goods_price": yuan(line.price_fen),
        "sku_id": whole_id(line.sku_id),
        "outer_id": line.merchant_code,
        "outer_goods_id": "",
    }


# --- goods -------------------------------------------------------------------------------------------------------------------


def goods(item: Item) -> Body:
    """A row of the list."""
    return {
        "goods_id": whole_id(item.item_id),
        "goods_name": item.title,
        "goods_quantity": sum(sku.stock for sku in item.skus),
        "goods_reserve_quantity": 0,
        "image_url": item.picture,
        "thumb_url": item.picture,
        "is_more_sku": int(len(item.skus) > 1),
        "is_onsale": int(item.is_on_sale),
        "created_at": item.updated_ms // 1000,
        "sku_list": [
            {
                "sku_id": whole_id(sku.sku_id),
                "sku_quantity": sku.stock,
                "reserve_quantity": 0,
                "is_sku_onsale": int(item.is_on_sale),
                "outer_id": sku.merchant_code,
                "outer_goods_id": "",
                "spec": sku.spec,
                "spec_details": _specs(sku),
            }
            for sku in item.skus
        ],
    }


def goods_detail(item: Item) -> Body:
    """Fen here, and other names for the same things."""
    return {
        "goods_id": whole_id(item.item_id),
        "goods_name": item.title,
        "goods_desc": "",
        "goods_type": 1,
        "image_url": item.picture,
        "outer_goods_id": "",
        "status": 1 if item.is_on_sale else 2,
        "sku_list": [
            {
                "sku_id": whole_id(sku.sku_id),
                "quantity": sku.stock,
                "reserve_quantity": 0,
                "is_onsale": int(item.is_on_sale),
                "out_sku_sn": sku.merchant_code,
                "multi_price": sku.price_fen,
                "price": sku.price_fen + 100,
                "spec": _specs(sku),
                "thumb_url": item.picture,
            }
            for sku in item.skus
        ],
    }


def _specs(sku: Sku) -> list[Body]:
    return [{"parent_id": 1215, "parent_name": "规格", "spec_id": 0, "spec_name": sku.spec, "spec_note": ""}]


# --- after-sales -------------------------------------------------------------------------------------------------------------


def after_sales_status(refund: Refund) -> int:
    if refund.kind in {RefundKind.EXCHANGE, RefundKind.RESEND}:
        return GOODS_STATUSES[refund.status]
    if refund.status == RefundStatus.ASKED:
        return 3 if refund.kind == RefundKind.RETURN else 2
    return MONEY_STATUSES[refund.status]


def refund_row(order: Order, refund: Refund) -> Body:
    """Amounts and moments are text here; of several lines the first one is named."""
    line = next(one for one in order.lines if one.oid in refund.pieces)
    return {
        "id": int(refund.no),
        "order_sn": refund.order_no,
        "after_sales_type": LIST_KINDS[refund.kind],
        "after_sales_status": after_sales_status(refund),
        "after_sale_reason": refund.reason,
        "confirm_time": str(order.paid_ms // 1000),
        "created_time": str(refund.created_ms // 1000),
        "updated_time": str(refund.updated_ms // 1000),
        "order_amount": f"{order.to_pay_fen / 100:.2f}",
        "discount_amount": f"{(order.discount_fen + order.platform_discount_fen) / 100:.2f}",
        "refund_amount": f"{refund.amount_fen / 100:.2f}",
        "goods_id": whole_id(line.item_id),
        "sku_id": line.sku_id,
        "outer_id": line.merchant_code,
        "outer_goods_id": "",
        "goods_name": line.title,
        "goods_number": str(refund.pieces[line.oid]),
        "goods_price": f"{line.price_fen / 100:.2f}",
        "good_image": line.picture,
        "dispute_refund_status": 0,
        "refund_operator_role": 0 if refund.is_open else 2,
        "shipping_name": COURIERS[44][1] if refund.waybill_no else "",
        "tracking_number": refund.waybill_no,
        "speed_refund_flag": 0,
        "speed_refund_status": "0",
        "user_shipping_status": "0" if refund.is_before_shipping else "2",
    }


def refund_detail(order: Order, refund: Refund) -> Body:
    """Not wrapped, and other types and numbers of kinds than in the list."""
    line = next(one for one in order.lines if one.oid in refund.pieces)
    is_seller_asked = refund.status in {RefundStatus.ASKED, RefundStatus.RETURNED}
    deadline = datetime.fromtimestamp(refund.updated_ms / 1000, UTC) + timedelta(days=2)
    exchange = {"merchant_exchange_trunk_number": refund.resend_waybill_no, "customer_send_back_trunk_number": refund.waybill_no}
    return {
        "id": int(refund.no),
        "order_sn": refund.order_no,
        "after_sales_type": LIST_KINDS[refund.kind] - 1,
        "after_sales_status": after_sales_status(refund),
        "after_sales_reason": refund.reason,
        "remark": refund.description,
        "confirm_time": order.paid_ms // 1000,
        "recreated_at": refund.created_ms // 1000,
        "updated_time": str(refund.updated_ms // 1000),
        "expire_time": int(deadline.timestamp()) if is_seller_asked else None,
        "order_amount": order.to_pay_fen,
        "discount_amount": order.discount_fen + order.platform_discount_fen,
        "refund_amount": refund.amount_fen,
        "goods_price": line.price_fen,
        "goods_number": refund.pieces[line.oid],
        "sku_id": line.sku_id,
        "express_no": refund.waybill_no,
        "shipping_name": COURIERS[44][1] if refund.waybill_no else "",
        "shipping_status": 0 if refund.is_before_shipping else 1,
        "images": [],
        "join_or_not": "0",
        "dispute_refund_status": 0,
        "speed_refund_flag": 0,
        "user_shipping_status": "0" if refund.is_before_shipping else "2",
        "exchange_shipping_detail": exchange if refund.kind == RefundKind.EXCHANGE else None,
    }


# --- cipher text -------------------------------------------------------------------------------------------------------------


def mask(plain: str, shown: int) -> str:
    return f"{plain[:shown]}**"


def seal(shop: Shop, kind: int, plain: str) -> str:
    """`~AgAAAA…~0~`, the same for the same plain text."""
    return f"~{base64.b64encode(bytes((2, 0, 0, 0, kind)) + _veil(shop, plain.encode())).decode()}~0~"


def unseal(shop: Shop, sealed: str) -> tuple[int, str] | None:
    """Kind and plain text; None for what is no cipher text of this shop."""
    if not sealed.startswith("~") or not sealed.endswith("~0~"):
        return None
    try:
        data = base64.b64decode(sealed[1:-3], validate=True)
        return (data[4], _veil(shop, data[5:]).decode()) if data[:4] == bytes((2, 0, 0, 0)) else None
    except (ValueError, IndexError):
        return None


def _veil(shop: Shop, text: bytes) -> bytes:
    """Its own inverse."""
    stream = b"".join(hashlib.sha256(f"{shop.number}/{block}".encode()).digest() for block in range(len(text) // 32 + 1))
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))
