"""What every door of intake speaks: an order or a refund as a platform, a file or a chat told us, before we made it ours.

Amounts are fen. Moments are aware datetimes. Ids are strings. Text is as it came, stripped. Everything optional is empty, never
guessed. `IncomingOrder.digest()` is what idempotence rests on: equal digests mean that nothing changed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter


class Payment(StrEnum):
    UNPAID = "unpaid"
    DEPOSIT = "deposit"  # 定金已付，尾款未付
    PAID = "paid"
    COD = "cod"  # 货到付款


class Progress(StrEnum):
    """How far the platform says the goods are."""

    WAITING = "waiting"  # 待发货 (or not payable yet)
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"  # 已签收 / 交易成功
    CLOSED = "closed"  # 交易关闭 / 已取消


class Refund(StrEnum):
    NONE = "none"
    REQUESTED = "requested"  # 售后处理中 / 退款中
    PARTIAL = "partial"  # part of the order was refunded
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets the goods. `masked` when the platform sent `王*婷 186****2290`; `cipher` when it sent cipher text (`##…##`, `$$…$$`),
    which then stands in the three fields as it came and is never shown."""

    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    address: str = ""  # the detail after province, city and district
    masked: bool = False
    cipher: bool = False
    merge_key: str = ""  # the platform's own: oaid, open_address_id, openAddressId


@dataclass(frozen=True, slots=True)
class IncomingLine:
    oid: str  # sub-order number; where the platform has none, the position "1", "2" … in the order
    title: str
    quantity: int
    spec: str = ""
    item_id: str = ""
    sku_id: str = ""
    merchant_code: str = ""
    barcode: str = ""
    picture: str = ""
    price_fen: int = 0  # unit price
    paid_fen: int = 0  # what the buyer pays for the line after discounts
    refund: Refund = Refund.NONE
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class IncomingParcel:
    courier: str = ""  # as the platform wrote it
    waybill_no: str = ""


@dataclass(frozen=True, slots=True)
class IncomingOrder:
    platform_no: str
    lines: tuple[IncomingLine, ...]
    receiver: Receiver = field(default_factory=Receiver)
    payment: Payment = Payment.UNPAID
    progress: Progress = Progress.WAITING
    refund: Refund = Refund.NONE
    status_text: str = ""  # the platform's own word, for the timeline
    placed_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    finished_at: datetime | None = None
    modified_at: datetime | None = None  # the platform's time of last change; only newer wins
    ship_by: datetime | None = None
    buyer_nick: str = ""
    buyer_message: str = ""
    seller_memo: str = ""
    flag: str = ""  # "", red, yellow, green, blue, purple, grey
    goods_fen: int = 0
    freight_fen: int = 0
    discount_fen: int = 0
    paid_fen: int = 0
    parcels: tuple[IncomingParcel, ...] = ()
    is_blocked: bool | None = None  # paid, but the platform does not let it go yet (审核中, 暂停, 等成团); None = this source does not say
    has_lines: bool = True  # False: this source knows the order, not its lines (Taobao's order list); keep the lines we have

    def digest(self) -> str:
        """SHA-256 over all plain values in a fixed order, 32 characters; a moment counts as a moment, whatever its zone.

        Words without lines begin with `-`, so that what each of two partial sources said last can be remembered side by side.
        """
        plain = [
            *_ORDER(self),
            *[moment and moment.timestamp() for moment in _MOMENTS(self)],
            _RECEIVER(self.receiver),
            [_LINE(line) for line in self.lines],
            [(parcel.courier, parcel.waybill_no) for parcel in self.parcels],
        ]
        digest = hashlib.sha256(_encode(plain).encode()).hexdigest()
        return digest[:32] if self.has_lines else f"-{digest[:31]}"


class RefundKind(StrEnum):
    REFUND_ONLY = "refund_only"  # 仅退款
    RETURN = "return"  # 退货退款
    EXCHANGE = "exchange"  # 换货
    RESEND = "resend"  # 补寄
    REPAIR = "repair"  # 维修


class RefundState(StrEnum):
    """How far a request is, and whom it waits for."""

    ASKED = "asked"  # 待商家处理
    AGREED = "agreed"  # 商家同意：退款中，或者换货补寄待发出
    WAITING_RETURN = "waiting_return"  # 待买家退货
    RETURNED = "returned"  # 买家已退货，待商家收货
    REFUSED = "refused"  # 商家拒绝，待买家处理
    DONE = "done"  # 退款成功，换货、补寄完成
    CLOSED = "closed"  # 撤销或关闭


@dataclass(frozen=True, slots=True)
class IncomingRefund:
    """One request for money, goods or both. `oids` empty = the whole order. `amount_fen` 0 where no money moves."""

    refund_no: str
    platform_no: str
    kind: RefundKind
    state: RefundState
    oids: tuple[str, ...] = ()
    amount_fen: int = 0
    quantity: int = 0  # pieces asked about; 0 = not said
    is_before_shipping: bool = False
    reason: str = ""
    status_text: str = ""  # the platform's own word
    asked_at: datetime | None = None
    modified_at: datetime | None = None
    answer_by: datetime | None = None  # the platform decides by itself afterwards
    return_courier: str = ""
    return_waybill_no: str = ""

    def digest(self) -> str:
        """As `IncomingOrder.digest`, 32 characters."""
        moments = [moment and moment.timestamp() for moment in (self.asked_at, self.modified_at, self.answer_by)]
        return hashlib.sha256(_encode([*_REFUND(self), *moments]).encode()).hexdigest()[:32]


# read in C, because every order of every import passes here
_MOMENTS = attrgetter("placed_at", "paid_at", "shipped_at", "finished_at", "modified_at", "ship_by")
_APART = {"receiver", "lines", "parcels", "placed_at", "paid_at", "shipped_at", "finished_at", "modified_at", "ship_by"}
_ORDER = attrgetter(*[f.name for f in fields(IncomingOrder) if f.name not in _APART])
_RECEIVER = attrgetter(*[f.name for f in fields(Receiver)])
_LINE = attrgetter(*[f.name for f in fields(IncomingLine)])
_REFUND = attrgetter(*[f.name for f in fields(IncomingRefund) if f.name not in {"asked_at", "modified_at", "answer_by"}])
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
