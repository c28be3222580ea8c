"""Reads about what platforms were told of parcels, and what they make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from danshu.channels.connecting import ListingKey, Shipment, ShippedLine
from danshu.fulfilment import contents, couriers
from danshu.fulfilment.models import Confirmation, Parcel, ShopDispatch
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import OPEN, Fulfilment

State = Confirmation.State
LATE = timedelta(minutes=30)  # told and not confirmed, or not even told, for so long: somebody must look
ORDER_PAUSE = timedelta(seconds=3)  # platforms call several parcels of one order within a second 频繁操作
COUNTED = timedelta(hours=24)  # confirmed ones that a page still counts


@dataclass(frozen=True, slots=True)
class Standing:
    """How telling one shop stands. `told` and `waiting` without those that are late; `error` of the last call that failed as a whole."""

    waiting: int = 0
    told: int = 0
    confirmed: int = 0  # within the last day
    late: int = 0
    refused: int = 0
    error: str = ""


def late(now: datetime) -> Q:
    """Confirmations that take too long."""
    return Q(state=State.TOLD, told_at__lt=now - LATE) | Q(state=State.WAITING, created_at__lt=now - LATE)


def of_shops(shops: Sequence[int] | None) -> QuerySet[Confirmation]:
    return Confirmation.objects.all() if shops is None else Confirmation.objects.filter(shop__in=shops)


def standings(shops: Sequence[int] | None, *, now: datetime) -> dict[int, Standing]:
    """Shop → how telling it stands; two statements."""
    lately = Q(state=State.CONFIRMED, confirmed_at__gte=now - COUNTED)
    rows = of_shops(shops).filter(~Q(state=State.CONFIRMED) | lately).order_by().values("shop").annotate(
        waiting=Count("pk", filter=Q(state=State.WAITING) & ~late(now)), told=Count("pk", filter=Q(state=State.TOLD) & ~late(now)),
        confirmed=Count("pk", filter=lately), late=Count("pk", filter=late(now)), refused=Count("pk", filter=Q(state=State.REFUSED)),
    )  # fmt: skip
    errors = dict(ShopDispatch.objects.exclude(error="").values_list("shop", "error"))
    return {
        row["shop"]: Standing(row["waiting"], row["told"], row["confirmed"], row["late"], row["refused"], errors.get(row["shop"], ""))
        for row in rows
    }


def troubles(shops: Sequence[int] | None, *, now: datetime) -> QuerySet[Confirmation]:
    """What a person must look at: refused, or late. The oldest first."""
    found = of_shops(shops).filter(Q(state=State.REFUSED) | late(now))
    return found.select_related("shop", "order", "parcel").order_by("pk")


def pending() -> Exists:
    """For parcels: whether the house tells of it by itself, or has told, so that no file needs to."""
    return Exists(Confirmation.objects.filter(parcel=OuterRef("pk")).exclude(state=State.REFUSED))


def following(shop_id: int, *, now: datetime) -> Confirmation | None:
    """The next one to tell: in the order in which they left, and of one platform order one after the other, with a pause between."""
    same = Confirmation.objects.filter(shop=shop_id, platform_no=OuterRef("platform_no")).exclude(pk=OuterRef("pk"))
    before = same.filter(Q(state=State.WAITING, pk__lt=OuterRef("pk")) | Q(told_at__gt=now - ORDER_PAUSE))
    due = Confirmation.objects.filter(shop=shop_id, state=State.WAITING, retry_at__lte=now, parcel__state=Parcel.State.SHIPPED)
    return due.filter(~Exists(before)).select_related("order__split_from", "parcel").order_by("pk").first()


def to_look_at(shop_id: int, *, now: datetime, most: int) -> list[Confirmation]:
    """Told ones whose platform is to be asked whether it shows them."""
    due = Confirmation.objects.filter(shop=shop_id, state=State.TOLD, retry_at__lte=now).select_related("order")
    return list(due.order_by("retry_at", "pk")[:most])


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to say of one parcel. `is_part`: its order travels in several; `first` is the number told before it, if any."""

    shipment: Shipment
    is_part: bool
    first: str


def plan(one: Confirmation) -> Plan:
    """What the platform is to hear, whole or by lines; a constant number of statements."""
    head_id = one.order.split_from_id or one.order_id
    family = list(Order.objects.filter(Q(pk=head_id) | Q(split_from=head_id)).exclude(fulfilment=Fulfilment.CANCELLED))
    boxes = {order.merged_into_id or order.pk for order in family}
    parcels = list(Parcel.objects.filter(order__in=boxes).exclude(state=Parcel.State.VOID).order_by("pk"))
    others = Confirmation.objects.filter(shop=one.shop_id, platform_no=one.platform_no).exclude(pk=one.pk).order_by("pk")
    told = [each.waybill_no for each in others if each.told_at]
    is_part = len(parcels) > 1 or len(family) > 1
    is_open = any(order.fulfilment in OPEN for order in family) or any(parcel.state != Parcel.State.SHIPPED for parcel in parcels)
    courier = couriers.get(one.courier_code)
    shipment = Shipment(
        one.platform_no, one.courier_code, couriers.name(one.courier_code), one.waybill_no, codes=courier.codes if courier else {},
        lines=_lines(one) if is_part else (), is_last=not is_open and all(each.state != State.WAITING for each in others),
        is_change=one.is_change, old_waybill_no=one.old_waybill_no,
    )  # fmt: skip
    return Plan(shipment, is_part, told[0] if told else "")


def _lines(one: Confirmation) -> tuple[ShippedLine, ...]:
    inside = contents.of([one.parcel])[one.parcel_id]
    return tuple(ShippedLine(line.oid, _key(line), count) for line, count in inside.sold if line.order_id == one.order_id)


def _key(line: OrderLine) -> ListingKey:
    return ListingKey(line.listing.platform_item_id, line.listing.platform_sku_id) if line.listing else ListingKey("")


def in_parts(some: Sequence[Confirmation]) -> set[int]:
    """Those whose order travels in several parcels, so that its platform may show a part of it; two statements."""
    heads = {one.order.split_from_id or one.order_id for one in some}
    split = set(Order.objects.filter(split_from__in=heads).values_list("split_from", flat=True))
    boxes = {one.order.merged_into_id or one.order_id for one in some}
    counted = Parcel.objects.filter(order__in=boxes).exclude(state=Parcel.State.VOID).order_by().values("order").annotate(n=Count("pk"))
    several = set(counted.filter(n__gt=1).values_list("order", flat=True))
    return {
        one.pk
        for one in some
        if (one.order.split_from_id or one.order_id) in split or (one.order.merged_into_id or one.order_id) in several
    }
