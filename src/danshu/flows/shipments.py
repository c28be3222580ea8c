"""Parcels that a program outside sends off: a number onto the box and out of the door, each one wholly or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment import couriers
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.checks import REASONS
from danshu.fulfilment.models import Parcel
from danshu.orders.models import Order

SOURCE = "api"


@dataclass(frozen=True, slots=True)
class Shipping:
    """What is to leave. `parcel_id` only where an order travels in several parcels that are still here."""

    order_id: int
    courier_code: str
    waybill_no: str = ""
    parcel_id: int | None = None


Result = int | DomainError  # the parcel that left, or why it did not


class _RefusedError(Exception):
    """Some may not leave: parcel → the reason's code."""

    def __init__(self, codes: dict[int, str]) -> None:
        super().__init__(str(codes))
        self.codes = codes


@transaction.atomic
def ship_each(items: Sequence[Shipping], *, by: Actor, now: datetime) -> list[Result]:
    """Number and ship what may leave; results are aligned. Orders without a parcel get one; merged orders leave with their head.

    Reasons: "courier.not_found", "order.not_found", "shipment.not_found", "shipment.several" (say which parcel), "shipment.twice",
    "shipment.refused" with the code of `fulfilment/checks.py` in its details. Of what is refused nothing stays, no number either.
    """
    found: dict[int, Result] = {at: _unknown_courier(item) for at, item in enumerate(items) if couriers.get(item.courier_code) is None}
    chosen: dict[int, int] = {}  # parcel → place
    waiting = [at for at in range(len(items)) if at not in found]
    heads = _heads([items[at].order_id for at in waiting])
    try:
        with transaction.atomic():
            _choose(items, waiting, heads, found, chosen, by=by, now=now)
            _send(items, chosen, by=by, now=now)
    except _RefusedError as refused:
        found |= {chosen[pk]: _refusal(code) for pk, code in refused.codes.items()}
        left = [at for at in waiting if at not in found]
        chosen.clear()
        _choose(items, left, heads, found, chosen, by=by, now=now)
        _send(items, chosen, by=by, now=now)
    return [found[at] if at in found else next(pk for pk, place in chosen.items() if place == at) for at in range(len(items))]


def _heads(order_ids: Sequence[int]) -> dict[int, int]:
    """Order → the head it travels with."""
    rows = Order.objects.filter(pk__in=order_ids).values_list("pk", "merged_into_id")
    return {pk: head or pk for pk, head in rows}


def _choose(
    items: Sequence[Shipping], places: Sequence[int], heads: dict[int, int], found: dict[int, Result], chosen: dict[int, int], *, by: Actor,
    now: datetime,
) -> None:  # fmt: skip
    """Which parcel each item means."""
    fulfilment.open_parcels([heads[items[at].order_id] for at in places if items[at].order_id in heads], by=by, now=now)
    boxes: dict[int, list[Parcel]] = {}
    for parcel in Parcel.objects.filter(order__in=set(heads.values())).exclude(state=Parcel.State.VOID).order_by("order_id", "sequence"):
        boxes.setdefault(parcel.order_id, []).append(parcel)
    for at in places:
        item = items[at]
        if item.order_id not in heads:
            found[at] = DomainError(_("没有订单 %d，或者这个令牌看不到。") % item.order_id, "order.not_found")
            continue
        some = boxes.get(heads[item.order_id], [])
        here = [parcel for parcel in some if parcel.state != Parcel.State.SHIPPED] or some[:1]
        if item.parcel_id is not None:
            here = [parcel for parcel in some if parcel.pk == item.parcel_id]
        if len(here) != 1:
            found[at] = _which(item, here)
        elif here[0].pk in chosen:
            found[at] = DomainError(_("同一个包裹在这一批里出现了两次，只按第一次发货。"), "shipment.twice")
        else:
            chosen[here[0].pk] = at


def _send(items: Sequence[Shipping], chosen: dict[int, int], *, by: Actor, now: datetime) -> None:
    """Raises `_RefusedError` when one of them may not leave."""
    if not chosen:
        return
    numbers = [fulfilment.Number(pk, items[at].waybill_no, items[at].courier_code) for pk, at in chosen.items()]
    fulfilment.set_waybills(numbers, source=SOURCE, by=by, now=now)
    report = fulfilment.ship(list(chosen), by=by, now=now)
    if report.refused:
        raise _RefusedError({one.parcel_id: one.code for one in report.refused})


def _unknown_courier(item: Shipping) -> DomainError:
    return DomainError(_("没有快递「%s」。请用快递代码，如 zto、sf、self。") % item.courier_code, "courier.not_found")


def _which(item: Shipping, here: Sequence[Parcel]) -> DomainError:
    if here:
        ids = [parcel.pk for parcel in here]
        return DomainError(_("这张订单分几个包裹走，请用 shipment_id 说明是哪一个。"), "shipment.several", details={"shipment_ids": ids})
    if item.parcel_id is not None:
        return DomainError(_("这张订单没有包裹 %d。") % item.parcel_id, "shipment.not_found")
    return DomainError(_("这张订单没有要发的包裹：已取消，或者不在这里发货。"), "shipment.not_found")


def _refusal(code: str) -> DomainError:
    return DomainError(_("没有发货：%s。") % REASONS[code], "shipment.refused", details={"reason": code})
