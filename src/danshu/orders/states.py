"""The axes of an order and their allowed moves."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Payment(models.TextChoices):
    UNPAID = "unpaid", _("待付款")
    DEPOSIT = "deposit", _("已付定金")
    PAID = "paid", _("已付款")
    COD = "cod", _("货到付款")


class Fulfilment(models.TextChoices):
    WAITING = "waiting", _("待处理")
    PRINTED = "printed", _("已打印")
    CHECKED = "checked", _("已复核")
    SHIPPED = "shipped", _("已发货")
    DELIVERED = "delivered", _("已签收")
    CANCELLED = "cancelled", _("已取消")


OPEN = ["waiting", "printed", "checked"]  # here, and not gone yet
GONE = ["shipped", "delivered"]
PAYABLE = ["paid", "cod"]  # the goods may leave


class Refund(models.TextChoices):
    NONE = "none", _("无退款")
    REQUESTED = "requested", _("退款中")
    PARTIAL = "partial", _("部分退款")
    REFUNDED = "refunded", _("已退款")


class RefundKind(models.TextChoices):
    REFUND_ONLY = "refund_only", _("仅退款")
    RETURN = "return", _("退货退款")
    EXCHANGE = "exchange", _("换货")
    RESEND = "resend", _("补寄")
    REPAIR = "repair", _("维修")


class RefundState(models.TextChoices):
    """How far a request is, and whom it waits for."""

    ASKED = "asked", _("待处理")
    AGREED = "agreed", _("已同意")
    WAITING_RETURN = "waiting_return", _("待买家退货")
    RETURNED = "returned", _("买家已寄回")
    REFUSED = "refused", _("已拒绝，待买家处理")
    DONE = "done", _("已完成")
    CLOSED = "closed", _("已关闭")


LIVING = frozenset({"asked", "agreed", "waiting_return", "returned", "refused"})  # requests that may still end in a refund
ANSWERABLE = frozenset({"asked", "returned"})  # the seller's word is awaited


class Issue(models.IntegerChoices):
    """Exceptions: bits of `Order.issues`, so any number can stand at once."""

    UNMAPPED = 1, _("未对码")
    SHORT = 2, _("缺货")
    ADDRESS = 4, _("地址不全")
    REFUNDING = 8, _("退款中")
    NO_COURIER = 16, _("未分配快递")
    LATE_JOINER = 32, _("打印后又来单")  # another order of the same receiver arrived after printing
    CHANGED = 64, _("打印后有变更")  # address, remark or lines changed on the platform after printing
    REJECTED = 128, _("运单号待核对")  # the number does not fit the courier, or is used elsewhere
    BLOCKED = 256, _("平台暂不让发")  # the platform still looks at it: 审核中, 暂停, 等成团


class Flag(models.TextChoices):
    NONE = "", _("无旗标")
    RED = "red", _("红旗")
    YELLOW = "yellow", _("黄旗")
    GREEN = "green", _("绿旗")
    BLUE = "blue", _("蓝旗")
    PURPLE = "purple", _("紫旗")


F = Fulfilment
FULFILMENT_MOVES: dict[Fulfilment, frozenset[Fulfilment]] = {
    F.WAITING: frozenset({F.PRINTED, F.CHECKED, F.SHIPPED, F.DELIVERED, F.CANCELLED}),
    F.PRINTED: frozenset({F.WAITING, F.CHECKED, F.SHIPPED, F.DELIVERED, F.CANCELLED}),
    F.CHECKED: frozenset({F.PRINTED, F.WAITING, F.SHIPPED, F.DELIVERED, F.CANCELLED}),
    F.SHIPPED: frozenset({F.DELIVERED, F.CHECKED, F.PRINTED, F.WAITING}),  # back only by undo, within minutes
    F.DELIVERED: frozenset(),
    F.CANCELLED: frozenset({F.WAITING}),  # a platform reopened it
}
