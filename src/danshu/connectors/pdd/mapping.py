"""What Pinduoduo's orders and refunds say, in our words.

Sources: pdd.order.information.get, pdd.order.list.get and pdd.refund.list.increment.get of open.pinduoduo.com. Orders write yuan as JSON
numbers and moments as Shanghai's wall clock, the list of refunds both as text and moments as seconds, the single query fen. One order is
one thing bought (`item_list` has one member), so refunds are of the whole order and lines are numbered by position.
"""

from __future__ import annotations

import re

from danshu.channels import bodies
from danshu.channels.connecting import Body
from danshu.channels.contract import (
    IncomingLine,
    IncomingOrder,
    IncomingParcel,
    IncomingRefund,
    Payment,
    Progress,
    Receiver,
    Refund,
    RefundKind,
    RefundState,
)
from danshu.core import money

CIPHER = re.compile(r"([~$#])[^\s\u4e00-\u9fff]{12,}\1")  # `~AgAA…~…~0~~`, `$…$AgAA…$0$$`
FLAGS = {1: "red", 2: "yellow", 3: "green", 4: "blue", 5: "purple"}
SHIPPING = {1: (Progress.WAITING, "待发货"), 2: (Progress.SHIPPED, "已发货待签收"), 3: (Progress.DELIVERED, "已签收")}
REFUNDS = {2: (Refund.REQUESTED, "售后处理中"), 3: (Refund.REQUESTED, "退款中"), 4: (Refund.REFUNDED, "退款成功")}
STEPS = {0: Payment.UNPAID, 1: Payment.DEPOSIT, 2: Payment.PAID}  # 定金未付 / 定金已付尾款未付 / 都已付

REFUND_STATES = {
    2: (RefundState.ASKED, "买家申请退款，待商家处理"),
    3: (RefundState.ASKED, "退货退款，待商家处理"),
    4: (RefundState.AGREED, "商家同意退款，退款中"),
    5: (RefundState.AGREED, "平台同意退款，退款中"),
    6: (RefundState.REFUSED, "驳回退款，待买家处理"),
    7: (RefundState.WAITING_RETURN, "已同意退货退款，待用户发货"),
    8: (RefundState.ASKED, "平台处理中"),
    9: (RefundState.CLOSED, "平台拒绝退款，退款关闭"),
    10: (RefundState.DONE, "退款成功"),
    11: (RefundState.CLOSED, "买家撤销"),
    12: (RefundState.CLOSED, "买家逾期未处理，退款失败"),
    13: (RefundState.CLOSED, "买家逾期，超过有效期"),
    14: (RefundState.ASKED, "换货补寄待商家处理"),
    15: (RefundState.WAITING_RETURN, "换货补寄待用户处理"),
    16: (RefundState.DONE, "换货补寄成功"),
    17: (RefundState.CLOSED, "换货补寄失败"),
    18: (RefundState.AGREED, "换货补寄待用户确认完成"),
    21: (RefundState.ASKED, "待商家同意维修"),
    22: (RefundState.WAITING_RETURN, "待用户确认发货"),
    24: (RefundState.CLOSED, "维修关闭"),
    25: (RefundState.DONE, "维修成功"),
    27: (RefundState.AGREED, "待用户确认收货"),
    31: (RefundState.AGREED, "已同意拒收退款，待用户拒收"),
    32: (RefundState.AGREED, "补寄待商家发货"),
    33: (RefundState.AGREED, "待商家召回"),
}
LIST_KINDS = {
    2: RefundKind.REFUND_ONLY, 3: RefundKind.RETURN, 4: RefundKind.EXCHANGE, 5: RefundKind.RESEND, 6: RefundKind.REPAIR,
}  # fmt: skip
DETAIL_KINDS = {  # the single query counts from 1 where the list counts from 2
    1: RefundKind.REFUND_ONLY, 2: RefundKind.RETURN, 3: RefundKind.EXCHANGE, 4: RefundKind.RESEND, 5: RefundKind.REPAIR,
}  # fmt: skip


# --- orders ------------------------------------------------------------------------------------------------------------------


def order(body: Body) -> IncomingOrder:
    paid, postage = bodies.yuan(body, "pay_amount"), bodies.yuan(body, "postage")
    refund = REFUNDS.get(bodies.number(body, "refund_status"), (Refund.NONE, ""))
    progress, words = _progress(body, *refund)
    payment = _payment(body)
    is_blocked = payment == Payment.PAID and progress == Progress.WAITING and is_held(body)
    return IncomingOrder(
        platform_no=bodies.needed(body, "order_sn"),
        lines=_lines(body, paid - postage, refund[0]),
        receiver=receiver(body),
        payment=payment,
        progress=progress,
        refund=refund[0],
        status_text=words,
        placed_at=bodies.moment(body, "created_time"),
        paid_at=bodies.moment(body, "pay_time") or bodies.moment(body, "confirm_time"),
        shipped_at=bodies.moment(body, "shipping_time"),
        finished_at=bodies.moment(body, "receive_time"),
        modified_at=bodies.moment(body, "updated_at"),
        ship_by=bodies.moment(body, "last_ship_time"),
        buyer_message=bodies.text(body, "buyer_memo"),
        seller_memo=bodies.text(body, "remark"),
        flag=FLAGS.get(bodies.number(body, "remark_tag"), ""),
        goods_fen=bodies.yuan(body, "goods_amount"),
        freight_fen=postage,
        discount_fen=bodies.yuan(body, "discount_amount"),
        paid_fen=paid,
        parcels=_parcels(body),
        is_blocked=is_blocked,
    )


def is_held(body: Body) -> bool:
    """The platform's own look at the order is not over, its group is not full, or its state is one that no document names: nothing may
    be shipped."""
    if bodies.number(body, "risk_control_status") == 1 or bodies.number(body, "order_status") not in SHIPPING:
        return True
    return "confirm_status" in body and bodies.number(body, "confirm_status") != 1


def _payment(body: Body) -> Payment:
    """`confirm_status` 0 未成交 says nothing of money: a member of a group that is not full yet has paid, and its moment says so."""
    if bodies.number(body, "trade_type") == 1 or body.get("step_order_info"):
        step = STEPS.get(bodies.number(bodies.item(body, "step_order_info"), "step_trade_status"), Payment.UNPAID)
        if step != Payment.PAID:
            return step
    is_paid = bodies.number(body, "confirm_status") == 1 or bodies.moment(body, "pay_time") or bodies.moment(body, "confirm_time")
    return Payment.PAID if is_paid else Payment.UNPAID


def _progress(body: Body, refund: Refund, refund_words: str) -> tuple[Progress, str]:
    """How far, and the platform's words for it. 未发货 + 退款成功 is closed: nothing will be sent any more."""
    progress, words = SHIPPING.get(bodies.number(body, "order_status"), (Progress.WAITING, ""))
    if bodies.number(body, "confirm_status") == 2:
        return Progress.CLOSED, "已取消"
    if bodies.number(body, "group_status") == 2:
        return Progress.CLOSED, "拼团失败"
    if bodies.number(body, "risk_control_status") == 1:
        words = "审核中"
    elif progress == Progress.WAITING and is_held(body):
        words = "未成交"
    if refund == Refund.REFUNDED and progress == Progress.WAITING:
        progress, words = Progress.CLOSED, "未发货"
    return progress, "，".join(filter(None, [words, refund_words]))


def _lines(body: Body, goods_fen: int, refund: Refund) -> tuple[IncomingLine, ...]:
    bought = bodies.items(body, "item_list")
    gifts = [one for one in bodies.items(body, "gift_list") if bodies.number(one, "goods_count") > 0]
    if not bought:
        raise bodies.missing("item_list")
    weights = [bodies.yuan(one, "goods_price") * bodies.pieces(one, "goods_count") for one in bought]
    shares = money.split(max(goods_fen, 0), [max(weight, 0) for weight in weights])
    paid = [*shares, *(0 for _gift in gifts)]
    return tuple(
        IncomingLine(
            oid=str(position),
            title=bodies.text(one, "goods_name"),
            quantity=bodies.pieces(one, "goods_count"),
            spec=bodies.text(one, "goods_spec"),
            item_id=bodies.identity(one, "goods_id"),
            sku_id=bodies.identity(one, "sku_id"),
            merchant_code=bodies.text(one, "outer_id") or bodies.text(one, "outer_goods_id"),
            picture=bodies.text(one, "goods_img"),
            price_fen=bodies.yuan(one, "goods_price"),
            paid_fen=share,
            refund=refund,
            is_gift=position > len(bought),
        )
        for position, (one, share) in enumerate(zip([*bought, *gifts], paid, strict=True), 1)
    )


def _parcels(body: Body) -> tuple[IncomingParcel, ...]:
    """The main parcel, further ones, and those of the gifts; a number that stands twice is one parcel."""
    lists = [body, *bodies.items(body, "extra_delivery_list"), *bodies.items(body, "gift_delivery_list")]
    found: dict[str, str] = {}
    for one in lists:
        found.setdefault(bodies.text(one, "tracking_number"), bodies.identity(one, "logistics_id"))
    return tuple(IncomingParcel(courier, no) for no, courier in found.items() if no)


def ciphers(body: Body) -> dict[str, str]:
    """The cipher texts of name, phone and address, as far as there are any."""
    said = {
        "name": bodies.text(body, "receiver_name"),
        "phone": bodies.text(body, "receiver_phone") or bodies.text(body, "contact_mobile"),
        "address": bodies.text(body, "receiver_address"),
    }
    return {name: value for name, value in said.items() if CIPHER.fullmatch(value)}


def receiver(body: Body) -> Receiver:
    """Cipher text while the order waits, masks beside it; afterwards, and during 审核中, often nothing at all."""
    name = bodies.text(body, "receiver_name") or bodies.text(body, "receiver_name_mask")
    phone = bodies.text(body, "receiver_phone") or bodies.text(body, "contact_mobile") or bodies.text(body, "receiver_phone_mask")
    address = bodies.text(body, "receiver_address") or bodies.text(body, "receiver_address_mask")
    is_cipher = bool(ciphers(body))
    return Receiver(
        name=name,
        phone=phone,
        province=bodies.text(body, "province"),
        city=bodies.text(body, "city"),
        district=bodies.text(body, "town"),
        address=address,
        masked=not is_cipher and any("*" in value for value in (name, phone, address)),
        cipher=is_cipher,
        merge_key=bodies.identity(body, "open_address_id"),
    )


# --- refunds -----------------------------------------------------------------------------------------------------------------


def refund(body: Body) -> IncomingRefund:
    """One request, as the list or as the single query tells it. A state that the documents do not name waits for the seller: better
    one look too many than a request that nobody sees."""
    is_detail = "after_sales_reason" in body or "shipping_status" in body
    kinds = DETAIL_KINDS if is_detail else LIST_KINDS
    code = bodies.number(body, "after_sales_status")
    state, words = REFUND_STATES.get(code, (RefundState.ASKED, str(code)))
    kind = _told_kind(code) or kinds.get(bodies.number(body, "after_sales_type"), RefundKind.REFUND_ONLY)
    has_money = kind in {RefundKind.REFUND_ONLY, RefundKind.RETURN}
    return IncomingRefund(
        refund_no=bodies.needed(body, "id"),
        platform_no=bodies.needed(body, "order_sn"),
        kind=kind,
        state=RefundState.RETURNED if _came_back(body, code, kind) else state,
        amount_fen=(_detail_amount if is_detail else bodies.yuan)(body, "refund_amount") if has_money else 0,
        quantity=bodies.number(body, "goods_number"),
        is_before_shipping=_is_before_shipping(body),
        reason=bodies.text(body, "after_sale_reason") or bodies.text(body, "after_sales_reason"),
        status_text=words,
        asked_at=bodies.moment(body, "created_time") or bodies.moment(body, "recreated_at"),
        modified_at=bodies.moment(body, "updated_time"),
        answer_by=bodies.moment(body, "expire_time"),
        return_courier=bodies.text(body, "shipping_name"),
        return_waybill_no=_return_no(body),
    )


def _detail_amount(body: Body, key: str) -> int:
    """The single query's amounts are whole numbers, so they are fen, as its price of an exchange says in words; with a point it is yuan."""
    return bodies.fen(body, key) if isinstance(body.get(key), int) else bodies.yuan(body, key)


def _told_kind(code: int) -> RefundKind | None:
    """The kind that the state alone tells: it decides between the two ways of counting."""
    if code in {3, 7}:
        return RefundKind.RETURN
    return RefundKind.REPAIR if code in {21, 24, 25} else None


def _return_no(body: Body) -> str:
    """`tracking_number` of the list is what the buyer sent back where a courier's name stands with it."""
    own = bodies.text(body, "express_no")
    return own or (bodies.text(body, "tracking_number") if bodies.text(body, "shipping_name") else "")


def _came_back(body: Body, code: int, kind: RefundKind) -> bool:
    """3 退货退款待商家处理 is said before the goods travel and again when they came back: then a return waybill stands with it."""
    return code == 3 and kind == RefundKind.RETURN and bool(_return_no(body))


def _is_before_shipping(body: Body) -> bool:
    """Only the single query says it; the list leaves it open."""
    return "shipping_status" in body and bodies.number(body, "shipping_status") == 0
