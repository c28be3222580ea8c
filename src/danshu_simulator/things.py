"""What there is in the world. Plain values only: `json.dumps(thing, default=vars)` keeps a thing, `Thing.load` brings it back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Kept = dict[str, Any]


class OrderStatus(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    FINISHED = "finished"  # received
    CLOSED = "closed"  # never paid, or all of it refunded


class RefundKind(StrEnum):
    REFUND = "refund"  # money only, before or after shipping
    RETURN = "return"  # goods back, then money
    EXCHANGE = "exchange"  # goods back, then other goods
    RESEND = "resend"  # goods again


class RefundStatus(StrEnum):
    ASKED = "asked"
    WAITING_RETURN = "waiting_return"  # agreed; the buyer sends the goods back
    RETURNED = "returned"  # on their way back; the seller confirms
    WAITING_RESEND = "waiting_resend"  # the seller sends goods again
    REFUSED = "refused"
    DONE = "done"
    CLOSED = "closed"  # taken back by the buyer, or run out


OPEN_REFUNDS = {RefundStatus.ASKED, RefundStatus.WAITING_RETURN, RefundStatus.RETURNED, RefundStatus.WAITING_RESEND}


def dump(thing: object) -> str:
    return json.dumps(thing, default=vars, ensure_ascii=False, separators=(",", ":"))


@dataclass
class Shop:
    """One shop on one platform, with everything its app needs. `callback`: where and how its messages are pushed (each front says its
    keys; `url` always). `options`: what a front lets one choose."""

    key: str
    platform: str
    name: str
    number: str  # the platform's own number of the shop
    app_key: str
    app_secret: str
    access_token: str
    refresh_token: str
    token_ends_ms: int
    refresh_ends_ms: int
    codes: dict[str, int] = field(default_factory=dict)  # authorisation codes not used yet → when they end
    callback: Kept = field(default_factory=dict)
    options: Kept = field(default_factory=dict)

    @classmethod
    def load(cls, kept: Kept) -> Shop:
        return cls(**kept)


@dataclass
class Sku:
    """`sku_id` is empty for an item without variants. `stock` is what buyers see and can buy; `sold` all pieces ever ordered."""

    sku_id: str
    merchant_code: str
    spec: str
    price_fen: int
    stock: int
    sold: int = 0
    barcode: str = ""


@dataclass
class Item:
    shop: str
    item_id: str
    title: str
    skus: list[Sku]
    picture: str = ""
    updated_ms: int = 0
    is_on_sale: bool = True

    @classmethod
    def load(cls, kept: Kept) -> Item:
        return cls(**{**kept, "skus": [Sku(**sku) for sku in kept["skus"]]})

    def sku(self, sku_id: str) -> Sku | None:
        return next((sku for sku in self.skus if sku.sku_id == sku_id), None)


@dataclass
class Receiver:
    name: str
    phone: str
    province: str
    city: str
    district: str
    town: str
    address: str  # after the town
    key: str = ""  # same receiver, same key: oaid, open_address_id, hash_code


@dataclass
class Line:
    oid: str
    item_id: str
    sku_id: str
    merchant_code: str
    title: str
    spec: str
    picture: str
    quantity: int
    price_fen: int
    discount_fen: int = 0  # the seller's share of the discount
    platform_discount_fen: int = 0
    shipped: int = 0
    refunded_fen: int = 0
    refund: str = ""  # status of its newest refund, "" = never asked
    refund_no: str = ""

    @property
    def paid_fen(self) -> int:
        return self.price_fen * self.quantity - self.discount_fen - self.platform_discount_fen

    @property
    def is_refunded(self) -> bool:
        return self.refunded_fen >= self.paid_fen and self.refund == RefundStatus.DONE


@dataclass
class Parcel:
    """`courier` as the platform was told. `contents`: pieces per line oid."""

    courier: str
    courier_name: str
    waybill_no: str
    shipped_ms: int
    contents: dict[str, int]
    old_waybill_nos: list[str] = field(default_factory=list)


@dataclass
class Order:
    shop: str
    no: str
    buyer_nick: str
    buyer_id: str
    receiver: Receiver
    lines: list[Line]
    placed_ms: int
    updated_ms: int
    status: OrderStatus = OrderStatus.UNPAID
    paid_ms: int = 0
    shipped_ms: int = 0
    finished_ms: int = 0
    closed_ms: int = 0
    close_reason: str = ""
    ship_by_ms: int = 0
    freight_fen: int = 0
    buyer_message: str = ""
    seller_memo: str = ""
    flag: str = ""  # "", red, yellow, green, blue, purple, grey
    parcels: list[Parcel] = field(default_factory=list)
    refund_nos: list[str] = field(default_factory=list)
    more: Kept = field(default_factory=dict)  # a front's own

    @classmethod
    def load(cls, kept: Kept) -> Order:
        return cls(
            **{
                **kept,
                "status": OrderStatus(kept["status"]),
                "receiver": Receiver(**kept["receiver"]),
                "lines": [Line(**line) for line in kept["lines"]],
                "parcels": [Parcel(**parcel) for parcel in kept["parcels"]],
            }
        )

    @property
    def goods_fen(self) -> int:
        return sum(line.price_fen * line.quantity for line in self.lines)

    @property
    def discount_fen(self) -> int:
        return sum(line.discount_fen for line in self.lines)

    @property
    def platform_discount_fen(self) -> int:
        return sum(line.platform_discount_fen for line in self.lines)

    @property
    def to_pay_fen(self) -> int:
        """What the buyer pays, or has paid."""
        return sum(line.paid_fen for line in self.lines) + self.freight_fen

    def line(self, oid: str) -> Line | None:
        return next((line for line in self.lines if line.oid == oid), None)

    @property
    def is_refund_open(self) -> bool:
        return any(line.refund in OPEN_REFUNDS for line in self.lines)


@dataclass
class Refund:
    """`pieces`: how many of each line. `agreed_ms` and `refused_ms` of the seller's last word, `refuse_reason` with it."""

    shop: str
    no: str
    order_no: str
    kind: RefundKind
    pieces: dict[str, int]
    amount_fen: int
    reason: str
    created_ms: int
    updated_ms: int
    is_before_shipping: bool
    status: RefundStatus = RefundStatus.ASKED
    description: str = ""
    waybill_no: str = ""  # of the goods that come back
    courier: str = ""
    resend_waybill_no: str = ""
    resend_courier: str = ""
    refuse_reason: str = ""
    agreed_ms: int = 0
    refused_ms: int = 0
    done_ms: int = 0
    version: int = 1
    more: Kept = field(default_factory=dict)

    @classmethod
    def load(cls, kept: Kept) -> Refund:
        return cls(**{**kept, "kind": RefundKind(kept["kind"]), "status": RefundStatus(kept["status"])})

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_REFUNDS


@dataclass(frozen=True)
class Event:
    """Something happened: order.placed, order.paid, order.reviewed, order.closed, order.address_changed, order.memo_changed,
    order.shipped, order.waybill_changed, order.finished, refund.asked, refund.changed, stock.set, shop.callback_set. `no` of the order,
    refund, item or shop."""

    seq: int
    at_ms: int
    shop: str
    kind: str
    no: str
    more: Kept = field(default_factory=dict)
