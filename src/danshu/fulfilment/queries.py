"""Reads for the print station, the packing table and the hand-over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from danshu.core import clock
from danshu.fulfilment import couriers
from danshu.fulfilment.confirmations import pending
from danshu.fulfilment.models import NumberRange, Parcel, ParcelLine, PrintBatch, PrintBatchParcel
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Fulfilment, Payment, Refund

Shops = Sequence[int] | None  # None: all shops


@dataclass(frozen=True, slots=True)
class CourierGroup:
    """What waits to be printed for one courier; `code` "" is for orders without one."""

    code: str
    name: str
    count: int
    merged: int  # boxes that hold several orders
    due_today: int
    balance: int | None  # numbers left in blocks, None without blocks


def _of_shops(rows: QuerySet[Order], shops: Shops) -> QuerySet[Order]:
    return rows if shops is None else rows.filter(shop__in=shops)


def printable(shops: Shops) -> QuerySet[Order]:
    """Heads of boxes that wait to be printed: paid, not held, not being refunded."""
    rows = Order.objects.filter(fulfilment=Fulfilment.WAITING, payment__in=[Payment.PAID, Payment.COD], is_held=False)
    rows = rows.filter(merged_into=None).exclude(refund__in=[Refund.REQUESTED, Refund.REFUNDED])
    return _of_shops(rows, shops)


def by_urgency(rows: QuerySet[Order]) -> QuerySet[Order]:
    return rows.order_by("-is_urgent", F("ship_by").asc(nulls_last=True), "id")


def courier_groups(shops: Shops, *, now: datetime) -> list[CourierGroup]:
    """Waiting boxes per courier, the biggest group first, orders without a courier last. Two statements."""
    _start, end = clock.day_bounds(clock.business_day(now))
    rows = printable(shops).values("courier_code").annotate(
        n=Count("id", distinct=True),
        due=Count("id", filter=Q(ship_by__lt=end), distinct=True),
        joined=Count("id", filter=Q(merged__isnull=False), distinct=True),
    )  # fmt: skip
    left = balances()
    groups = [
        CourierGroup(
            row["courier_code"],
            couriers.name(row["courier_code"]),
            row["n"],
            row["joined"],
            row["due"],
            left.get(row["courier_code"]),
        )
        for row in rows
    ]
    return sorted(groups, key=lambda group: (not group.code, -group.count, group.code))


def balances() -> dict[str, int]:
    """Courier → numbers left in its blocks; couriers without blocks are missing."""
    found: dict[str, int] = {}
    for code, following, last in NumberRange.objects.values_list("courier_code", "next", "last"):
        found[code] = found.get(code, 0) + max(0, last - following + 1)
    return found


def batches(day: date) -> QuerySet[PrintBatch]:
    """The batches of a business day, newest first, with how many of their parcels were checked and how many left."""
    start, end = clock.day_bounds(day)
    done = Q(members__parcel__state__in=[Parcel.State.CHECKED, Parcel.State.SHIPPED])
    return (
        PrintBatch.objects.filter(created_at__gte=start, created_at__lt=end)
        .annotate(checked=Count("members", filter=done), gone=Count("members", filter=Q(members__parcel__state=Parcel.State.SHIPPED)))
        .select_related("printer").order_by("-id")
    )  # fmt: skip


def members(batch: PrintBatch) -> QuerySet[PrintBatchParcel]:
    return PrintBatchParcel.objects.filter(batch=batch).select_related("parcel__order__shop", "parcel__warehouse").order_by("position")


def find_parcels(text: str, shops: Shops) -> list[Parcel]:
    """The parcels that a scanned or typed code may open: waybill, our number, the platform's number, or the last four of a waybill.

    Parcels that are still in the house come first; at most ten.
    """
    wanted = text.strip().upper()
    if not wanted:
        return []
    named = Q(waybill_no=wanted) | Q(order__no=wanted) | Q(order__platform_no=text.strip())
    if len(wanted) == 9 and wanted[4:5] == "-":
        named |= Q(order__no__endswith=wanted, state__in=IN_HOUSE)
    if len(wanted) == 4 and wanted.isalnum():
        named |= Q(waybill_no__endswith=wanted, state__in=IN_HOUSE)
    rows = Parcel.objects.filter(named).exclude(state=Parcel.State.VOID).select_related("order__shop")
    if shops is not None:
        rows = rows.filter(order__shop__in=shops)
    waiting = Case(When(state__in=IN_HOUSE, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(rows.order_by(waiting, "-id")[:10])


IN_HOUSE = (Parcel.State.OPEN, Parcel.State.PRINTED, Parcel.State.CHECKED)


def next_to_check(shops: Shops, *, after: int = 0) -> Parcel | None:
    """The next printed parcel that nobody has checked, in print order."""
    rows = Parcel.objects.filter(state=Parcel.State.PRINTED, pk__gt=after)
    if shops is not None:
        rows = rows.filter(order__shop__in=shops)
    return rows.select_related("order").order_by("id").first()


@dataclass(frozen=True, slots=True)
class CheckCount:
    checked: int
    forced: int


def checked_on(day: date, shops: Shops) -> CheckCount:
    """How many parcels were checked on a business day, and how many of them by force."""
    start, end = clock.day_bounds(day)
    rows = Parcel.objects.filter(checked_at__gte=start, checked_at__lt=end)
    if shops is not None:
        rows = rows.filter(order__shop__in=shops)
    found = rows.aggregate(n=Count("id"), forced=Count("id", filter=Q(is_forced=True)))
    return CheckCount(found["n"], found["forced"])


def shippable(shops: Shops) -> QuerySet[Parcel]:
    """Parcels in the house that have a number: ready to be handed over, also those whose papers another program prints."""
    rows = Parcel.objects.filter(state__in=IN_HOUSE).exclude(waybill_no="")
    if shops is not None:
        rows = rows.filter(order__shop__in=shops)
    return rows.select_related("order__shop").order_by("courier_code", "id")


def numberless(shops: Shops) -> QuerySet[Parcel]:
    """Parcels in the house that wait for their number."""
    rows = Parcel.objects.filter(state__in=IN_HOUSE, waybill_no="").exclude(courier_code=couriers.SELF)
    if shops is not None:
        rows = rows.filter(order__shop__in=shops)
    return rows.select_related("order__shop").order_by("courier_code", "id")


def taken(courier_code: str, day: date, shops: Shops) -> QuerySet[Parcel]:
    """What a courier took, or takes, on a business day."""
    start, end = clock.day_bounds(day)
    rows = Parcel.objects.filter(state=Parcel.State.SHIPPED, courier_code=courier_code, shipped_at__gte=start, shipped_at__lt=end)
    if shops is not None:
        rows = rows.filter(order__shop__in=shops)
    return rows.select_related("order__shop", "warehouse").order_by("shipped_at", "id")


def taken_counts(day: date, shops: Shops) -> list[tuple[str, int]]:
    """(courier, parcels) of a business day, most first."""
    start, end = clock.day_bounds(day)
    rows = Parcel.objects.filter(state=Parcel.State.SHIPPED, shipped_at__gte=start, shipped_at__lt=end)
    if shops is not None:
        rows = rows.filter(order__shop__in=shops)
    counted = rows.values("courier_code").annotate(n=Count("id")).order_by("-n", "courier_code")
    return [(row["courier_code"], row["n"]) for row in counted]


def dividable(order_id: int) -> Parcel | None:
    """The parcel from which one more would be filled: the first of the order that is still here."""
    return Parcel.objects.filter(order=order_id, state__in=IN_HOUSE).order_by("sequence").first()


def inside(order_id: int, parcel: Parcel | None) -> dict[int, int]:
    """Line id → pieces in the parcel. Without rows of its own, or before there is one: all that the order and those with it sold."""
    rows = dict(ParcelLine.objects.filter(parcel=parcel).values_list("line_id", "quantity")) if parcel else {}
    sold = OrderLine.objects.filter(Q(order=order_id) | Q(order__merged_into=order_id)).exclude(refund=Refund.REFUNDED)
    return rows or dict(sold.order_by("id").values_list("id", "quantity"))


def pieces(parcels: Sequence[Parcel]) -> dict[int, int]:
    """Parcel id → pieces as sold, merged orders included; two statements."""
    some = ParcelLine.objects.filter(parcel__in=[parcel.pk for parcel in parcels]).values_list("parcel").annotate(n=Sum("quantity"))
    parts = dict(some.values_list("parcel", "n"))
    rows = (
        Order.objects.annotate(head=Coalesce("merged_into_id", "id"))
        .filter(Q(pk__in=[p.order_id for p in parcels]) | Q(merged_into__in=[p.order_id for p in parcels]))
        .values_list("head", "item_count")
    )
    counted: dict[int, int] = {}
    for head, count in rows:
        counted[head] = counted.get(head, 0) + count
    return {parcel.pk: parts.get(parcel.pk, counted.get(parcel.order_id, 0)) for parcel in parcels}


def untold_counts(shops: Shops) -> dict[int, int]:
    """Shop → shipped parcels with a number that no file has told its platform about, and that are not told by themselves."""
    rows = Parcel.objects.filter(state=Parcel.State.SHIPPED, shipfileparcel=None).exclude(waybill_no="")
    rows = rows.exclude(pending())
    if shops is not None:
        rows = rows.filter(order__shop__in=shops)
    return dict(rows.values_list("order__shop").annotate(n=Count("id")).values_list("order__shop", "n"))
