"""What is stored of an order that we never saw, as far as the order alone tells: columns, lines, what the catalogue is asked. Or why not.

Nothing here asks the database or knows models, so that a process that only reads a file can do this part of the work too. It hands over
`Prepared`; intake adds our number, the catalogue's answer and the shop's own columns, and reckons nothing again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from danshu.channels.contract import IncomingLine, IncomingOrder, Progress, Refund
from danshu.core import clock
from danshu.orders import sealing
from danshu.orders.states import GONE, PAYABLE, Flag

# columns of an order that `Prepared.columns` fills, in its order
COLUMNS = (
    "payment", "fulfilment", "refund", "progress", "status_text", "placed_at", "paid_at", "ship_by", "shipped_at", "finished_at",
    "cancelled_at", "modified_at", "digest", "goods_fen", "freight_fen", "discount_fen", "paid_fen", "buyer_nick", "buyer_message",
    "seller_memo", "flag", *sealing.COLUMNS, "kind_count", "item_count",
)  # fmt: skip
# columns of a line that `line` fills, in its order
LINE_COLUMNS = ("oid", "title", "spec", "merchant_code", "picture", "quantity", "price_fen", "paid_fen", "refund", "is_gift")
FLAGS = frozenset(Flag.values)
LARGEST = 2**53  # amounts beyond are typing errors
MOST = 1_000_000  # pieces of one line

Wanted = tuple[str, str, str, str, str, str, str]  # the fields of `catalogue.operations.Want`


@dataclass(frozen=True, slots=True)
class Reject:
    """An order that was not taken, and why."""

    platform_no: str
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What of the shop and of the day an order's columns depend on."""

    shop_id: int
    ship_hours: int
    now: datetime


class Prepared(NamedTuple):
    """A new order's values. Moments are text already (`clock.written`)."""

    columns: tuple[Any, ...]  # as `COLUMNS`
    lines: list[tuple[Any, ...]]  # as `LINE_COLUMNS`
    wants: list[Wanted]
    day: str  # of our number: `clock.day_code` of when it was placed
    lacks_address: bool
    is_blocked: bool
    has_parcels: bool


def refusal(order: IncomingOrder, *, needs_number: bool = True) -> Reject | None:
    """Why an order cannot be saved, or None."""
    if needs_number and not order.platform_no.strip():
        return Reject("", _("没有订单号。请补上这一列再导入。"), "order.no_number")
    if len(order.platform_no) > 64:
        return Reject(order.platform_no, _("订单号超过 64 个字符，可能选错了列。"), "order.number_too_long")
    if order.has_lines and not order.lines:
        return Reject(order.platform_no, _("没有商品明细，不知道要发什么。"), "order.no_lines")
    if len({line.oid for line in order.lines}) != len(order.lines):
        return Reject(order.platform_no, _("两行明细的子订单号相同，分不清是不是同一件。"), "order.line_twice")
    for line in order.lines:
        if not 0 < line.quantity <= MOST:
            return Reject(
                order.platform_no,
                _("「%(title)s」的数量是 %(n)d，不能发货。") % {"title": line.title[:30], "n": line.quantity},
                "order.quantity",
            )
        if len(line.oid) > 64:
            return Reject(order.platform_no, _("子订单号超过 64 个字符，可能选错了列。"), "order.number_too_long")
    if max(abs(order.goods_fen), abs(order.freight_fen), abs(order.discount_fen), abs(order.paid_fen)) > LARGEST:
        return Reject(order.platform_no, _("金额大得不可能，可能选错了列。"), "order.amount")
    return None


def prepare(order: IncomingOrder, digest: str, terms: Terms) -> Prepared:
    """The values of an order that can be saved."""
    now, to, state = terms.now, order.receiver, fulfilment(order)
    placed_at = placed(order, now)
    shipped_at = (order.shipped_at or order.finished_at or order.modified_at or placed_at) if state in GONE else None
    cancelled_at = (order.finished_at or order.modified_at or now) if state == "cancelled" else None
    columns = (
        order.payment.value, state, order.refund.value, order.progress.value, order.status_text[:60], _written(placed_at),
        _written(order.paid_at), _written(promise(order, placed_at, terms.ship_hours)), _written(shipped_at), _written(order.finished_at),
        _written(cancelled_at), _written(order.modified_at), digest,
        order.goods_fen, order.freight_fen, order.discount_fen, order.paid_fen, order.buyer_nick[:80], order.buyer_message,
        order.seller_memo, order.flag if order.flag in FLAGS else "", *sealing.columns(terms.shop_id, to), *counts(order.lines),
    )  # fmt: skip
    return Prepared(
        columns, [line_columns(line) for line in order.lines], wants(order), clock.day_code(placed_at),
        lacks_address(to.name, to.phone, to.address, to.province) and not to.cipher, bool(order.is_blocked),
        bool(order.parcels),
    )  # fmt: skip


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else clock.written(moment)


def wants(order: IncomingOrder) -> list[Wanted]:
    """What the catalogue is asked about each line."""
    return [(line.item_id, line.sku_id, line.merchant_code, line.barcode, line.title, line.spec, line.picture) for line in order.lines]


def placed(order: IncomingOrder, now: datetime) -> datetime:
    """When it was placed, as well as we know."""
    return order.placed_at or order.paid_at or order.shipped_at or order.modified_at or now


def fulfilment(order: IncomingOrder) -> str:
    """Where an order that we never saw stands. Wholly refunded before shipping means that nobody packs it."""
    if order.progress in GONE:
        return str(order.progress.value)
    if order.progress == Progress.CLOSED or order.refund == Refund.REFUNDED:
        return "cancelled"
    return "waiting"


def promise(order: IncomingOrder, placed_at: datetime, ship_hours: int) -> datetime | None:
    """The ship-by moment: the platform's, else so many hours after payment; unpaid orders have none."""
    if order.ship_by or order.payment.value not in PAYABLE:
        return order.ship_by
    return (order.paid_at or placed_at) + timedelta(hours=ship_hours)


def lacks_address(name: str, phone: str, address: str, province: str) -> bool:
    return not (name and phone and address and province)


def counts(lines: tuple[IncomingLine, ...]) -> tuple[int, int]:
    """(kinds, pieces) that are still wanted."""
    live = [line for line in lines if line.refund != "refunded"]
    return len(live), sum(line.quantity for line in live)


def line_columns(line: IncomingLine) -> tuple[Any, ...]:
    """The values of `LINE_COLUMNS`."""
    return (
        line.oid, line.title[:300], line.spec[:200], line.merchant_code[:80], line.picture if len(line.picture) <= 300 else "",
        line.quantity, line.price_fen, line.paid_fen, line.refund.value, line.is_gift,
    )  # fmt: skip
