"""Everything that is so, in one form for all platforms, to compare with what somebody believes.

    orders[]   shop, no, status (unpaid paid part_shipped shipped finished closed), placed_ms, paid_ms, shipped_ms, finished_ms, closed_ms,
               updated_ms (0 = not yet), buyer_nick, buyer_message, seller_memo, flag, receiver{name phone province city district town
               address key}, goods_fen, freight_fen, discount_fen (the seller's), platform_discount_fen, to_pay_fen, refund_nos[],
               lines[{oid item_id sku_id merchant_code title spec quantity price_fen paid_fen shipped refund refund_no refunded_fen}],
               parcels[{courier waybill_no shipped_ms contents{oid: pieces} old_waybill_nos[]}]
    refunds[]  shop, no, order_no, kind (refund return exchange resend), status (asked waiting_return returned waiting_resend refused done
               closed), pieces{oid: pieces}, amount_fen, reason, is_before_shipping, created_ms, updated_ms, waybill_no, refuse_reason
    stock[]    shop, item_id, sku_id, merchant_code, shown (what buyers can order now), sold (pieces ordered and not closed unpaid)
    shops[]    key, platform, name, number
"""

from __future__ import annotations

import json
from typing import Any

from danshu_simulator.things import Order, Refund, dump
from danshu_simulator.world import World


def all_of(world: World, shop: str = "") -> dict[str, Any]:
    with world.lock:
        keys = [key for key in world.shops if shop in {"", key}]
        books = [(key, world.books[key]) for key in keys]
        return {
            "now_ms": world.now(),
            "shops": [{name: getattr(world.shops[key], name) for name in ("key", "platform", "name", "number")} for key in keys],
            "orders": [order(one) for _, book in books for one in book.orders.values()],
            "refunds": [refund(one) for _, book in books for one in book.refunds.values()],
            "stock": [
                {
                    "shop": key,
                    "item_id": item.item_id,
                    "sku_id": sku.sku_id,
                    "merchant_code": sku.merchant_code,
                    "shown": sku.stock,
                    "sold": sku.sold,
                }
                for key, book in books
                for item in book.items.values()
                for sku in item.skus
            ],
        }


def order(one: Order) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(dump(one))
    for name in ("goods_fen", "discount_fen", "platform_discount_fen", "to_pay_fen"):
        plain[name] = getattr(one, name)
    for line, kept in zip(one.lines, plain["lines"], strict=True):
        kept["paid_fen"] = line.paid_fen
    return plain


def refund(one: Refund) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(dump(one))
    return plain
