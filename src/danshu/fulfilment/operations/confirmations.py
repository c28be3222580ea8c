"""What platforms are told of parcels that left: written down here, said by `flows/dispatch.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from danshu.audit.operations import Deed, record
from danshu.core import bulk, events
from danshu.core.actor import SYSTEM, Actor
from danshu.fulfilment import contents, couriers
from danshu.fulfilment.models import Confirmation, Parcel, ShipFileParcel
from danshu.fulfilment.operations.platform_parcels import SOURCE
from danshu.orders.events import OrdersChanged
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment

State = Confirmation.State
OURS = (Order.Source.FILE, Order.Source.API)  # other orders have no number that a platform knows
COLUMNS = (
    "shop_id", "parcel_id", "order_id", "platform_no", "state", "courier_code", "waybill_no", "is_change", "old_waybill_no", "attempts",
    "error_code", "error", "told_at", "confirmed_at", "retry_at", "created_at",
)  # fmt: skip
Row = Sequence[Any]
ANEW = ("state", "courier_code", "waybill_no", "is_change", "old_waybill_no", "attempts", "error_code", "error", "retry_at")


@dataclass(frozen=True, slots=True)
class Looked:
    """What reading an order back said of one confirmation. `error` where the platform shows something else."""

    confirmation_id: int
    is_confirmed: bool
    error_code: str = ""
    error: str = ""
    look_at: datetime | None = None  # when to look again


def expect(parcel_ids: Sequence[int], *, shop_ids: Iterable[int], by_choice: bool = False, now: datetime) -> list[int]:
    """Parcels that left are to be told to their platforms, where these are among `shop_ids`. Returns the shops with something to tell.

    What a file told already is told again only `by_choice`. A parcel that came back and left with the number that was told is not told
    again; with another number it is a change.
    """
    with transaction.atomic():
        parcels = list(
            _gone(shop_ids, parcel_ids, told_by_file=by_choice).select_for_update(of=("self",)).select_related("order").order_by("id")
        )
        inside = contents.of(parcels)
        known = {(one.parcel_id, one.platform_no): one for one in _held(parcel__in=parcels)}
        fresh: list[Row] = []
        anew: list[Row] = []
        for parcel in parcels:
            for order in _told_of(inside[parcel.pk]):
                number = number_of(order)
                elder = known.get((parcel.pk, number))
                if elder is None:
                    fresh.append(_fresh(parcel, order, number, now))
                elif again := _anew(elder, parcel, now):
                    anew.append((elder.pk, *again))
        fresh = _in_place_of(fresh)
        bulk.insert(Confirmation, COLUMNS, fresh, conflict=("parcel_id", "platform_no"))
        bulk.update(Confirmation, ("id",), ANEW, anew, lock=False)
        touched = {parcel.order_id: parcel.order.shop_id for parcel in parcels}
        if touched:
            events.publish(OrdersChanged(tuple(touched), "confirm"))
    return sorted(set(touched.values()))


def _gone(shop_ids: Iterable[int], parcel_ids: Sequence[int], *, told_by_file: bool) -> QuerySet[Parcel]:
    gone = Parcel.objects.filter(pk__in=parcel_ids, order__shop__in=list(shop_ids), state=Parcel.State.SHIPPED)
    gone = gone.exclude(waybill_no="").exclude(waybill_source=SOURCE)
    return gone if told_by_file else gone.exclude(pk__in=ShipFileParcel.objects.filter(parcel__in=parcel_ids).values("parcel"))


def _told_of(inside: contents.Contents) -> list[Order]:
    """The platform's orders of which something lies in the parcel."""
    held = {line.order_id for line, _count in inside.sold}
    orders = [order for order in inside.orders if order.source in OURS and order.fulfilment != Fulfilment.CANCELLED]
    return [order for order in orders if order.pk in held or not held]


def number_of(order: Order) -> str:
    """What the platform calls the order, also when it is a part that was split off here."""
    return order.split_from.platform_no if order.split_from else order.platform_no


def _in_place_of(fresh: Sequence[Row]) -> list[Row]:
    """An order whose told parcel was given up leaves in another one: for its platform that is a change of the number."""
    shop, number, change, old = (COLUMNS.index(name) for name in ("shop_id", "platform_no", "is_change", "old_waybill_no"))
    told = Confirmation.objects.filter(
        platform_no__in=[row[number] for row in fresh], told_at__isnull=False, parcel__state=Parcel.State.VOID
    )
    given_up = {(one.shop_id, one.platform_no): one for one in told.order_by("pk")}
    rows: list[Row] = []
    replaced: list[int] = []
    for row in fresh:
        values = list(row)
        if elder := given_up.pop((row[shop], row[number]), None):
            values[change], values[old] = True, elder.waybill_no
            replaced.append(elder.pk)
        rows.append(values)
    Confirmation.objects.filter(pk__in=replaced).delete()
    return rows


def _fresh(parcel: Parcel, order: Order, number: str, now: datetime) -> Row:
    return (
        order.shop_id, parcel.pk, order.pk, number, State.WAITING.value, parcel.courier_code, parcel.waybill_no, False, "", 0, "", "",
        None, None, now, now,
    )  # fmt: skip


def _anew(elder: Confirmation, parcel: Parcel, now: datetime) -> Row | None:
    """The values of `ANEW` for a parcel that left again; None where the platform knows this very number, or is about to."""
    is_same = (elder.waybill_no, elder.courier_code) == (parcel.waybill_no, parcel.courier_code)
    if is_same and elder.state != State.REFUSED:
        return None
    is_known = elder.told_at is not None or (elder.attempts > 0 and elder.state == State.WAITING)
    old = elder.old_waybill_no if is_same or not is_known else elder.waybill_no
    is_change = bool(old) and (elder.is_change or is_known)
    return (State.WAITING.value, parcel.courier_code, parcel.waybill_no, is_change, old if is_change else "", 0, "", "", now)


def forget(parcels: Iterable[Parcel]) -> None:
    """These came back before their platform heard of them. What it may have heard stays: the next number is a change of it."""
    unheard = Q(state=State.WAITING, attempts=0) | Q(state=State.REFUSED)
    Confirmation.objects.filter(unheard, parcel__in=[parcel.pk for parcel in parcels], told_at=None).delete()


@transaction.atomic
def retry(confirmation_ids: Sequence[int], *, by: Actor, now: datetime) -> list[int]:
    """A person looked after it: tell, or look, at once. Returns the shops."""
    found = list(Confirmation.objects.filter(pk__in=confirmation_ids).exclude(state=State.CONFIRMED).select_related("order").order_by("pk"))
    Confirmation.objects.filter(pk__in=[one.pk for one in found if one.state == State.REFUSED]).update(
        state=State.WAITING, error_code="", error=""
    )
    Confirmation.objects.filter(pk__in=[one.pk for one in found]).update(retry_at=now)
    _tell("parcel.retold", found, by=by, now=now)
    return sorted({one.shop_id for one in found})


@transaction.atomic
def leave_to_files(confirmation_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """A person tells the platform of these by file: nobody else does. Returns how many there were; what was told already stays."""
    left = list(_untold(pk__in=confirmation_ids).select_related("order").order_by("pk"))
    _tell("parcel.left_to_file", left, by=by, now=now)
    Confirmation.objects.filter(pk__in=[one.pk for one in left]).delete()
    return len(left)


def told_by_file(parcel_ids: Sequence[int]) -> None:
    """A file tells of these parcels now; part of the caller's transaction."""
    _untold(parcel__in=parcel_ids).delete()


def _held(**which: Any) -> QuerySet[Confirmation]:
    """Locked in one order everywhere."""
    return Confirmation.objects.filter(**which).order_by("pk").select_for_update(of=("self",))


def _untold(**which: Any) -> QuerySet[Confirmation]:
    return Confirmation.objects.filter(state__in=[State.WAITING, State.REFUSED], told_at=None, **which)


# --- telling --------------------------------------------------------------------------------------------------------------


def begin(confirmation_id: int) -> bool:
    """Just before the call, so that a worker that dies in it leaves a trace. False when there is nothing to tell any more."""
    return bool(Confirmation.objects.filter(pk=confirmation_id, state=State.WAITING).update(attempts=F("attempts") + 1))


@transaction.atomic
def note_told(one: Confirmation, *, look_at: datetime, now: datetime) -> None:
    """The platform took it; whether it shows is looked at from `look_at` on."""
    Confirmation.objects.filter(pk=one.pk).update(state=State.TOLD, told_at=now, error_code="", error="", retry_at=look_at)
    _tell("parcel.told", [one], by=SYSTEM, now=now)


def note_failed(one: Confirmation, code: str, error: str, *, retry_at: datetime) -> None:
    """It did not work, and may work later."""
    Confirmation.objects.filter(pk=one.pk).update(error_code=code[:40], error=error[:200], retry_at=retry_at)


@transaction.atomic
def note_refused(one: Confirmation, code: str, error: str, *, now: datetime) -> None:
    """The platform does not take it: a person must act."""
    Confirmation.objects.filter(pk=one.pk).update(state=State.REFUSED, error_code=code[:40], error=error[:200], retry_at=None)
    _tell("parcel.untaken", [one], by=SYSTEM, now=now, notes={one.pk: error})


@transaction.atomic
def note_looked(looked: Sequence[Looked], *, now: datetime) -> int:
    """What orders that were read back say. Returns how many are confirmed by it."""
    found = {one.pk: one for one in _held(pk__in=[each.confirmation_id for each in looked]).select_related("order")}
    rows: list[Row] = []
    confirmed: list[Confirmation] = []
    for each in looked:
        one = found.get(each.confirmation_id)
        if one is None or one.state == State.CONFIRMED:
            continue
        if each.is_confirmed:
            confirmed.append(one)
            rows.append((one.pk, State.CONFIRMED.value, one.told_at or now, now, "", "", None))
        else:
            rows.append((one.pk, one.state, one.told_at, None, each.error_code[:40], each.error[:200], each.look_at))
    columns = ("state", "told_at", "confirmed_at", "error_code", "error", "retry_at")
    bulk.update(Confirmation, ("id",), columns, rows, lock=False)
    _tell("parcel.confirmed", confirmed, by=SYSTEM, now=now)
    return len(confirmed)


def _tell(verb: str, some: Sequence[Confirmation], *, by: Actor, now: datetime, notes: Mapping[int, str] | None = None) -> None:
    if not some:
        return
    deeds = [
        Deed(
            verb, "order", one.order_id, one.order.no, {"courier": couriers.name(one.courier_code), "waybill_no": one.waybill_no},
            (notes or {}).get(one.pk, "")[:120],
        )
        for one in some
    ]  # fmt: skip
    record(deeds, by=by, now=now)
    events.publish(OrdersChanged(tuple(dict.fromkeys(one.order_id for one in some)), "confirm"))
