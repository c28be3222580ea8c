"""How TOP writes trades, refunds and items. Receivers are masked; `oaid` stands for one.

A trade's money: `price × num` of the sub-orders make `total_fee`; discounts of one sub-order are its `discount_fee`, those of the whole
trade are the trade's `discount_fee`, shared out as `part_mjz_discount`; `divide_order_fee` is what was paid for a sub-order. The only
sub-order's `payment` is the trade's, freight included, as the document says."""

from __future__ import annotations

from danshu_simulator.fronts.taobao_answers import Body, nested, written, yuan
from danshu_simulator.things import Item, Line, Order, OrderStatus, Parcel, Refund, RefundKind, RefundStatus, Shop, Sku
from danshu_simulator.world import World

TRADE_STATUSES = {
    OrderStatus.UNPAID: "WAIT_BUYER_PAY",
    OrderStatus.PAID: "WAIT_SELLER_SEND_GOODS",
    OrderStatus.PART_SHIPPED: "SELLER_CONSIGNED_PART",
    OrderStatus.SHIPPED: "WAIT_BUYER_CONFIRM_GOODS",
    OrderStatus.FINISHED: "TRADE_FINISHED",
}
REFUND_STATUSES = {
    RefundStatus.ASKED: "WAIT_SELLER_AGREE",
    RefundStatus.WAITING_RETURN: "WAIT_BUYER_RETURN_GOODS",
    RefundStatus.RETURNED: "WAIT_SELLER_CONFIRM_GOODS",
    RefundStatus.WAITING_RESEND: "WAIT_SELLER_CONSIGN_GOODS",
    RefundStatus.REFUSED: "SELLER_REFUSE_BUYER",
    RefundStatus.DONE: "SUCCESS",
    RefundStatus.CLOSED: "CLOSED",
}
FLAGS = {"": 0, "grey": 0, "red": 1, "yellow": 2, "green": 3, "blue": 4, "purple": 5}
COMPANIES = {
    "SF": (505, "顺丰速运"),
    "STO": (100, "申通快递"),
    "YTO": (101, "圆通速递"),
    "YUNDA": (102, "韵达快递"),
    "ZTO": (500, "中通快递"),
    "HTKY": (502, "极兔速递"),
    "EMS": (2, "EMS"),
    "POSTB": (200734, "邮政快递包裹"),
    "DBKD": (5000000110730, "德邦快递"),
    "JD": (200000000001, "京东快递"),
    "OTHER": (-1, "其他"),
}
LIST_LACKS = {"buyer_message", "buyer_memo", "seller_memo", "promotion_details", "receipt_rel_ids"}


def is_tmall(shop: Shop) -> bool:
    return bool(shop.options.get("is_tmall"))


def trade_status(order: Order) -> str:
    if order.status == OrderStatus.CLOSED:
        return "TRADE_CLOSED" if order.paid_ms else "TRADE_CLOSED_BY_TAOBAO"
    if order.status == OrderStatus.PAID and order.more.get("in_review"):
        return "PAID_FORBID_CONSIGN"
    return TRADE_STATUSES[order.status]


def _sub_status(order: Order, line: Line) -> str:
    if line.is_refunded:
        return "TRADE_CLOSED"
    if order.status == OrderStatus.PART_SHIPPED:
        return "WAIT_BUYER_CONFIRM_GOODS" if line.shipped else "WAIT_SELLER_SEND_GOODS"
    return trade_status(order)


def trade(shop: Shop, order: Order) -> Body:
    first, who = order.lines[0], order.receiver
    times = {"pay_time": order.paid_ms, "consign_time": order.shipped_ms, "end_time": order.finished_ms or order.closed_ms}
    words = {"buyer_message": order.buyer_message, "seller_memo": order.seller_memo}
    received = order.to_pay_fen - sum(line.refunded_fen for line in order.lines) if order.finished_ms else 0
    return {
        "tid": int(order.no),
        "tid_str": order.no,
        "type": "fixed",
        "status": trade_status(order),
        "payment": yuan(order.to_pay_fen),
        "total_fee": yuan(order.goods_fen),
        "post_fee": yuan(order.freight_fen),
        "discount_fee": yuan(order.platform_discount_fen),
        "adjust_fee": "0.00",
        "received_payment": yuan(received),
        "num": sum(line.quantity for line in order.lines),
        "num_iid": int(first.item_id),
        "price": yuan(first.price_fen),
        "title": shop.name,
        "pic_path": first.picture,
        "created": written(order.placed_ms),
        "modified": written(order.updated_ms),
        **{name: written(moment) for name, moment in times.items() if moment},
        "buyer_nick": f"{order.buyer_nick[0]}**",
        "buyer_open_uid": order.buyer_id,
        "seller_nick": shop.name,
        "seller_flag": FLAGS[order.flag],
        "has_buyer_message": bool(order.buyer_message),
        **{name: word for name, word in words.items() if word},
        "receiver_name": f"{who.name[0]}**",
        "receiver_state": who.province,
        "receiver_city": who.city,
        "receiver_district": who.district,
        "receiver_town": who.town,
        "receiver_address": "****",
        "receiver_mobile": f"{who.phone[0]}*******{who.phone[-3:]}",
        "receiver_zip": "000000",
        "oaid": who.key,
        "shipping_type": "express",
        "has_post_fee": True,
        "is_part_consign": order.status == OrderStatus.PART_SHIPPED or len(order.parcels) > 1,
        "trade_from": "WAP,WAP",
        **_promotions(order),
        **nested("orders", [_sub_order(shop, order, line) for line in order.lines]),
    }


def _promotions(order: Order) -> Body:
    rows = [
        {
            "id": int(line.oid),
            "promotion_name": "店铺优惠",
            "discount_fee": yuan(line.discount_fen),
            "promotion_id": f"shopbonus-{line.oid}",
        }
        for line in order.lines
        if line.discount_fen
    ]
    if whole := order.platform_discount_fen:
        rows.append({"id": int(order.no), "promotion_name": "跨店满减", "discount_fee": yuan(whole), "promotion_id": f"kdmj-{order.no}"})
    return {"promotion_details": {"promotion_detail": rows}} if rows else {}


def _sub_order(shop: Shop, order: Order, line: Line) -> Body:
    parcel = _parcel_of(order, line.oid)
    own = line.price_fen * line.quantity - line.discount_fen
    sent: Body = {}
    if parcel:
        company = COMPANIES[parcel.courier][1] if parcel.courier in COMPANIES else parcel.courier_name or parcel.courier
        sent = {"logistics_company": company, "invoice_no": parcel.waybill_no, "consign_time": written(parcel.shipped_ms)}
    return {
        "oid": int(line.oid),
        "oid_str": line.oid,
        "num_iid": int(line.item_id),
        **({"sku_id": line.sku_id, "sku_properties_name": f"规格:{line.spec}"} if line.sku_id else {}),
        **({"outer_sku_id": line.merchant_code} if line.sku_id else {"outer_iid": line.merchant_code}),
        "title": line.title,
        "pic_path": line.picture,
        "num": line.quantity,
        "price": yuan(line.price_fen),
        "total_fee": yuan(own),
        "payment": yuan(order.to_pay_fen if len(order.lines) == 1 else own),
        "discount_fee": yuan(line.discount_fen),
        "adjust_fee": "0.00",
        **({"part_mjz_discount": yuan(line.platform_discount_fen)} if line.platform_discount_fen else {}),
        **({"divide_order_fee": yuan(line.paid_fen)} if order.paid_ms else {}),
        "status": _sub_status(order, line),
        "refund_status": REFUND_STATUSES[RefundStatus(line.refund)] if line.refund else "NO_REFUND",
        **({"refund_id": line.refund_no} if line.refund_no else {}),
        **sent,
        "cid": 50002816,
        "order_from": "WAP,WAP",
        "seller_type": "B" if is_tmall(shop) else "C",
        "is_oversold": False,
    }


def _parcel_of(order: Order, oid: str) -> Parcel | None:
    return next((parcel for parcel in reversed(order.parcels) if oid in parcel.contents), None)


def refund(world: World, shop: Shop, one: Refund) -> Body:
    """One refund is about one sub-order. `refund_version` moves with each change, in ms."""
    order = world.order(shop.key, one.order_no)
    oid, pieces = next(iter(one.pieces.items()))
    line = next(line for line in order.lines if line.oid == oid)
    is_back = one.kind in {RefundKind.RETURN, RefundKind.EXCHANGE}
    back = {"company_name": "顺丰速运", "sid": one.waybill_no} if one.waybill_no else {}
    return {
        "refund_id": one.no,
        "tid": int(order.no),
        "oid": int(oid),
        "num": pieces,
        "num_iid": int(line.item_id),
        "title": line.title,
        "sku": f"{line.sku_id}|规格:{line.spec}",
        "outer_id": line.merchant_code,
        "price": yuan(line.price_fen),
        "buyer_nick": f"{order.buyer_nick[0]}**",
        "buyer_open_uid": order.buyer_id,
        "seller_nick": shop.name,
        "status": REFUND_STATUSES[one.status],
        "order_status": _sub_status(order, line),
        "good_status": _good_status(one, order),
        "has_good_return": is_back,
        "dispute_type": _dispute_type(shop, one),
        "total_fee": yuan(line.paid_fen),
        "refund_fee": yuan(one.amount_fen),
        "payment": yuan(line.paid_fen - min(one.amount_fen, line.paid_fen)),
        "reason": one.reason,
        **({"desc": one.description} if one.description else {}),
        **back,
        "created": written(one.created_ms),
        "modified": written(one.updated_ms),
        "refund_phase": refund_phase(order),
        "refund_version": refund_version(one),
    }


def refund_version(one: Refund) -> int:
    return one.updated_ms + one.version


def refund_phase(order: Order) -> str:
    return "aftersale" if order.finished_ms else "onsale"


def _good_status(one: Refund, order: Order) -> str:
    if one.waybill_no:
        return "BUYER_RETURNED_GOODS"
    return "BUYER_RECEIVED" if order.shipped_ms and one.kind != RefundKind.REFUND else "BUYER_NOT_RECEIVED"


def _dispute_type(shop: Shop, one: Refund) -> str:
    kinds = {RefundKind.REFUND: "REFUND", RefundKind.RETURN: "REFUND_AND_RETURN", RefundKind.RESEND: "RESHIPPING"}
    return kinds.get(one.kind) or ("TMALL_EXCHANGE" if is_tmall(shop) else "TAOBAO_EXCHANGE")


def item(one: Item) -> Body:
    skus = [_sku(one, sku) for sku in one.skus if sku.sku_id]
    return {
        "num_iid": int(one.item_id),
        "title": one.title,
        "num": sum(sku.stock for sku in one.skus),
        "price": yuan(min(sku.price_fen for sku in one.skus)),
        "approve_status": "onsale" if one.is_on_sale else "instock",
        "modified": written(one.updated_ms),
        **({} if skus else {"outer_id": one.skus[0].merchant_code}),
        **nested("skus", skus),
    }


def _sku(one: Item, sku: Sku) -> Body:
    return {
        "sku_id": int(sku.sku_id),
        "num_iid": int(one.item_id),
        "quantity": sku.stock,
        "with_hold_quantity": 0,
        "outer_id": sku.merchant_code,
        "barcode": sku.barcode,
        "price": yuan(sku.price_fen),
        "properties_name": f"1627207:28341:规格:{sku.spec}",
        "status": "normal",
        "modified": written(one.updated_ms),
    }
