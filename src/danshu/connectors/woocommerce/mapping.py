"""WooCommerce's orders and refunds in our words. Pure.

Amounts are those of the shop's currency: a hundredth of it is our fen. Paid amounts of lines include their tax, so that lines, freight and
fees add up to the total. WooCommerce knows no parcels and no delivery: 已完成 is what a shop says when the goods have left; our own parcels
stand in the order's meta data (`shipping.py`).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from decimal import Decimal
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
from danshu.connectors.woocommerce.reading import amount, fen, moment, part

STATUSES = {
    "pending": "待付款",
    "processing": "处理中",
    "on-hold": "保留",
    "completed": "已完成",
    "cancelled": "已取消",
    "refunded": "已退款",
    "failed": "失败",
    "trash": "已删除",
}
NO_ORDERS = {"checkout-draft", "auto-draft", "draft"}  # carts
PAID = {"processing", "completed", "refunded"}
GONE = {"cancelled", "trash"}
PARCELS = "_danshu_parcels"  # our own, as JSON in the order's meta data; the underscore hides it from the order's page
TAG = re.compile(r"<[^<>]*>")
CHINESE = re.compile(r"[\u3400-\u9fff]")
PROVINCES = (
    "云南省", "北京市", "天津市", "河北省", "山西省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省", "上海市", "江苏省",
    "浙江省", "安徽省", "福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省", "广东省", "广西壮族自治区", "海南省",
    "重庆市", "四川省", "贵州省", "陕西省", "甘肃省", "青海省", "宁夏回族自治区", "澳门特别行政区", "西藏自治区",
    "新疆维吾尔自治区",
)  # fmt: skip


def order(body: Body) -> IncomingOrder:
    status = bodies.text(body, "status")
    if not status or status in NO_ORDERS:
        raise bodies.bad("status", status)
    lines = tuple(
        _line(item, is_refunded=status == "refunded") for item in bodies.items(body, "line_items") if bodies.number(item, "quantity")
    )
    if not lines:
        raise bodies.missing("line_items")
    items = bodies.items(body, "line_items")
    return IncomingOrder(
        platform_no=bodies.digits(body, "id"),
        lines=lines,
        receiver=_receiver(body),
        payment=_payment(body, status),
        progress=_progress(body, status),
        refund=_refund(body, status),
        status_text=STATUSES.get(status, status),
        placed_at=moment(body, "date_created_gmt"),
        paid_at=moment(body, "date_paid_gmt"),
        shipped_at=moment(body, "date_completed_gmt"),
        modified_at=moment(body, "date_modified_gmt"),
        buyer_message=bodies.text(body, "customer_note"),
        goods_fen=fen(sum((amount(item, "subtotal") + amount(item, "subtotal_tax") for item in items), Decimal(0))),
        freight_fen=fen(amount(body, "shipping_total") + amount(body, "shipping_tax")),
        discount_fen=fen(amount(body, "discount_total") + amount(body, "discount_tax")),
        paid_fen=fen(amount(body, "total")),
        parcels=tuple(IncomingParcel(one["courier"], one["waybill_no"]) for one in parcels(body)),
        is_blocked=False,
    )


def _payment(body: Body, status: str) -> Payment:
    """[D] processing: paid, or to be paid on delivery. What plugins call otherwise is paid when it has a moment of payment."""
    if moment(body, "date_paid_gmt"):
        return Payment.PAID
    if status in PAID:
        return Payment.COD if bodies.text(body, "payment_method") == "cod" and status != "refunded" else Payment.PAID
    return Payment.UNPAID


def _progress(body: Body, status: str) -> Progress:
    """A payment that failed may still be made good: the order waits unpaid like any other."""
    if status == "completed" or (status == "refunded" and moment(body, "date_completed_gmt")):
        return Progress.SHIPPED
    if status in GONE or status == "refunded":
        return Progress.CLOSED
    return Progress.PART_SHIPPED if parcels(body) else Progress.WAITING


def _refund(body: Body, status: str) -> Refund:
    back = -sum((amount(one, "total") for one in bodies.items(body, "refunds")), Decimal(0))
    if status == "refunded" or (back > 0 and back >= amount(body, "total")):
        return Refund.REFUNDED
    return Refund.PARTIAL if bodies.items(body, "refunds") else Refund.NONE


def _line(item: Mapping[str, Any], *, is_refunded: bool) -> IncomingLine:
    quantity = bodies.pieces(item, "quantity")
    goods = amount(item, "subtotal") + amount(item, "subtotal_tax")
    spec = _spec(item)
    return IncomingLine(
        oid=bodies.digits(item, "id"),
        # a variation's name repeats what was chosen
        title=_plain((spec and bodies.text(item, "parent_name")) or bodies.text(item, "name")),
        quantity=quantity,
        spec=spec,
        item_id=bodies.identity(item, "product_id"),
        sku_id=bodies.identity(item, "variation_id"),
        merchant_code=bodies.text(item, "sku"),
        picture=bodies.text(part(item, "image"), "src"),
        price_fen=fen(goods / quantity),
        paid_fen=fen(amount(item, "total") + amount(item, "total_tax")),
        refund=Refund.REFUNDED if is_refunded else Refund.NONE,
    )


def _spec(item: Mapping[str, Any]) -> str:
    """What the buyer chose: `颜色:黑;尺码:M`. Keys with an underscore are hidden, values that are no text are plugins' own."""
    found = []
    for meta in bodies.items(item, "meta_data"):
        key, value = meta.get("display_key") or meta.get("key"), meta.get("display_value") or meta.get("value")
        is_hidden = isinstance(own := meta.get("key"), str) and own.startswith("_")
        if isinstance(key, str) and isinstance(value, str) and key and value and not is_hidden:
            found.append(f"{_plain(key).removeprefix('pa_')}:{_plain(value)}")
    return ";".join(found)


def _plain(written: str) -> str:
    return html.unescape(TAG.sub("", written)).strip()


def _receiver(body: Body) -> Receiver:
    """Where it is shipped to; shops that ask for one address only leave the shipping one blank. A phone may stand with the other."""
    shipping, billing = part(body, "shipping"), part(body, "billing")
    names = ("first_name", "last_name", "address_1", "city", "state")
    where = shipping if any(bodies.text(shipping, name) for name in names) else billing
    first, last = bodies.text(where, "first_name"), bodies.text(where, "last_name")
    name = f"{last}{first}" if CHINESE.search(first + last) else f"{first} {last}".strip()
    return Receiver(
        name=name or bodies.text(where, "company"),
        phone=bodies.text(shipping, "phone") or bodies.text(billing, "phone"),
        province=_province(bodies.text(where, "state")),
        city=bodies.text(where, "city"),
        address=_detail(where),
    )


def _province(state: str) -> str:
    """Chinese provinces are numbered in WooCommerce's own way, CN1 to CN32."""
    numbered = re.fullmatch(r"CN([1-9]|[12]\d|3[0-2])", state)
    return PROVINCES[int(numbered[1]) - 1] if numbered else state


def _detail(where: Mapping[str, Any]) -> str:
    """Abroad, postcode and country belong to the address."""
    parts = [bodies.text(where, "address_1"), bodies.text(where, "address_2")]
    if bodies.text(where, "country") in {"", "CN"}:
        return " ".join(one for one in parts if one)
    return ", ".join(one for one in (*parts, bodies.text(where, "postcode"), bodies.text(where, "country")) if one)


def parcels(body: Body) -> list[dict[str, str]]:
    """What we told of our parcels: courier and number of each. Written by us alone, so what is not ours counts as nothing."""
    for meta in bodies.items(body, "meta_data"):
        if meta.get("key") == PARCELS:
            try:
                found = json.loads(str(meta.get("value")))
            except (ValueError, RecursionError):
                return []
            rows = found if isinstance(found, list) else []
            return [row for row in rows if isinstance(row, dict) and _is_parcel(row)]
    return []


def _is_parcel(row: dict[str, Any]) -> bool:
    return all(isinstance(row.get(name), str) for name in ("courier", "waybill_no")) and bool(row["waybill_no"])


def refund(body: Body) -> IncomingRefund:
    """Money that went back: WooCommerce has no requests, a refund is a fact from its first moment."""
    items = bodies.items(body, "line_items")
    oids = [oid for item in items if (oid := _refunded(item))]
    at = moment(body, "date_created_gmt")
    return IncomingRefund(
        refund_no=bodies.digits(body, "id"),
        platform_no=bodies.digits(body, "parent_id"),
        kind=RefundKind.REFUND_ONLY,
        state=RefundState.DONE,
        oids=tuple(dict.fromkeys(oids)),
        amount_fen=abs(fen(amount(body, "amount"))),
        quantity=sum(abs(bodies.number(item, "quantity")) for item in items),
        reason=bodies.text(body, "reason"),
        status_text="已退款",
        asked_at=at,
        modified_at=at,
    )


def _refunded(item: Mapping[str, Any]) -> str:
    """The order's line that a line of a refund speaks of."""
    for meta in bodies.items(item, "meta_data"):
        if meta.get("key") == "_refunded_item_id":
            return bodies.identity(meta, "value")
    return ""
