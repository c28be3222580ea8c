"""What travels: the JSON of requests and answers. Amounts are whole fen (1 yuan = 100), moments ISO 8601 with a zone, ids ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as noop
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints

MOST_ITEMS = 100
LARGEST_ID = 2**53 - 1  # what every language reads exactly
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _sane(at: datetime) -> datetime:
    if not EARLIEST <= at <= LATEST:
        raise ValueError("between 2000 and 2100")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_sane)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_ITEMS)]
Fen = Annotated[int, Field(ge=0, le=10**11)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Payment = Literal["unpaid", "deposit", "paid", "cod"]
Flag = Literal["", "red", "yellow", "green", "blue", "purple"]


def text(most: int, least: int = 0) -> Any:
    """A text of so many characters, without blanks around it."""
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most)


class Given(Schema):
    """What a program sends: an unknown name is a typing error, and nothing is guessed (`"3"` is no number)."""

    model_config = ConfigDict(extra="forbid", strict=False)


class Paged(Schema):
    """What every list takes."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str = Field("", max_length=500, description=noop("上一页的 next；空的是第一页"))


# --- orders ----------------------------------------------------------------------------------------------------------------


class Reveal(Schema):
    reveal: bool = Field(False, description=noop("要完整收件信息：要有 people:reveal 权限，会留痕"))


class OrderFilter(Paged, Reveal):
    shop_id: Id | None = None
    updated_since: Moment | None = None
    created_since: Moment | None = None
    payment: Payment | None = None
    fulfilment: Literal["waiting", "printed", "checked", "shipped", "delivered", "cancelled"] | None = None
    refund: Literal["none", "requested", "partial", "refunded"] | None = None
    is_held: bool | None = None
    number: Annotated[str, text(64)] | None = Field(None, description=noop("平台单号，也就是建单时的 number"))


class ReceiverGiven(Given):
    name: Annotated[str, text(60, 1)]
    phone: Annotated[str, text(40, 5)]
    province: Annotated[str, text(20, 2)]
    city: Annotated[str, text(30)] = ""
    district: Annotated[str, text(30)] = ""
    address: Annotated[str, text(300, 1)]


class LineGiven(Given):
    sku: Code = Field(description=noop("商家编码，组合装也可以"))
    quantity: int = Field(ge=1, le=1_000_000)
    price_fen: Fen = Field(0, description=noop("单价，分"))
    is_gift: bool = False


class OrderGiven(Given):
    shop_id: Id
    number: Annotated[str, text(64)] = Field("", description=noop("你们自己的订单号，同一家店里只能用一次；不填就用单枢的单号"))
    payment: Literal["unpaid", "paid", "cod"] = "paid"
    receiver: ReceiverGiven
    lines: list[LineGiven] = Field(min_length=1, max_length=200)
    freight_fen: Fen = 0
    discount_fen: Fen = 0
    paid_fen: Fen | None = Field(None, description=noop("实付，分；不填就是商品加运费减优惠"))
    buyer_nick: Annotated[str, text(80)] = ""
    buyer_message: Annotated[str, text(2000)] = ""
    seller_memo: Annotated[str, text(2000)] = ""
    flag: Flag = ""


class OrdersGiven(Given):
    orders: list[OrderGiven] = Field(min_length=1, max_length=MOST_ITEMS)


class OrderIds(Given):
    order_ids: Ids


class HoldGiven(OrderIds):
    reason: Annotated[str, text(120)] = ""
    until: Moment | None = Field(None, description=noop("到这一刻自动解除挂起；不填就一直挂着"))


class CancelGiven(OrderIds):
    reason: Annotated[str, text(120)] = ""


class FlagGiven(OrderIds):
    flag: Flag


class MemoGiven(OrderIds):
    memo: Annotated[str, text(2000)]


class AddressGiven(OrderIds):
    receiver: ReceiverGiven


class Receiver(Schema):
    name: str
    phone: str
    province: str
    city: str
    district: str
    address: str
    is_masked: bool


class Line(Schema):
    id: int
    oid: str
    sku_id: int | None
    sku: str
    title: str
    spec: str
    merchant_code: str
    quantity: int
    price_fen: int
    paid_fen: int
    refund: str
    is_gift: bool
    is_short: bool


class Order(Schema):
    id: int
    no: str
    shop_id: int
    platform: str
    platform_no: str
    source: str
    payment: str
    fulfilment: str
    refund: str
    is_held: bool
    hold_reason: str
    hold_until: AwareDatetime | None
    is_urgent: bool
    issues: list[str]
    flag: str
    tags: list[str]
    goods_fen: int
    freight_fen: int
    discount_fen: int
    paid_fen: int
    buyer_nick: str
    buyer_message: str
    seller_memo: str
    courier_code: str
    merged_into_id: int | None
    split_from_id: int | None
    placed_at: AwareDatetime
    paid_at: AwareDatetime | None
    ship_by: AwareDatetime | None
    shipped_at: AwareDatetime | None
    cancelled_at: AwareDatetime | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    receiver: Receiver
    lines: list[Line]


class Orders(Schema):
    items: list[Order]
    next: str


class Problem(Schema):
    """The one shape of every error."""

    code: str = Field(description=noop("给程序看的代码，不会变"))
    message: str = Field(description=noop("给人看的一句话：出了什么事，该怎么办"))
    details: dict[str, Any] = Field(description=noop("更多数据，每种错误不同"))


class OrderResult(Schema):
    index: int = Field(description=noop("请求里的第几个，从 0 数起"))
    status: int = Field(description=noop("这一个单独发会得到的状态码"))
    order: Order | None
    error: Problem | None


class OrderResults(Schema):
    results: list[OrderResult]


class Changed(Schema):
    changed: int = Field(description=noop("真的变了的有几个"))


# --- refunds ----------------------------------------------------------------------------------------------------------------

RefundState = Literal["asked", "agreed", "waiting_return", "returned", "refused", "done", "closed"]


class RefundFilter(Paged):
    shop_id: Id | None = None
    order_id: Id | None = None
    state: RefundState | None = None


class Refund(Schema):
    id: int
    shop_id: int
    refund_no: str
    platform_no: str
    order_id: int | None
    kind: Literal["refund_only", "return", "exchange", "resend", "repair"]
    state: RefundState
    oids: list[str] = Field(description=noop("哪些子订单；空的是整单"))
    amount_fen: int
    quantity: int
    is_before_shipping: bool
    reason: str
    status_text: str
    return_courier: str
    return_waybill_no: str
    asked_at: AwareDatetime | None
    answer_by: AwareDatetime | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Refunds(Schema):
    items: list[Refund]
    next: str


# --- stock -----------------------------------------------------------------------------------------------------------------


class LevelFilter(Paged):
    sku: list[Code] = Field([], max_length=MOST_ITEMS)
    shop_id: Id | None = Field(None, description=noop("带上就多回一个 offered：按可售规则这家店能显示几件"))


class Warehouse(Schema):
    id: int
    name: str
    is_active: bool


class Warehouses(Schema):
    items: list[Warehouse]


class Place(Schema):
    warehouse_id: int
    warehouse_name: str
    is_active: bool
    on_hand: int
    locked: int
    buffer: int
    incoming: int
    in_transit: int
    inspecting: int
    defective: int


class Level(Schema):
    sku_id: int
    sku: str
    name: str
    spec: str
    barcode: str
    is_bundle: bool
    is_active: bool
    on_hand: int
    locked: int
    buffer: int
    incoming: int
    in_transit: int
    inspecting: int
    defective: int
    sellable: int = Field(description=noop("现在还能卖几件：总库存减锁定减缓冲；组合装按子件算"))
    presale_left: int
    offered: int | None = Field(None, description=noop("这家店能显示几件；没有带 shop_id 就是空"))
    warehouses: list[Place]


class Levels(Schema):
    items: list[Level]
    next: str


class PieceGiven(Given):
    sku: Code
    quantity: int = Field(ge=1, le=10_000_000)
    warehouse_id: Id | None = Field(None, description=noop("不填就是发货顺序第一的仓库"))
    is_defective: bool = False


class ReceiveGiven(Given):
    pieces: list[PieceGiven] = Field(min_length=1, max_length=MOST_ITEMS)
    reason: Annotated[str, text(120)] = ""


class ChangeGiven(Given):
    sku: Code
    quantity: int = Field(ge=-10_000_000, le=10_000_000, description=noop("加几件；减少写负数，不能是 0"))
    warehouse_id: Id | None = Field(None, description=noop("不填就是发货顺序第一的仓库"))


class AdjustGiven(Given):
    pieces: list[ChangeGiven] = Field(min_length=1, max_length=MOST_ITEMS)
    reason: Annotated[str, text(120, 1)]


# --- shipments and shops ----------------------------------------------------------------------------------------------------


class ShipmentFilter(Paged):
    shop_id: Id | None = None
    order_id: Id | None = None
    state: Literal["open", "printed", "checked", "shipped", "void"] | None = None
    shipped_since: Moment | None = None


class ShipmentGiven(Given):
    order_id: Id
    courier: Annotated[str, text(20, 1)] = Field(description=noop("快递代码，如 zto、sf；自己送货写 self，可以没有运单号"))
    waybill_no: Annotated[str, text(40)] = ""
    shipment_id: Id | None = Field(None, description=noop("订单分几个包裹走时，是哪一个"))


class ShipmentsGiven(Given):
    shipments: list[ShipmentGiven] = Field(min_length=1, max_length=MOST_ITEMS)


class Shipment(Schema):
    id: int
    order_id: int
    order_no: str
    platform_no: str
    shop_id: int
    sequence: int
    state: Literal["open", "printed", "checked", "shipped", "void"]
    courier: str
    courier_name: str
    waybill_no: str
    warnings: list[str] = Field(description=noop("对运单号的疑问，不拦发货"))
    created_at: AwareDatetime
    shipped_at: AwareDatetime | None


class Shipments(Schema):
    items: list[Shipment]
    next: str


class ShipmentResult(Schema):
    index: int
    status: int
    shipment: Shipment | None
    error: Problem | None


class ShipmentResults(Schema):
    results: list[ShipmentResult]


class Shop(Schema):
    id: int
    name: str
    platform: str
    is_active: bool
    takes_orders: bool = Field(description=noop("能不能从接口建单：平台自己同步订单的店铺不能"))


class Shops(Schema):
    items: list[Shop]
