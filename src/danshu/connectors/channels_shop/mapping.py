"""An order of `order/get` → `IncomingOrder`. Amounts are fen, moments seconds. Sources of each field: README.md.

The platform has no numbers for lines: a line is named by its SKU, because after-sales name lines by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import (
    IncomingLine,
    IncomingOrder,
    IncomingParcel,
    Payment,
    Progress,
    Receiver,
    Refund,
)
from danshu.channels.documented_bodies import needed, rows, section, text, whole
from danshu.connectors.channels_shop.values import moment
from danshu.core import money

NO_CASH = {3: "抽奖 0 元单", 4: "积分兑换"}  # nothing was paid, whatever the prices say
PAY_LATER = 2  # 先用后付: the money comes when the goods are confirmed; goods are sent as if it were there
VIRTUAL = {1, 3}  # nothing is sent; the contact is a phone number alone


@dataclass(frozen=True, slots=True)
class Status:
    word: str
    payment: Payment | None  # None: as `pay_info` says
    progress: Progress
    is_blocked: bool = False


# 12 and 13 are paid, but the goods must not go yet and the order may still fall
STATUSES = {
    10: Status("待付款", Payment.UNPAID, Progress.WAITING),
    12: Status("礼物待收下", Payment.PAID, Progress.WAITING, is_blocked=True),
    13: Status("凑单中", Payment.PAID, Progress.WAITING, is_blocked=True),
    20: Status("待发货", Payment.PAID, Progress.WAITING),
    21: Status("部分发货", Payment.PAID, Progress.PART_SHIPPED),
    30: Status("待收货", Payment.PAID, Progress.SHIPPED),
    100: Status("已完成", Payment.PAID, Progress.DELIVERED),
    190: Status("超卖取消", None, Progress.CLOSED),
    200: Status("全部售后，已取消", Payment.PAID, Progress.CLOSED),
    250: Status("已取消", None, Progress.CLOSED),
}


def order(body: Body) -> IncomingOrder:
    detail = section(body, "order_detail")
    pay, ext = section(detail, "pay_info"), section(detail, "ext_info")
    delivery = section(detail, "delivery_info")
    status, method = _status(body), whole(pay, "payment_method")
    paid_at = moment(pay, "pay_time")
    prices = _prices(section(detail, "price_info"), has_cash=method not in NO_CASH)
    products = rows(detail, "product_infos")
    if not products:
        raise BadPayload(_("这个订单没有商品。"))
    lines = _lines(products, goods_paid=prices.paid - prices.freight if method not in NO_CASH else 0)
    return IncomingOrder(
        platform_no=needed(body, "order_id"),
        lines=lines,
        receiver=_receiver(section(delivery, "address_info"), is_virtual=whole(delivery, "deliver_method") in VIRTUAL),
        payment=status.payment or (Payment.PAID if paid_at else Payment.UNPAID),
        progress=status.progress,
        refund=_refund(body, lines, is_paid=bool(paid_at)),
        status_text=_status_text(status, method),
        placed_at=moment(body, "create_time"),
        paid_at=paid_at,
        shipped_at=moment(delivery, "ship_done_time") or _first_sent(rows(delivery, "delivery_product_info")),
        finished_at=moment(ext, "confirm_receipt_time"),
        modified_at=moment(body, "update_time"),
        ship_by=_ship_by(products),
        buyer_message=text(ext, "customer_notes"),
        seller_memo=text(ext, "merchant_notes"),
        goods_fen=prices.goods,
        freight_fen=prices.freight,
        discount_fen=prices.discount,
        paid_fen=prices.paid,
        parcels=_parcels(rows(delivery, "delivery_product_info")),
        is_blocked=status.is_blocked,
    )


def _status(body: Body) -> Status:
    number = whole(body, "status")
    if number not in STATUSES:
        raise BadPayload(_("不认识的订单状态：%(status)s。") % {"status": text(body, "status") or "-"})
    return STATUSES[number]


def _status_text(status: Status, method: int) -> str:
    special = "先用后付" if method == PAY_LATER else NO_CASH.get(method, "")
    return f"{status.word}（{special}）" if special else status.word


@dataclass(frozen=True, slots=True)
class Prices:
    goods: int
    freight: int
    discount: int
    paid: int


def _prices(price: Body, *, has_cash: bool) -> Prices:
    goods = whole(price, "product_price")
    freight = whole(price, "change_freight" if price.get("is_change_freight") is True else "freight")
    due = whole(price, "order_price")
    return Prices(goods, freight, max(goods + freight - due, 0), due if has_cash else 0)


def _lines(products: Sequence[Body], *, goods_paid: int) -> tuple[IncomingLine, ...]:
    names: dict[str, int] = {}
    lines = []
    for product, paid in zip(products, _line_amounts(products, goods_paid), strict=True):
        item_id, sku_id = needed(product, "product_id"), text(product, "sku_id")
        name = sku_id or item_id
        names[name] = names.get(name, 0) + 1  # the same SKU twice, once as a gift
        quantity = whole(product, "sku_cnt")
        if quantity == 0:
            raise BadPayload(_("商品“%(title)s”没有数量。") % {"title": text(product, "title")})
        lines.append(
            IncomingLine(
                oid=name if names[name] == 1 else f"{name}#{names[name]}",
                title=text(product, "title"),
                quantity=quantity,
                spec=_spec(rows(product, "sku_attrs")),
                item_id=item_id,
                sku_id=sku_id,
                merchant_code=text(product, "sku_code") or text(product, "out_sku_id"),
                picture=text(product, "thumb_img"),
                price_fen=whole(product, "sale_price"),
                paid_fen=paid,
                refund=_line_refund(product, quantity),
                is_gift=product.get("is_free_gift") in (1, True, "1"),
            )
        )
    return tuple(lines)


def _line_amounts(products: Sequence[Body], goods_paid: int) -> list[int]:
    """`real_price` is the whole line's, after all discounts; older answers lack it, and then the order's money is shared by price."""
    if goods_paid <= 0:
        return [0] * len(products)
    if all(product.get("real_price") is not None for product in products):
        return [whole(product, "real_price") for product in products]
    return money.split(goods_paid, [whole(product, "sale_price") * whole(product, "sku_cnt") for product in products])


def _spec(attributes: Sequence[Body]) -> str:
    return ";".join(f"{text(one, 'attr_key')}:{text(one, 'attr_value')}" for one in attributes)


def _line_refund(product: Body, quantity: int) -> Refund:
    if whole(product, "on_aftersale_sku_cnt") > 0:
        return Refund.REQUESTED
    done = whole(product, "finish_aftersale_sku_cnt")
    return Refund.REFUNDED if done >= quantity else Refund.PARTIAL if done > 0 else Refund.NONE


def _refund(body: Body, lines: Sequence[IncomingLine], *, is_paid: bool) -> Refund:
    said = {line.refund for line in lines}
    status = whole(body, "status")
    if status == 200 or (status == 190 and is_paid):
        return Refund.REFUNDED
    if Refund.REQUESTED in said or whole(section(body, "aftersale_detail"), "on_aftersale_order_cnt") > 0:
        return Refund.REQUESTED
    if said == {Refund.REFUNDED}:
        return Refund.REFUNDED
    return Refund.NONE if said == {Refund.NONE} else Refund.PARTIAL


def _receiver(address: Body, *, is_virtual: bool) -> Receiver:
    """Names, phones and addresses are masked until `sensitiveinfo/decode`; a virtual number may be dialled as it stands."""
    extra = section(address, "tel_number_ext_info")
    phone = text(address, "tel_number") or text(extra, "real_tel_number")
    if whole(address, "use_tel_number") == 1 and text(extra, "virtual_tel_number"):
        phone = text(extra, "virtual_tel_number")
    if is_virtual and text(address, "virtual_order_tel_number"):
        phone = text(address, "virtual_order_tel_number")
    receiver = Receiver(
        name=text(address, "user_name"),
        phone=phone,
        province=text(address, "province_name"),
        city=text(address, "city_name"),
        district=text(address, "county_name"),
        address=text(address, "detail_info") + text(address, "house_number"),
        merge_key=text(address, "hash_code"),
    )
    return masked(receiver)


def masked(receiver: Receiver) -> Receiver:
    """The same, marked where a star stands for what is not told."""
    return replace(receiver, masked=any("*" in value for value in (receiver.name, receiver.phone, receiver.address)))


def plain_receiver(answer: Body, *, merge_key: str) -> Receiver:
    """What `sensitiveinfo/decode` tells; with a virtual number the phone stays masked and the number to dial stands apart."""
    receiver = _receiver(section(answer, "address_info"), is_virtual=True)
    number = section(answer, "virtual_number_info")
    virtual = "-".join(part for part in (text(number, "virtual_number"), text(number, "extension")) if part)
    return masked(replace(receiver, phone=virtual or receiver.phone, merge_key=receiver.merge_key or merge_key))


def _ship_by(products: Sequence[Body]) -> datetime | None:
    """The earliest promise of any line; full-price presales name the day they expect to send."""
    promises = [
        moment(product, "delivery_deadline") or moment(section(product, "sku_deliver_info"), "predict_delivery_time")
        for product in products
    ]
    return min((promise for promise in promises if promise), default=None)


def _first_sent(parcels: Sequence[Body]) -> datetime | None:
    return min((at for parcel in parcels if (at := moment(parcel, "delivery_time"))), default=None)


def _parcels(parcels: Sequence[Body]) -> tuple[IncomingParcel, ...]:
    found = [IncomingParcel(text(parcel, "delivery_name") or text(parcel, "delivery_id"), text(parcel, "waybill_id")) for parcel in parcels]
    return tuple(parcel for parcel in found if parcel.waybill_no)
