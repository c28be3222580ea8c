"""Pinduoduo's calls but for after-sales: tokens, orders, parcels, goods and stock, cipher text."""

from __future__ import annotations

import json
from typing import Any

from danshu_simulator import ordering
from danshu_simulator.clock import real_ms
from danshu_simulator.fronts import pdd_bodies as bodies
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import Item, Order, OrderStatus, Shop
from danshu_simulator.web import Answer, Refuse, said
from danshu_simulator.world import Impossible

PUBLIC, CLIENT, TYPE, TOKEN, SIGN, MISMATCH, EMPTY = 10001, 10016, 10017, 10019, 20004, 20032, 21002
SYSTEM, BUSINESS, LIMIT = 50000, 50001, 70031
MESSAGES = {
    PUBLIC: "公共参数错误:{}",
    CLIENT: "client_id的参数值不正确",
    TYPE: "type的参数值不正确",
    TOKEN: "access_token已过期",
    SIGN: "签名sign校验失败",
    MISMATCH: "access_token或client_id错误",
    EMPTY: "请求参数不能为空",
    BUSINESS: "业务服务错误",
    SYSTEM: "系统内部错误",
    LIMIT: "调用过于频繁，请调整调用频率",
}
LARGEST_PAGE, LARGEST_BATCH = 100, 100
HALF_HOUR_S, DAY_S, LAG_S, REACH_DAYS = 1800, 86_400, 180, 90
EXTRA_KINDS = {1, 2, 3}


def failed(code: int, about: str = "", *, sub_code: str | None = None) -> Answer:
    message = MESSAGES[code].format(about) if code == PUBLIC else MESSAGES[code]
    error = {"error_msg": message, "sub_msg": about or message, "sub_code": sub_code, "error_code": code, "request_id": "15440104776643887"}
    return said({"error_response": error})


def refused(why: str, sub_code: str | None = None) -> Refuse:
    """What the business behind the gateway says no to."""
    return Refuse(failed(BUSINESS, why, sub_code=sub_code))


def wrapped(name: str, value: dict[str, Any]) -> Answer:
    return said({name: {**value, "request_id": "15440104776643887"}})


def text(call: Call, name: str) -> str:
    value = str(call.args.get(name) or "").strip()
    if not value:
        raise Refuse(failed(EMPTY, f"{name}不能为空"))
    return value


def number(call: Call, name: str, default: int | None = None) -> int:
    value = whole_number(call.args[name]) if call.args.get(name) not in {None, ""} else default
    if value is None:
        raise Refuse(failed(EMPTY, f"{name}不能为空"))
    return value


def between(call: Call, name: str, low: int, high: int, default: int | None = None) -> int:
    value = number(call, name, default)
    if not low <= value <= high:
        raise refused(f"{name}必须在{low}到{high}之间")
    return value


def structure(call: Call, name: str) -> Any:
    """A list or an object: as JSON text where the body is a form."""
    value = call.args.get(name)
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        value = None
    if not isinstance(value, dict | list) or not value:
        raise Refuse(failed(EMPTY, f"{name}不能为空"))
    return value


def span(call: Call, start: str, end: str, longest_s: int) -> tuple[int, int]:
    first, last = number(call, start), number(call, end)
    if last < first:
        raise refused("开始时间不能大于结束时间")
    if last - first > longest_s:
        raise refused("时间跨度不能超过24小时" if longest_s == DAY_S else "时间跨度不能超过30分钟")
    return first, last


# --- tokens ------------------------------------------------------------------------------------------------------------------


def grant(name: str, shop: Shop, now_ms: int) -> Answer:
    ends, renewable = shop.token_ends_ms // 1000, shop.refresh_ends_ms // 1000
    value = {
        "access_token": shop.access_token,
        "expires_at": ends,
        "expires_in": ends - now_ms // 1000,
        "refresh_token": shop.refresh_token,
        "refresh_token_expires_at": renewable,
        "refresh_token_expires_in": renewable - now_ms // 1000,
        "scope": sorted(name for name, (_run, is_mine) in METHODS.items() if is_mine),
        "owner_id": shop.number,
        "owner_name": shop.name,
        "r1_expires_at": ends,
        "r2_expires_at": ends,
        "w1_expires_at": ends,
        "w2_expires_at": ends,
    }
    return wrapped(name, value)


def create_token(call: Call) -> Answer:
    shop = ordering.take_code(call.world, str(call.args["client_id"]), text(call, "code"))
    if not shop:
        raise refused("code无效或已过期", "20003")
    return grant("pop_auth_token_create_response", ordering.renew_token(call.world, shop.key), call.now_ms)


def refresh_token(call: Call) -> Answer:
    text(call, "refresh_token")
    if not call.shop or call.shop.refresh_ends_ms <= call.now_ms:
        raise refused("refresh_token无效或已过期", "20003")
    return grant("pop_auth_token_refresh_response", ordering.renew_token(call.world, call.shop.key), call.now_ms)


def time_of_gateway(call: Call) -> Answer:
    return wrapped("time_get_response", {"time": bodies.moment(call.now_ms)})


def mall(call: Call) -> Answer:
    shop = call.owner
    value = {"mall_id": int(shop.number), "mall_name": shop.name, "mall_desc": "", "logo": "", "mall_character": 0, "merchant_type": 1}
    return wrapped("mall_info_get_response", value)


# --- orders ------------------------------------------------------------------------------------------------------------------


def _rows(call: Call, orders: list[Order]) -> list[dict[str, Any]]:
    refunds = call.world.books[call.owner.key].refunds
    return [bodies.order_row(call.owner, order, refunds) for order in orders]


def _chosen(call: Call, orders: list[Order]) -> list[Order]:
    """Newest first; only what was agreed on, which is what was paid."""
    stage, refund = between(call, "order_status", 1, 5), between(call, "refund_status", 1, 5)
    return [
        order
        for order in orders[::-1]
        if order.paid_ms and stage in {5, bodies.status(order)} and refund in {5, bodies.refund_status(order)}
    ]


def _listed(call: Call, name: str, key: str, orders: list[Order]) -> Answer:
    page, size = between(call, "page", 1, 10**6, 1), between(call, "page_size", 1, LARGEST_PAGE, LARGEST_PAGE)
    rows = _rows(call, call.page(orders, page, size))
    has_next = len(orders) > page * size
    if str(call.args.get("use_has_next", "")).lower() == "true":
        return wrapped(name, {key: rows, "has_next": has_next})
    return wrapped(name, {key: rows, "total_count": len(orders), "has_next": has_next})


def list_increment(call: Call) -> Answer:
    """By change, up to three minutes ago; forward paging loses what changes meanwhile."""
    between(call, "is_lucky_flag", 0, 2)
    start, end = span(call, "start_updated_at", "end_updated_at", HALF_HOUR_S)
    now_ms = call.now_ms if call.world.clock.is_real else max(call.now_ms, real_ms())  # callers know the real time alone
    if end > now_ms // 1000 - LAG_S:
        raise refused("end_updated_at不能晚于当前时间前3分钟")
    orders = call.orders(start_ms=start * 1000, end_ms=end * 1000 + 999, is_later_page=number(call, "page", 1) != 1)
    return _listed(call, "order_sn_increment_get_response", "order_sn_list", _chosen(call, orders))


def list_confirmed(call: Call) -> Answer:
    """By the moment of agreement, a day at most, three months back."""
    start, end = span(call, "start_confirm_at", "end_confirm_at", DAY_S)
    if start * 1000 < call.now_ms - REACH_DAYS * DAY_S * 1000:
        raise refused("只能查询90天内的订单")
    orders = call.orders(start_ms=start * 1000, end_ms=end * 1000 + 999, by="paid_ms", is_later_page=number(call, "page", 1) != 1)
    return _listed(call, "order_list_get_response", "order_list", _chosen(call, orders))


def _order(call: Call) -> Order:
    order = call.order(text(call, "order_sn"))
    if not order:
        raise refused("订单不存在", "10003")
    return order


def get_order(call: Call) -> Answer:
    return wrapped("order_info_get_response", {"order_info": _rows(call, [_order(call)])[0]})


def get_statuses(call: Call) -> Answer:
    numbers = text(call, "order_sns").split(",")
    found = [order for no in numbers if (order := call.order(no))]
    rows = [{"orderSn": row["order_sn"], **{name: row[name] for name in ("order_status", "refund_status")}} for row in _rows(call, found)]
    return wrapped("order_status_get_response", {"order_status_list": rows})


def note(call: Call) -> Answer:
    tags = {number: name for name, (number, _name) in bodies.FLAGS.items()}
    tag = whole_number(call.args.get("tag"))
    if (tag is None) != (not call.args.get("tag_name")) or (tag is not None and tag not in tags):
        raise refused("tag与tag_name必须同时传入")
    ordering.remark(call.world, call.owner.key, _order(call).no, memo=text(call, "note"), flag=tags[tag] if tag else None)
    return wrapped("order_note_update_response", {"success": True})


# --- parcels -----------------------------------------------------------------------------------------------------------------


def send(call: Call) -> Answer:
    """One waybill for one order. Again it is refused; with `redelivery_type` 2 it takes the place of the one before."""
    no, courier, waybill_no = text(call, "order_sn"), number(call, "logistics_id"), text(call, "tracking_number")
    kind = between(call, "redelivery_type", 1, 2, 1)
    if courier not in bodies.COURIERS:
        raise refused("快递公司不存在", "20006")
    world, key = call.world, call.owner.key
    order = world.books[key].orders.get(no)
    if not order or not order.paid_ms:
        raise refused("订单不存在", "10003")
    try:
        if kind == 2:
            if not order.parcels:
                raise refused("订单未发货，不能修改发货信息", "20009")
            old = order.parcels[0].waybill_no
            ordering.change_waybill(world, key, no, courier=str(courier), waybill_no=waybill_no, old_waybill_no=old)
        else:
            _check_waiting(order)
            ordering.ship(world, key, no, courier=str(courier), waybill_no=waybill_no, courier_name=bodies.COURIERS[courier][1])
    except Impossible:
        raise refused("订单状态不支持发货", "20009") from None
    return wrapped("logistics_online_send_response", {"is_success": True})


def _check_waiting(order: Order) -> None:
    if order.status in {OrderStatus.SHIPPED, OrderStatus.FINISHED}:
        raise refused("订单已发货，不能重复发货", "20008")
    if order.more.get("in_review"):
        raise refused("订单审核中，暂不支持发货", "20010")
    if order.is_refund_open:
        raise refused("订单存在处理中的售后，不能发货", "20011")


def send_more(call: Call) -> Answer:
    """Further waybills of an order that was sent: buyers see them, nothing else changes."""
    order, tracks = _order(call), structure(call, "extra_track_list")
    kind = between(call, "extra_track_type", 1, 3, 1)
    if not order.parcels:
        raise refused("订单未发货，不能上传额外运单", "20009")
    rows = []
    for track in tracks if isinstance(tracks, list) else [tracks]:
        courier, waybill_no = whole_number(track.get("shipping_id")), str(track.get("tracking_number") or "")
        if courier not in bodies.COURIERS or not waybill_no:
            raise refused("快递公司或运单号不正确", "20006")
        rows.append({"logistics_id": courier, "tracking_number": waybill_no})
    with call.world.changing():
        true = call.world.order(call.owner.key, order.no)
        known = true.more.setdefault("extra" if kind == 1 else f"extra_{kind}", [])
        known += [row for row in rows if row not in known]
        call.world.put_order(true)
    return wrapped("upload_extra_logistics_response", {"success": True})


def companies(call: Call) -> Answer:
    rows = [{"id": number, "code": code, "logistics_company": name, "available": 1} for number, (code, name) in bodies.COURIERS.items()]
    return wrapped("logistics_companies_get_response", {"logistics_companies": rows})


# --- cipher text -------------------------------------------------------------------------------------------------------------


def decrypt(call: Call) -> Answer:
    return _decrypted(call, "open_decrypt_batch_response", is_masked=False)


def decrypt_masked(call: Call) -> Answer:
    return _decrypted(call, "open_decrypt_mask_batch_response", is_masked=True)


def _decrypted(call: Call, name: str, *, is_masked: bool) -> Answer:
    wanted = structure(call, "data_list")
    if not isinstance(wanted, list) or len(wanted) > LARGEST_BATCH:
        raise refused(f"data_list最多{LARGEST_BATCH}条")
    orders, rows = call.world.books[call.owner.key].orders, []
    for one in wanted:
        tag, sealed = str(one.get("data_tag") or ""), str(one.get("encrypted_data") or "")
        plain = bodies.unseal(call.owner, sealed) if tag in orders else None
        row = {"data_tag": tag, "encrypted_data": sealed, "virtual_number_type": 0, "virtual_identify_number": ""}
        if plain:
            shown = bodies.mask(plain[1], 1) if is_masked else plain[1]
            row |= {"data_type": plain[0], "decrypted_data": shown, "error_code": 0, "error_msg": ""}
        else:
            row |= {"data_type": 0, "decrypted_data": "", "error_code": 10010, "error_msg": "解密失败"}
        rows.append(row)
    return wrapped(name, {"data_decrypt_list": rows})


# --- goods and stock ---------------------------------------------------------------------------------------------------------


def list_goods(call: Call) -> Answer:
    page, size = between(call, "page", 1, 10**6, 1), between(call, "page_size", 1, LARGEST_PAGE, LARGEST_PAGE)
    items = list(call.world.books[call.owner.key].items.values())[::-1]
    wanted, is_on_sale = str(call.args.get("outer_id") or ""), whole_number(call.args.get("is_onsale"))
    if is_on_sale is not None:
        items = [item for item in items if item.is_on_sale == bool(is_on_sale)]
    elif wanted:
        items = [item for item in items if wanted in {sku.merchant_code for sku in item.skus}]
    rows = [bodies.goods(item) for item in call.page(items, page, size)]
    return wrapped("goods_list_get_response", {"goods_list": rows, "total_count": len(items)})


def _item(call: Call) -> Item:
    item = call.world.books[call.owner.key].items.get(str(number(call, "goods_id")))
    if not item:
        raise refused("商品不存在", "10004")
    return item


def get_goods(call: Call) -> Answer:
    return wrapped("goods_detail_get_response", bodies.goods_detail(_item(call)))


def update_stock(call: Call) -> Answer:
    """Whole numbers, or with `update_type` 2 differences, of one SKU."""
    item, quantity, kind = _item(call), number(call, "quantity"), between(call, "update_type", 1, 2, 1)
    sku_id, code = str(call.args.get("sku_id") or ""), str(call.args.get("outer_id") or "")
    if not sku_id and not code:
        raise Refuse(failed(EMPTY, "sku_id和outer_id必填一个"))
    fitting = [sku for sku in item.skus if (sku.sku_id == sku_id if sku_id else sku.merchant_code == code)]
    if not fitting:
        raise refused("sku不存在", "10005")
    target = quantity if kind == 1 else fitting[0].stock + quantity
    if target < 0:
        raise refused("库存不能小于0")
    ordering.set_stock(call.world, call.owner.key, item.item_id, fitting[0].sku_id, target)
    return wrapped("goods_quantity_update_response", {"is_success": True})


METHODS: dict[str, tuple[Run, bool]] = {  # and whether the shop's token is asked for
    "pdd.pop.auth.token.create": (create_token, False),
    "pdd.pop.auth.token.refresh": (refresh_token, False),
    "pdd.time.get": (time_of_gateway, False),
    "pdd.logistics.companies.get": (companies, False),
    "pdd.mall.info.get": (mall, True),
    "pdd.order.number.list.increment.get": (list_increment, True),
    "pdd.order.list.get": (list_confirmed, True),
    "pdd.order.information.get": (get_order, True),
    "pdd.order.status.get": (get_statuses, True),
    "pdd.order.note.update": (note, True),
    "pdd.order.upload.extra.logistics": (send_more, True),
    "pdd.logistics.online.send": (send, True),
    "pdd.open.decrypt.batch": (decrypt, True),
    "pdd.open.decrypt.mask.batch": (decrypt_masked, True),
    "pdd.goods.list.get": (list_goods, True),
    "pdd.goods.detail.get": (get_goods, True),
    "pdd.goods.quantity.update": (update_stock, True),
}
