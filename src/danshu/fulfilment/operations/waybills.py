"""Waybill numbers onto parcels: typed, scanned, taken from a block. Doubts become warnings; nothing is blocked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.core import bulk, events
from danshu.core.actor import Actor
from danshu.fulfilment import couriers, registry, waybills
from danshu.fulfilment.checks import REASONS
from danshu.fulfilment.contract import Ask
from danshu.fulfilment.models import CourierSetting, Parcel
from danshu.fulfilment.operations.ranges import HouseRanges
from danshu.orders import operations as orders
from danshu.orders.events import OrdersChanged
from danshu.orders.models import Order

FIXED = (Parcel.State.SHIPPED, Parcel.State.VOID)


@dataclass(frozen=True, slots=True)
class Number:
    """A number for a parcel. Without a courier, the parcel's own stays, or the one that the number names by itself."""

    parcel_id: int
    waybill_no: str
    courier_code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one parcel: `ok` with possible warnings (codes of `waybills.WARNINGS`), or a reason."""

    parcel_id: int
    order_no: str
    ok: bool
    waybill_no: str = ""
    courier_code: str = ""
    warnings: tuple[str, ...] = ()
    reason: str = ""


def set_waybills(numbers: Sequence[Number], *, source: str, by: Actor, now: datetime) -> list[Answer]:
    """Write numbers to parcels; an empty number takes one away. `source`: typed, scanned, range, file.

    Answers are aligned with `numbers`. A parcel that has left or is void keeps what it has and says so.
    """
    with transaction.atomic():
        parcels = _locked([number.parcel_id for number in numbers])
        plans = [(number, parcels.get(number.parcel_id)) for number in numbers]
        open_ones = [(n, p) for n, p in plans if p is not None and p.state not in FIXED]
        uses = _uses(open_ones, now)
        answers = {n.parcel_id: _answer(n, p, uses, now) for n, p in open_ones}
        _write(list(answers.values()), source)
        _note([(parcels[a.parcel_id], a) for a in answers.values()], by=by, now=now)
        reckon_doubts({parcel.order_id for _number, parcel in open_ones}, now=now)
    return [answers.get(n.parcel_id) or _refused(n, p) for n, p in plans]


def take_numbers(parcel_ids: Sequence[int], *, by: Actor, now: datetime) -> list[Answer]:
    """A number for each parcel that has none, from its courier's adapter. A parcel that has a number keeps it: no second one."""
    with transaction.atomic():
        sync_couriers(parcel_ids)
        parcels = _locked(parcel_ids)
        wanted = [p for i in dict.fromkeys(parcel_ids) if (p := parcels.get(i)) and p.state not in FIXED and not p.waybill_no]
        given, reasons = _ask(wanted)
        fresh = [Number(parcel_id, number) for parcel_id, number in given.items()]
        answers = {a.parcel_id: a for a in set_waybills(fresh, source="range", by=by, now=now)}
    found = []
    for parcel_id in dict.fromkeys(parcel_ids):
        parcel = parcels.get(parcel_id)
        if parcel_id in answers:
            found.append(answers[parcel_id])
        elif parcel is not None and parcel.waybill_no:
            found.append(Answer(parcel_id, parcel.order.short_no, True, parcel.waybill_no, parcel.courier_code))
        else:
            reason = reasons.get(parcel_id, "")
            found.append(_refused(Number(parcel_id, ""), parcel, reason))
    return found


def sync_couriers(parcel_ids: Sequence[int]) -> None:
    """A parcel without a number follows its order's courier; with a number it keeps the one the number belongs to."""
    chosen = Order.objects.filter(pk=OuterRef("order_id")).values("courier_code")[:1]
    loose = Parcel.objects.filter(pk__in=parcel_ids, waybill_no="").exclude(state__in=FIXED).exclude(order__courier_code="")
    loose.exclude(order__courier_code=F("courier_code")).update(courier_code=Subquery(chosen))


def _locked(parcel_ids: Sequence[int]) -> dict[int, Parcel]:
    rows = Parcel.objects.filter(pk__in=parcel_ids).select_related("order").select_for_update(of=("self",)).order_by("id")
    return {parcel.pk: parcel for parcel in rows}


def _ask(parcels: Sequence[Parcel]) -> tuple[dict[int, str], dict[int, str]]:
    """Numbers and reasons per parcel, each adapter asked once."""
    adapters = dict(CourierSetting.objects.filter(is_active=True).values_list("code", "adapter"))
    asks: dict[str, list[Ask]] = {}
    reasons: dict[int, str] = {}
    for parcel in parcels:
        if not parcel.courier_code:
            reasons[parcel.pk] = str(REASONS["no_courier"])
            continue
        name = adapters.get(parcel.courier_code, "elsewhere")
        asks.setdefault(name, []).append(Ask(parcel.pk, parcel.order.no, parcel.courier_code))
    given: dict[int, str] = {}
    for name, some in asks.items():
        for answer in registry.load(name).take(some, HouseRanges()):
            if answer.waybill_no:
                given[answer.parcel_id] = answer.waybill_no
            else:
                reasons[answer.parcel_id] = answer.reason
    return given, reasons


def _uses(batch: Sequence[tuple[Number, Parcel]], now: datetime) -> dict[str, list[waybills.Use]]:
    """Number → every parcel that carries it already, or is about to."""
    found: dict[str, list[waybills.Use]] = {}
    for number, parcel in batch:
        use = waybills.Use(parcel.pk, address_key(parcel.order), False, now)
        found.setdefault(waybills.clean(number.waybill_no), []).append(use)
    found.pop("", None)
    mine = [parcel.pk for _, parcel in batch]
    others = Parcel.objects.filter(waybill_no__in=found).exclude(state=Parcel.State.VOID).exclude(pk__in=mine)
    for parcel in others.select_related("order").order_by("id"):
        gone = parcel.state == Parcel.State.SHIPPED
        use = waybills.Use(parcel.pk, address_key(parcel.order), gone, parcel.shipped_at or parcel.created_at)
        found[parcel.waybill_no].append(use)
    return found


def address_key(order: Order) -> str:
    """Equal for orders to one receiver, as far as we can know without opening the address."""
    return order.phone_hash or order.merge_hash


def _answer(number: Number, parcel: Parcel, uses: dict[str, list[waybills.Use]], now: datetime) -> Answer:
    cleaned = waybills.clean(number.waybill_no)
    courier = number.courier_code or parcel.courier_code or waybills.recognise(cleaned)
    others = [use for use in uses.get(cleaned, []) if use.parcel_id != parcel.pk]
    found = waybills.warnings(courier, cleaned, waybills.Context(address_key(parcel.order), now, others))
    return Answer(parcel.pk, parcel.order.short_no, True, cleaned[:40], courier, tuple(found))


def _refused(number: Number, parcel: Parcel | None, reason: str = "") -> Answer:
    if parcel is None:
        return Answer(number.parcel_id, "", False, reason=_("找不到这个包裹，可能已被撤销。请刷新页面。"))
    code = "void" if parcel.state == Parcel.State.VOID else "gone"
    told = reason or str(REASONS[code])
    return Answer(parcel.pk, parcel.order.short_no, False, parcel.waybill_no, parcel.courier_code, reason=told)


def _write(answers: Sequence[Answer], source: str) -> None:
    rows = [(a.parcel_id, a.waybill_no, a.courier_code, source if a.waybill_no else "", list(a.warnings)) for a in answers]
    columns = ("waybill_no", "courier_code", "waybill_source", "warnings")
    bulk.update(Parcel, ("id",), columns, rows, lock=False)  # the rows are locked by `_locked`


def reckon_doubts(heads: Collection[int], *, now: datetime) -> None:
    """Orders show 运单号待核对 while a parcel that has not left carries a doubtful number."""
    waiting = Parcel.objects.filter(order__in=heads).exclude(state__in=FIXED).exclude(warnings=[])
    doubtful = set(waiting.values_list("order_id", flat=True))
    if news := orders.set_doubtful(heads, doubtful, now=now):
        events.publish(OrdersChanged(tuple(news), "waybill"))


def _note(changed: Sequence[tuple[Parcel, Answer]], *, by: Actor, now: datetime) -> None:
    real = [(p, a) for p, a in changed if (p.waybill_no, p.courier_code) != (a.waybill_no, a.courier_code)]
    deeds = [
        Deed(
            "parcel.numbered", "order", p.order_id, p.order.no,
            {"waybill_no": [p.waybill_no, a.waybill_no], "courier": [couriers.name(p.courier_code), couriers.name(a.courier_code)]},
        )
        for p, a in real
    ]  # fmt: skip
    record(deeds, by=by, now=now)
    if real:
        events.publish(OrdersChanged(tuple(dict.fromkeys(p.order_id for p, _ in real)), "waybill"))
