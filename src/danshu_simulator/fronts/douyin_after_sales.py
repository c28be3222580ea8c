"""Doudian's after-sales: the list writes other names than the detail; one call for every word of the seller, by number."""

from __future__ import annotations

from typing import Any

from danshu_simulator import refunding
from danshu_simulator.fronts import douyin_bodies as bodies
from danshu_simulator.fronts import douyin_calls as calls
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import Line, Order, Refund, RefundStatus
from danshu_simulator.web import Answer, Refuse
from danshu_simulator.world import World

Body = dict[str, Any]
STATES = {
    6: "待商家处理",
    7: "待买家退货",
    8: "待商家发货",
    11: "待商家收货",
    12: "售后成功",
    14: "换货成功",
    27: "商家拒绝",
    28: "售后关闭",
    29: "商家拒绝退款",
}
TYPES = {0: "退货退款", 1: "仅退款", 2: "未发货仅退款", 3: "换货", 7: "补寄"}
DEEPEST, MOST_ITEMS = 50_000, 20
ADDRESS = 95_251
REJECT_REASONS = {1: "商品已发出", 2: "与买家协商一致", 3: "商品影响二次销售"}
# what a number means: for which types, in which state, whether it is a yes
OPERATIONS: dict[int, tuple[set[int], RefundStatus, bool]] = {
    101: ({0}, RefundStatus.ASKED, True),
    102: ({0}, RefundStatus.ASKED, False),
    111: ({0}, RefundStatus.RETURNED, True),
    112: ({0}, RefundStatus.RETURNED, False),
    201: ({1, 2}, RefundStatus.ASKED, True),
    202: ({1}, RefundStatus.ASKED, False),
    301: ({3}, RefundStatus.ASKED, True),
    302: ({3}, RefundStatus.ASKED, False),
    311: ({3}, RefundStatus.RETURNED, True),
    312: ({3}, RefundStatus.RETURNED, False),
}

# --- how they are written ----------------------------------------------------------------------------------------------------


def deadline(refund: Refund) -> int:
    return bodies.second(refund.updated_ms) + 2 * 86_400 if refund.is_open else 0


def post_fen(order: Order, refund: Refund) -> int:
    """The freight in what the buyer wants back."""
    goods = sum(line.paid_fen * refund.pieces[line.oid] // line.quantity for line in order.lines if line.oid in refund.pieces)
    return max(refund.amount_fen - goods, 0)


def aftersale_row(world: World, refund: Refund) -> Body:
    """One row of the list."""
    order = world.order(refund.shop, refund.order_no)
    lines = [line for line in order.lines if line.oid in refund.pieces]
    kind, state, money = bodies.aftersale_type(refund), bodies.aftersale_status(refund), bodies.money_status(refund)
    info = {
        "aftersale_id": refund.no,
        "aftersale_order_type": 1 if len(lines) == 1 else 2,
        "aftersale_type": kind,
        "aftersale_status": state,
        "related_id": lines[0].oid if len(lines) == 1 else order.no,
        "apply_time": bodies.second(refund.created_ms),
        "create_time": bodies.second(refund.created_ms),
        "update_time": bodies.second(refund.updated_ms),
        "status_deadline": deadline(refund),
        "aftersale_status_to_final_time": 0 if refund.is_open else bodies.second(refund.updated_ms),
        "refund_amount": refund.amount_fen,
        "refund_post_amount": post_fen(order, refund),
        "refund_status": money,
        "aftersale_num": sum(refund.pieces.values()),
        "part_type": 0,
        "aftersale_refund_type": 0,
        "refund_type": 0,
        "arbitrate_status": 0,
        "return_logistics_code": refund.waybill_no,
        "return_logistics_company_name": bodies.COURIERS["shunfeng"] if refund.waybill_no else "",
        "exchange_logistics_company_name": bodies.COURIERS["shunfeng"] if refund.resend_waybill_no else "",
        "remark": "",
        "got_pkg": 0 if refund.is_before_shipping else 1,
        "order_logistics": [
            {"tracking_no": parcel.waybill_no, "company_code": parcel.courier, "company_name": bodies.COURIERS.get(parcel.courier, "")}
            for parcel in order.parcels
        ],
    }
    texts = {"reason_text": refund.reason, "aftersale_status_text": STATES[state], "aftersale_type_text": TYPES[kind]}
    related = [_related(order, line, refund) for line in lines]
    return {"aftersale_info": info, "order_info": {"shop_order_id": order.no, "related_order_info": related}, "text_part": texts}


def _related(order: Order, line: Line, refund: Refund) -> Body:
    return {
        "sku_order_id": line.oid,
        "order_status": bodies.line_status(order, line)[0],
        "item_num": line.quantity,
        "pay_amount": line.paid_fen,
        "post_amount": 0,
        "price": line.price_fen,
        "create_time": bodies.second(order.placed_ms),
        "product_id": bodies.whole_id(line.item_id),
        "product_name": line.title,
        "product_image": line.picture,
        "shop_sku_code": line.merchant_code,
        "sku_spec": bodies.spec(line.spec),
        "aftersale_item_num": refund.pieces[line.oid],
        "aftersale_pay_amount": line.paid_fen * refund.pieces[line.oid] // line.quantity,
        "aftersale_post_amount": 0,
        "tags": [],
    }


def aftersale_detail(world: World, refund: Refund) -> Body:
    """Other names than in the list, and numbers where it has text."""
    order = world.order(refund.shop, refund.order_no)
    lines = [line for line in order.lines if line.oid in refund.pieces]
    kind, state, money = bodies.aftersale_type(refund), bodies.aftersale_status(refund), bodies.money_status(refund)
    info = {
        "after_sale_id": int(refund.no),
        "after_sale_status": state,
        "after_sale_status_desc": STATES[state],
        "after_sale_type": kind,
        "after_sale_type_text": TYPES[kind],
        "after_sale_order_type": 1 if len(lines) == 1 else 2,
        "refund_status": money,
        "refund_total_amount": refund.amount_fen,
        "refund_post_amount": post_fen(order, refund),
        "real_refund_amount": refund.amount_fen if money == 3 else 0,
        "apply_time": bodies.second(refund.created_ms),
        "update_time": bodies.second(refund.updated_ms),
        "reason": refund.reason,
        "reason_code": 1,
        "reason_remark": refund.description,
        "evidence": [],
        "after_sale_apply_count": sum(refund.pieces.values()),
        "got_pkg": 0 if refund.is_before_shipping else 1,
        "part_type": 0,
        "status_deadline": deadline(refund),
        "aftersale_status_to_final_time": 0 if refund.is_open else bodies.second(refund.updated_ms),
        "apply_role": 1,
    }
    back = {"tracking_no": refund.waybill_no, "company_code": "shunfeng" if refund.waybill_no else "", "company_name": ""}
    again = {"tracking_no": refund.resend_waybill_no, "company_code": refund.resend_courier, "company_name": ""}
    return {
        "process_info": {"after_sale_info": info, "logistics_info": {"return": back, "exchange": again, "order": []}},
        "order_info": {"shop_order_id": int(order.no), "sku_order_infos": [_detail_line(order, line, refund) for line in lines]},
    }


def _detail_line(order: Order, line: Line, refund: Refund) -> Body:
    return {
        "sku_order_id": int(line.oid),
        "order_status": bodies.line_status(order, line)[0],
        "item_quantity": line.quantity,
        "pay_amount": line.paid_fen,
        "product_id": bodies.whole_id(line.item_id),
        "product_name": line.title,
        "sku_id": bodies.whole_id(line.sku_id),
        "shop_sku_code": line.merchant_code,
        "after_sale_item_count": refund.pieces[line.oid],
    }


# --- the calls -----------------------------------------------------------------------------------------------------------------


def list_aftersales(call: Call) -> Answer:
    size, page = whole_number(call.args.get("size")), whole_number(call.args.get("page"))
    if size is None or page is None or not 1 <= size <= calls.LARGEST_PAGE or page < 0 or (page + 1) * size > DEEPEST:
        raise calls.invalid(11000, "参数错误")
    rows = _between(call)
    order_no, no = str(call.args.get("order_id") or ""), str(call.args.get("aftersale_id") or "")
    rows = [row for row in rows if order_no in {"", row.order_no} and no in {"", row.no}]
    wanted = {str(state) for state in call.args.get("standard_aftersale_status") or []}
    rows = [row for row in rows if not wanted or str(bodies.aftersale_status(row)) in wanted]
    items = [aftersale_row(call.world, row) for row in call.page(_sorted(call, rows), page + 1, size)]
    return calls.done({"items": items, "has_more": len(rows) > (page + 1) * size, "page": page, "size": size, "total": len(rows)})


def _between(call: Call) -> list[Refund]:
    """An end of applications does not belong to the span, an end of changes does. Without any, half a year."""
    start, end = whole_number(call.args.get("update_start_time")), whole_number(call.args.get("update_end_time"))
    if start is not None or end is not None:
        return call.refunds(start_ms=(start or 0) * 1000, end_ms=(end or call.now_ms // 1000) * 1000 + 999)
    start, end = whole_number(call.args.get("start_time")), whole_number(call.args.get("end_time"))
    first = call.now_ms - 180 * calls.DAY_S * 1000 if start is None else start * 1000
    return call.refunds(start_ms=first, end_ms=(end or call.now_ms // 1000 + 1) * 1000 - 1, by="created_ms")


def _sorted(call: Call, rows: list[Refund]) -> list[Refund]:
    """As asked: "update_time desc"; else newest application first."""
    wishes = call.args.get("order_by") or ["apply_time desc"]
    fields = {"apply_time": "created_ms", "update_time": "updated_ms", "status_deadline": "updated_ms"}
    name, _, way = str(wishes[0] if isinstance(wishes, list) else wishes).partition(" ")
    if name not in fields or way not in {"asc", "desc"}:
        raise calls.invalid(11000, "参数错误")
    return sorted(rows, key=lambda row: (getattr(row, fields[name]), row.no), reverse=way == "desc")


def get_aftersale(call: Call) -> Answer:
    refund = call.refund(str(call.args.get("after_sale_id") or ""))
    if not refund:
        raise calls.invalid(11000, "参数错误，售后单ID错误")
    return calls.done(aftersale_detail(call.world, refund))


def operate(call: Call) -> Answer:
    """All of them or none."""
    kind, items = whole_number(call.args.get("type")), call.args.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise calls.invalid(11000, "参数错误")
    if kind not in OPERATIONS:
        raise calls.refused(11001, "11001:暂不支持通过OPEN处理，请登录抖店后台人工审核售后单。如有疑问，请联系平台客服。")
    pairs = [(_checked(call, kind, item), item) for item in items]
    for refund, item in pairs:
        _say(call, kind, refund, item)
    rows = [{"aftersale_id": int(refund.no), "status_code": 0, "status_msg": "success"} for refund, _item in pairs]
    return calls.done({"items": rows})


def _checked(call: Call, kind: int, item: dict[str, Any]) -> Refund:
    types, state, is_yes = OPERATIONS[kind]
    refund = call.world.books[call.owner.key].refunds.get(str(item.get("aftersale_id") or ""))
    if not refund:
        raise Refuse(calls.failed(20000, "isp.service-error:10000", "存在无效的售后单"))
    if bodies.aftersale_type(refund) not in types or refund.status != state:
        raise calls.refused(20309541, "售后状态错误")
    seen = whole_number(item.get("update_time"))
    if seen and seen != bodies.second(refund.updated_ms):
        raise calls.refused(20309541, "售后单已更新，请重新获取")
    logistics = item.get("logistics") or {}
    if kind in {101, 301} and whole_number(logistics.get("receiver_address_id")) != ADDRESS:
        raise calls.invalid(11000, "参数错误，退货地址不正确")
    if kind == 311 and (logistics.get("company_code") not in bodies.COURIERS or not logistics.get("logistics_code")):
        raise calls.invalid(11000, "参数错误，换货物流信息不正确")
    if not is_yes and not (item.get("reason") and item.get("remark") and whole_number(item.get("reject_reason_code")) in REJECT_REASONS):
        raise calls.invalid(11000, "参数错误，拒绝时reason、remark、reject_reason_code必填")
    return refund


def _say(call: Call, kind: int, refund: Refund, item: dict[str, Any]) -> None:
    key = call.owner.key
    with call.world.changing():
        refunding.answer(call.world, key, refund.no, agrees=OPERATIONS[kind][2], reason=str(item.get("reason") or ""))
        if kind == 311:
            told = item["logistics"]
            refunding.send_again(call.world, key, refund.no, waybill_no=str(told["logistics_code"]), courier=str(told["company_code"]))


def reject_reasons(call: Call) -> Answer:
    """Of one that can be refused here; of one before shipping none, for that is refused by shipping."""
    refund = call.refund(str(call.args.get("aftersale_id") or ""))
    is_none = refund is not None and (refund.is_before_shipping or refund.status not in {RefundStatus.ASKED, RefundStatus.RETURNED})
    same = {"evidence_need": "N", "evidence_description": "", "image": "", "order_type": -1, "pkg": -1}
    rows = [{"reject_reason_code": code, "reason": reason, **same} for code, reason in REJECT_REASONS.items()]
    return calls.done({"items": [] if is_none else rows})


def addresses(call: Call) -> Answer:
    if call.args.get("order_by") not in {"asc", "desc"} or call.args.get("order_field") not in {"create_time", "update_time"}:
        raise calls.invalid(5001, "请输入正确的排序方式")
    place = {"province_name": "浙江省", "city_name": "杭州市", "town_name": "余杭区", "street_name": "五常街道", "detail": "梧桐路 1 号"}
    row = {"address_id": ADDRESS, "receiver_name": "售后", "mobile": "19900000000", "is_default": 1, **place}
    return calls.done({"address_list": [row], "total": 1})


METHODS: dict[str, tuple[Run, bool]] = {
    "afterSale.List": (list_aftersales, True),
    "afterSale.Detail": (get_aftersale, True),
    "afterSale.operate": (operate, True),
    "afterSale.rejectReasonCodeList": (reject_reasons, True),
    "address.list": (addresses, True),
}
