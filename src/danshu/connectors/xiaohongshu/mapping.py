"""An order of `order.getOrderDetail` → `IncomingOrder`. Amounts are fen, moments milliseconds. Sources of each field: README.md.

`fetch` lays the answer of `order.getOrderReceiverInfo` beside the order as `receiverInfo`, for the detail itself names no receiver. Lines
have no numbers: a line is named by its SKU, because parcels and after-sales name lines by nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, Payment, Progress, Receiver, Refund
from danshu.channels.documented_bodies import needed, rows, section, text, whole
from danshu.connectors.xiaohongshu.values import moment

CIPHER = re.compile(r"#[^#]+#[^#]+#\d+##")  # index, cipher text, kind: 1 address, 2 name, 3 phone
FLAGS = {1: "grey", 2: "red", 3: "yellow", 4: "green", 5: "blue", 6: "purple"}
GOING, DONE = {2, 6}, 3  # of after-sales: handled by the seller, by the platform; finished


@dataclass(frozen=True, slots=True)
class Status:
    word: str
    payment: Payment | None  # None: as `paidTime` says
    progress: Progress
    is_blocked: bool = False


# 2 is paid and being looked at by the platform: nothing goes yet
STATUSES = {
    1: Status("待付款", Payment.UNPAID, Progress.WAITING),
    2: Status("已支付处理中", Payment.PAID, Progress.WAITING, is_blocked=True),
    3: Status("清关中", Payment.PAID, Progress.WAITING),
    4: Status("待发货", Payment.PAID, Progress.WAITING),
    5: Status("部分发货", Payment.PAID, Progress.PART_SHIPPED),
    6: Status("待收货", Payment.PAID, Progress.SHIPPED),
    7: Status("已完成", Payment.PAID, Progress.DELIVERED),
    8: Status("已关闭", None, Progress.CLOSED),
    9: Status("已取消", None, Progress.CLOSED),
    10: Status("换货申请中", Payment.PAID, Progress.SHIPPED),
}
CLOSED = {8, 9}
EXCHANGING = 10


def order(body: Body) -> IncomingOrder:
    status, paid_at = _status(body), moment(body, "paidTime")
    skus = rows(body, "skuList")
    if not skus:
        raise BadPayload(_("这个订单没有商品。"))
    lines = _named_apart([_line(sku) for sku in skus])
    goods = sum(_before_discounts(sku) for sku in skus)
    freight, paid = _paid(body, sum(line.paid_fen for line in lines))
    return IncomingOrder(
        platform_no=needed(body, "orderId"),
        lines=lines,
        receiver=receiver(body),
        payment=status.payment or (Payment.PAID if paid_at else Payment.UNPAID),
        progress=status.progress,
        refund=_refund(body, lines),
        status_text=status.word,
        placed_at=moment(body, "createdTime"),
        paid_at=paid_at,
        shipped_at=moment(body, "deliveryTime"),
        finished_at=moment(body, "finishTime"),
        modified_at=moment(body, "updateTime"),
        ship_by=moment(body, "promiseLastDeliveryTime"),
        buyer_message=text(body, "customerRemark"),
        seller_memo=text(body, "sellerRemark"),
        flag=FLAGS.get(whole(body, "sellerRemarkFlag"), ""),
        goods_fen=goods,
        freight_fen=freight,
        discount_fen=_discount(body, skus),
        paid_fen=paid,
        parcels=_parcels(body),
        is_blocked=status.is_blocked,
    )


def _status(body: Body) -> Status:
    number = whole(body, "orderStatus")
    if number not in STATUSES:
        raise BadPayload(_("不认识的订单状态：%(status)s。") % {"status": text(body, "orderStatus") or "-"})
    return STATUSES[number]


def _line(sku: Body) -> IncomingLine:
    sku_id, quantity = needed(sku, "skuId"), whole(sku, "skuQuantity")
    if quantity == 0:
        raise BadPayload(_("商品“%(title)s”没有数量。") % {"title": text(sku, "skuName")})
    parts = rows(sku, "skuDetailList")
    single = parts[0] if len(parts) == 1 else {}  # a bundle names its parts here, and none of them is the line
    return IncomingLine(
        oid=sku_id,
        title=text(sku, "skuName"),
        quantity=quantity,
        spec=text(sku, "skuSpec"),
        item_id=text(sku, "itemId") or sku_id,
        sku_id=sku_id,
        merchant_code=text(sku, "erpcode") or text(single, "erpCode"),
        barcode=text(single, "barcode"),
        picture=text(sku, "skuImage"),
        price_fen=_before_discounts(sku) // quantity,
        paid_fen=whole(sku, "totalPaidAmount"),
        refund=_after_sale(whole(sku, "skuAfterSaleStatus"), Refund.REFUNDED),
        is_gift=whole(sku, "skuTag") == 1,
    )


def _named_apart(lines: Sequence[IncomingLine]) -> tuple[IncomingLine, ...]:
    """The same SKU twice: once bought, once as a gift."""
    seen: dict[str, int] = {}
    named = []
    for line in lines:
        seen[line.oid] = seen.get(line.oid, 0) + 1
        named.append(line if seen[line.oid] == 1 else replace(line, oid=f"{line.oid}#{seen[line.oid]}"))
    return tuple(named)


def _before_discounts(sku: Body) -> int:
    return whole(sku, "totalPaidAmount") + whole(sku, "totalMerchantDiscount") + whole(sku, "totalRedDiscount")


def _discount(body: Body, skus: Sequence[Body]) -> int:
    ours, theirs = "totalMerchantDiscount", "totalRedDiscount"
    if body.get(ours) is not None or body.get(theirs) is not None:
        return whole(body, ours) + whole(body, theirs)
    return sum(whole(sku, ours) + whole(sku, theirs) for sku in skus)


def _paid(body: Body, of_lines: int) -> tuple[int, int]:
    """Freight and all that was paid; orders from abroad say it in a section of their own, old ones not at all."""
    if body.get("totalPayAmount") is not None:
        return whole(body, "totalShippingFree"), whole(body, "totalPayAmount")
    bound = section(body, "boundExtendInfo")
    if bound.get("payAmount") is not None:
        return whole(bound, "shippingFee"), whole(bound, "payAmount")
    freight = whole(body, "totalShippingFree")
    return freight, of_lines + freight


def _after_sale(number: int, finished: Refund) -> Refund:
    return Refund.REQUESTED if number in GOING else finished if number == DONE else Refund.NONE


def _refund(body: Body, lines: Sequence[IncomingLine]) -> Refund:
    said = {line.refund for line in lines}
    number, status = whole(body, "orderAfterSalesStatus"), whole(body, "orderStatus")
    if number in GOING or whole(body, "cancelStatus") == 1 or status == EXCHANGING or Refund.REQUESTED in said:
        return Refund.REQUESTED
    if number == DONE:
        return Refund.REFUNDED if status in CLOSED or said == {Refund.REFUNDED} else Refund.PARTIAL
    if said == {Refund.REFUNDED}:
        return Refund.REFUNDED
    return Refund.NONE if said == {Refund.NONE} else Refund.PARTIAL


def receiver(body: Body) -> Receiver:
    """Cipher text stands as it came, until `decrypt`."""
    told = section(body, "receiverInfo")
    name, phone = text(told, "receiverName"), text(told, "receiverPhone")
    address, town = text(told, "receiverAddress"), text(told, "receiverTownName")
    is_cipher = any(CIPHER.search(value) for value in (name, phone, address))
    if town and not is_cipher and not address.startswith(town):
        address = town + address
    return Receiver(
        name=name,
        phone=phone,
        province=text(told, "receiverProvinceName") or text(body, "receiverProvinceName"),
        city=text(told, "receiverCityName") or text(body, "receiverCityName"),
        district=text(told, "receiverDistrictName") or text(body, "receiverDistrictName"),
        address=address,
        masked=not is_cipher and any("*" in value for value in (name, phone, address)),
        cipher=is_cipher,
        merge_key=text(body, "openAddressId"),
    )


def _parcels(body: Body) -> tuple[IncomingParcel, ...]:
    """Split orders name each parcel; others name the only one at the order itself."""
    found = {text(parcel, "expressTrackingNo"): text(parcel, "expressCompanyCode") for parcel in rows(body, "simpleDeliveryOrderList")} or {
        text(body, "expressTrackingNo"): text(body, "expressCompanyCode")
    }
    return tuple(IncomingParcel(courier, waybill) for waybill, courier in found.items() if waybill)
