"""How Doudian writes orders and after-sales: fen, seconds, goods as numbers beyond 2^53, orders as text, people in cipher."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from danshu_simulator.things import Line, Order, OrderStatus, Parcel, Refund, RefundKind, RefundStatus, Shop, Sku
from danshu_simulator.world import World

Body = dict[str, Any]
COURIERS = {"shunfeng": "顺丰速运", "zhongtong": "中通快递", "yuantong": "圆通快递", "shentong": "申通快递", "yunda": "韵达快递"}
COURIERS |= {"jtexpress": "极兔速递", "ems": "EMS", "youzhengguonei": "邮政快递包裹", "jd": "京东快递", "debangwuliu": "德邦快递"}
STATUSES = {
    OrderStatus.UNPAID: (1, "待支付"),
    OrderStatus.PAID: (2, "备货中"),
    OrderStatus.PART_SHIPPED: (101, "部分发货"),
    OrderStatus.SHIPPED: (3, "已发货"),
    OrderStatus.CLOSED: (4, "已关闭"),
    OrderStatus.FINISHED: (5, "已完成"),
}
ENDS = {"before": (21, "发货前退款完结"), "after": (22, "发货后退款完结"), "received": (39, "收货后退款完结")}
STARS = {"": 0, "grey": 0, "purple": 1, "blue": 2, "green": 3, "yellow": 4, "red": 5}
AFTERSALE_STATUSES = {
    RefundStatus.ASKED: 6,
    RefundStatus.WAITING_RETURN: 7,
    RefundStatus.RETURNED: 11,
    RefundStatus.WAITING_RESEND: 8,
    RefundStatus.CLOSED: 28,
}
NAME, PHONE, ADDRESS = 2, 3, 1  # kinds of cipher text


def second(ms: int) -> int:
    return ms // 1000


def whole_id(number: str) -> int:
    """Goods and variants are JSON numbers."""
    return int(number or 0)


# --- orders ------------------------------------------------------------------------------------------------------------------


def status(order: Order) -> tuple[int, str]:
    if order.status == OrderStatus.PAID and order.more.get("in_review"):
        return 105, "已支付"
    return STATUSES[order.status]


def main_status(order: Order) -> tuple[int, str]:
    """Also says how far an order had come whose money went back."""
    if order.paid_ms and all(line.is_refunded for line in order.lines):
        return ENDS["received" if order.finished_ms else "after" if order.parcels else "before"]
    return status(order)


def line_status(order: Order, line: Line) -> tuple[int, str]:
    if line.is_refunded:
        return STATUSES[OrderStatus.CLOSED]
    if order.status == OrderStatus.PART_SHIPPED:
        done = OrderStatus.SHIPPED if line.shipped >= line.quantity else OrderStatus.PART_SHIPPED if line.shipped else OrderStatus.PAID
        return STATUSES[done]
    return status(order)


def order_body(world: World, shop: Shop, order: Order) -> Body:
    """The same in the list and alone."""
    state, main = status(order), main_status(order)
    return {
        "shop_id": int(shop.number),
        "shop_name": shop.name,
        "order_id": order.no,
        "order_level": 2,
        "order_status": state[0],
        "order_status_desc": state[1],
        "main_status": main[0],
        "main_status_desc": main[1],
        "order_amount": order.to_pay_fen,
        "pay_amount": order.to_pay_fen,
        "post_amount": order.freight_fen,
        **_promotion(order.discount_fen, order.platform_discount_fen),
        "buyer_words": order.buyer_message,
        "seller_words": order.seller_memo,
        "seller_remark_stars": STARS[order.flag],
        "cancel_reason": order.close_reason,
        **_common(order),
        **_people(shop, order),
        "doudian_open_id": f"1@#{order.buyer_id}",
        "open_address_id": order.receiver.key,
        "open_id": "",
        "order_phase_list": [],
        "serial_number_list": [],
        "logistics_info": [_parcel(order, place, parcel) for place, parcel in enumerate(order.parcels)],
        "sku_order_list": [_sku_order(world, shop, order, line) for line in order.lines],
    }


def _common(order: Order) -> Body:
    """What orders and their lines both have."""
    return {
        "order_type": 0,
        "order_type_desc": "普通订单",
        "trade_type": 0,
        "trade_type_desc": "普通",
        "biz": 2,
        "biz_desc": "小店",
        "b_type": 2,
        "b_type_desc": "抖音",
        "sub_b_type": 3,
        "app_id": 1128,
        "pay_type": 2 if order.paid_ms else 0,
        "channel_payment_no": f"20{order.no}" if order.paid_ms else "",
        "create_time": second(order.placed_ms),
        "pay_time": second(order.paid_ms),
        "update_time": second(order.updated_ms),
        "finish_time": second(order.finished_ms),
        "exp_ship_time": second(order.ship_by_ms),
        "ship_time": second(order.shipped_ms),
        "order_expire_time": 1800,
        "modify_amount": 0,
        "modify_post_amount": 0,
        "post_insurance_amount": 0,
    }


def _promotion(shop_fen: int, platform_fen: int) -> Body:
    return {
        "promotion_amount": shop_fen + platform_fen,
        "promotion_shop_amount": shop_fen,
        "promotion_platform_amount": platform_fen,
        "promotion_talent_amount": 0,
        "promotion_pay_amount": 0,
        "shop_cost_amount": shop_fen,
        "platform_cost_amount": platform_fen,
    }


def _people(shop: Shop, order: Order) -> Body:
    """In cipher, whatever became of the order."""
    who = order.receiver
    names = {"province": who.province, "city": who.city, "town": who.district, "street": who.town}
    place = {key: {"name": name, "id": f"{place}50000"} for place, (key, name) in enumerate(names.items(), 1)}
    return {
        "encrypt_post_receiver": seal(shop, NAME, who.name),
        "encrypt_post_tel": seal(shop, PHONE, who.phone),
        "post_addr": {**place, "encrypt_detail": seal(shop, ADDRESS, who.address)},
        "mask_post_receiver": mask(NAME, who.name),
        "mask_post_tel": mask(PHONE, who.phone),
        "mask_post_addr": {**place, "detail": mask(ADDRESS, who.address)},
    }


def _parcel(order: Order, place: int, parcel: Parcel) -> Body:
    lines = {line.oid: line for line in order.lines}
    return {
        "tracking_no": parcel.waybill_no,
        "company": parcel.courier,
        "company_name": COURIERS.get(parcel.courier, parcel.courier),
        "ship_time": second(parcel.shipped_ms),
        "delivery_id": delivery_id(order, place),
        "product_info": [
            {
                "product_name": lines[oid].title,
                "product_id": whole_id(lines[oid].item_id),
                "product_count": pieces,
                "sku_id": whole_id(lines[oid].sku_id),
                "sku_order_id": oid,
                "sku_specs": spec(lines[oid].spec),
                "outer_sku_id": lines[oid].merchant_code,
                "price": lines[oid].price_fen,
            }
            for oid, pieces in parcel.contents.items()
        ],
    }


def delivery_id(order: Order, place: int) -> str:
    """A parcel's number, which stays when its waybill changes."""
    return f"74{int(order.no) % 10**14:014d}{place:03d}"


def _sku_order(world: World, shop: Shop, order: Order, line: Line) -> Body:
    state = line_status(order, line)
    newest = world.refund(shop.key, line.refund_no) if line.refund_no else None
    refund = {
        "after_sale_status": aftersale_status(newest) if newest else 0,
        "after_sale_type": aftersale_type(newest) if newest else 0,
        "refund_status": money_status(newest) if newest else 0,
    }
    return {
        "order_id": line.oid,
        "parent_order_id": order.no,
        "order_level": 3,
        "order_status": state[0],
        "order_status_desc": state[1],
        "main_status": state[0],
        "main_status_desc": state[1],
        "product_id": whole_id(line.item_id),
        "product_id_str": line.item_id,
        "product_name": line.title,
        "product_pic": line.picture,
        "sku_id": whole_id(line.sku_id),
        "out_sku_id": "",
        "out_product_id": "0",
        "code": line.merchant_code,
        "spec": spec(line.spec),
        "item_num": line.quantity,
        "goods_price": line.price_fen,
        "origin_amount": line.price_fen,
        "sum_amount": line.price_fen * line.quantity,
        "order_amount": line.paid_fen,
        "pay_amount": line.paid_fen,
        "post_amount": 0,
        **_promotion(line.discount_fen, line.platform_discount_fen),
        "goods_type": 0,
        "given_product_type": "",
        "pre_sale_type": 0,
        "author_id": 0,
        "author_name": "",
        "theme_type": "0",
        "has_tax": False,
        "cancel_reason": order.close_reason,
        "inventory_list": [{}],
        "after_sale_info": refund,
        **_common(order),
    }


def spec(spec: str) -> list[Body]:
    return [{"name": "规格", "value": spec}] if spec else []


# --- how after-sales stand -----------------------------------------------------------------------------------------------------


def aftersale_type(refund: Refund) -> int:
    if refund.kind == RefundKind.REFUND:
        return 2 if refund.is_before_shipping else 1
    return {RefundKind.RETURN: 0, RefundKind.EXCHANGE: 3, RefundKind.RESEND: 7}[refund.kind]


def aftersale_status(refund: Refund) -> int:
    """A refusal before and after the goods came back are two."""
    if refund.status == RefundStatus.REFUSED:
        return 29 if refund.waybill_no else 27
    if refund.status == RefundStatus.DONE:
        return 14 if refund.kind in {RefundKind.EXCHANGE, RefundKind.RESEND} else 12
    return AFTERSALE_STATUSES[refund.status]


def money_status(refund: Refund) -> int:
    """1 waits, 3 has gone back, 0 no money moves."""
    if refund.kind not in {RefundKind.REFUND, RefundKind.RETURN}:
        return 0
    return 3 if refund.status == RefundStatus.DONE else 1


# --- goods -------------------------------------------------------------------------------------------------------------------


def sku_row(item_id: str, sku: Sku) -> Body:
    return {
        "id": whole_id(sku.sku_id),
        "sku_id": whole_id(sku.sku_id),
        "product_id": whole_id(item_id),
        "product_id_str": item_id,
        "out_sku_id": 0,
        "code": sku.merchant_code,
        "spec_detail_name1": sku.spec,
        "spec_detail_name2": "",
        "spec_detail_name3": "",
        "stock_num": sku.stock,
        "price": sku.price_fen,
        "sku_type": 0,
        "stock_map": {},
    }


def stock(sku: Sku) -> Body:
    zeros = ("prehold_stock_num", "prom_stock_num", "step_stock_num", "prehold_step_stock_num", "prom_step_stock_num", "channel_stock_num")
    maps: Body = {name: {} for name in ("stock_num_map", "prehold_stock_map", "ship_rule_map")}
    own = {"sku_id": whole_id(sku.sku_id), "out_sku_id": 0, "code": sku.merchant_code, "sku_type": 0}
    return {**own, "stock_num": sku.stock, "normal_stock_num": sku.stock, **dict.fromkeys(zeros, 0), **maps}


# --- cipher text -------------------------------------------------------------------------------------------------------------


def mask(kind: int, plain: str) -> str:
    if kind == PHONE:
        return f"{plain[:3]}****{plain[-4:]}"
    return f"{plain[:1]}{'*' * max(len(plain) - 1, 1)}"


def search_index(shop: Shop, plain: str) -> str:
    return base64.b64encode(hashlib.sha256(f"{shop.number}/{plain}".encode()).digest()).decode()


def seal(shop: Shop, kind: int, plain: str) -> str:
    """`$$search*cipher$1$$` for phones, `##search*cipher#1##` for names and places."""
    sign = "$" if kind == PHONE else "#"
    data = base64.b64encode(bytes((kind,)) + _veil(shop, plain.encode())).decode()
    return f"{sign * 2}{search_index(shop, plain)}*{data}{sign}1{sign * 2}"


def unseal(shop: Shop, sealed: str) -> tuple[int, str] | None:
    """Kind and plain text; None for what is no cipher text of this shop."""
    sign = sealed[:1]
    if sign not in {"#", "$"} or not sealed.startswith(sign * 2) or not sealed.endswith(f"{sign}1{sign * 2}") or "*" not in sealed:
        return None
    try:
        data = base64.b64decode(sealed[2:-4].partition("*")[2], validate=True)
        return data[0], _veil(shop, data[1:]).decode()
    except (ValueError, IndexError):
        return None


def _veil(shop: Shop, text: bytes) -> bytes:
    """Its own inverse."""
    stream = b"".join(hashlib.sha256(f"{shop.number}/{block}".encode()).digest() for block in range(len(text) // 32 + 1))
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))
