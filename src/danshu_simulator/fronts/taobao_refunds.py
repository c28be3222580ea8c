"""TOP's calls about refunds. Money is agreed to by `rp.refunds.agree`, goods that come back by `rp.returngoods.agree` first; what was not
sent cannot be refused."""

from __future__ import annotations

from danshu_simulator import refunding
from danshu_simulator.fronts import taobao_bodies as bodies
from danshu_simulator.fronts.front import Call, Run
from danshu_simulator.fronts.taobao_answers import Body, done, invalid, missing, number, paged, pick, refused, text, time, written
from danshu_simulator.things import Refund, RefundKind, RefundStatus
from danshu_simulator.web import Answer
from danshu_simulator.world import Impossible

MONTHS_MS = 90 * 86_400_000
REASONS = {1: "商品已发出", 2: "与买家协商一致", 3: "商品影响二次销售"}
BACK = {RefundKind.RETURN, RefundKind.EXCHANGE}
STATUSES = {*bodies.REFUND_STATUSES.values(), "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS", "EXCHANGE_TRANSFORM_TO_REFUND"}


def receive(call: Call) -> Answer:
    fields, start, end = text(call, "fields"), time(call, "start_modified"), time(call, "end_modified")
    status = str(call.args.get("status", ""))
    if status and status not in STATUSES:
        raise invalid(call, "status")
    if start is not None and end is not None and start > end:
        raise invalid(call, "start_modified", "开始时间不能大于结束时间")
    rows = call.refunds(start_ms=start, end_ms=None if end is None else end + 999)[::-1]
    oldest = call.now_ms - MONTHS_MS
    rows = [row for row in rows if row.created_ms >= oldest and status in {"", bodies.REFUND_STATUSES[row.status]}]
    return paged(call, "refunds", rows, lambda row: pick(bodies.refund(call.world, call.owner, row), fields))


def get(call: Call) -> Answer:
    fields, refund = text(call, "fields"), _refund(call)
    return done(call, {"refund": pick(bodies.refund(call.world, call.owner, refund), fields)})


def _refund(call: Call) -> Refund:
    number(call, "refund_id")
    refund = call.refund(text(call, "refund_id"))
    if not refund:
        raise refused(call, "isv.refund-not-exist", "退款单不存在")
    return refund


def _check_tmall(call: Call, refund: Refund) -> None:
    """A Tmall shop says phase and version too; a version that has passed is refused."""
    if not bodies.is_tmall(call.owner):
        return
    phase, version = text(call, "refund_phase"), number(call, "refund_version")
    _check_version(call, refund, phase, version)


def _check_version(call: Call, refund: Refund, phase: str, version: int) -> None:
    if phase not in {"onsale", "aftersale"} or phase != bodies.refund_phase(call.world.order(refund.shop, refund.order_no)):
        raise refused(call, "isv.invalid-parameter:refund_phase", "退款阶段不正确")
    if version != bodies.refund_version(refund):
        raise refused(call, "isv.refund-version-error", "退款信息已变更，请刷新后重试")


# --- yes -----------------------------------------------------------------------------------------------------------------------


def agree(call: Call) -> Answer:
    """`refund_id|fen|version|phase` of several; each has its own fate. From `options["sms_from_fen"]` on the seller gets a code first."""
    is_tmall = bodies.is_tmall(call.owner)
    parts = [one.split("|") for one in text(call, "refund_infos").split(",")]
    if any(len(part) != 4 and not (len(part) == 3 and not is_tmall) for part in parts):
        raise invalid(call, "refund_infos", "格式为 refund_id|amount|version|phase")
    if any(not part[1].isdigit() or not part[2].isdigit() for part in parts):
        raise invalid(call, "refund_infos", "amount 以分为单位，version 为时间戳")
    total, most, dearest = sum(int(part[1]) for part in parts), *((30, 1_000_000) if is_tmall else (20, 600_000))
    if len(parts) > most or total > dearest:
        raise invalid(call, "refund_infos", f"一次最多能退{most}笔，总金额不超过{dearest // 100}元")
    limit = int(call.owner.options.get("sms_from_fen", 0))
    if limit and total >= limit and not call.args.get("code"):
        return done(call, {"succ": False, "msg_code": "OP_FAILURE_UE", "message": "发送二次验证短信成功"})
    results = [_agree_one(call, part[0], part[1], part[2], "".join(part[3:])) for part in parts]
    good = sum(bool(one["succ"]) for one in results)
    code = "OP_SUCC" if good == len(results) else "SOME_OP_SUCC" if good else "OP_FAILURE_UE"
    answer = {"succ": good == len(results), "msg_code": code, "message": "操作成功" if good else "操作失败"}
    return done(call, {"results": {"refund_mapping_result": results}, **answer})


def _agree_one(call: Call, no: str, amount: str, version: str, phase: str) -> Body:
    refund = call.world.books[call.owner.key].refunds.get(no)
    why = _why_not(call, refund, int(amount), int(version), phase)
    if refund and not why:
        try:
            refunding.answer(call.world, call.owner.key, no, agrees=True)
        except Impossible as impossible:
            why = impossible.code
    return {"refund_id": no, "succ": not why, "message": why or "操作成功"}


def _why_not(call: Call, refund: Refund | None, amount: int, version: int, phase: str) -> str:
    if not refund:
        return "退款单不存在"
    waits = RefundStatus.RETURNED if refund.kind in BACK else RefundStatus.ASKED
    if refund.status != waits or refund.kind == RefundKind.EXCHANGE:
        return "当前退款状态不允许该操作"
    if amount != refund.amount_fen:
        return "退款金额不正确"
    if version != bodies.refund_version(refund):
        return "退款信息已变更，请刷新后重试"
    if bodies.is_tmall(call.owner) and phase != bodies.refund_phase(call.world.order(refund.shop, refund.order_no)):
        return "退款阶段不正确"
    return ""


def agree_return(call: Call) -> Answer:
    refund = _refund(call)
    number(call, "seller_address_id")
    if bodies.is_tmall(call.owner):
        text(call, "remark")
    else:
        for name in ("name", "address", "post"):
            text(call, name)
        if not call.args.get("mobile") and not call.args.get("tel"):
            raise missing(call, "mobile")
    _check_tmall(call, refund)
    if refund.kind != RefundKind.RETURN or refund.status != RefundStatus.ASKED:
        raise refused(call, "isv.refund-status-error", "当前退款状态不允许该操作")
    refunding.answer(call.world, call.owner.key, refund.no, agrees=True)
    return done(call, {"is_success": True})


# --- no ------------------------------------------------------------------------------------------------------------------------


def refuse(call: Call) -> Answer:
    """A wish is refused, with a picture where the shop is a Tmall shop."""
    refund, why = _refund(call), text(call, "refuse_message")
    if not 2 <= len(why) <= 200:
        raise invalid(call, "refuse_message", "长度2-200")
    if bodies.is_tmall(call.owner) and "refuse_proof" not in call.more["files"]:
        raise missing(call, "refuse_proof")
    _check_tmall(call, refund)
    if refund.is_before_shipping and not call.world.order(refund.shop, refund.order_no).shipped_ms:
        raise refused(call, "isv.refund-refuse-error", "卖家未发货，不能拒绝退款")
    if refund.kind not in {RefundKind.REFUND, RefundKind.RETURN} or refund.status not in {RefundStatus.ASKED, RefundStatus.RETURNED}:
        raise refused(call, "isv.refund-status-error", "当前退款状态不允许该操作")
    refunding.answer(call.world, call.owner.key, refund.no, agrees=False, reason=why)
    body = {
        "refund_id": refund.no,
        "status": "SELLER_REFUSE_BUYER",
        "modified": written(call.world.refund(refund.shop, refund.no).updated_ms),
    }
    return done(call, {"refund": body, "is_success": True})


def refuse_return(call: Call) -> Answer:
    """Goods that came back are not taken; of Tmall shops only."""
    refund, phase, version = _refund(call), text(call, "refund_phase"), number(call, "refund_version")
    if not bodies.is_tmall(call.owner):
        raise refused(call, "isv.refund-type-error", "目前仅支持天猫退货")
    if "refuse_proof" not in call.more["files"]:
        raise missing(call, "refuse_proof")
    _check_version(call, refund, phase, version)
    if refund.status != RefundStatus.RETURNED:
        raise refused(call, "isv.refund-status-error", "当前退款状态不允许该操作")
    reason = REASONS.get(number(call, "refuse_reason_id", 3), "")
    refunding.answer(call.world, call.owner.key, refund.no, agrees=False, reason=reason)
    return done(call, {"result": True})


def refuse_reasons(call: Call) -> Answer:
    text(call, "fields")
    text(call, "refund_phase")
    _refund(call)
    rows = [{"reason_id": number_, "reason_text": name, "reason_tips": ""} for number_, name in REASONS.items()]
    return done(call, {"reasons": {"reason": rows}, "has_next": False, "total_results": len(rows)})


METHODS: dict[str, Run] = {
    "taobao.refunds.receive.get": receive,
    "taobao.refund.get": get,
    "taobao.rp.refunds.agree": agree,
    "taobao.rp.returngoods.agree": agree_return,
    "taobao.refund.refuse": refuse,
    "taobao.rp.returngoods.refuse": refuse_return,
    "taobao.refund.refusereason.get": refuse_reasons,
}
