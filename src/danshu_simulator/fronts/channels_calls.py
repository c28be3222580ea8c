"""The calls of WeChat's shops under /channels/ec, one function each."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, TypeVar

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts import channels_bodies as bodies
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import Order, Refund, RefundKind, RefundStatus, Sku
from danshu_simulator.web import Answer, Refuse, said
from danshu_simulator.world import Impossible

ORDER_DAYS, AFTER_SALE_DAYS = 7, 1
LARGEST_PAGE, LARGEST_PRODUCT_PAGE, AFTER_SALE_PAGE = 100, 30, 50
BAD_BODY, NEXT_KEY, NO_ORDER, STATE, STOCK_ARGS, NO_PRODUCT = 40097, 606006, 100002, 101100, 10020051, 10020052
NO_STOCK, NO_CHANGE = 10020219, 10020218
NO_AFTER_SALE, AFTER_SALE_STATE, AFTER_SALE_SPAN, NO_ADDRESS = 10021050, 10021041, 10020004, 10021060
ADDRESS = "105380"
Thing = TypeVar("Thing", Order, Refund)


def ok(**more: Any) -> Answer:
    return said({"errcode": 0, "errmsg": "ok", **more})


def failed(code: int, message: str) -> Answer:
    return said({"errcode": code, "errmsg": f"{message} rid: 00000000-00000000-00000000"})


def _text(call: Call, name: str) -> str:
    value = call.args.get(name)
    if not value or not isinstance(value, str | int):
        raise Refuse(failed(BAD_BODY, f"invalid request body, {name} is required"))
    return str(value)


def _second(value: object) -> int:
    """A number; text and milliseconds are refused."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**11:
        raise Refuse(failed(BAD_BODY, "invalid request body, time must be a number of seconds"))
    return value


# --- lists by cursor ---------------------------------------------------------------------------------------------------------


def _mark(call: Call, *names: str) -> str:
    """What has to stay the same while paging."""
    return hashlib.md5(json.dumps({name: call.args.get(name) for name in names}, sort_keys=True).encode()).hexdigest()[:12]


def _after(call: Call, mark: str) -> tuple[int, str]:
    """Behind which row the page begins: (moment, number)."""
    key = call.args.get("next_key") or ""
    if not key:
        return -1, ""
    try:
        kept, moment, no = base64.urlsafe_b64decode(str(key)).decode().split("|")
        if kept != mark:
            raise Refuse(failed(NEXT_KEY, ", next_key参数不正确,本次请求参数与上一页不一致"))
        return int(moment), no
    except ValueError:
        raise Refuse(failed(NEXT_KEY, ", next_key参数不正确,本次请求参数与上一页不一致")) from None


def _cursor_page(call: Call, rows: list[Thing], by: str, size: int, mark: str) -> tuple[list[str], bool, str]:
    """By moment and number, oldest first; what changes while paging moves behind the cursor and is met again."""
    left = [row for row in rows if (getattr(row, by), row.no) > _after(call, mark)]
    page, has_more = left[:size], len(left) > size
    key = base64.urlsafe_b64encode(f"{mark}|{getattr(page[-1], by)}|{page[-1].no}".encode()).decode() if page else ""
    return [row.no for row in call.disturb(page)], has_more, key if has_more else ""


def list_orders(call: Call) -> Answer:
    by, span = ("updated_ms", call.args.get("update_time_range")) if call.args.get("update_time_range") else ("", None)
    if not span:
        by, span = "placed_ms", call.args.get("create_time_range")
    if not isinstance(span, dict):
        raise Refuse(failed(BAD_BODY, "invalid request body, create_time_range or update_time_range is required"))
    start, end = _second(span.get("start_time")), _second(span.get("end_time"))
    size = whole_number(call.args.get("page_size", 10))
    if end < start or end - start > ORDER_DAYS * 86_400 or size is None or not 1 <= size <= LARGEST_PAGE:
        raise Refuse(failed(BAD_BODY, f"invalid request body, at most {ORDER_DAYS} days and {LARGEST_PAGE} a page"))
    mark = _mark(call, "create_time_range", "update_time_range", "status", "page_size")
    rows = call.orders(start_ms=start * 1000, end_ms=end * 1000 + 999, by=by, is_later_page=bool(call.args.get("next_key")))
    wanted = call.args.get("status")
    rows = [row for row in rows if wanted in {None, bodies.status(row)}]
    numbers, has_more, key = _cursor_page(call, rows, by, size, mark)
    return ok(order_id_list=numbers, next_key=key, has_more=has_more)


def list_after_sales(call: Call) -> Answer:
    """Four flat fields in pairs, a day at most, no size of pages."""
    by, start, end = "updated_ms", call.args.get("begin_update_time"), call.args.get("end_update_time")
    if start is None or end is None:
        by, start, end = "created_ms", call.args.get("begin_create_time"), call.args.get("end_create_time")
    first, last = _second(start), _second(end)
    if last < first or last - first > AFTER_SALE_DAYS * 86_400:
        raise Refuse(failed(AFTER_SALE_SPAN, "非法的时间区间,不得大于24小时"))
    mark = _mark(call, "begin_update_time", "end_update_time", "begin_create_time", "end_create_time")
    rows = call.refunds(start_ms=first * 1000, end_ms=last * 1000 + 999, by=by)
    numbers, has_more, key = _cursor_page(call, rows, by, AFTER_SALE_PAGE, mark)
    return ok(after_sale_order_id_list=numbers, next_key=key, has_more=has_more)


# --- orders ------------------------------------------------------------------------------------------------------------------


def _order(call: Call) -> Order:
    order = call.order(_text(call, "order_id"))
    if not order:
        raise Refuse(failed(NO_ORDER, "订单不存在"))
    return order


def get_order(call: Call) -> Answer:
    return ok(order=bodies.order(_order(call)))


def decode(call: Call) -> Answer:
    return ok(address_info=bodies.plain(_order(call).receiver), virtual_number_info={})


def note(call: Call) -> Answer:
    ordering.remark(call.world, call.owner.key, _order(call).no, memo=str(call.args.get("merchant_notes") or ""))
    return ok()


def _contents(order: Order, delivery: dict[str, Any], shipped: dict[str, int]) -> dict[str, int]:
    """Pieces per line of ours for a parcel that is told per product and SKU."""
    products = delivery.get("product_infos")
    contents: dict[str, int] = {}
    if not isinstance(products, list) or not products:
        raise Refuse(failed(BAD_BODY, "invalid request body, product_infos is required"))
    for product in products:
        left = whole_number(product.get("product_cnt")) or 0
        keys = (str(product.get("product_id")), str(product.get("sku_id")))
        for line in order.lines:
            free = 0 if line.is_refunded else line.quantity - line.shipped - shipped.get(line.oid, 0)
            if (line.item_id, line.sku_id) == keys and left > 0 and free > 0:
                taken = min(left, free)
                contents[line.oid] = contents.get(line.oid, 0) + taken
                shipped[line.oid] = shipped.get(line.oid, 0) + taken
                left -= taken
        if left or not whole_number(product.get("product_cnt")):
            raise Refuse(failed(STATE, ", 商品数量不正确,不允许执行此操作"))
    return contents


def _deliveries(call: Call) -> list[dict[str, Any]]:
    deliveries = call.args.get("delivery_list")
    if not isinstance(deliveries, list) or not deliveries:
        raise Refuse(failed(BAD_BODY, "invalid request body, delivery_list is required"))
    for delivery in deliveries:
        if delivery.get("deliver_type") not in {1, 2, 3}:
            raise Refuse(failed(BAD_BODY, "invalid request body, deliver_type is required"))
        if delivery["deliver_type"] != 3 and (delivery.get("delivery_id") not in bodies.COURIERS or not delivery.get("waybill_id")):
            raise Refuse(failed(BAD_BODY, "invalid request body, delivery_id and waybill_id are required"))
    return deliveries


def send(call: Call) -> Answer:
    """All parcels of the call, or none. Not while the buyer wants everything back."""
    world, key, deliveries = call.world, call.owner.key, _deliveries(call)
    order = world.books[key].orders.get(_text(call, "order_id"))
    if not order:
        raise Refuse(failed(NO_ORDER, "订单不存在"))
    if bodies.status(order) not in {20, 21} or all(line.refund == RefundStatus.ASKED for line in order.lines):
        raise Refuse(failed(STATE, ", 订单状态错误,不允许执行此操作"))
    shipped: dict[str, int] = {}
    parcels = [(delivery, _contents(order, delivery, shipped)) for delivery in deliveries]
    with world.changing():
        for delivery, contents in parcels:
            courier, number = str(delivery.get("delivery_id") or ""), str(delivery.get("waybill_id") or "")
            ordering.ship(world, key, order.no, courier=courier, waybill_no=number, contents=contents)
    return ok()


def change_delivery(call: Call) -> Answer:
    """Once for each order, as the document says."""
    order, world, key = _order(call), call.world, call.owner.key
    (delivery, *rest) = _deliveries(call)
    if rest or not order.parcels or order.more.get("was_changed"):
        raise Refuse(failed(STATE, ", 订单状态错误,不允许执行此操作"))
    keys = {(str(one.get("product_id")), str(one.get("sku_id"))) for one in delivery.get("product_infos") or []}
    lines = {line.oid: line for line in order.lines}
    fits = [one for one in order.parcels if {(lines[oid].item_id, lines[oid].sku_id) for oid in one.contents} == keys] or order.parcels
    true = world.order(key, order.no)
    with world.changing():
        true.more["was_changed"] = True
        try:
            new = {"courier": str(delivery["delivery_id"]), "waybill_no": str(delivery["waybill_id"])}
            ordering.change_waybill(world, key, order.no, **new, old_waybill_no=fits[0].waybill_no)
        except Impossible:
            raise Refuse(failed(STATE, ", 订单状态错误,不允许执行此操作")) from None
    return ok()


def companies(call: Call) -> Answer:
    return ok(company_list=[{"delivery_id": code, "delivery_name": name} for code, name in bodies.COURIERS.items()])


# --- products and stock ------------------------------------------------------------------------------------------------------


def list_products(call: Call) -> Answer:
    size = whole_number(call.args.get("page_size", 10))
    if size is None or not 1 <= size <= LARGEST_PRODUCT_PAGE:
        raise Refuse(failed(BAD_BODY, f"invalid request body, page_size is at most {LARGEST_PRODUCT_PAGE}"))
    numbers = list(call.world.books[call.owner.key].items)
    start = whole_number(str(call.args.get("next_key") or "0")) or 0
    return ok(product_ids=numbers[start : start + size], next_key=str(start + size), total_num=len(numbers))


def get_product(call: Call) -> Answer:
    item = call.world.books[call.owner.key].items.get(_text(call, "product_id"))
    if not item:
        raise Refuse(failed(NO_PRODUCT, "商品不存在"))
    return ok(product=bodies.product(item))


def _sku(call: Call) -> tuple[str, Sku]:
    item_id, sku_id = _text(call, "product_id"), _text(call, "sku_id")
    sku = call.world.books[call.owner.key].skus.get((item_id, sku_id))
    if not sku:
        raise Refuse(failed(NO_PRODUCT, "商品不存在"))
    return item_id, sku


def update_stock(call: Call) -> Answer:
    (item_id, sku), number = _sku(call), whole_number(call.args.get("num"))
    kind = call.args.get("diff_type")
    if kind not in {1, 2, 3} or number is None or number < 0:
        raise Refuse(failed(STOCK_ARGS, "参数错误，请开发者按照文档传参"))
    if kind != 3 and number == 0:
        raise Refuse(failed(NO_CHANGE, "增加减少数量为0"))
    quantity = {1: sku.stock + number, 2: sku.stock - number, 3: number}[kind]
    if quantity < 0:
        raise Refuse(failed(NO_STOCK, "库存不足以减扣"))
    ordering.set_stock(call.world, call.owner.key, item_id, sku.sku_id, quantity)
    return ok()


def _stock(sku: Sku) -> dict[str, Any]:
    return {"normal_stock_num": sku.stock, "limited_discount_stock_num": 0, "warehouse_stocks": [], "total_stock_num": sku.stock}


def get_stock(call: Call) -> Answer:
    return ok(data=_stock(_sku(call)[1]))


def batch_stock(call: Call) -> Answer:
    """The sample says `product_id`, the table `product_id_list`: both are taken."""
    wanted = call.args.get("product_id_list") or call.args.get("product_id")
    if not isinstance(wanted, list) or not wanted:
        raise Refuse(failed(STOCK_ARGS, "参数错误，请开发者按照文档传参"))
    items = call.world.books[call.owner.key].items
    found = [items[str(number)] for number in wanted if str(number) in items]
    rows = [{"product_id": item.item_id, "sku_stock": [{"sku_id": sku.sku_id, **_stock(sku)} for sku in item.skus]} for item in found]
    return ok(data={"spu_stock_list": rows})


# --- after-sales -------------------------------------------------------------------------------------------------------------


def _after_sale(call: Call) -> Refund:
    refund = call.refund(_text(call, "after_sale_order_id"))
    if not refund:
        raise Refuse(failed(NO_AFTER_SALE, "售后单不存在"))
    return refund


def get_after_sale(call: Call) -> Answer:
    return ok(after_sale_order=bodies.after_sale(call.world, _after_sale(call)))


def accept(call: Call) -> Answer:
    """The first yes to goods that come back needs an address; the second one, when they have come, pays."""
    refund = _after_sale(call)
    is_sending = refund.status == RefundStatus.ASKED and refund.kind in {RefundKind.RETURN, RefundKind.EXCHANGE}
    kind = call.args.get("accept_type")
    if kind is not None and kind != (1 if is_sending else 2):
        raise Refuse(failed(AFTER_SALE_STATE, "当前售后单不支持此操作，请检查售后单状态"))
    if is_sending and not call.args.get("address_id"):
        raise Refuse(failed(NO_ADDRESS, "缺少退货地址address_id参数"))
    try:
        refunding.answer(call.world, call.owner.key, refund.no, agrees=True)
    except Impossible:
        raise Refuse(failed(AFTER_SALE_STATE, "当前售后单不支持此操作，请检查售后单状态")) from None
    return ok()


def reject(call: Call) -> Answer:
    refund = _after_sale(call)
    if whole_number(call.args.get("reject_reason_type")) is None:
        raise Refuse(failed(BAD_BODY, "invalid request body, reject_reason_type is required"))
    try:
        reason = str(call.args.get("reject_reason") or "其他")
        refunding.answer(call.world, call.owner.key, refund.no, agrees=False, reason=reason)
    except Impossible:
        raise Refuse(failed(AFTER_SALE_STATE, "当前售后单不支持此操作，请检查售后单状态")) from None
    return ok()


def reship(call: Call) -> Answer:
    """Goods of an exchange have come back, and the others leave."""
    refund, number, courier = _after_sale(call), _text(call, "waybill_id"), _text(call, "delivery_id")
    if refund.kind != RefundKind.EXCHANGE or refund.status not in {RefundStatus.RETURNED, RefundStatus.WAITING_RESEND}:
        raise Refuse(failed(AFTER_SALE_STATE, "当前售后单不支持此操作，请检查售后单状态"))
    with call.world.changing():
        if refund.status == RefundStatus.RETURNED:
            refunding.answer(call.world, call.owner.key, refund.no, agrees=True)
        refunding.send_again(call.world, call.owner.key, refund.no, waybill_no=number, courier=courier)
    return ok()


def reject_reasons(call: Call) -> Answer:
    rows = [{"reject_reason_type": number, "reject_reason_type_text": name} for number, name in ((1, "已发货"), (2, "其他"))]
    return ok(reject_reason=rows)


def addresses(call: Call) -> Answer:
    return ok(address_id_list=[ADDRESS])


def shop_info(call: Call) -> Answer:
    shop = call.owner
    return ok(info={"nickname": shop.name, "subject_type": "企业", "status": "open_finished", "username": f"gh_{shop.app_key}"})


CALLS: dict[str, tuple[str, Run]] = {
    "order/list/get": ("POST", list_orders),
    "order/get": ("POST", get_order),
    "order/sensitiveinfo/decode": ("POST", decode),
    "order/merchantnotes/update": ("POST", note),
    "order/delivery/send": ("POST", send),
    "order/deliveryinfo/update": ("POST", change_delivery),
    "order/deliverycompanylist/get": ("POST", companies),
    "order/deliverycompanylist/new/get": ("POST", companies),
    "product/list/get": ("POST", list_products),
    "product/get": ("POST", get_product),
    "product/stock/update": ("POST", update_stock),
    "product/stock/get": ("POST", get_stock),
    "product/stock/batchget": ("POST", batch_stock),
    "aftersale/getaftersalelist": ("POST", list_after_sales),
    "aftersale/getaftersaleorder": ("POST", get_after_sale),
    "aftersale/acceptapply": ("POST", accept),
    "aftersale/rejectapply": ("POST", reject),
    "aftersale/acceptexchangereship": ("POST", reship),
    "aftersale/rejectreason/get": ("POST", reject_reasons),
    "merchant/address/list": ("POST", addresses),
    "basics/info/get": ("GET", shop_info),
}
