"""An order as it came, turned into rows: what can be said about it without asking the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from danshu.catalogue.operations import Resolved, Want
from danshu.channels import contract
from danshu.channels.contract import IncomingLine, IncomingOrder, Progress
from danshu.channels.models import Shop
from danshu.orders import receiver
from danshu.orders.states import GONE, OPEN, PAYABLE, Flag, Issue

COLUMNS = (
    "no",
    "shop_id",
    "platform",
    "platform_no",
    "source",
    "batch_id",
    "payment",
    "fulfilment",
    "refund",
    "refund_word",
    "progress",
    "issues",
    "status_text",
    "placed_at",
    "paid_at",
    "ship_by",
    "shipped_at",
    "finished_at",
    "cancelled_at",
    "modified_at",
    "created_at",
    "updated_at",
    "digest",
    "goods_fen",
    "freight_fen",
    "discount_fen",
    "paid_fen",
    "buyer_nick",
    "buyer_message",
    "seller_memo",
    "flag",
    *receiver.COLUMNS,
    "courier_code",
    "warehouse_id",
    "kind_count",
    "item_count",
)
LINE_COLUMNS = (
    "order_id", "oid", "listing_id", "sku_id", "sku_quantity", "title", "spec", "merchant_code", "picture", "quantity",
    "price_fen", "paid_fen", "refund", "is_gift",
)  # fmt: skip
LARGEST = 2**53  # amounts beyond are typing errors
MOST = 1_000_000  # pieces of one line
FLAGS = frozenset(Flag.values)
ABSENT = Resolved(0, None, 0, is_ignored=True)


@dataclass(frozen=True, slots=True)
class Reject:
    """An order that was not taken, and why."""

    platform_no: str
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class Intake:
    """What all orders of one batch share."""

    shop: Shop
    source: str
    batch_id: int | None
    now: datetime


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


def wants(order: IncomingOrder) -> list[Want]:
    """What the catalogue is asked about each line."""
    return [Want(line.item_id, line.sku_id, line.merchant_code, line.barcode, line.title, line.spec, line.picture) for line in order.lines]


def placed(order: IncomingOrder, now: datetime) -> datetime:
    """When it was placed, as well as we know."""
    return order.placed_at or order.paid_at or order.shipped_at or order.modified_at or now


def fulfilment(order: IncomingOrder) -> str:
    """Where an order that we never saw stands. Wholly refunded before shipping means that nobody packs it."""
    if order.progress in GONE:
        return str(order.progress.value)
    if order.progress == Progress.CLOSED or order.refund == contract.Refund.REFUNDED:
        return "cancelled"
    return "waiting"


def promise(shop: Shop, order: IncomingOrder, placed_at: datetime) -> datetime | None:
    """The ship-by moment: the platform's, else so many hours after payment; unpaid orders have none."""
    if order.ship_by or order.payment.value not in PAYABLE:
        return order.ship_by
    return (order.paid_at or placed_at) + timedelta(hours=shop.ship_hours)


def lacks_address(name: str, phone: str, address: str, province: str) -> bool:
    return not (name and phone and address and province)


def issues(order: IncomingOrder, found: list[Resolved]) -> int:
    """The exceptions that show before stock is asked."""
    bits = 0
    if not found or any(
        not r.is_ignored and r.sku_id is None for r, line in zip(found, order.lines, strict=True) if line.refund != "refunded"
    ):
        bits |= Issue.UNMAPPED.value
    to = order.receiver
    if lacks_address(to.name, to.phone, to.address, to.province) and not to.cipher:
        bits |= Issue.ADDRESS.value
    if order.refund == contract.Refund.REQUESTED:
        bits |= Issue.REFUNDING.value
    if order.is_blocked:
        bits |= Issue.BLOCKED.value
    return bits


def row(
    intake: Intake, no: str, order: IncomingOrder, digest: str, placed_at: datetime, found: list[Resolved],
    refund_word: dict[str, Any] | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The values of `COLUMNS` for an order that we never saw."""
    shop, now, state = intake.shop, intake.now, fulfilment(order)
    shipped_at = order.shipped_at or (order.finished_at or order.modified_at or placed_at if state in GONE else None)
    return (
        no, shop.pk, shop.platform, order.platform_no or no, intake.source, intake.batch_id, order.payment.value, state, order.refund.value,
        refund_word, order.progress.value, issues(order, found) if state in OPEN else 0, order.status_text[:60],
        placed_at, order.paid_at, promise(shop, order, placed_at), shipped_at if state in GONE else None, order.finished_at,
        (order.finished_at or order.modified_at or now) if state == "cancelled" else None, order.modified_at, now, now, digest,
        order.goods_fen, order.freight_fen, order.discount_fen, order.paid_fen, order.buyer_nick[:80], order.buyer_message,
        order.seller_memo, order.flag if order.flag in FLAGS else "",
        *receiver.columns(shop.pk, order.receiver), shop.courier_code, shop.warehouse_id, *counts(order.lines),
    )  # fmt: skip


def counts(lines: tuple[IncomingLine, ...]) -> tuple[int, int]:
    """(kinds, pieces) that are still wanted."""
    live = [line for line in lines if line.refund != "refunded"]
    return len(live), sum(line.quantity for line in live)


def line_row(order_id: int, line: IncomingLine, found: Resolved) -> tuple[Any, ...]:
    """The values of `LINE_COLUMNS`."""
    return (
        order_id, line.oid, found.listing_id or None, *goods(line, found), line.title[:300], line.spec[:200], line.merchant_code[:80],
        line.picture if len(line.picture) <= 300 else "", line.quantity, line.price_fen, line.paid_fen, line.refund.value, line.is_gift,
    )  # fmt: skip


def goods(line: IncomingLine, found: Resolved) -> tuple[int | None, int]:
    """(SKU, pieces of it) that the line needs; an ignored line needs none."""
    if found.is_ignored or found.sku_id is None:
        return None, 0
    return found.sku_id, line.quantity * found.quantity
