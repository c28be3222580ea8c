"""TOP's calls about trades, parcels, receivers and the seller."""

from __future__ import annotations

import json
import re
from typing import Any

from danshu_simulator import ordering
from danshu_simulator.fronts import taobao_bodies as bodies
from danshu_simulator.fronts.front import Call, Run
from danshu_simulator.fronts.taobao_answers import (
    Body,
    done,
    flag,
    invalid,
    missing,
    number,
    paged,
    pick,
    refused,
    text,
    time,
    written,
)
from danshu_simulator.things import Order, OrderStatus, Receiver
from danshu_simulator.web import Answer
from danshu_simulator.world import Impossible

DAY_MS = 86_400_000
MONTHS_MS = 90 * DAY_MS
RESEND_DAYS = 50
DEFAULT_TYPES = "guarantee_trade,auto_delivery,ec,cod,step"
STATUSES = {
    *bodies.TRADE_STATUSES.values(),
    *("TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO", "TRADE_NO_CREATE_PAY", "TRADE_BUYER_SIGNED", "PAY_PENDING", "WAIT_PRE_AUTH_CONFIRM"),
    *("PAID_FORBID_CONSIGN", "ALL_WAIT_PAY", "ALL_CLOSED"),
}
ALL = {"ALL_WAIT_PAY": {"WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY"}, "ALL_CLOSED": {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"}}
SCENES = {"1001", "1002", "1003", "1004", "1005", "1006", "1007", "2001", "2002"}
WAYBILL = re.compile(r"[A-Za-z0-9-]{5,32}")


# --- trades --------------------------------------------------------------------------------------------------------------------


def sold_increment(call: Call) -> Answer:
    """By change, newest first: pages are to be read from the last one. A day at most."""
    fields, start, end = text(call, "fields"), time(call, "start_modified"), time(call, "end_modified")
    if start is None or end is None:
        raise missing(call, "start_modified" if start is None else "end_modified")
    if not start < end <= start + DAY_MS:
        raise invalid(call, "end_modified", "修改时间跨度不能大于一天，且结束时间必须大于开始时间")
    return _list(call, fields, _trades(call, start, end, "updated_ms"))


def sold(call: Call) -> Answer:
    """By creation, newest first, of three months."""
    fields, start, end = text(call, "fields"), time(call, "start_created"), time(call, "end_created")
    if start is not None and end is not None and start > end:
        raise invalid(call, "start_created", "开始时间不能大于结束时间")
    if start is not None and start < call.now_ms - MONTHS_MS - DAY_MS:
        raise invalid(call, "start_created", "只能查询三个月以内的订单")
    return _list(call, fields, _trades(call, start, end, "placed_ms"))


def _trades(call: Call, start: int | None, end: int | None, by: str) -> list[Order]:
    status, types = str(call.args.get("status", "")), str(call.args.get("type", "")) or DEFAULT_TYPES
    if status and status not in STATUSES:
        raise invalid(call, "status")
    later = number(call, "page_no", 1, low=1) != 1
    last = None if end is None else end + 999
    rows = call.orders(start_ms=start, end_ms=last, by=by, is_later_page=later)[::-1]
    if not {"fixed", "guarantee_trade"} & {one.strip() for one in types.split(",")}:
        return []
    wanted = ALL.get(status, {status}) if status else None
    oldest = call.now_ms - MONTHS_MS
    return [row for row in rows if row.placed_ms >= oldest and (not wanted or bodies.trade_status(row) in wanted)]


def _list(call: Call, fields: str, rows: list[Order]) -> Answer:
    def shown(row: Order) -> Body:
        return pick({name: value for name, value in bodies.trade(call.owner, row).items() if name not in bodies.LIST_LACKS}, fields)

    return paged(call, "trades", rows, shown)


def _order(call: Call) -> Order:
    number(call, "tid")
    order = call.order(text(call, "tid"))
    if not order or order.placed_ms < call.now_ms - MONTHS_MS:
        raise refused(call, "isv.trade-not-exist", "交易不存在")
    return order


def fullinfo(call: Call) -> Answer:
    fields = text(call, "fields")
    return done(call, {"trade": pick(bodies.trade(call.owner, _order(call)), fields)})


def update_memo(call: Call) -> Answer:
    no, memo, colour = _order(call).no, str(call.args.get("memo", "")), number(call, "flag", 0, low=0, high=5)
    if len(memo.encode()) > 1000:
        raise invalid(call, "memo", "备注最大长度 1000 个字节")
    colours = {value: name for name, value in bodies.FLAGS.items() if name}
    kept = "" if flag(call, "reset") else memo or None
    order = ordering.remark(call.world, call.owner.key, no, memo=kept, flag=colours[colour] if "flag" in call.args else None)
    return done(call, {"trade": {"tid": int(no), "modified": written(order.updated_ms)}})


# --- parcels -------------------------------------------------------------------------------------------------------------------


def offline_send(call: Call) -> Answer:
    """A parcel of the whole trade, or with `is_split` of some sub-orders. A sub-order is sent whole."""
    number(call, "tid")
    no, waybill, company, subs = text(call, "tid"), text(call, "out_sid"), text(call, "company_code"), _subs(call, "offline")
    order = call.world.books[call.owner.key].orders.get(no)
    if not order:
        raise _unsent(call, "B01", "订单不存在")
    _check_parcel(call, waybill, company, "offline")
    if order.status not in {OrderStatus.PAID, OrderStatus.PART_SHIPPED} or bodies.trade_status(order) == "PAID_FORBID_CONSIGN":
        raise _unsent(call, "B04", "订单状态不对，该物流订单已经发货或者已关闭，不能重复发货")
    if order.status == OrderStatus.PART_SHIPPED and not subs:
        raise _unsent(call, "CD22", "订单已拆单，必须传入子交易号列表")
    lines = {line.oid: line for line in order.lines}
    if any(oid not in lines or lines[oid].is_refunded for oid in subs):
        raise _unsent(call, "P38", "拆单校验未通过")
    if any(lines[oid].shipped for oid in subs):
        raise _unsent(call, "B04", "订单状态不对，该物流订单已经发货或者已关闭，不能重复发货")
    contents = {oid: lines[oid].quantity for oid in subs} or None
    name = bodies.COMPANIES[company][1]
    try:
        ordering.ship(call.world, call.owner.key, no, courier=company, courier_name=name, waybill_no=waybill, contents=contents)
    except Impossible as impossible:
        raise _unsent(call, "B04", impossible.code) from impossible
    return done(call, {"shipping": {"is_success": True}})


def _unsent(call: Call, code: str, why: str) -> Exception:
    return refused(call, f"isv.logistics-offline-service-error:{code}", why)


def _unchanged(call: Call, code: str, why: str) -> Exception:
    return refused(call, f"isv.logistics-update-company-or-mailno-error:{code}", why)


def _subs(call: Call, kind: str) -> list[str]:
    subs = [one.strip() for one in str(call.args.get("sub_tid", "")).split(",") if one.strip()]
    is_split = number(call, "is_split", 0, low=0, high=1) == 1
    no = _unsent if kind == "offline" else _unchanged
    if subs and not is_split:
        raise no(call, "CD25", "拆单标记和子订单列表两者必须都填或者都不填")
    if is_split and not subs:
        raise no(call, "CD26", "拆分的子订单没有传子订单号")
    return subs


def _check_parcel(call: Call, waybill: str, company: str, kind: str) -> None:
    no = _unsent if kind == "offline" else _unchanged
    if company not in bodies.COMPANIES:
        raise no(call, "B57" if kind == "offline" else "P03", "无效的物流公司")
    if not WAYBILL.fullmatch(waybill):
        raise no(call, "B60" if kind == "offline" else "P10", "运单号不符合规则或已经被使用")


def consign_resend(call: Call) -> Answer:
    """Another number for the parcel that holds exactly these sub-orders, or for the only one."""
    number(call, "tid")
    no, waybill, company, subs = text(call, "tid"), text(call, "out_sid"), text(call, "company_code"), _subs(call, "resend")
    order = call.world.books[call.owner.key].orders.get(no)
    if not order:
        raise _unchanged(call, "P01", "参数错误")
    _check_parcel(call, waybill, company, "resend")
    if order.status in {OrderStatus.UNPAID, OrderStatus.PAID}:
        raise _unchanged(call, "CD19", "订单未发货")
    if order.status not in {OrderStatus.PART_SHIPPED, OrderStatus.SHIPPED} or order.shipped_ms < call.now_ms - RESEND_DAYS * DAY_MS:
        raise _unchanged(call, "P06", "当前订单状态不支持修改")
    if len(order.parcels) > 1 and not subs:
        raise _unchanged(call, "CD22", "订单已拆单，必须传入子交易号列表")
    found = [parcel for parcel in order.parcels if not subs or set(parcel.contents) == set(subs)]
    if len(found) != 1:
        raise _unchanged(call, "CD24", "入参传入的主子交易号组合逻辑非法")
    if (found[0].courier, found[0].waybill_no) == (company, waybill):
        raise _unchanged(call, "P07", "未作修改")
    try:
        ordering.change_waybill(call.world, call.owner.key, no, courier=company, waybill_no=waybill, old_waybill_no=found[0].waybill_no)
    except Impossible as impossible:
        raise _unchanged(call, "P06", impossible.code) from impossible
    return done(call, {"shipping": {"is_success": True}})


def companies(call: Call) -> Answer:
    fields = text(call, "fields")
    rows = [
        pick({"id": number_, "code": code, "name": name, "reg_mail_no": f"^{WAYBILL.pattern}$"}, fields)
        for code, (number_, name) in bodies.COMPANIES.items()
    ]
    return done(call, {"logistics_companies": {"logistics_company": rows}})


def addresses(call: Call) -> Answer:
    where = {"province": "浙江省", "city": "杭州市", "country": "余杭区", "addr": "梧桐路1号", "zip_code": "311100"}
    who = {"contact_id": 105_380, "contact_name": "售后", "phone": "", "mobile_phone": "19900000000", "area_id": 330_110}
    usual = {**who, **where, "send_def": True, "get_def": True, "cancel_def": True}
    other = {**usual, "contact_id": 105_381, "addr": "柳荫路2号", "send_def": False, "get_def": False, "cancel_def": False}
    wanted = str(call.args.get("rdef", ""))
    if wanted not in {"", "no_def", "get_def", "cancel_def"}:
        raise invalid(call, "rdef")
    rows = [usual, other] if not wanted else [other] if wanted == "no_def" else [usual]
    return done(call, {"addresses": {"address_result": rows}})


# --- people --------------------------------------------------------------------------------------------------------------------


def decrypt(call: Call) -> Answer:
    """Twenty at most. `matched` false: the receiver has changed since this oaid was told."""
    try:
        queries = json.loads(text(call, "query_list"))
    except ValueError:
        queries = None
    if not isinstance(queries, list) or not 0 < len(queries) <= 20 or not all(isinstance(one, dict) for one in queries):
        raise invalid(call, "query_list", "最多支持 20 个")
    for name in ("tid", "oaid", "scene"):
        if not all(one.get(name) for one in queries):
            raise missing(call, f"query_list.{name}")
    if any(str(one["scene"]) not in SCENES for one in queries):
        raise invalid(call, "scene", "解密场景编号不存在")
    rows = [_receiver(one, call.order(str(one["tid"]))) for one in queries]
    return done(call, {"receiver_list": {"receiver": rows}})


def _receiver(query: dict[str, Any], order: Order | None) -> Body:
    known = {"tid": str(query["tid"]), "oaid": query["oaid"], "matched": bool(order and order.receiver.key == query["oaid"])}
    if not order or not known["matched"]:
        return known
    return {**known, "privacy_protection": False, **_plain(order.receiver)}


def _plain(who: Receiver) -> Body:
    where = {"state": who.province, "city": who.city, "district": who.district, "town": who.town, "address_detail": who.address}
    return {"name": who.name, "mobile": who.phone, "phone": "", "country": "中国", **where}


def seller(call: Call) -> Answer:
    fields, shop = text(call, "fields"), call.owner
    who = {"user_id": int(shop.number), "nick": shop.name, "type": "B" if bodies.is_tmall(shop) else "C", "status": "normal"}
    return done(call, {"user": pick({**who, "sex": "m", "has_shop": True, "alipay_bind": "bind"}, fields)})


def clock(call: Call) -> Answer:
    return done(call, {"time": written(call.now_ms)})


METHODS: dict[str, Run] = {
    "taobao.trades.sold.increment.get": sold_increment,
    "taobao.trades.sold.get": sold,
    "taobao.trade.fullinfo.get": fullinfo,
    "taobao.trade.memo.update": update_memo,
    "taobao.logistics.offline.send": offline_send,
    "taobao.logistics.consign.resend": consign_resend,
    "taobao.logistics.companies.get": companies,
    "taobao.logistics.address.search": addresses,
    "taobao.top.oaid.decrypt": decrypt,
    "taobao.user.seller.get": seller,
    "taobao.time.get": clock,
}
OPEN_METHODS = {"taobao.time.get", "taobao.top.auth.token.create", "taobao.top.auth.token.refresh", "taobao.logistics.companies.get"}
