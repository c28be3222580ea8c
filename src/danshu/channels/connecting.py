"""What a platform's adapter is: the contract between the house and one platform. See docs/recipes/add-a-platform.md.

A connector is a pure translator: it signs, asks, translates and says. It keeps nothing, writes nothing of ours, is never called inside
a transaction. Paging, windows, overlap, cursors, repeats, limits and bookkeeping are the engine's (`channels/operations/pulling.py`).
Its abilities say what it can do; pages and flows ask for nothing else, so a method without its ability is never called.

An answer that does not say what was asked is an error, never "nothing there": raise `BadAnswer` (`channels/connector_errors.py`) for a
missing list, an error envelope under HTTP 200, or anything that is not the documented shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.channels.connector_errors import Unable
from danshu.channels.contract import IncomingOrder, IncomingRefund, Receiver
from danshu.core import http

Body = Mapping[str, Any]  # one order or refund as the platform sent it; floats are `Decimal`, ids may be numbers or strings
Text = str | Promise  # a lazily translated text


class Stream(StrEnum):
    ORDERS = "orders"
    REFUNDS = "refunds"


class Paging(StrEnum):
    FORWARD = "forward"  # page 1, 2 … until the last
    BACKWARD = "backward"  # sorted by change, newest first: the last page first, or a change while paging hides a row
    CURSOR = "cursor"  # each answer names the next


class Basis(StrEnum):
    """Which of the platform's moments a span speaks of."""

    MODIFIED = "modified"
    CREATED = "created"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one stream of a platform is read: facts from its documents."""

    span: timedelta  # the longest span of one question
    reach: timedelta  # how far back it answers
    page_size: int
    paging: Paging = Paging.FORWARD
    lag: timedelta = timedelta()  # the list is complete only up to now − lag
    overlap: timedelta = timedelta(minutes=5)  # read again before the cursor
    most_rows: int = 0  # a span with more rows is cut in halves; 0 = no limit
    every: timedelta = timedelta(seconds=30)
    can_list_created: bool = True  # also answers by `Basis.CREATED`: the sentinel counts with it
    lists_changes: bool = True  # False: some change stands in no list, so what may still change is asked for again by its number


@dataclass(frozen=True, slots=True)
class Abilities:
    """`batch_size`: listings in a call about stock; `fetch_size`: numbers in one of `fetch`; `rate`, `burst`: calls a second of a shop."""

    streams: Mapping[Stream, Reading] = field(default_factory=dict)
    told: frozenset[Stream] = frozenset()  # nobody can be asked for these: they stand whole in the calls to us (`Received.orders`)
    can_push_stock: bool = False
    can_read_stock: bool = False
    can_ship: bool = False
    can_ship_parts: bool = False  # several parcels of one order, each with its lines
    can_change_waybill: bool = False
    can_answer_refunds: bool = False
    can_decrypt: bool = False
    can_receive: bool = False  # the platform calls us (webhooks, push messages)
    can_listen: bool = False  # it tells us over a connection that we open: then the adapter is a `listening.Listening`
    message_lag: timedelta = timedelta()  # its interface may know of a change only so long after the message
    can_authorize: bool = False  # a page of the platform grants access (OAuth)
    can_refresh: bool = False  # access can be prolonged without a person
    batch_size: int = 20
    fetch_size: int = 1
    rate: float = 5
    burst: int = 10

    @property
    def can_pull_orders(self) -> bool:
        return Stream.ORDERS in self.streams


# --- the shop as its adapter sees it --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One thing a person types to connect a shop. Secret ones are never shown again. `is_setting`: how the shop works and no credential,
    kept in `Shop.settings` in plain."""

    name: str
    label: Text
    help: Text = ""
    is_secret: bool = False
    is_required: bool = True
    is_setting: bool = False


def return_address(help_: Text) -> CredentialField:
    """Where goods come back to by default, by the platform's own number of the address: `RefundAnswer.address_id`."""
    return CredentialField("refund_address_id", _("退货地址编号"), help_, is_required=False, is_setting=True)


@dataclass(frozen=True, slots=True)
class ShopAccess:
    """A shop with its credentials in plain, never shown, never logged: what `CredentialField`s name, and `access_token`, `refresh_token`,
    `platform_shop_id` where there is a grant. `gateway` replaces the platform's own address (the simulator's; empty otherwise).
    `is_urgent`: this call takes the lane that background reading leaves free."""

    shop_id: int
    platform: str
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    gateway: str = ""
    is_urgent: bool = False

    @property
    def connection(self) -> str:
        """The name of its rate bucket."""
        return f"{self.platform}:{self.shop_id}"


@dataclass(frozen=True, slots=True)
class Grant:
    """What an authorisation brought; None = does not end."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    platform_shop_id: str = ""
    platform_shop_name: str = ""


@dataclass(frozen=True, slots=True)
class ShopInfo:
    """Whom the credentials belong to, as a test of the connection learned it."""

    platform_shop_id: str = ""
    name: str = ""


# --- reading ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) of the platform's moments."""

    start: datetime
    end: datetime
    basis: Basis = Basis.MODIFIED


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a span: `number` counts from 1; `cursor` is empty for the first of a cursor stream. `wants_total`: the engine needs
    the number of rows (some platforms are slower when asked)."""

    number: int = 1
    cursor: str = ""
    wants_total: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One row of a list. `body` None: the list names it only, `fetch` brings the rest."""

    no: str
    body: Body | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. `total` rows of the whole span where the platform says so; `cursor` of the next page and `has_more`."""

    rows: tuple[Found, ...]
    total: int | None = None
    cursor: str = ""
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """One number of a `fetch`: its body, or why there is none. `is_unknown`: the platform says that it has no such number."""

    no: str
    body: Body | None = None
    is_unknown: bool = False
    message: str = ""


# --- saying ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListingKey:
    """How the platform names one thing it sells. `sku_id` is empty where the item has no variants."""

    item_id: str
    sku_id: str = ""


@dataclass(frozen=True, slots=True)
class StockUpdate:
    """The number a listing is to show: the whole number, never a difference, so that saying it twice does no harm."""

    key: ListingKey
    quantity: int


class Refusal(StrEnum):
    """Why one thing was refused while the others of its call went through."""

    UNKNOWN_ITEM = "unknown_item"  # 平台上没有这个商品（订单），或者已下架
    REJECTED = "rejected"  # the platform says no for a reason of its own, in `message`
    TEMPORARY = "temporary"  # worth another try


@dataclass(frozen=True, slots=True)
class PushResult:
    """What the platform said to one update; `refusal` None = the listing shows the number now."""

    key: ListingKey
    refusal: Refusal | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class ShownStock:
    """What the platform shows of one listing; None = it knows no such listing."""

    key: ListingKey
    quantity: int | None


@dataclass(frozen=True, slots=True)
class ShippedLine:
    oid: str
    key: ListingKey
    quantity: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """One parcel of one platform order. `lines` empty = all of it. `courier` is our code (`fulfilment/couriers.json`), `courier_name` its
    Chinese name, `codes` what other systems call it ("pdd_id", "douyin", "jd_id", "wechat_shop", "kuaishou_id", "cainiao" …).
    `is_change`: another number for a parcel that was told before, whose number was `old_waybill_no`. `is_last`: nothing of the order
    follows."""

    platform_no: str
    courier: str
    courier_name: str
    waybill_no: str
    codes: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[ShippedLine, ...] = ()
    is_last: bool = True
    is_change: bool = False
    old_waybill_no: str = ""


@dataclass(frozen=True, slots=True)
class ShipResult:
    """`refusal` None = the platform took it, or says that it has exactly this already."""

    platform_no: str
    refusal: Refusal | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What the seller says to a buyer's request. `body`: the refund as it came last, for versions and kinds that platforms want back."""

    refund_no: str
    platform_no: str
    agrees: bool
    reason: str = ""
    address_id: str = ""
    body: Body = field(default_factory=dict)


# --- being called -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the platform to us. Header names are lower case; `body` is raw, for signatures are over bytes. `path` is that of the
    address the platform was given, for one of them signs it too."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    path: str = ""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Something changed: pull it. Messages are lost, repeated, out of order, so never the facts themselves. `order_no`: of a refund."""

    stream: Stream
    no: str
    order_no: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What a verified call pointed at, and what to answer so that the platform counts it as delivered. `orders`: what it tells whole,
    where orders are told (`Abilities.told`). `message_id`: a call that bears the same once more is answered and does nothing."""

    pointers: tuple[Pointer, ...] = ()
    status: int = 200
    content_type: str = "application/json"
    body: bytes = b""
    orders: tuple[Found, ...] = ()
    message_id: str = ""


# --- the adapter ------------------------------------------------------------------------------------------------------------


class Connector:
    """See the module's docstring. An adapter overrides what it is able to do. Every method but `order` and `refund` may raise
    `ConnectorError`."""

    abilities: Abilities = Abilities()
    fields: tuple[CredentialField, ...] = ()

    def client(self, shop: ShopAccess) -> http.Client:
        """Calls in the shop's name: its bucket, and its lane. Background calls leave a third of the bucket to urgent ones."""
        burst = self.abilities.burst
        return http.Client(shop.connection, rate=self.abilities.rate, burst=burst, floor=0 if shop.is_urgent else -(-burst // 3))

    def check(self, shop: ShopAccess) -> ShopInfo:
        """The cheapest call that shows that these credentials work."""
        raise Unable

    def list_page(self, shop: ShopAccess, stream: Stream, span: Span, page: Page) -> Listed:
        raise Unable

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        """Bodies of these numbers, aligned, at most `fetch_size` of them."""
        raise Unable

    def fetch_refund(self, shop: ShopAccess, refund_no: str, platform_no: str) -> Fetched:
        """One refund whose order is known too: some platforms tell it by both numbers only."""
        return self.fetch(shop, Stream.REFUNDS, [refund_no])[0]

    def order(self, body: Body) -> IncomingOrder:
        """Pure. Raises `BadPayload`."""
        raise Unable

    def refund(self, body: Body) -> IncomingRefund:
        """Pure. Raises `BadPayload`."""
        raise Unable

    def push_stock(self, shop: ShopAccess, updates: Sequence[StockUpdate]) -> list[PushResult]:
        """Say these numbers, at most `batch_size` of them; results aligned with `updates`. One bad listing never blocks the others: it
        gets a result of its own. Raises `ConnectorError` when the call as a whole failed."""
        raise Unable

    def read_stock(self, shop: ShopAccess, keys: Sequence[ListingKey]) -> list[ShownStock]:
        """What the platform shows now, aligned with `keys`, at most `batch_size` of them."""
        raise Unable

    def ship(self, shop: ShopAccess, shipment: Shipment) -> ShipResult:
        raise Unable

    def answer_refund(self, shop: ShopAccess, answer: RefundAnswer) -> None:
        """Raises `Refused` with the platform's reason."""
        raise Unable

    def decrypt(self, shop: ShopAccess, bodies: Sequence[Body]) -> list[Receiver | None]:
        """Plain receivers of these orders, aligned; None where the platform does not tell."""
        raise Unable

    def authorize_url(self, shop: ShopAccess, *, redirect: str, state: str) -> str:
        raise Unable

    def exchange(self, shop: ShopAccess, *, code: str, redirect: str) -> Grant:
        raise Unable

    def refresh(self, shop: ShopAccess) -> Grant:
        raise Unable

    def receive(self, shop: ShopAccess, call: Call) -> Received:
        """Verify and read a call of the platform. Pure but for the clock. Raises `BadCall`, `BadMessage`."""
        raise Unable
