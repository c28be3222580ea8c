"""Why a parcel may not be printed or may not leave. Each reason has a code for machines and a sentence for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.fulfilment.couriers import SELF
from danshu.fulfilment.models import Parcel
from danshu.orders.models import Order
from danshu.orders.states import GONE, Fulfilment, Issue, Payment, Refund

REASONS: dict[str, str | Promise] = {
    "void": _("包裹已作废"),
    "gone": _("已经发货"),
    "cancelled": _("订单已取消"),
    "held": _("订单挂起中"),
    "unpaid": _("还没付款"),
    "refunding": _("买家在申请退款"),
    "refunded": _("已经退款，不用发了"),
    "unmapped": _("有商品未对码"),
    "short": _("缺货"),
    "address": _("收件地址不全"),
    "blocked": _("平台暂不让发（审核中、暂停或等成团）"),
    "changed": _("打印后有变更，请先核对地址和备注"),
    "no_courier": _("没有选快递"),
    "no_waybill": _("没有运单号"),
    "empty": _("包裹里没有商品"),
}
BLOCKING = {Issue.BLOCKED: "blocked", Issue.UNMAPPED: "unmapped", Issue.SHORT: "short", Issue.ADDRESS: "address"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One parcel that does not take part, and why."""

    parcel_id: int
    order_no: str
    code: str

    @property
    def reason(self) -> str:
        return str(REASONS[self.code])

    def plain(self) -> dict[str, str | int]:
        return {"parcel": self.parcel_id, "order": self.order_no, "code": self.code, "reason": self.reason}


def of_order(order: Order, *, despite_refund: bool = False) -> str:
    """The first reason of one order against sending it, "" when there is none. `despite_refund`: somebody has decided about a request."""
    if order.fulfilment == Fulfilment.CANCELLED:
        return "cancelled"
    if order.is_held:
        return "held"
    if order.payment not in (Payment.PAID, Payment.COD):
        return "unpaid"
    if order.refund == Refund.REFUNDED:
        return "refunded"
    if not despite_refund and is_refunding(order):
        return "refunding"
    for issue, code in BLOCKING.items():
        if order.issues & issue:
            return code
    return ""


def is_refunding(order: Order) -> bool:
    return order.refund == Refund.REQUESTED or bool(order.issues & Issue.REFUNDING)


def _first(codes: Iterable[str]) -> str:
    return next((code for code in codes if code), "")


def against_printing(parcel: Parcel, orders: Sequence[Order], *, again: bool, accept_changed: bool) -> str:
    """The reason to leave a parcel out of a batch. `again` lets a shipped parcel be printed once more."""
    if parcel.state == Parcel.State.VOID:
        return "void"
    if parcel.state == Parcel.State.SHIPPED:
        return "" if again else "gone"
    if not again and orders and all(order.fulfilment in GONE for order in orders):
        return "gone"  # their platform says so: nobody packs them a second time
    found = _first(of_order(order) for order in orders)
    if found:
        return found
    if not accept_changed and any(order.issues & Issue.CHANGED for order in orders):
        return "changed"
    return "" if parcel.courier_code else "no_courier"


def against_shipping(parcel: Parcel, orders: Sequence[Order], *, heard_at: Mapping[int, datetime]) -> str:
    """The reason why a parcel may not leave. A waybill number was made from an address: some platforms' files keep it from us.

    `heard_at`: order → last news of its living requests for refunds. A request that was forced at the packing table holds nothing up
    until there is news of it.
    """
    if parcel.state == Parcel.State.VOID:
        return "void"
    if parcel.state == Parcel.State.SHIPPED:
        return "gone"
    forced = parcel.refund_forced_at
    codes = [of_order(order, despite_refund=bool(forced and heard_at.get(order.pk, forced) <= forced)) for order in orders]
    found = _first(code for code in codes if code != "address" or not parcel.waybill_no)
    if found:
        return found
    if not parcel.courier_code:
        return "no_courier"
    return "" if parcel.waybill_no or parcel.courier_code == SELF else "no_waybill"
