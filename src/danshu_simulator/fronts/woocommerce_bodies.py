"""How WooCommerce 9 writes orders, refunds, products and webhooks (REST API v3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from danshu_simulator.things import Item, Order, OrderStatus, Parcel, Refund, RefundStatus, Shop, Sku
from danshu_simulator.world import World

Body = dict[str, Any]
SITE_ZONE = timedelta(hours=8)
STATUSES = {
    OrderStatus.UNPAID: "pending",
    OrderStatus.PAID: "processing",
    OrderStatus.PART_SHIPPED: "processing",
    OrderStatus.SHIPPED: "completed",
    OrderStatus.FINISHED: "completed",
}


def money(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def moment(at_ms: int, *, gmt: bool) -> str | None:
    """Local to the site, or GMT; without a zone; None where it did not happen yet."""
    if not at_ms:
        return None
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{at if gmt else at + SITE_ZONE:%Y-%m-%dT%H:%M:%S}"


def moments(**named_ms: int) -> Body:
    return {
        name: value
        for word, at_ms in named_ms.items()
        for name, value in ((f"date_{word}", moment(at_ms, gmt=False)), (f"date_{word}_gmt", moment(at_ms, gmt=True)))
    }


def status(order: Order) -> str:
    if order.status == OrderStatus.CLOSED:
        return "refunded" if order.paid_ms else "cancelled"
    return str(order.more.get("woo_status") or STATUSES[order.status])


def order(world: World, one: Order) -> Body:
    refunds = [world.refund(one.shop, no) for no in one.refund_nos]
    completed_ms = (one.shipped_ms or one.finished_ms) if status(one) == "completed" else 0
    return {
        "id": int(one.no),
        "parent_id": 0,
        "status": status(one),
        "currency": "CNY",
        "version": "9.8.5",
        "prices_include_tax": False,
        **moments(created=one.placed_ms, modified=one.updated_ms),
        "discount_total": money(one.discount_fen + one.platform_discount_fen),
        "discount_tax": "0.00",
        "shipping_total": money(one.freight_fen),
        "shipping_tax": "0.00",
        "cart_tax": "0.00",
        "total": money(one.to_pay_fen),
        "total_tax": "0.00",
        "customer_id": 0,
        "order_key": f"wc_order_{one.buyer_id[-13:]}",
        "billing": {**_address(one), "email": f"{one.buyer_id[-8:]}@example.com", "phone": one.receiver.phone},
        "shipping": {**_address(one), "phone": one.receiver.phone},
        "payment_method": "alipay",
        "payment_method_title": "支付宝",
        "transaction_id": f"20{one.no}" if one.paid_ms else "",
        "customer_ip_address": "127.0.0.1",
        "customer_user_agent": "",
        "created_via": "checkout",
        "customer_note": one.buyer_message,
        **moments(completed=completed_ms, paid=one.paid_ms),
        "cart_hash": "",
        "number": one.no,
        "meta_data": one.more.get("meta", []),
        "line_items": [_line(line) for line in one.lines],
        "tax_lines": [],
        "shipping_lines": _shipping(one),
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [_short(refund) for refund in refunds if refund.status == RefundStatus.DONE and refund.amount_fen],
        "payment_url": f"https://shop.example/checkout/order-pay/{one.no}/",
        "is_editable": status(one) in {"pending", "on-hold"},
        "needs_payment": status(one) in {"pending", "failed"},
        "needs_processing": True,
        "currency_symbol": "¥",
        "_links": {"self": [{"href": f"https://shop.example/wp-json/wc/v3/orders/{one.no}"}]},
    }


def _address(one: Order) -> Body:
    who = one.receiver
    return {
        "first_name": who.name[1:],
        "last_name": who.name[:1],
        "company": "",
        "address_1": f"{who.district}{who.town}{who.address}",
        "address_2": "",
        "city": who.city,
        "state": who.province,
        "postcode": "",
        "country": "CN",
    }


def _line(line: Any) -> Body:
    whole, paid = line.price_fen * line.quantity, line.paid_fen
    each = paid / 100 / line.quantity
    return {
        "id": int(line.oid),
        "name": f"{line.title} - {line.spec}" if line.sku_id else line.title,
        "product_id": int(line.item_id),
        "variation_id": int(line.sku_id or 0),
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": money(whole),
        "subtotal_tax": "0.00",
        "total": money(paid),
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [{"id": int(line.oid) * 10, "key": "规格", "value": line.spec, "display_key": "规格", "display_value": line.spec}]
        if line.sku_id
        else [],
        "sku": line.merchant_code,
        "price": int(each) if each == int(each) else round(each, 10),
        "image": {"id": 0, "src": line.picture},
        "parent_name": line.title if line.sku_id else None,
    }


def _shipping(one: Order) -> list[Body]:
    price = money(one.freight_fen)
    empty: Body = {"total_tax": "0.00", "taxes": [], "meta_data": []}
    return [{"id": int(one.no) * 10, "method_title": "快递", "method_id": "flat_rate", "instance_id": "1", "total": price, **empty}]


def _short(refund: Refund) -> Body:
    return {"id": int(refund.no), "reason": refund.reason, "total": money(-refund.amount_fen)}


def refund(one: Refund, of: Order) -> Body:
    lines: list[Body] = []
    for line in of.lines:
        pieces = one.pieces.get(line.oid, 0)
        if pieces:
            share = line.paid_fen * pieces // line.quantity
            sums = {"quantity": -pieces, "subtotal": money(-share), "total": money(-share)}
            meta = [{"id": 0, "key": "_refunded_item_id", "value": line.oid}]
            lines.append({**_line(line), "id": int(one.no) * 100 + len(lines), **sums, "meta_data": meta})
    return {
        "id": int(one.no),
        **moments(created=one.done_ms or one.created_ms),
        "amount": money(one.amount_fen),
        "reason": one.reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [],
        "line_items": lines,
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
    }


def tracking(parcel: Parcel | Body, number: int) -> Body:
    kept = parcel if isinstance(parcel, dict) else {"tracking_provider": parcel.courier, "tracking_number": parcel.waybill_no}
    return {"tracking_id": f"{number:032x}", "tracking_link": "", "date_shipped": "", **kept}


def _stock(sku: Sku) -> Body:
    return {
        "sku": sku.merchant_code,
        "price": money(sku.price_fen),
        "regular_price": money(sku.price_fen),
        "sale_price": "",
        "manage_stock": True,
        "stock_quantity": sku.stock,
        "stock_status": "instock" if sku.stock > 0 else "outofstock",
        "backorders": "no",
        "backorders_allowed": False,
        "low_stock_amount": None,
        "global_unique_id": sku.barcode,
    }


def variation(item: Item, sku: Sku) -> Body:
    return {
        "id": int(sku.sku_id),
        **moments(created=item.updated_ms, modified=item.updated_ms),
        **_stock(sku),
        "status": "publish",
        "type": "variation",
        "parent_id": int(item.item_id),
        "name": sku.spec,
        "attributes": [{"id": 0, "name": "规格", "option": sku.spec}],
        "image": {"id": 0, "src": item.picture},
        "meta_data": [],
    }


def product(item: Item) -> Body:
    first = item.skus[0]
    is_variable = bool(first.sku_id)
    own = {**_stock(first), "sku": "", "manage_stock": False, "stock_quantity": None} if is_variable else _stock(first)
    return {
        "id": int(item.item_id),
        "name": item.title,
        "slug": item.item_id,
        **moments(created=item.updated_ms, modified=item.updated_ms),
        "type": "variable" if is_variable else "simple",
        "status": "publish" if item.is_on_sale else "draft",
        **own,
        "total_sales": sum(sku.sold for sku in item.skus),
        "attributes": [{"id": 0, "name": "规格", "variation": True, "options": [sku.spec for sku in item.skus]}] if is_variable else [],
        "variations": [int(sku.sku_id) for sku in item.skus] if is_variable else [],
        "images": [{"id": 0, "src": item.picture}],
        "meta_data": [],
    }


def webhook(hook: Body, shop: Shop) -> Body:
    """Its secret is never shown."""
    resource, _, event = str(hook["topic"]).partition(".")
    return {
        "id": hook["id"],
        "name": hook.get("name", f"Webhook of {shop.name}"),
        "status": hook["status"],
        "topic": hook["topic"],
        "resource": resource,
        "event": event,
        "hooks": [],
        "delivery_url": hook["delivery_url"],
    }
