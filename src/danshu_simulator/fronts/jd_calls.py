"""JD's methods. What the business behind the gateway says no to stands inside the answer (`apiResult`, `success`), `code` "0" outside."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts import jd_bodies as bodies
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import Order, OrderStatus, Refund, RefundKind, RefundStatus
from danshu_simulator.web import Answer, Refuse, said
from danshu_simulator.world import Impossible

Body = dict[str, Any]
DAY_MS = 86_400_000
MONTH_MS, MODIFIED_MS, CREATED_MS = 31 * DAY_MS, 90 * DAY_MS, 2 * 365 * DAY_MS
LARGEST_PAGE, LARGEST_REFUND_PAGE, MOST_REFUND_PAGES, MOST_SKUS = 100, 50, 1000, 30
SENT, LOCKED, WRONG_STATE, UNKNOWN, BAD = 10400001, 10400005, 10400006, 10300001, 10100001
ERRORS = {
    "2": ("限制时间内调用失败次数", "App Call Limited"),
    "4": ("缺少版本参数", "Missing Version"),
    "5": ("不支持的版本号", "Unsupported Version"),
    "7": ("缺少时间戳参数", "Missing Timestamp"),
    "8": ("非法的时间戳参数", "Invalid Timestamp"),
    "11": ("缺少签名参数", "Missing Signature"),
    "12": ("无效签名", "Invalid Signature"),
    "14": ("缺少方法名参数", "Missing Method"),
    "15": ("不存在的方法名", "Invalid Method"),
    "18": ("缺少access_token参数", "Missing access_token"),
    "19": ("token已过期或者不存在，请重新授权", "Invalid access_token"),
    "20": ("缺少app_key参数", "Missing app_key"),
    "21": ("无效app_key", "Invalid app_key"),
    "43": ("系统处理错误", "system error"),
    "60": ("参数[{}]不合法，请参照帮助文档确认！", "parameter [{}] is not valid"),
    "62": ("json转换时错误，错误的请求参数", "json error"),
}
REPLIES = {1: True, 6: True, 9: True, 2: False}  # 审核通过, 通过并京东拦截, 强制关单; 审核不通过
FOLLOW_UP = 10


# --- answers and parameters ----------------------------------------------------------------------------------------------------


def failed(code: str, about: str = "") -> Answer:
    zh, en = ERRORS[code]
    return said({"error_response": {"code": code, "zh_desc": zh.format(about), "en_desc": en.format(about)}})


def done(call: Call, body: Body) -> Answer:
    """The name of the answer is misspelt, as JD's is."""
    return said({f"{call.name.replace('.', '_')}_responce": {"code": "0", **body}})


def verdict(number: int = 0, why: str = "") -> Body:
    return {"success": not number, "numberCode": number, "chineseErrCode": why, "englishErrCode": f"ERR_{number}" if number else ""}


def text(call: Call, name: str) -> str:
    value = call.args.get(name)
    if value is None or value == "" or isinstance(value, bool | dict | list):
        raise Refuse(failed("60", name))
    return str(value)


def number(call: Call, name: str, default: int | None = None, *, low: int = 0, high: int = 2**63 - 1) -> int:
    if call.args.get(name) in (None, "") and default is not None:
        return default
    value = whole_number(text(call, name))
    if value is None or not low <= value <= high:
        raise Refuse(failed("60", name))
    return value


def moment(call: Call, name: str) -> int | None:
    """In ms; None when it was not given."""
    raw = call.args.get(name)
    if raw in (None, ""):
        return None
    value = moment_ms(str(raw))
    if value is None:
        raise Refuse(failed("60", name))
    return value


def moment_ms(raw: str) -> int | None:
    """`yyyy-MM-dd HH:mm:ss`, perhaps with `.SSS+0800` behind."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{3})\+0800)?", raw)
    if not found:
        return None
    try:
        when = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - timedelta(hours=8)
    except ValueError:
        return None
    return int(when.timestamp()) * 1000 + int(found[2] or 0)


def _span(call: Call, first: str, last: str, longest_ms: int | None = None) -> tuple[int | None, int | None]:
    start, end = moment(call, first), moment(call, last)
    if (start is None) != (end is None):
        raise Refuse(failed("60", last if end is None else first))
    if start is not None and end is not None and (end < start or (longest_ms and end - start > longest_ms)):
        raise Refuse(failed("60", last))
    return start, None if end is None else end + 999


# --- orders --------------------------------------------------------------------------------------------------------------------


def search(call: Call) -> Answer:
    """A month at most; by change what changed in three months, by creation two years. Unpaid orders only when asked for."""
    states = {one.strip() for one in text(call, "order_state").split(",")}
    fields = text(call, "optional_fields")
    if states - bodies.ALL_STATES:
        raise Refuse(failed("60", "order_state"))
    page, size = number(call, "page", 1, low=1), number(call, "page_size", 20, low=1, high=LARGEST_PAGE)
    start, end = _span(call, "start_date", "end_date", MONTH_MS)
    by, reach = ("placed_ms", CREATED_MS) if number(call, "dateType", 0) == 1 else ("updated_ms", MODIFIED_MS)
    oldest = call.now_ms - reach
    rows = call.orders(start_ms=oldest if start is None else max(start, oldest), end_ms=end, by=by, is_later_page=page != 1)
    rows = [row for row in rows if bodies.state(row)[0] in states]
    if number(call, "sortType", 0) == 1:
        rows.reverse()
    listed = [_pick(bodies.order(call.owner, row), fields) for row in call.page(rows, page, size)]
    return done(call, {"searchorderinfo_result": {"apiResult": verdict(), "orderTotal": len(rows), "orderInfoList": listed}})


def _pick(row: Body, fields: str) -> Body:
    wanted = {"orderId", *(field.strip() for field in fields.split(","))}
    return {name: value for name, value in row.items() if name in wanted}


def get(call: Call) -> Answer:
    fields, order = text(call, "optional_fields"), call.order(text(call, "order_id"))
    if not order:
        return done(call, {"orderDetailInfo": {"apiResult": verdict(UNKNOWN, "订单不存在")}})
    return done(call, {"orderDetailInfo": {"apiResult": verdict(), "orderInfo": _pick(bodies.order(call.owner, order), fields)}})


def shipment(call: Call) -> Answer:
    """All of an order at once; several companies and their numbers stand between `|`, several numbers of one between `,`."""
    no, companies, numbers = text(call, "orderId"), text(call, "logiCoprId").split("|"), str(call.args.get("logiNo") or "").split("|")
    order = call.world.books[call.owner.key].orders.get(no)
    refusal = _no_shipment(order, companies, numbers)
    if refusal or not order:
        return done(call, {"sopjosshipment_result": refusal})
    try:
        ordering.ship(
            call.world,
            call.owner.key,
            no,
            courier="|".join(companies),
            courier_name="|".join(bodies.COMPANIES[one] for one in companies),
            waybill_no="" if companies == [bodies.SELF] else "|".join(numbers),
        )
    except Impossible as impossible:
        return done(call, {"sopjosshipment_result": verdict(WRONG_STATE, impossible.code)})
    return done(call, {"sopjosshipment_result": verdict()})


def _no_shipment(order: Order | None, companies: list[str], numbers: list[str]) -> Body | None:
    if not order:
        return verdict(UNKNOWN, "订单不存在")
    if any(one not in bodies.COMPANIES for one in companies):
        return verdict(BAD, "物流公司不存在")
    is_numbered = len(numbers) == len(companies) and all(re.fullmatch(r"[A-Za-z0-9,-]{5,200}", one) for one in numbers)
    if companies != [bodies.SELF] and not is_numbered:
        return verdict(BAD, "运单号与物流公司不对应，或者格式不正确")
    if order.status in {OrderStatus.SHIPPED, OrderStatus.FINISHED}:
        return verdict(SENT, "订单已出库")
    if bodies.state(order) == bodies.LOCKED:
        return verdict(LOCKED, "订单已锁定，不能出库")
    if bodies.state(order)[0] != "WAIT_SELLER_STOCK_OUT":
        return verdict(WRONG_STATE, "订单状态不正确，不能出库")
    return None


def companies_of(call: Call) -> Answer:
    rows = [{"id": int(code), "name": name, "description": name} for code, name in bodies.COMPANIES.items()]
    if call.name.startswith("360buy."):
        return said({"vender_delivery_all_company_response": {"code": "0", "delivery_companies": rows}})
    return done(call, {"delivery_companies": rows})


# --- cancellations -------------------------------------------------------------------------------------------------------------


def _cancellations(call: Call) -> list[Refund]:
    """Wishes for the money before the goods went."""
    return [one for one in call.refunds() if one.is_before_shipping and one.kind == RefundKind.REFUND]


def list_cancellations(call: Call) -> Answer:
    page, size = number(call, "pageIndex", low=1, high=MOST_REFUND_PAGES), number(call, "pageSize", low=1, high=LARGEST_REFUND_PAGE)
    applied, checked = _span(call, "applyTimeStart", "applyTimeEnd"), _span(call, "checkTimeStart", "checkTimeEnd")
    ids = {one.strip() for one in str(call.args.get("ids") or "").split(",") if one.strip()}
    if len(ids) > size:
        raise Refuse(failed("60", "ids"))
    status, order_no = number(call, "status", -1, low=-1), str(call.args.get("orderId") or "")
    rows = [
        row
        for row in _cancellations(call)[::-1]
        if (not ids or row.no in ids)
        and status in {-1, bodies.refund_status(row)}
        and order_no in {"", row.order_no}
        and _within(row.created_ms, applied)
        and (checked[0] is None or _within(bodies.checked_ms(row), checked))
    ]
    rows.sort(key=lambda row: (row.created_ms, row.no), reverse=True)
    with_skus = str(call.args.get("showSku", "")).lower() in {"true", "1"}
    listed = [bodies.cancellation(call.world, call.owner, row, with_skus=with_skus) for row in call.page(rows, page, size)]
    return done(call, {"queryResult": {"success": True, "errorCode": "200", "errorMsg": "", "totalCount": len(rows), "result": listed}})


def _within(moment_: int, span: tuple[int | None, int | None]) -> bool:
    return span[0] is None or span[1] is None or span[0] <= moment_ <= span[1]


def reply(call: Call) -> Answer:
    """A remark always, but for closing by force."""
    no, status = str(number(call, "id")), number(call, "status")
    text(call, "checkUserName")
    if status not in {*REPLIES, FOLLOW_UP}:
        raise Refuse(failed("60", "status"))
    if status != 9:
        text(call, "remark")
    if status == 2:
        number(call, "rejectType", 5, low=1, high=6)
    refund = next((one for one in _cancellations(call) if one.no == no), None)
    if not refund:
        return _replied(call, "退款单不存在")
    if refund.status != RefundStatus.ASKED:
        return _replied(call, "该退款单已审核")
    if status != FOLLOW_UP:
        reason = str(call.args.get("remark") or "")
        refunding.answer(call.world, call.owner.key, no, agrees=REPLIES[status], reason=reason)
    return _replied(call)


def _replied(call: Call, why: str = "") -> Answer:
    return done(call, {"replyResult": {"success": not why, "errorCode": "500" if why else "200", "errorMsg": why}})


# --- stock ---------------------------------------------------------------------------------------------------------------------


def _found(call: Call, sku_id: str) -> tuple[str, str] | None:
    """(item, SKU)"""
    hit = call.world.books[call.owner.key].find_sku(sku_id=sku_id) if sku_id else None
    return (hit[0].item_id, hit[1].sku_id) if hit else None


def set_stock(call: Call) -> Answer:
    """Each SKU has its own fate."""
    req = call.args.get("req")
    stocks = req.get("skuStocks") if isinstance(req, Mapping) else None
    if not isinstance(stocks, list) or not 0 < len(stocks) <= MOST_SKUS or not all(isinstance(one, Mapping) for one in stocks):
        raise Refuse(failed("60", "req.skuStocks"))
    rows = [_set_one(call, one) for one in stocks]
    return done(call, {"returnType": {"success": True, "errorMessage": "", "obj": {"updateStockResult": rows}}})


def _set_one(call: Call, one: Mapping[str, Any]) -> Body:
    sku_id, pieces, store = whole_number(one.get("skuId")), whole_number(one.get("stockNum")), whole_number(one.get("storeId", 0))
    row: Body = {"data": sku_id, "storeId": store, "success": False}
    key = _found(call, str(sku_id))
    if not key:
        return {**row, "message": "SKU不存在或不属于该商家"}
    if pieces is None or pieces < 0 or store != 0:
        return {**row, "message": "库存数量不正确" if store == 0 else "仓库不存在"}
    ordering.set_stock(call.world, call.owner.key, *key, pieces)
    return {**row, "success": True, "message": ""}


def query_stock(call: Call) -> Answer:
    sku_id = str(number(call, "skuId"))
    key = _found(call, sku_id)
    if not key:
        return done(call, {"returnType": {"success": False, "errorMessage": "SKU不存在或不属于该商家"}})
    pieces = call.world.books[call.owner.key].skus[key].stock
    info = {"skuId": int(sku_id), "storeId": 0, "stockNum": pieces, "orderBookingNum": 0, "appBookingNum": 0, "orderTransferNum": 0}
    obj = {"skuId": int(sku_id), "stockModel": "1", "skuStockInfos": [info]}
    return done(call, {"returnType": {"success": True, "errorMessage": "", "obj": obj}})


def vender(call: Call) -> Answer:
    shop = call.owner
    who = {"vender_id": int(shop.number), "shop_id": int(f"8{shop.number[1:]}"), "shop_name": shop.name, "col_type": 0, "cate_main": 1}
    return done(call, {"vender_info_result": who})


METHODS: dict[str, Run] = {
    "jingdong.pop.order.search": search,
    "jingdong.pop.order.get": get,
    "jingdong.pop.order.shipment": shipment,
    "jingdong.get.vender.all.delivery.company": companies_of,
    "360buy.get.vender.all.delivery.company": companies_of,
    "jingdong.pop.afs.soa.refundapply.queryPageList": list_cancellations,
    "jingdong.pop.afs.soa.refundapply.replyRefund": reply,
    "jingdong.ware.stock.sku.set": set_stock,
    "jingdong.ware.stock.sku.query": query_stock,
    "jingdong.seller.vender.info.get": vender,
}


def unpacked(raw: str) -> dict[str, Any] | None:
    """`360buy_param_json`"""
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
