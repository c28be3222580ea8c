"""The methods of Xiaohongshu's gateway but for after-sales. The newer half (after-sales, stock V2) wraps its answers once more."""

from __future__ import annotations

import math
from typing import Any

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts import xiaohongshu_bodies as bodies
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import Order, OrderStatus, RefundStatus, Shop, Sku
from danshu_simulator.web import Answer, Refuse, said
from danshu_simulator.world import Impossible

PARAMETERS, LIMIT, OCCUPIED = -2000400, -9013, -9028
APP, SIGN, TIMESTAMP, TOKEN, METHOD, SYSTEM, MISSING, STATE = -1001, -1002, -1003, -1004, -1005, -1, -2000101, -2000102
DAY_S, HALF_HOUR_S = 86_400, 1800
LARGEST_PAGE, LAST_PAGE = 100, 100
SAME_CODE_MINUTES = 10
COURIERS = {"shunfeng": "顺丰", "SF": "顺丰", "zto": "中通", "yuantong": "圆通", "yunda": "韵达", "shentong": "申通", "jtexpress": "极兔"}


def done(data: Any) -> Answer:
    return said({"error_code": 0, "error_msg": "", "success": True, "data": data})


def wrapped(data: Any) -> Answer:
    return done({"code": 0, "msg": "成功", "success": True, "data": data})


def failed(code: int, message: str) -> Answer:
    return said({"error_code": code, "error_msg": message, "success": False, "data": None})


def text(call: Call, name: str) -> str:
    value = call.args.get(name)
    if not isinstance(value, str) or not value:
        raise Refuse(failed(PARAMETERS, f"请求参数错误：{name} 必填"))
    return value


def number(call: Call, name: str, default: int | None = None) -> int:
    value = whole_number(call.args[name]) if call.args.get(name) is not None else default
    if value is None:
        raise Refuse(failed(PARAMETERS, f"请求参数错误：{name}"))
    return value


def between(call: Call, name: str, low: int, high: int, default: int | None = None) -> int:
    value = number(call, name, default)
    if not low <= value <= high:
        raise Refuse(failed(PARAMETERS, f"请求参数错误：{name} 应在 {low} 到 {high} 之间"))
    return value


def span(call: Call, *, unit_ms: int) -> tuple[str, int, int]:
    """The moment that is meant, start and end in ms; by creation a day at most, by update half an hour."""
    kind = between(call, "timeType", 1, 2)
    start, end = number(call, "startTime"), number(call, "endTime")
    longest = DAY_S if kind == 1 else HALF_HOUR_S
    if end < start or (end - start) * unit_ms > longest * 1000:
        raise Refuse(failed(PARAMETERS, f"请求参数错误：时间范围不能超过 {longest // 60} 分钟"))
    return ("created" if kind == 1 else "updated_ms"), start * unit_ms, end * unit_ms


# --- tokens ------------------------------------------------------------------------------------------------------------------


def old_token(shop: Shop) -> tuple[str, int]:
    """The one before the last refresh, and when it ends."""
    kept = shop.options.get("old_token", {})
    return str(kept.get("token", "")), int(kept.get("ends_ms", 0))


def _grant(shop: Shop) -> Answer:
    return done(
        {
            "accessToken": shop.access_token,
            "accessTokenExpiresAt": shop.token_ends_ms,
            "refreshToken": shop.refresh_token,
            "refreshTokenExpiresAt": shop.refresh_ends_ms,
            "sellerId": shop.number,
            "sellerName": shop.name,
        }
    )


def get_access_token(call: Call) -> Answer:
    """A code that was used a moment ago brings the same tokens again."""
    code, world = text(call, "code"), call.world
    used = call.shop.options.get("used_codes", {}) if call.shop else {}
    if call.shop and used.get(code, 0) > call.now_ms:
        return _grant(call.shop)
    shop = ordering.take_code(world, call.args["appId"], code)
    if not shop:
        raise Refuse(failed(TOKEN, "code 无效或已过期"))
    with world.changing():
        ordering.renew_token(world, shop.key)
        used = {**shop.options.get("used_codes", {}), code: call.now_ms + SAME_CODE_MINUTES * 60_000}
        return _grant(ordering.change_shop(world, shop.key, options={**shop.options, "used_codes": used}))


def refresh_token(call: Call) -> Answer:
    """Nothing happens while the token lives for more than half an hour; after that the old one lives for five minutes more."""
    text(call, "refreshToken")
    shop, now = call.shop, call.now_ms
    if not shop or shop.refresh_ends_ms <= now:
        raise Refuse(failed(TOKEN, "refreshToken 无效或已过期"))
    if shop.token_ends_ms - now > HALF_HOUR_S * 1000:
        return _grant(shop)
    with call.world.changing():
        old = {"token": shop.access_token, "ends_ms": min(shop.token_ends_ms, now + 5 * 60_000)}
        ordering.change_shop(call.world, shop.key, options={**shop.options, "old_token": old})
        return _grant(ordering.renew_token(call.world, shop.key))


# --- orders ------------------------------------------------------------------------------------------------------------------


def get_order_list(call: Call) -> Answer:
    """Newest first: a change while paging forward pushes rows to pages that were read already."""
    by, start, end = span(call, unit_ms=1000)
    page, size = between(call, "pageNo", 1, LAST_PAGE, 1), between(call, "pageSize", 1, LARGEST_PAGE, 50)
    field = "placed_ms" if by == "created" else by
    rows = call.orders(start_ms=start, end_ms=end + 999, by=field, is_later_page=page != 1)[::-1]
    wanted = number(call, "orderStatus", 0)
    rows = [row for row in rows if wanted in {0, bodies.status(row)}]
    listed = [bodies.short(row) for row in call.page(rows, page, size)]
    pages = math.ceil(len(rows) / size)
    return done({"total": len(rows), "pageNo": page, "pageSize": size, "maxPageNo": pages, "orderList": listed})


def _order(call: Call) -> Order:
    order = call.order(text(call, "orderId"))
    if not order:
        raise Refuse(failed(MISSING, "包裹不存在"))
    return order


def get_order_detail(call: Call) -> Answer:
    return done(bodies.detail(call.owner, _order(call)))


def get_receivers(call: Call) -> Answer:
    """Only while the order waits to be shipped, and only with the address number of its newest details."""
    queries = call.args.get("receiverQueries")
    if not isinstance(queries, list) or not queries or not isinstance(call.args.get("isReturn"), bool):
        raise Refuse(failed(PARAMETERS, "请求参数错误：receiverQueries、isReturn 必填"))
    rows = []
    for query in queries:
        order = call.order(str(query.get("orderId", "")))
        is_waiting = order is not None and order.status in {OrderStatus.PAID, OrderStatus.PART_SHIPPED}
        if not order or not is_waiting or order.receiver.key != query.get("openAddressId"):
            rows.append({"orderId": str(query.get("orderId", "")), "matched": False})
            continue
        who = order.receiver
        plain = {bodies.NAME: who.name, bodies.PHONE: who.phone, bodies.ADDRESS: f"{who.town}{who.address}"}
        is_plain = call.owner.options.get("is_plain")
        shown = {kind: word if is_plain else bodies.seal(call.owner, kind, word) for kind, word in plain.items()}
        rows.append(
            {
                "orderId": order.no,
                "matched": True,
                "receiverProvinceName": who.province,
                "receiverCityName": who.city,
                "receiverDistrictName": who.district,
                "receiverTownName": who.town,
                "receiverName": shown[bodies.NAME],
                "receiverPhone": shown[bodies.PHONE],
                "receiverAddress": shown[bodies.ADDRESS],
            }
        )
    return done({"receiverInfos": rows})


def batch_decrypt(call: Call) -> Answer:
    infos = call.args.get("baseInfos")
    if not isinstance(infos, list) or len(infos) > 100 or not call.args.get("actionType") or not call.args.get("appUserId"):
        raise Refuse(failed(PARAMETERS, "请求参数错误：baseInfos（最多 100 条）、actionType、appUserId 必填"))
    rows = []
    for info in infos:
        plain = bodies.unseal(call.owner, str(info.get("encryptedData", "")))
        known = {"dataTag": info.get("dataTag"), "encryptedData": info.get("encryptedData")}
        rows.append({**known, "decryptedData": plain, "errorCode": 0, "errorMsg": ""} if plain is not None else _no_plain(known))
    return done({"dataInfoList": rows})


def _no_plain(known: dict[str, Any]) -> dict[str, Any]:
    return {**known, "decryptedData": None, "errorCode": -2000702, "errorMsg": "解密限额接口调用异常，无法解密，请联系平台"}


def deliver(call: Call) -> Answer:
    """Whole SKUs only. A wish for money that waits is refused by it: sellers have no other way."""
    no, number, courier = text(call, "orderId"), text(call, "expressNo"), text(call, "expressCompanyCode")
    if courier not in {*COURIERS, "selfdelivery"}:
        raise Refuse(failed(PARAMETERS, "快递公司编码不存在"))
    world, key = call.world, call.owner.key
    order = world.books[key].orders.get(no)
    if not order:
        raise Refuse(failed(MISSING, "包裹不存在"))
    contents = None
    if call.args.get("unpack"):
        skus = call.args.get("skuIdList")
        if not isinstance(skus, list) or not skus:
            raise Refuse(failed(PARAMETERS, "请求参数错误：拆包发货时 skuIdList 必填"))
        contents = {line.oid: line.quantity - line.shipped for line in order.lines if line.sku_id in skus and not line.is_refunded}
    with world.changing():
        try:
            ordering.ship(world, key, no, courier=courier, waybill_no=number, contents=contents)
        except Impossible as why:
            raise Refuse(failed(STATE, f"当前订单状态不支持发货（{why.code}）")) from None
        for refund_no in order.refund_nos:
            if world.refund(key, refund_no).status == RefundStatus.ASKED:
                refunding.answer(world, key, refund_no, agrees=False, reason="商家已发货")
    return done("发货成功")


def modify_express(call: Call) -> Answer:
    no, number, courier = text(call, "orderId"), text(call, "expressNo"), text(call, "expressCompanyCode")
    order, old = _order(call), str(call.args.get("oldExpressNo") or "")
    index = whole_number(call.args.get("deliveryOrderIndex"))
    if not old and index is not None and 0 < index <= len(order.parcels):
        old = order.parcels[index - 1].waybill_no
    try:
        ordering.change_waybill(call.world, call.owner.key, no, courier=courier, waybill_no=number, old_waybill_no=old)
    except Impossible as why:
        raise Refuse(failed(STATE, f"当前订单不支持修改快递单号（{why.code}）")) from None
    return done("修改成功")


def modify_mark(call: Call) -> Answer:
    text(call, "operator")
    flags = {number: name for name, number in bodies.FLAGS.items()}
    flag = flags[between(call, "sellerMarkPriority", 1, 6)]
    ordering.remark(call.world, call.owner.key, _order(call).no, memo=text(call, "sellerMarkNote"), flag=flag)
    return done("修改成功")


# --- stock -------------------------------------------------------------------------------------------------------------------


def _sku(call: Call) -> tuple[str, Sku]:
    hit = call.world.books[call.owner.key].find_sku(sku_id=text(call, "skuId"))
    if not hit:
        raise Refuse(failed(PARAMETERS, "规格不存在"))
    return hit[0].item_id, hit[1]


def _occupied(call: Call, sku: Sku) -> int:
    """Pieces of orders that nobody has paid yet."""
    orders = call.world.books[call.owner.key].orders.values()
    unpaid = (line for order in orders if order.status == OrderStatus.UNPAID for line in order.lines)
    return sum(line.quantity for line in unpaid if line.sku_id == sku.sku_id)


def _stock(call: Call, sku: Sku) -> dict[str, int]:
    occupied = _occupied(call, sku)
    zeros = ("standalone", "reserved", "productChannelQuantity", "productChannelOccupiedQuantity", "activityChannelQuantity")
    return {"available": sku.stock, "total": sku.stock + occupied, "occupiedQuantity": occupied, **dict.fromkeys(zeros, 0)}


def _stock_answer(call: Call, sku: Sku, *, code: int = 0, message: str = "") -> Answer:
    one = {"skuId": sku.sku_id, "whcode": "CPartner", "skuStock": _stock(call, sku)}
    both = {"skuStock": one["skuStock"], "skuStockInfoWithWhcode": [one]}
    return done({"skuId": sku.sku_id, "apiVersion": "V1", **both, "response": {"success": True, "message": message, "code": code}})


def get_stock(call: Call) -> Answer:
    return _stock_answer(call, _sku(call)[1])


def get_stock_v2(call: Call) -> Answer:
    sku = _sku(call)[1]
    one = {"skuId": sku.sku_id, "skuStockInfo": _stock(call, sku)}
    response = {"success": True, "msg": "", "code": 0}
    data = {"response": response, "apiVersion": "V1", "skuStockInfo": one, "skuStockInfoWithWhcode": [{**one, "whcode": "CPartner"}]}
    return wrapped(data)


def sync_stock(call: Call) -> Answer:
    """`qty` is the whole number, with what unpaid orders hold: buyers see the rest."""
    (item_id, sku), quantity = _sku(call), between(call, "qty", 0, 10**7)
    occupied = _occupied(call, sku)
    ordering.set_stock(call.world, call.owner.key, item_id, sku.sku_id, max(quantity - occupied, 0))
    if occupied > quantity:
        return _stock_answer(call, sku, code=OCCUPIED, message="同步成功，但有占用库存未扣减，请检查用户待支付订单占用库存情况")
    return _stock_answer(call, sku)


def add_stock(call: Call) -> Answer:
    (item_id, sku), change = _sku(call), number(call, "qty")
    if sku.stock + change < 0:
        raise Refuse(failed(STATE, "可售库存不足"))
    ordering.set_stock(call.world, call.owner.key, item_id, sku.sku_id, sku.stock + change)
    return _stock_answer(call, sku)


def list_skus(call: Call) -> Answer:
    page, size = between(call, "pageNo", 1, 10_000, 1), between(call, "pageSize", 1, LARGEST_PAGE, 50)
    wanted = str(call.args.get("id") or "")
    items = call.world.books[call.owner.key].items.values()
    pairs = [(item, sku) for item in items for sku in item.skus if wanted in {"", sku.sku_id}]
    rows = [
        {
            "item": {"id": item.item_id, "name": item.title, "images": [item.picture]},
            "sku": {
                "id": sku.sku_id,
                "itemId": item.item_id,
                "name": sku.spec,
                "erpCode": sku.merchant_code,
                "barcode": sku.barcode,
                "price": sku.price_fen,
                "stock": sku.stock,
                "buyable": item.is_on_sale,
                "variants": [{"name": "规格", "value": sku.spec}],
            },
        }
        for item, sku in call.page(pairs[::-1], page, size)
    ]
    return done({"data": rows, "total": len(pairs), "pageNO": page, "pageSize": size})


# --- the rest ----------------------------------------------------------------------------------------------------------------


def express_companies(call: Call) -> Answer:
    rows = [
        {"expressCompanyId": number, "expressCompanyCode": code, "expressCompanyName": name, "comment": ""}
        for number, (code, name) in enumerate(COURIERS.items(), 1)
    ]
    return done({"expressCompanyInfos": rows})


def address_records(call: Call) -> Answer:
    place = {"provinceName": "浙江省", "cityName": "杭州市", "countyName": "余杭区", "address": "梧桐路 1 号", "contactName": "售后"}
    row = {"sellerAddressRecordId": 105_380, "aftersaleDefault": "DEFAULT", "deliveryDefault": "DEFAULT", "active": "ACTIVE", **place}
    return done({"sellerAddressRecordList": [row], "total": 1})


METHODS: dict[str, Run] = {
    "oauth.getAccessToken": get_access_token,
    "oauth.refreshToken": refresh_token,
    "order.getOrderList": get_order_list,
    "order.getOrderDetail": get_order_detail,
    "order.getOrderReceiverInfo": get_receivers,
    "order.orderDeliver": deliver,
    "order.modifyOrderExpressInfo": modify_express,
    "order.modifySellerMarkInfo": modify_mark,
    "data.batchDecrypt": batch_decrypt,
    "inventory.getSkuStock": get_stock,
    "inventory.getSkuStockV2": get_stock_v2,
    "inventory.syncSkuStock": sync_stock,
    "inventory.incSkuStock": add_stock,
    "product.getDetailSkuList": list_skus,
    "common.getExpressCompanyList": express_companies,
    "common.getAddressRecord": address_records,
}
