"""What the seller says to JD: stock numbers, shipments, answers to requests. Each function is one method of the connector."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.utils.translation import gettext as _

from danshu.channels.connecting import (
    ListingKey,
    PushResult,
    RefundAnswer,
    Refusal,
    Shipment,
    ShipResult,
    ShownStock,
    StockUpdate,
)
from danshu.channels.connector_errors import BadAnswer
from danshu.channels.text_bodies import answers, flag, text, whole
from danshu.connectors.jd.client import Declined, Jos, result
from danshu.connectors.jd.reading import inner, rows

ALREADY = "10400001"  # 订单已出库
GONE = ("不存在", "无效的sku", "已删除", "not exist")
OWN = "1274"  # 厂家自送: the company that has no numbers


def push_stock(jos: Jos, updates: Sequence[StockUpdate]) -> list[PushResult]:
    """All of them in one call; JD tells what became of each SKU, or only which ones failed. Where it takes none, each is said alone."""
    results: dict[int, PushResult] = {}
    for at, update in enumerate(updates):
        if update.quantity < 0:
            results[at] = PushResult(update.key, Refusal.REJECTED, _("库存不能是负数。"))
        elif not _is_number(update.key.sku_id):
            results[at] = PushResult(update.key, Refusal.UNKNOWN_ITEM, _("京东按规格编号改库存，这个商品没有规格编号。"))
    places = [at for at in range(len(updates)) if at not in results]
    if places:
        results |= _push(jos, updates, places)
    return [results[at] for at in range(len(updates))]


def _push(jos: Jos, updates: Sequence[StockUpdate], places: list[int]) -> dict[int, PushResult]:
    try:
        failed = _say_stock(jos, [updates[at] for at in places])
    except Declined as error:
        if len(places) == 1:
            return {places[0]: PushResult(updates[places[0]].key, refusal_of(error.said), error.message)}
        return {place: found for at in places for place, found in _push(jos, updates, [at]).items()}
    return {at: _result(updates[at].key, failed) for at in places}


def _say_stock(jos: Jos, updates: list[StockUpdate]) -> dict[str, str]:
    """SKU → JD's reason, of those that failed."""
    stocks = [{"skuId": int(update.key.sku_id), "stockNum": update.quantity} for update in updates]
    request = {"updateModel": "fullStockIn", "stockRfId": uuid4().hex, "skuStocks": stocks}
    found = result(jos.call("jingdong.ware.stock.sku.set", {"req": request}), "returnType")
    with answers():
        told = rows(inner(found, "obj"), "updateStockResult") if found.get("obj") else []
        return {text(row, "data"): text(row, "message") for row in told if not flag(row, "success")}


def _result(key: ListingKey, failed: dict[str, str]) -> PushResult:
    if key.sku_id not in failed:
        return PushResult(key)
    said = failed[key.sku_id]
    return PushResult(key, refusal_of(said), said or _("京东没有收下这个库存，也没有说为什么。"))


def read_stock(jos: Jos, keys: Sequence[ListingKey]) -> list[ShownStock]:
    """One question for each SKU: JD takes no more."""
    shown: dict[str, int | None] = {}
    for sku in dict.fromkeys(key.sku_id for key in keys if _is_number(key.sku_id)):
        shown[sku] = _read(jos, sku)
    return [ShownStock(key, shown.get(key.sku_id)) for key in keys]


def _read(jos: Jos, sku: str) -> int | None:
    try:
        found = result(jos.call("jingdong.ware.stock.sku.query", {"skuId": int(sku)}), "returnType")
    except Declined as error:
        if refusal_of(error.said) == Refusal.UNKNOWN_ITEM:
            return None
        raise
    with answers():
        stores = rows(inner(found, "obj"), "skuStockInfos")
        if not stores:
            raise BadAnswer(_("京东的回答里没有库存数量。稍后会再试。"))
        usual = [store for store in stores if text(store, "storeId") in {"", "0"}]
        return sum(whole(store, "stockNum") for store in usual or stores)


# --- shipping ---------------------------------------------------------------------------------------------------------------


def ship(jos: Jos, shipment: Shipment) -> ShipResult:
    company = shipment.codes.get("jd_id", "")
    if not company:
        words = {"courier": shipment.courier_name or shipment.courier}
        return ShipResult(shipment.platform_no, Refusal.REJECTED, _("没有%(courier)s在京东的公司编号。") % words)
    if not _is_number(shipment.platform_no):
        return ShipResult(shipment.platform_no, Refusal.UNKNOWN_ITEM, _("京东的订单号只有数字。"))
    said = {"orderId": int(shipment.platform_no), "logiCoprId": company, "logiNo": None if company == OWN else shipment.waybill_no}
    try:
        result(jos.call("jingdong.pop.order.shipment", said, idempotent=False), "sopjosshipment_result")
    except Declined as error:
        if _has_it(jos, shipment, error):
            return ShipResult(shipment.platform_no)
        return ShipResult(shipment.platform_no, refusal_of(error.said), error.message)
    return ShipResult(shipment.platform_no)


def _has_it(jos: Jos, shipment: Shipment, error: Declined) -> bool:
    """Whether JD refused because it has exactly this number already: a repeated message, or a person was quicker."""
    if error.number != ALREADY and "已出库" not in error.said:
        return False
    asked = {"order_id": shipment.platform_no, "optional_fields": "orderId,orderState,waybill,logisticsId"}
    found = result(jos.call("jingdong.pop.order.get", asked), "orderDetailInfo", "apiResult")
    with answers():
        known = text(inner(found, "orderInfo"), "waybill").replace("|", ",").split(",")
    return shipment.waybill_no in [number.strip() for number in known]


# --- requests ---------------------------------------------------------------------------------------------------------------


def answer_refund(jos: Jos, answer: RefundAnswer) -> None:
    """1 审核通过, 2 审核不通过 (then with a kind of reason: 5 其他). JD wants to know who, and why in either case, and
    reads Chinese."""
    said = {
        "id": int(answer.refund_no) if _is_number(answer.refund_no) else answer.refund_no,
        "status": 1 if answer.agrees else 2,
        "checkUserName": jos.shop.name,
        "remark": answer.reason or ("同意" if answer.agrees else "不同意"),
        "rejectType": None if answer.agrees else 5,
    }
    result(jos.call("jingdong.pop.afs.soa.refundapply.replyRefund", said, idempotent=False), "replyResult")


def refusal_of(said: str) -> Refusal:
    return Refusal.UNKNOWN_ITEM if any(word in said.lower() for word in GONE) else Refusal.REJECTED


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 20
