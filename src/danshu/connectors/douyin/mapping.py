"""What Doudian's orders and after-sales say, in our words.

Sources: order.searchList, order.orderDetail and afterSale.List of op.jinritemai.com. Amounts are fen, moments seconds; numbers come as
numbers in lists and as text in details; ids are longer than a double holds. A field that the app has no package for is not there.
"""

from __future__ import annotations

import re

from danshu.channels import bodies
from danshu.channels.connecting import Body
from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, Payment, Progress, Receiver, Refund

CIPHER = re.compile(r"##.+##|\$\$.+\$\$|#[^#\s\u4e00-\u9fff]{8,}#[^\s\u4e00-\u9fff]+##", re.DOTALL)
FLAGS = {1: "purple", 2: "blue", 3: "green", 4: "yellow", 5: "red"}  # 紫 青 绿 橙 红; 0 is grey, and also "no flag"
UNPAID, REVIEW, TO_SHIP, PART, SHIPPED, CANCELLED, FINISHED = 1, 105, 2, 101, 3, 4, 5  # order_status
PROGRESS = {
    UNPAID: Progress.WAITING,
    REVIEW: Progress.WAITING,
    TO_SHIP: Progress.WAITING,
    PART: Progress.PART_SHIPPED,
    SHIPPED: Progress.SHIPPED,
    CANCELLED: Progress.CLOSED,
    FINISHED: Progress.DELIVERED,
}
PART_PAID = 103  # main_status 部分支付
MONEY_BACK = {21, 22, 39}  # main_status 发货前 / 发货后 / 收货后退款完结
COD = 0  # pay_type
NO_REQUEST, CLOSED_REQUESTS = 0, {14, 28, 51}  # after_sale_status: 换货成功, 售后关闭, 取消成功
REFUNDED, PRICE_CARE = 3, 6  # refund_status; after_sale_type 价保 gives part of the price back


def order(body: Body) -> IncomingOrder:
    lines = tuple(_line(one) for one in bodies.items(body, "sku_order_list"))
    if not lines:
        raise bodies.missing("sku_order_list")
    status = bodies.number(body, "order_status")
    memo = bodies.text(body, "seller_words")
    stars = bodies.number(body, "seller_remark_stars")
    payment = _payment(body, status)
    return IncomingOrder(
        platform_no=bodies.needed(body, "order_id"),
        lines=lines,
        receiver=receiver(body),
        payment=payment,
        progress=PROGRESS.get(status, Progress.WAITING),
        refund=_refund(body, lines),
        status_text=bodies.text(body, "order_status_desc") or str(status),
        placed_at=bodies.moment(body, "create_time"),
        paid_at=bodies.moment(body, "pay_time"),
        shipped_at=bodies.moment(body, "ship_time"),
        finished_at=bodies.moment(body, "finish_time"),
        modified_at=bodies.moment(body, "update_time"),
        ship_by=bodies.moment(body, "exp_ship_time"),
        buyer_message=bodies.text(body, "buyer_words"),
        seller_memo=memo,
        flag=FLAGS.get(stars, "grey" if memo else ""),
        goods_fen=sum(bodies.fen(one, "sum_amount") for one in bodies.items(body, "sku_order_list")),
        freight_fen=bodies.fen(body, "post_amount"),
        discount_fen=bodies.fen(body, "promotion_amount"),
        paid_fen=bodies.fen(body, "pay_amount"),
        parcels=parcels(body),
        is_blocked=payment in {Payment.PAID, Payment.COD} and (status == REVIEW or status not in PROGRESS),
    )


def _payment(body: Body, status: int) -> Payment:
    """已支付 (105) is the platform's own look at a paid order: it may not be shipped before it becomes 备货中. A state that no document
    names is paid where a moment of payment says so."""
    if bodies.number(body, "main_status") == PART_PAID and status in {UNPAID, REVIEW}:
        return Payment.DEPOSIT
    if status == UNPAID:
        has_deposit = any(one.get("pay_success") in (True, "true", "1") for one in bodies.items(body, "order_phase_list"))
        return Payment.DEPOSIT if has_deposit else Payment.UNPAID
    if status == CANCELLED or status not in PROGRESS:
        return Payment.PAID if bodies.moment(body, "pay_time") else Payment.UNPAID
    is_cod = body.get("pay_type") not in (None, "") and bodies.number(body, "pay_type") == COD
    return Payment.COD if is_cod else Payment.PAID


def _refund(body: Body, lines: tuple[IncomingLine, ...]) -> Refund:
    said = {line.refund for line in lines if not line.is_gift} or {line.refund for line in lines}
    if bodies.number(body, "main_status") in MONEY_BACK or said == {Refund.REFUNDED}:
        return Refund.REFUNDED
    if Refund.REQUESTED in said:
        return Refund.REQUESTED
    return Refund.PARTIAL if said & {Refund.REFUNDED, Refund.PARTIAL} else Refund.NONE


def _line(body: Body) -> IncomingLine:
    specs = [(bodies.text(one, "name"), bodies.text(one, "value")) for one in bodies.items(body, "spec")]
    return IncomingLine(
        oid=bodies.needed(body, "order_id"),
        title=bodies.text(body, "product_name"),
        quantity=bodies.pieces(body, "item_num"),
        spec=";".join(f"{name}:{value}" if name else value for name, value in specs),
        item_id=bodies.identity(body, "product_id_str") or bodies.identity(body, "product_id"),
        sku_id=bodies.identity(body, "sku_id"),
        merchant_code=bodies.text(body, "code") or bodies.identity(body, "out_sku_id"),
        picture=bodies.text(body, "product_pic"),
        price_fen=bodies.fen(body, "origin_amount"),
        paid_fen=bodies.fen(body, "pay_amount"),
        refund=_line_refund(bodies.item(body, "after_sale_info")),
        is_gift=bodies.text(body, "given_product_type") == "FREE",
    )


def _line_refund(info: Body) -> Refund:
    """A request that was closed or was an exchange leaves `refund_status` 1 behind, so the request's own state decides."""
    status, money = bodies.number(info, "after_sale_status"), bodies.number(info, "refund_status")
    if money == REFUNDED:
        return Refund.PARTIAL if bodies.number(info, "after_sale_type") == PRICE_CARE else Refund.REFUNDED
    return Refund.NONE if status == NO_REQUEST or status in CLOSED_REQUESTS else Refund.REQUESTED


def parcels(body: Body) -> tuple[IncomingParcel, ...]:
    rows = [(bodies.text(one, "company_name") or bodies.text(one, "company"), one) for one in bodies.items(body, "logistics_info")]
    return tuple(IncomingParcel(courier, no) for courier, one in rows if (no := bodies.text(one, "tracking_no")))


# --- who gets it -------------------------------------------------------------------------------------------------------------


def ciphers(body: Body) -> dict[str, str]:
    """The cipher texts of name, phone and address, as far as there are any."""
    said = {
        "name": bodies.text(body, "encrypt_post_receiver"),
        "phone": bodies.text(body, "encrypt_post_tel"),
        "address": bodies.text(bodies.item(body, "post_addr"), "encrypt_detail"),
    }
    return {name: value for name, value in said.items() if CIPHER.fullmatch(value)}


def receiver(body: Body) -> Receiver:
    """Cipher text first, then what older apps get in plain, then masks. A street is told apart from the detail; it leads the address
    where that is readable."""
    place = bodies.item(body, "post_addr")
    name = _first(body, "encrypt_post_receiver", "post_receiver", "mask_post_receiver")
    phone = _first(body, "encrypt_post_tel", "post_tel", "mask_post_tel")
    detail = _first(place, "encrypt_detail", "detail") or bodies.text(bodies.item(body, "mask_post_addr"), "detail")
    is_cipher = bool(ciphers(body))
    street = "" if CIPHER.fullmatch(detail) else bodies.text(bodies.item(place, "street"), "name")
    return Receiver(
        name=name,
        phone=phone,
        province=bodies.text(bodies.item(place, "province"), "name"),
        city=bodies.text(bodies.item(place, "city"), "name"),
        district=bodies.text(bodies.item(place, "town"), "name"),
        address=detail if detail.startswith(street) else street + detail,
        masked=not is_cipher and any("*" in value for value in (name, phone, detail)),
        cipher=is_cipher,
        merge_key=bodies.identity(body, "open_address_id") or _buyer_at(body),
    )


def _buyer_at(body: Body) -> str:
    """`doudian_open_id` names the buyer, not where the parcel goes: with the readable part of the place it stands for the address."""
    buyer, place = bodies.identity(body, "doudian_open_id"), bodies.item(body, "post_addr")
    return (
        " ".join([buyer, *(bodies.text(bodies.item(place, key), "name") for key in ("province", "city", "town", "street"))])
        if buyer
        else ""
    )


def _first(body: Body, *keys: str) -> str:
    return next((value for key in keys if (value := bodies.text(body, key))), "")
