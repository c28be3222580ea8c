"""Doudian's calls: tokens, orders, parcels, cipher text. Every answer says `code`, `msg`, `sub_code`, `sub_msg`."""

from __future__ import annotations

from typing import Any

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts import douyin_bodies as bodies
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import Order, OrderStatus, RefundStatus, Shop
from danshu_simulator.web import Answer, Refuse, said
from danshu_simulator.world import Impossible

WORDS = {
    10000: "success",
    20000: "系统错误",
    30001: "操作权限不足",
    40001: "缺少必选参数（平台校验）",
    40002: "缺少必选参数",
    40003: "非法的参数（平台校验）",
    40004: "非法的参数",
    50001: "平台处理失败",
    50002: "业务处理失败",
    60000: "触发限流，请稍后重试",
    70000: "接口服务已下线",
}
DAY_S, REACH_DAYS, LARGEST_PAGE, DEEPEST, LARGEST_CIPHERS = 86_400, 90, 100, 10_000, 50
KEEPS_S = 3600  # a token that lives longer than this is not renewed, but told again


def done(data: Any = None, *, code: int = 10000, sub_code: str = "", sub_msg: str = "") -> Answer:
    """What went well says so in the older words too (`err_no`, `message`), as the documents' samples do."""
    words: dict[str, Any] = {"code": code, "msg": WORDS[code], "sub_code": sub_code, "sub_msg": sub_msg}
    words |= {"err_no": 0, "message": "success"} if code == 10000 else {}
    return said({**words, "log_id": "202106081408160101311300265F00266E", "data": {} if data is None else data})


def failed(code: int, sub_code: str, sub_msg: str) -> Answer:
    return said({"code": code, "msg": WORDS[code], "sub_code": sub_code, "sub_msg": sub_msg, "log_id": "2021060814081601", "data": None})


def invalid(number: int, why: str) -> Refuse:
    return Refuse(failed(40004, f"isv.parameter-invalid:{number}", why))


def refused(number: int, why: str) -> Refuse:
    """The business's own no."""
    return Refuse(failed(50002, f"isv.business-failed:{number}", why))


def missing(number: int, why: str) -> Refuse:
    return Refuse(failed(40002, f"isv.missing-parameter:{number}", why))


# --- tokens ------------------------------------------------------------------------------------------------------------------


def _no_token(why: str, words: str) -> Refuse:
    return Refuse(failed(50001, f"dop.token-generate-failed:{why}", words))


def _grant(shop: Shop, now_ms: int) -> Answer:
    return done(
        {
            "access_token": shop.access_token,
            "expires_in": (shop.token_ends_ms - now_ms) // 1000,
            "refresh_token": shop.refresh_token,
            "scope": "SCOPE",
            "shop_id": int(shop.number),
            "shop_name": shop.name,
            "authority_id": shop.number,
            "auth_subject_type": "店铺",
            "encrypt_operator": "",
            "operator_name": "",
        }
    )


def create_token(call: Call) -> Answer:
    """For a code; or for an app of the shop's own with its number."""
    kind, world, key = call.args.get("grant_type"), call.world, str(call.more["app_key"])
    if kind == "authorization_code":
        shop = ordering.take_code(world, key, str(call.args.get("code") or ""))
        if not shop:
            raise _no_token("code-invalid", "生成token失败，code参数不正确，请引导商家重新授权获取code")
        return _grant(ordering.renew_token(world, shop.key), call.now_ms)
    if kind == "authorization_self":
        wanted = str(call.args.get("shop_id") or "")
        mine = [one for one in world.shops.values() if one.platform == "douyin" and one.app_key == key and one.number == wanted]
        if not mine:
            raise _no_token("no-authorization", "生成token失败，店铺授权已失效，请重新引导商家完成店铺授权")
        return _grant(mine[0] if _lives(mine[0], call.now_ms) else ordering.renew_token(world, mine[0].key), call.now_ms)
    raise _no_token("grant-type-invalid", "生成token失败，grant_type参数取值不正确，请参照文档根据应用类型填写不同的值")


def _lives(shop: Shop, now_ms: int) -> bool:
    return shop.token_ends_ms - now_ms > KEEPS_S * 1000


def refresh_token(call: Call) -> Answer:
    """The same tokens again until an hour before the end."""
    shop = call.shop
    if call.args.get("grant_type") != "refresh_token":
        raise _no_token("grant-type-invalid", "生成token失败，grant_type参数取值不正确，请参照文档根据应用类型填写不同的值")
    if not shop or shop.refresh_token != call.args.get("refresh_token"):
        raise _no_token("token-invalid", "生成token失败，token不存在")
    if shop.refresh_ends_ms <= call.now_ms:
        raise _no_token("token-expired", "生成token失败，token已过期")
    return _grant(shop if _lives(shop, call.now_ms) else ordering.renew_token(call.world, shop.key), call.now_ms)


# --- orders ------------------------------------------------------------------------------------------------------------------


def _number(call: Call, name: str, otherwise: Refuse) -> int:
    value = whole_number(call.args.get(name))
    if value is None:
        raise otherwise
    return value


def search_orders(call: Call) -> Answer:
    """By creation or by change, three months back, ten thousand rows deep. Sorted as asked, newest first by default."""
    size = _number(call, "size", missing(20008, "size不能为空"))
    page = _number(call, "page", missing(10035, "page不能为空"))
    if not 1 <= size <= LARGEST_PAGE:
        raise invalid(20008, "单次查询订单数超过限制")
    if page < 0:
        raise invalid(10035, "查询订单列表页数不能小于0")
    if (page + 1) * size > DEEPEST:
        raise invalid(20013, "翻页查询最多支持查询到1万，需要缩短查询时间范围，降低查询的订单量")
    rows = _between(call, is_later_page=page != 0)
    order_by = call.args.get("order_by") or "create_time"
    if order_by not in {"create_time", "update_time"}:
        raise invalid(20010, "order_by不正确")
    by = "placed_ms" if order_by == "create_time" else "updated_ms"
    is_rising = str(call.args.get("order_asc", "")).lower() == "true"
    rows = sorted(_of_status(call, rows), key=lambda order: (getattr(order, by), order.no), reverse=not is_rising)
    listed = [bodies.order_body(call.world, call.owner, order) for order in call.page(rows, page + 1, size)]
    return done({"page": str(page), "size": str(size), "total": str(len(rows)), "shop_order_list": listed})


def _between(call: Call, *, is_later_page: bool) -> list[Order]:
    """In both spans, where both are asked for; a moment is a whole second."""
    spans: list[tuple[str, int, int]] = []
    for name, by in (("update_time", "updated_ms"), ("create_time", "placed_ms")):
        start, end = whole_number(call.args.get(f"{name}_start")), whole_number(call.args.get(f"{name}_end"))
        if start is not None:
            spans.append((by, start * 1000, (end if end is not None else call.now_ms // 1000) * 1000 + 999))
    if not spans:
        raise invalid(20011, "订单查询开始时间不能为空")
    if min(start for _by, start, _end in spans) < call.now_ms - (REACH_DAYS * DAY_S + 60) * 1000:
        raise invalid(20022, "订单查询只支持查询最近90天内的数据")
    by, start, end = spans[0]
    rows = call.orders(start_ms=start, end_ms=end, by=by, is_later_page=is_later_page)
    for by, start, end in spans[1:]:
        rows = [row for row in rows if start <= getattr(row, by) <= end]
    return rows


def _of_status(call: Call, rows: list[Order]) -> list[Order]:
    combined = call.args.get("combine_status") or []
    if not isinstance(combined, list) or len(combined) > 1:
        raise invalid(20012, "订单查询状态条件超过限制，只支持1个元素")
    wanted = str(combined[0].get("order_status") or "") if combined else ""
    return [row for row in rows if not wanted or str(bodies.status(row)[0]) in wanted.split(",")]


def get_order(call: Call) -> Answer:
    no = str(call.args.get("shop_order_id") or "")
    if not no:
        raise missing(20000, "请输入查询订单号")
    order = call.order(no)
    if not order:
        raise invalid(20014, "查询订单不存在")
    return done({"shop_order_detail": bodies.order_body(call.world, call.owner, order)})


def remark(call: Call) -> Answer:
    """A remark, and a flag where it is asked for; the order's time of change stays."""
    stars = {number: name for name, number in bodies.STARS.items() if name}
    flag = stars.get(whole_number(call.args.get("star")) or 0) if str(call.args.get("is_add_star", "")).lower() == "true" else None
    order = call.order(str(call.args.get("order_id") or ""))
    if not order:
        raise invalid(20002, "orderId不存在，请检查订单号")
    ordering.remark(call.world, call.owner.key, order.no, memo=str(call.args.get("remark") or ""), flag=flag)
    return done()


# --- parcels -----------------------------------------------------------------------------------------------------------------


def _to_ship(call: Call, no: object) -> Order:
    """The order as it is, for nobody ships what a list showed a while ago."""
    order = call.world.books[call.owner.key].orders.get(str(no or ""))
    if not order:
        raise refused(60033, "订单不存在，请仔细检查后重试。")
    return order


def _check(call: Call, order: Order, oids: set[str]) -> None:
    """Whether these lines may be shipped; a wish for money stops them unless it is to be refused by shipping."""
    reasons = {
        OrderStatus.UNPAID: (60137, "订单未支付，禁止发货。"),
        OrderStatus.CLOSED: (60021, "订单已取消，禁止发货。"),
        OrderStatus.FINISHED: (60113, "订单已完结，禁止发货。"),
        OrderStatus.SHIPPED: (60110, "订单已发货，不允许再次执行发货。"),
    }
    if order.status in reasons:
        raise refused(*reasons[order.status])
    if order.more.get("in_review"):
        raise refused(60109, "订单正在风控审核中，风控审核时效1~2小时，请等待订单变为“备货中”状态后重试。")
    lines = [line for line in order.lines if line.oid in oids]
    if any(line.is_refunded for line in lines):
        raise refused(60068, "该订单已售前退款成功，不能发货。")
    wishes = {line.refund_no for line in lines if line.refund == RefundStatus.ASKED}
    is_refusing = any(str(call.args.get(name, "")).lower() == "true" for name in ("is_refund_reject", "is_reject_refund"))
    if wishes and not is_refusing:
        raise refused(60040, "发货订单中有退款申请需要处理，请先处理。")
    for wish in wishes:
        refunding.answer(call.world, call.owner.key, wish, agrees=False, reason="商家已发货")


def _waybill(told: dict[str, Any]) -> tuple[str, str]:
    courier, waybill_no = str(told.get("company_code") or ""), str(told.get("logistics_code") or "").strip()
    if not courier:
        raise refused(60011, "物流公司编码不允许为空")
    if courier not in bodies.COURIERS:
        raise refused(60018, "暂不支持该物流公司或物流商已失效，请检查。")
    if not waybill_no:
        raise invalid(60014, "物流单号不能为空")
    return courier, waybill_no


def ship(call: Call) -> Answer:
    """The whole order in one parcel."""
    order, (courier, waybill_no) = _to_ship(call, call.args.get("order_id")), _waybill(call.args)
    if order.status == OrderStatus.PART_SHIPPED:
        raise refused(70023, "已发货，请检查订单状态")
    with call.world.changing():
        _check(call, order, {line.oid for line in order.lines if not line.is_refunded})
        _ship(call, order, courier, waybill_no, None)
        order.more["is_whole"] = True
    return done()


def _ship(call: Call, order: Order, courier: str, waybill_no: str, contents: dict[str, int] | None) -> str:
    """The parcel's number."""
    key, name = call.owner.key, bodies.COURIERS[courier]
    try:
        ordering.ship(call.world, key, order.no, courier=courier, waybill_no=waybill_no, contents=contents, courier_name=name)
    except Impossible as why:
        raise refused(60110 if why.code == "already_shipped" else 60102, "订单已发货，不允许再次执行发货。") from None
    return bodies.delivery_id(order, len(order.parcels) - 1)


def _contents(rows: object) -> dict[str, int]:
    contents: dict[str, int] = {}
    for row in rows if isinstance(rows, list) else []:
        pieces = whole_number(row.get("shipped_num"))
        if pieces is None or pieces < 1:
            raise refused(60080, "商品的发货数量不允许小于0")
        contents[str(row.get("shipped_order_id") or "")] = contents.get(str(row.get("shipped_order_id") or ""), 0) + pieces
    if not contents:
        raise refused(60036, "发货信息为空。")
    return contents


def ship_packs(call: Call) -> Answer:
    """Several parcels of one order, all or none; the same `request_id` brings the first answer again."""
    request_id, packs = str(call.args.get("request_id") or ""), call.args.get("pack_list")
    if not request_id:
        raise missing(50050, "发货请求id不能为空，请检查requestId")
    order = _to_ship(call, call.args.get("order_id"))
    if request_id in order.more.get("requests", {}):
        return done({"pack_list": order.more["requests"][request_id]})
    parcels = [(_waybill(pack), _contents(pack.get("shipped_order_info"))) for pack in packs or []]
    if not parcels:
        raise refused(60036, "发货信息为空。")
    wanted: dict[str, int] = {}
    for _told, contents in parcels:
        wanted = {oid: wanted.get(oid, 0) + contents.get(oid, 0) for oid in {*wanted, *contents}}
    _check_pieces(order, wanted)
    with call.world.changing():
        _check(call, order, set(wanted))
        rows = [
            {
                "pack_id": _ship(call, order, courier, waybill_no, contents),
                "logistics_code": waybill_no,
                "shipped_order_info": [{"shipped_order_id": oid, "shipped_num": str(pieces)} for oid, pieces in contents.items()],
            }
            for (courier, waybill_no), contents in parcels
        ]
        order.more.setdefault("requests", {})[request_id] = rows
    return done({"pack_list": rows})


def _check_pieces(order: Order, wanted: dict[str, int]) -> None:
    for oid, pieces in wanted.items():
        line = order.line(oid)
        if not line:
            raise refused(60102, "60102:商品单不存在，请仔细检查后重试")
        if order.status == OrderStatus.PART_SHIPPED and pieces > line.quantity - line.shipped:
            raise refused(70023, "70023:已发货，请检查订单状态")
        if pieces > line.quantity:
            raise refused(60080, "商品的发货数量超过购买数量")


def change_waybill(call: Call) -> Answer:
    """Of an order that left whole."""
    order, (courier, waybill_no) = _to_ship(call, call.args.get("order_id")), _waybill(call.args)
    if order.status != OrderStatus.SHIPPED:
        raise refused(10007, "此订单状态不允许重新发货")
    if not order.more.get("is_whole"):
        raise refused(70011, "70011:包裹单号缺失，请修改后重试")
    return _change(call, order, 0, courier, waybill_no)


def change_pack(call: Call) -> Answer:
    order, (courier, waybill_no) = _to_ship(call, call.args.get("order_id")), _waybill(call.args)
    packs = [bodies.delivery_id(order, place) for place in range(len(order.parcels))]
    if str(call.args.get("pack_id") or "") not in packs:
        raise refused(70011, "包裹不存在")
    return _change(call, order, packs.index(str(call.args["pack_id"])), courier, waybill_no)


def _change(call: Call, order: Order, place: int, courier: str, waybill_no: str) -> Answer:
    old = order.parcels[place].waybill_no
    try:
        ordering.change_waybill(call.world, call.owner.key, order.no, courier=courier, waybill_no=waybill_no, old_waybill_no=old)
    except Impossible:
        raise refused(60021, "该订单的订单状态不允许发货") from None
    return done()


def companies(_call: Call) -> Answer:
    return done([{"id": place, "name": name, "code": code} for place, (code, name) in enumerate(bodies.COURIERS.items(), 7)])


# --- cipher text -------------------------------------------------------------------------------------------------------------


def decrypt(call: Call) -> Answer:
    return _opened(call, is_masked=False)


def decrypt_masked(call: Call) -> Answer:
    return _opened(call, is_masked=True)


def _opened(call: Call, *, is_masked: bool) -> Answer:
    wanted = call.args.get("cipher_infos")
    if not isinstance(wanted, list) or not wanted or len(wanted) > LARGEST_CIPHERS:
        raise refused(300003, f"业务处理失败,cipher_infos最多{LARGEST_CIPHERS}条")
    rows = [_row(call, info, is_masked=is_masked) for info in wanted]
    has_failed = any(row["err_no"] for row in rows)
    data = {"decrypt_infos": rows, "custom_err": {"err_code": 0, "err_msg": ""}}
    if not has_failed:
        return done(data)
    return done(data, code=50002, sub_code="isv.business-failed:300008", sub_msg="300008:解密接口存在部分失败")


def _row(call: Call, info: dict[str, Any], *, is_masked: bool) -> dict[str, Any]:
    auth_id, sealed = str(info.get("auth_id") or ""), str(info.get("cipher_text") or "")
    plain = bodies.unseal(call.owner, sealed) if auth_id in call.world.books[call.owner.key].orders else None
    row = {"auth_id": auth_id, "cipher_text": sealed, "is_virtual_tel": False, "expire_time": 0, "phone_no_a": "", "phone_no_b": ""}
    if not plain:
        return {**row, "decrypt_text": "", "err_no": 300004, "err_msg": "解密失败", "data_type": 0}
    kind, word = plain
    row |= {"data_type": kind, "err_no": 0, "err_msg": "", "decrypt_text": bodies.mask(kind, word) if is_masked else word}
    if kind == bodies.PHONE and call.owner.options.get("is_virtual") and not is_masked:
        first, second = f"184{word[3:]}", word[-4:]
        row |= {"decrypt_text": f"{first}-{second}", "is_virtual_tel": True, "phone_no_a": first, "phone_no_b": second}
        row["expire_time"] = call.now_ms // 1000 + 30 * DAY_S
    return row


def search_index(call: Call) -> Answer:
    texts = call.args.get("plain_text_list") or []
    rows = [{"plain": one.get("plain_text"), "search_index": bodies.search_index(call.owner, str(one.get("plain_text")))} for one in texts]
    return done({"plain_to_encrypt_index_list": rows, "custom_err": {"err_code": 0, "err_msg": ""}})


METHODS: dict[str, tuple[Run, bool]] = {  # and whether the shop's token is asked for
    "token.create": (create_token, False),
    "token.refresh": (refresh_token, False),
    "order.searchList": (search_orders, True),
    "order.orderDetail": (get_order, True),
    "order.addOrderRemark": (remark, True),
    "order.logisticsAdd": (ship, True),
    "order.logisticsAddMultiPack": (ship_packs, True),
    "order.logisticsEdit": (change_waybill, True),
    "order.logisticsEditByPack": (change_pack, True),
    "order.logisticsCompanyList": (companies, True),
    "order.batchDecrypt": (decrypt, True),
    "order.batchSensitive": (decrypt_masked, True),
    "order.batchSearchIndex": (search_index, True),
}
