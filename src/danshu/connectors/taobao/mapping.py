"""TOP's trades and refunds → ours. Pure. Shapes: README.md; amounts are yuan texts with two decimals, moments are Shanghai's."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
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
from danshu.channels.text_bodies import fen, flag, moment, needed, pieces, text
from danshu.connectors.taobao.reading import promise, rows

PROGRESS = {
    "TRADE_NO_CREATE_PAY": Progress.WAITING,
    "WAIT_BUYER_PAY": Progress.WAITING,
    "PAY_PENDING": Progress.WAITING,
    "WAIT_PRE_AUTH_CONFIRM": Progress.WAITING,
    "PAID_FORBID_CONSIGN": Progress.WAITING,
    "WAIT_SELLER_SEND_GOODS": Progress.WAITING,
    "SELLER_CONSIGNED_PART": Progress.PART_SHIPPED,
    "WAIT_BUYER_CONFIRM_GOODS": Progress.SHIPPED,
    "TRADE_BUYER_SIGNED": Progress.DELIVERED,
    "TRADE_FINISHED": Progress.DELIVERED,
    "TRADE_CLOSED": Progress.CLOSED,
    "TRADE_CLOSED_BY_TAOBAO": Progress.CLOSED,
}
BLOCKED = "PAID_FORBID_CONSIGN"  # paid for, but TOP forbids to ship (a group that is not full yet)
UNPAID = {"TRADE_NO_CREATE_PAY", "WAIT_BUYER_PAY", "PAY_PENDING", "WAIT_PRE_AUTH_CONFIRM", "TRADE_CLOSED_BY_TAOBAO"}
COD = {"cod", "b2c_cod", "super_market_cod_trade"}
GONE = {"WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED"}  # lines whose goods are on their way or there
CLOSED = {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"}
ASKED = {"WAIT_SELLER_AGREE", "WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS", "SELLER_REFUSE_BUYER"}
FLAGS = {"1": "red", "2": "yellow", "3": "green", "4": "blue", "5": "purple"}  # 0 is what every trade has that nobody marked
REFUNDS = {
    "WAIT_SELLER_AGREE": RefundState.ASKED,
    "WAIT_BUYER_RETURN_GOODS": RefundState.WAITING_RETURN,
    "WAIT_SELLER_CONFIRM_GOODS": RefundState.RETURNED,
    "WAIT_SELLER_CONSIGN_GOODS": RefundState.AGREED,  # an exchange: the old goods are back
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": RefundState.AGREED,
    "SELLER_REFUSE_BUYER": RefundState.REFUSED,
    "EXCHANGE_TRANSFORM_TO_REFUND": RefundState.CLOSED,  # a refund of its own follows
    "CLOSED": RefundState.CLOSED,
    "SUCCESS": RefundState.DONE,
}
KINDS = {
    "REFUND": RefundKind.REFUND_ONLY,
    "REFUND_AND_RETURN": RefundKind.RETURN,
    "TMALL_EXCHANGE": RefundKind.EXCHANGE,
    "TAOBAO_EXCHANGE": RefundKind.EXCHANGE,
    "RESHIPPING": RefundKind.RESEND,
    "REPAIR": RefundKind.REPAIR,
}


def order(body: Body) -> IncomingOrder:
    status = needed(body, "status")
    if status not in PROGRESS:
        raise BadPayload(_("不认识的订单状态：%(status)s。") % {"status": status})
    parts = rows(body, "orders", "order")
    if not parts:
        raise BadPayload(_("平台的数据里缺少 %(name)s。") % {"name": "orders.order"})
    goods, freight, paid = fen(body, "total_fee"), fen(body, "post_fee"), fen(body, "payment")
    lines = tuple(_line(part, status, freight if len(parts) == 1 else fen(part, "part_mjz_discount")) for part in parts)
    progress, payment = PROGRESS[status], _payment(body, status)
    return IncomingOrder(
        platform_no=needed(body, "tid_str", "tid"),
        lines=lines,
        receiver=_receiver(body),
        payment=payment,
        progress=progress,
        refund=_refund(lines),
        status_text=status,
        placed_at=moment(body, "created"),
        paid_at=moment(body, "pay_time"),
        shipped_at=moment(body, "consign_time"),
        finished_at=moment(body, "end_time"),
        modified_at=moment(body, "modified"),
        ship_by=_ship_by(body, parts) if progress in {Progress.WAITING, Progress.PART_SHIPPED} else None,
        buyer_nick=text(body, "buyer_nick"),
        buyer_message=text(body, "buyer_message"),
        seller_memo=text(body, "seller_memo"),
        flag=FLAGS.get(text(body, "seller_flag"), ""),
        goods_fen=goods,
        freight_fen=freight,
        discount_fen=goods + freight - paid,  # TOP's own discount_fee leaves out shop coupons, vouchers and changed prices
        paid_fen=paid,
        parcels=_parcels(parts),
        is_blocked=status == BLOCKED and payment != Payment.DEPOSIT,
    )


def _line(part: Body, trade: str, beside: int) -> IncomingLine:
    """`divide_order_fee` is what is left of the line after its share of the trade's discounts. Without it `payment`, less what stands
    in it `beside`: the share of one line among several; the freight of a single line, where TOP writes the trade's whole payment."""
    has_share = bool(text(part, "divide_order_fee"))
    paid = fen(part, "divide_order_fee") if has_share else max(fen(part, "payment") - beside, 0)
    return IncomingLine(
        oid=needed(part, "oid_str", "oid"),
        title=text(part, "title"),
        quantity=pieces(part, "num"),
        spec=text(part, "sku_properties_name"),
        item_id=text(part, "num_iid"),
        sku_id=text(part, "sku_id"),
        merchant_code=text(part, "outer_sku_id", "outer_iid"),
        picture=text(part, "pic_path"),
        price_fen=fen(part, "price"),
        paid_fen=paid,
        refund=_line_refund(part, trade),
        is_gift=flag(part, "is_free_gift"),
    )


def _line_refund(part: Body, trade: str) -> Refund:
    """A line that is closed inside an open trade must never be shipped: TOP's own warning. Money back without closing the line, with
    the goods gone, is a part of the line's money."""
    refund, status = text(part, "refund_status"), text(part, "status")
    if refund == "SUCCESS":
        return Refund.PARTIAL if status in GONE else Refund.REFUNDED
    if status in CLOSED and trade not in CLOSED:
        return Refund.REFUNDED
    return Refund.REQUESTED if refund in ASKED else Refund.NONE


def _refund(lines: tuple[IncomingLine, ...]) -> Refund:
    seen = {line.refund for line in lines}
    if Refund.REQUESTED in seen:
        return Refund.REQUESTED
    if seen == {Refund.REFUNDED}:
        return Refund.REFUNDED
    return Refund.NONE if seen == {Refund.NONE} else Refund.PARTIAL


def _payment(body: Body, status: str) -> Payment:
    if text(body, "type") in COD and status != "TRADE_CLOSED_BY_TAOBAO":
        return Payment.COD
    if text(body, "step_trade_status") == "FRONT_PAID_FINAL_NOPAID" and status in UNPAID - CLOSED | {BLOCKED}:
        return Payment.DEPOSIT
    return Payment.UNPAID if status in UNPAID else Payment.PAID


def _receiver(body: Body) -> Receiver:
    city, district = text(body, "receiver_city"), text(body, "receiver_district")
    if not city:  # counties directly under a province, such as 河南济源, come as a district alone
        city, district = district, ""
    name, phone = text(body, "receiver_name"), text(body, "receiver_mobile", "receiver_phone")
    address, town = text(body, "receiver_address"), text(body, "receiver_town")
    is_cipher = any(_is_cipher(value) for value in (name, phone, address))
    if town and not is_cipher and not address.startswith(town):
        address = f"{town}{address}"
    return Receiver(
        name=name,
        phone=phone,
        province=text(body, "receiver_state"),
        city=city,
        district=district,
        address=address,
        masked=any("*" in value for value in (name, phone, address)),
        cipher=is_cipher,
        merge_key=text(body, "oaid"),
    )


def _is_cipher(value: str) -> bool:
    """`~…~1~`, `$…$1$`, `##…##`: cipher text stands between two of its marks."""
    return len(value) > 8 and value[0] == value[-1] and value[0] in "~$#"


def _ship_by(body: Body, parts: list[Body]) -> datetime | None:
    """The earliest limit of a line that still has to go, else the trade's, else the day a pre-sale promised."""
    still = [part for part in parts if text(part, "status") not in GONE | CLOSED]
    limits = [limit for part in still if (limit := promise(part, "delivery_time"))]
    return min(limits) if limits else promise(body, "delivery_time") or promise(body, "send_time")


def _parcels(parts: list[Body]) -> tuple[IncomingParcel, ...]:
    seen = [IncomingParcel(text(part, "logistics_company"), text(part, "invoice_no")) for part in parts if text(part, "invoice_no")]
    return tuple(dict.fromkeys(seen))


def refund(body: Body) -> IncomingRefund:
    status = needed(body, "status")
    if status not in REFUNDS:
        raise BadPayload(_("不认识的售后状态：%(status)s。") % {"status": status})
    oid = text(body, "oid")
    limit = body.get("refund_remind_timeout")
    return IncomingRefund(
        refund_no=needed(body, "refund_id"),
        platform_no=needed(body, "tid"),
        kind=KINDS.get(text(body, "dispute_type")) or (RefundKind.RETURN if flag(body, "has_good_return") else RefundKind.REFUND_ONLY),
        state=REFUNDS[status],
        oids=(oid,) if oid else (),
        amount_fen=fen(body, "refund_fee"),
        quantity=pieces(body, "num") if text(body, "num") not in {"", "0"} else 0,
        is_before_shipping=text(body, "order_status") == "WAIT_SELLER_SEND_GOODS",
        reason=text(body, "reason"),
        status_text=status,
        asked_at=moment(body, "created"),
        modified_at=moment(body, "modified"),
        answer_by=promise(limit, "timeout") if isinstance(limit, dict) and flag(limit, "exist_timeout") else None,
        return_courier=text(body, "company_name"),
        return_waybill_no=text(body, "sid"),
    )
