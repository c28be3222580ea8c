"""How WeChat's shops (微信小店) write orders, after-sales and products: fen, seconds, ids as strings."""

from __future__ import annotations

from typing import Any

from danshu_simulator.things import OPEN_REFUNDS, Item, Order, OrderStatus, Parcel, Receiver, Refund, RefundKind, RefundStatus
from danshu_simulator.world import World

Body = dict[str, Any]
STATUSES = {
    OrderStatus.UNPAID: 10,
    OrderStatus.PAID: 20,
    OrderStatus.PART_SHIPPED: 21,
    OrderStatus.SHIPPED: 30,
    OrderStatus.FINISHED: 100,
}
COURIERS = {"SF": "顺丰速运", "YTO": "圆通速递", "ZTO": "中通快递", "STO": "申通快递", "YD": "韵达快递", "JTSD": "极兔速递", "EMS": "EMS"}


def seconds(at_ms: int) -> int:
    return at_ms // 1000


def status(order: Order) -> int:
    if order.status == OrderStatus.CLOSED:
        return 200 if order.paid_ms else 250
    return STATUSES[order.status]


def masked(who: Receiver) -> Body:
    """The name's first sign, the phone's ends, nothing of the address after the district."""
    return {**plain(who), "user_name": f"{who.name[:1]}**", "tel_number": f"{who.phone[:3]}****{who.phone[-4:]}", "detail_info": "****"}


def plain(who: Receiver) -> Body:
    return {
        "user_name": who.name,
        "postal_code": "",
        "province_name": who.province,
        "city_name": who.city,
        "county_name": who.district,
        "detail_info": f"{who.town}{who.address}",
        "national_code": "",
        "tel_number": who.phone,
        "house_number": "",
        "virtual_order_tel_number": "",
        "use_tel_number": 0,
        "hash_code": who.key,
    }


def order(one: Order) -> Body:
    """Lines of one SKU in one order are one product row."""
    is_paid = bool(one.paid_ms)
    pay: Body = {"payment_method": 1, "prepay_id": f"up{one.no}", "prepay_time": seconds(one.placed_ms)}
    if is_paid:
        pay |= {"pay_time": seconds(one.paid_ms), "transaction_id": f"42000{one.no}"}
    price: Body = {
        "product_price": one.goods_fen,
        "order_price": one.to_pay_fen,
        "freight": one.freight_fen,
        "original_order_price": one.goods_fen + one.freight_fen,
        "merchant_receieve_price": one.to_pay_fen + one.platform_discount_fen,
        "merchant_discounted_price": one.discount_fen,
        "finder_discounted_price": one.platform_discount_fen,
    }
    if one.discount_fen or one.platform_discount_fen:
        price |= {"is_discounted": True, "discounted_price": one.discount_fen + one.platform_discount_fen}
    delivery: Body = {"address_info": masked(one.receiver), "deliver_method": 0, "address_under_review": False}
    delivery["delivery_product_info"] = [_parcel(one, parcel) for parcel in one.parcels]
    if one.status in {OrderStatus.SHIPPED, OrderStatus.FINISHED}:
        delivery["ship_done_time"] = seconds(one.shipped_ms)
    return {
        "order_id": one.no,
        "openid": one.buyer_id,
        "unionid": "",
        "status": status(one),
        "create_time": seconds(one.placed_ms),
        "update_time": seconds(one.updated_ms),
        "order_detail": {
            "product_infos": _products(one),
            "pay_info": pay,
            "price_info": price,
            "delivery_info": delivery,
            "coupon_info": {},
            "ext_info": _extra(one),
            "commission_infos": [],
            "settle_info": {"predict_commission_fee": 0},
        },
        "aftersale_detail": {
            "on_aftersale_order_cnt": sum(1 for line in one.lines if line.refund in OPEN_REFUNDS),
            "aftersale_order_list": [{"aftersale_order_id": no} for no in one.refund_nos],
        },
    }


def _extra(one: Order) -> Body:
    notes: Body = {"customer_notes": one.buyer_message, "merchant_notes": one.seller_memo, "order_scene": 1}
    return notes | ({"confirm_receipt_time": seconds(one.finished_ms)} if one.finished_ms else {})


def _products(one: Order) -> list[Body]:
    rows: dict[str, Body] = {}
    for line in one.lines:
        on = line.quantity if line.refund in OPEN_REFUNDS else 0
        done = line.quantity if line.refund == RefundStatus.DONE else 0
        row = rows.setdefault(
            line.sku_id,
            {
                "product_id": line.item_id,
                "sku_id": line.sku_id,
                "sku_code": line.merchant_code,
                "title": line.title,
                "thumb_img": line.picture,
                "sale_price": line.price_fen,
                "market_price": line.price_fen,
                "sku_attrs": [{"attr_key": "规格", "attr_value": line.spec}],
                "sku_cnt": 0,
                "on_aftersale_sku_cnt": 0,
                "finish_aftersale_sku_cnt": 0,
                "real_price": 0,
                "out_product_id": "",
                "out_sku_id": "",
                "out_warehouse_id": "",
                "is_discounted": False,
                "is_change_price": False,
                "delivery_deadline": seconds(one.ship_by_ms),
                "merchant_discounted_price": 0,
                "finder_discounted_price": 0,
            },
        )
        for name, more in (("sku_cnt", line.quantity), ("on_aftersale_sku_cnt", on), ("finish_aftersale_sku_cnt", done)):
            row[name] += more
        row["real_price"] += line.paid_fen + line.platform_discount_fen
        row["merchant_discounted_price"] += line.discount_fen
        row["finder_discounted_price"] += line.platform_discount_fen
        row["is_discounted"] = row["is_discounted"] or bool(line.discount_fen or line.platform_discount_fen)
    return list(rows.values())


def _parcel(one: Order, parcel: Parcel) -> Body:
    lines = {line.oid: line for line in one.lines}
    inside = [(lines[oid], pieces) for oid, pieces in parcel.contents.items()]
    return {
        "waybill_id": parcel.waybill_no,
        "delivery_id": parcel.courier,
        "delivery_name": parcel.courier_name or COURIERS.get(parcel.courier, ""),
        "delivery_time": seconds(parcel.shipped_ms),
        "deliver_type": 1,
        "product_infos": [{"product_id": line.item_id, "sku_id": line.sku_id, "product_cnt": pieces} for line, pieces in inside],
    }


# --- after-sales -------------------------------------------------------------------------------------------------------------

KINDS = {RefundKind.REFUND: "REFUND", RefundKind.RETURN: "RETURN", RefundKind.EXCHANGE: "EXCHANGE", RefundKind.RESEND: "EXCHANGE"}
ENDS = {"REFUND": "MERCHANT_REFUND_SUCCESS", "RETURN": "MERCHANT_RETURN_SUCCESS", "EXCHANGE": "MERCHANT_EXCHANGE_SUCCESS"}


def after_sale_status(refund: Refund) -> str:
    kind = KINDS[refund.kind]
    if refund.status == RefundStatus.DONE:
        return ENDS[kind]
    if refund.status == RefundStatus.REFUSED:
        return "MERCHANT_REJECT_REFUND" if kind == "REFUND" else "MERCHANT_REJECT_RETURN"
    return {
        RefundStatus.ASKED: "MERCHANT_PROCESSING",
        RefundStatus.WAITING_RETURN: "USER_WAIT_RETURN",
        RefundStatus.RETURNED: "MERCHANT_WAIT_RECEIPT",
        RefundStatus.WAITING_RESEND: "MERCHANT_WAIT_RECEIPT",
    }.get(refund.status, "USER_CANCELD")


def after_sale(world: World, refund: Refund) -> Body:
    """Of its first line: an after-sale of WeChat is about one product."""
    of = world.order(refund.shop, refund.order_no)
    line = next(line for line in of.lines if line.oid in refund.pieces)
    product = {"product_id": line.item_id, "sku_id": line.sku_id, "count": sum(refund.pieces.values())}
    return {
        "after_sale_order_id": refund.no,
        "status": after_sale_status(refund),
        "openid": of.buyer_id,
        "unionid": "",
        "order_id": refund.order_no,
        "product_info": product,
        "details": {
            "desc": refund.description,
            "receive_product": not refund.is_before_shipping,
            "cancel_time": seconds(refund.updated_ms) if refund.status == RefundStatus.CLOSED else 0,
            "media_id_list": [],
            "tel_number": "",
        },
        "refund_info": {"amount": refund.amount_fen, "refund_reason": 1},
        "return_info": {"waybill_id": refund.waybill_no, "delivery_id": refund.courier, "delivery_name": COURIERS.get(refund.courier, "")},
        "merchant_upload_info": {"reject_reason": refund.refuse_reason, "refund_certificates": []},
        "create_time": seconds(refund.created_ms),
        "update_time": seconds(refund.updated_ms),
        "reason": "OTHERS",
        "reason_text": refund.reason,
        "refund_resp": {"code": "", "ret": 0, "message": ""},
        "type": KINDS[refund.kind],
        "complaint_id": "",
    }


def product(item: Item) -> Body:
    return {
        "product_id": item.item_id,
        "out_product_id": "",
        "title": item.title,
        "head_imgs": [item.picture],
        "status": 5 if item.is_on_sale else 11,
        "edit_status": 0,
        "min_price": min(sku.price_fen for sku in item.skus),
        "skus": [
            {
                "sku_id": sku.sku_id,
                "out_sku_id": "",
                "thumb_img": item.picture,
                "sale_price": sku.price_fen,
                "stock_num": sku.stock,
                "sku_code": sku.merchant_code,
                "bar_code": sku.barcode,
                "sku_attrs": [{"attr_key": "规格", "attr_value": sku.spec}],
                "status": 5,
            }
            for sku in item.skus
        ],
    }
