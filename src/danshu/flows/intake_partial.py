"""Files that know only a part of an order, laid over what we hold: Taobao's 宝贝报表 (lines without the order's amounts) and the
after-sales export (refunds of lines we know). A constant number of statements per batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Progress, Refund
from danshu.orders.models import Order, OrderLine
from danshu.orders.operations import Reject

AMOUNTS = ("goods_fen", "freight_fen", "discount_fen", "paid_fen")


def over_known_amounts(shop_id: int, incoming: Sequence[IncomingOrder]) -> list[IncomingOrder]:
    """Lines files add up their lines; an order that we know keeps the amounts that its own file gave it."""
    numbers = [order.platform_no for order in incoming]
    rows = Order.objects.filter(shop_id=shop_id, platform_no__in=numbers).values("platform_no", *AMOUNTS)
    known = {row.pop("platform_no"): row for row in rows}
    return [replace(order, **known.get(order.platform_no, {})) for order in incoming]


def refunds(shop_id: int, incoming: Sequence[IncomingOrder]) -> tuple[list[IncomingOrder], list[Reject]]:
    """Requests of an after-sales file as orders: everything as we know it, only the refunds of the named lines are new."""
    numbers = [order.platform_no for order in incoming]
    heads = {order.platform_no: order for order in Order.objects.filter(shop_id=shop_id, platform_no__in=numbers)}
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order__in=[head.pk for head in heads.values()]).select_related("listing").order_by("pk"):
        lines.setdefault(line.order_id, []).append(line)
    taken, rejects = [], []
    for order in incoming:
        head = heads.get(order.platform_no)
        if head is None or not lines.get(head.pk):
            reason = _("还没有这个订单的商品明细，退款记不上。请先导入订单文件，再导入售后文件。")
            rejects.append(Reject(order.platform_no, reason, "refund.unknown_order"))
            continue
        taken.append(_with_refunds(head, lines[head.pk], order))
    return taken, rejects


def _with_refunds(head: Order, known: Sequence[OrderLine], asked: IncomingOrder) -> IncomingOrder:
    by_oid = {line.oid: line for line in asked.lines}
    merged = []
    for line in known:
        request = by_oid.get(line.oid) or _same_goods(line, known, asked.lines)
        merged.append(_line(line, request.refund if request else Refund(line.refund)))
    said = {line.refund for line in merged}
    refund = Refund.PARTIAL if said & {Refund.REFUNDED, Refund.PARTIAL} else Refund.NONE
    if Refund.REQUESTED in said:
        refund = Refund.REQUESTED
    elif said == {Refund.REFUNDED}:
        refund = Refund.REFUNDED
    return IncomingOrder(
        head.platform_no, tuple(merged), payment=Payment(head.payment), progress=Progress(head.progress or "waiting"), refund=refund,
        goods_fen=head.goods_fen, freight_fen=head.freight_fen, discount_fen=head.discount_fen, paid_fen=head.paid_fen,
    )  # fmt: skip


def _same_goods(line: OrderLine, known: Sequence[OrderLine], asked: Sequence[IncomingLine]) -> IncomingLine | None:
    """A request whose line number we do not have: the only line, or the only one with its code or its name."""
    for request in asked:
        if any(line.oid == request.oid for line in known):
            continue
        alike = [
            other
            for other in known
            if (request.merchant_code and other.merchant_code == request.merchant_code)
            or (not request.merchant_code and other.title == request.title)
        ]
        if (len(known) == 1 and len(asked) == 1) or (len(alike) == 1 and alike[0].pk == line.pk):
            return request
    return None


def _line(line: OrderLine, refund: Refund) -> IncomingLine:
    listing = line.listing
    return IncomingLine(
        line.oid, line.title, line.quantity, line.spec,
        listing.platform_item_id if listing else "", listing.platform_sku_id if listing else "", line.merchant_code,
        listing.barcode if listing else "", line.picture, line.price_fen, line.paid_fen, refund, line.is_gift,
    )  # fmt: skip
