"""The lines of one order with what the shelves say about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Sum
from django.http import QueryDict

from danshu.orders.models import Order, OrderLine
from danshu.stock.models import Balance


@dataclass(frozen=True, slots=True)
class Line:
    pk: int
    name: str
    spec: str
    code: str
    picture: str
    quantity: int
    price_fen: int
    sku_id: int | None
    is_ignored: bool
    is_short: bool
    shelf: str
    safety: int
    order_no: str
    sellable: int | None = None
    total: int | None = None
    wanted: int = 0  # the split form's own

    @property
    def is_low(self) -> bool:
        return self.sellable is not None and self.sellable < self.safety


def lines(orders: Sequence[Order]) -> list[Line]:
    """Lines of the orders in their order; two statements. Bundles show no stock of their own: their parts hold it."""
    numbers = {order.pk: order.short_no for order in orders}
    found = list(OrderLine.objects.filter(order_id__in=numbers).select_related("sku", "listing").order_by("order_id", "id"))
    totals = _totals({line.sku_id for line in found if line.sku_id})
    first = orders[0].pk if orders else 0
    found.sort(key=lambda line: (line.order_id != first, line.order_id, line.pk))
    return [_line(line, numbers[line.order_id], totals) for line in found]


def typed(data: QueryDict, line_id: int) -> int:
    """The pieces of a line as a form told them in `line-<id>`; nonsense is none."""
    text = data.get(f"line-{line_id}", "").strip()
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def _line(line: OrderLine, order_no: str, totals: dict[int, tuple[int, int]]) -> Line:
    sku = line.sku
    sellable, total = totals.get(line.sku_id or 0, (None, None))
    return Line(
        pk=line.pk,
        name=sku.name if sku else line.title,
        spec=sku.spec if sku else line.spec,
        code=sku.code if sku else line.merchant_code,
        picture=sku.picture if sku else "",
        quantity=line.quantity,
        price_fen=line.price_fen,
        sku_id=line.sku_id,
        is_ignored=bool(line.listing and line.listing.is_ignored),
        is_short=line.is_short,
        shelf=sku.shelf if sku else "",
        safety=sku.safety_stock if sku else 0,
        order_no=order_no,
        sellable=sellable,
        total=total,
    )


def _totals(sku_ids: set[int]) -> dict[int, tuple[int, int]]:
    """SKU → (sellable, on hand) over all warehouses."""
    sums = (
        Balance.objects.filter(sku_id__in=sku_ids)
        .values_list("sku_id")
        .annotate(sellable=Sum(F("on_hand") - F("locked") - F("buffer")), total=Sum("on_hand"))
    )
    return {sku_id: (max(0, sellable), total) for sku_id, sellable, total in sums}
