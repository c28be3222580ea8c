"""What lies in a parcel: the lines as sold, and the things as the shelves hold them, bundles taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from danshu.catalogue import queries as catalogue
from danshu.catalogue.models import Sku
from danshu.fulfilment.models import Parcel, ParcelLine
from danshu.fulfilment.papers.content import shelf_key
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Refund


@dataclass(frozen=True, slots=True)
class Need:
    """So many pieces of one thing. `sku_id` is None for a line that is not mapped yet: then `code` is the merchant's own."""

    sku_id: int | None
    code: str
    barcode: str
    name: str
    spec: str
    shelf: str
    picture: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Contents:
    parcel: Parcel
    orders: Sequence[Order]  # the head first, then the orders that travel with it
    sold: Sequence[tuple[OrderLine, int]]
    needs: Sequence[Need]  # by shelf path

    @property
    def pieces(self) -> int:
        return sum(need.quantity for need in self.needs)

    @property
    def shelf(self) -> tuple[tuple[int, int, str], ...]:
        """Where the walk for this parcel begins."""
        return shelf_key(self.needs[0].shelf if self.needs else "")


@dataclass(slots=True)
class _Loose:
    """What was read from the tables, before it is put together."""

    orders: dict[int, list[Order]] = field(default_factory=dict)  # head id -> group
    lines: dict[int, list[OrderLine]] = field(default_factory=dict)  # order id -> lines
    parts: dict[int, list[tuple[OrderLine, int]]] = field(default_factory=dict)  # parcel id -> chosen lines


def groups(head_ids: Iterable[int]) -> dict[int, list[Order]]:
    """Head id → the orders of one box: the head first, then those merged into it. One statement."""
    wanted = set(head_ids)
    found: dict[int, list[Order]] = {head_id: [] for head_id in wanted}
    rows = Order.objects.filter(Q(pk__in=wanted) | Q(merged_into__in=wanted)).select_related("shop", "warehouse", "split_from")
    for order in rows.order_by("id"):
        head = order.pk if order.pk in wanted else order.merged_into_id
        assert head is not None
        found[head].insert(0, order) if order.pk == head else found[head].append(order)
    return found


def of(parcels: Sequence[Parcel]) -> dict[int, Contents]:
    """Parcel id → contents; a constant number of statements. Refunded lines stay out of the box."""
    loose = _read(parcels)
    sold = {parcel.pk: _sold(parcel, loose) for parcel in parcels}
    needs = _needs(sold)
    return {parcel.pk: Contents(parcel, loose.orders.get(parcel.order_id, []), sold[parcel.pk], needs[parcel.pk]) for parcel in parcels}


def _read(parcels: Sequence[Parcel]) -> _Loose:
    loose = _Loose(orders=groups(parcel.order_id for parcel in parcels))
    order_ids = [order.pk for group in loose.orders.values() for order in group]
    for line in OrderLine.objects.filter(order__in=order_ids).select_related("listing").order_by("id"):
        loose.lines.setdefault(line.order_id, []).append(line)
    chosen = (
        ParcelLine.objects.filter(parcel__in=[parcel.pk for parcel in parcels if parcel.pk]).select_related("line__listing").order_by("id")
    )
    for part in chosen:
        loose.parts.setdefault(part.parcel_id, []).append((part.line, part.quantity))
    return loose


def _sold(parcel: Parcel, loose: _Loose) -> list[tuple[OrderLine, int]]:
    if parcel.pk in loose.parts:
        return [(line, count) for line, count in loose.parts[parcel.pk] if line.refund != Refund.REFUNDED]
    group = loose.orders.get(parcel.order_id, [])
    lines = [line for order in group for line in loose.lines.get(order.pk, [])]
    return [(line, line.quantity) for line in lines if line.refund != Refund.REFUNDED]


def _needs(sold: dict[int, list[tuple[OrderLine, int]]]) -> dict[int, list[Need]]:
    pairs = [
        (parcel_id, line.sku_id, line.sku_quantity * count // line.quantity if line.quantity else 0)
        for parcel_id, lines in sold.items()
        for line, count in lines
        if line.sku_id is not None
    ]
    parts = catalogue.explode([(sku_id, count) for _, sku_id, count in pairs])
    skus = Sku.objects.in_bulk({sku_id for some in parts for sku_id, _ in some})
    counted: dict[int, dict[int, int]] = {parcel_id: {} for parcel_id in sold}
    for (parcel_id, _, _), some in zip(pairs, parts, strict=True):
        for sku_id, count in some:
            counted[parcel_id][sku_id] = counted[parcel_id].get(sku_id, 0) + count
    found = {}
    for parcel_id, lines in sold.items():
        mapped = [_of_sku(skus[sku_id], count) for sku_id, count in counted[parcel_id].items() if sku_id in skus and count]
        raw = [_of_line(line, count) for line, count in lines if line.sku_id is None and not _is_ignored(line)]
        found[parcel_id] = sorted([*mapped, *raw], key=lambda need: (shelf_key(need.shelf), need.code))
    return found


def _is_ignored(line: OrderLine) -> bool:
    """A line that needs no goods (运费链接, 补差价): its listing says so."""
    return line.listing is not None and line.listing.is_ignored


def _of_sku(sku: Sku, count: int) -> Need:
    return Need(sku.pk, sku.code, sku.barcode, sku.name, sku.spec, sku.shelf, sku.picture, count)


def _of_line(line: OrderLine, count: int) -> Need:
    return Need(None, line.merchant_code, "", line.title, line.spec, "", line.picture, count)
