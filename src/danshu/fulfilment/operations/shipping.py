"""Parcels leave: stock is consumed and the orders move on, in one transaction; back within ten minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.core import clock, events, jobs, runs
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.core.models import Run
from danshu.fulfilment import checks, contents, couriers
from danshu.fulfilment.checks import LeftOut
from danshu.fulfilment.events import ParcelsShipped
from danshu.fulfilment.models import Parcel, ShipFileParcel
from danshu.fulfilment.operations import confirmations
from danshu.fulfilment.operations.waybills import reckon_doubts, sync_couriers
from danshu.orders import operations as orders
from danshu.orders import refunds
from danshu.orders.models import Order

UNDO_WITHIN = timedelta(minutes=10)
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ShipReport:
    shipped: tuple[int, ...]  # parcel ids
    refused: tuple[LeftOut, ...]


def ship(parcel_ids: Sequence[int], *, by: Actor, now: datetime) -> ShipReport:
    """Send parcels off. What may not leave is refused with its reason and holds up nobody.

    An order counts as shipped when the last of its parcels leaves: `orders.mark_shipped` consumes its stock in this transaction.
    Merged orders leave with their head.
    """
    with transaction.atomic():
        sync_couriers(parcel_ids)
        rows = Parcel.objects.filter(pk__in=parcel_ids).select_for_update(of=("self",)).select_related("order")
        parcels = list(rows.order_by("id"))
        groups = contents.groups(parcel.order_id for parcel in parcels)
        heard_at = refunds.heard_at([order for group in groups.values() for order in group])
        going, refused = [], []
        for parcel in parcels:
            code = checks.against_shipping(parcel, groups[parcel.order_id], heard_at=heard_at)
            if code:
                refused.append(LeftOut(parcel.pk, parcel.order.short_no, code))
            else:
                going.append(parcel)
        _leave(going, groups, by=by, now=now)
    return ShipReport(tuple(parcel.pk for parcel in going), tuple(refused))


def _leave(going: Sequence[Parcel], groups: dict[int, list[Order]], *, by: Actor, now: datetime) -> None:
    if not going:
        return
    ids = [parcel.pk for parcel in going]
    Parcel.objects.filter(pk__in=ids).update(state=Parcel.State.SHIPPED, shipped_at=now)
    whole = _heads_complete({parcel.order_id for parcel in going})
    order_ids = [order.pk for head in whole for order in groups[head]]
    if order_ids:
        orders.mark_shipped(order_ids, by=by, now=now)
    deeds = [
        Deed(
            "parcel.shipped", "order", parcel.order_id, parcel.order.no,
            {"courier": couriers.name(parcel.courier_code), "waybill_no": parcel.waybill_no},
        )
        for parcel in going
    ]  # fmt: skip
    record(deeds, by=by, now=now)
    events.publish(ParcelsShipped(tuple(ids)))


def _heads_complete(heads: set[int]) -> list[int]:
    """Those heads that have no parcel left in the house."""
    waiting = Parcel.objects.filter(order__in=heads).exclude(state__in=[Parcel.State.SHIPPED, Parcel.State.VOID])
    return sorted(heads - set(waiting.values_list("order_id", flat=True)))


def unship(parcel_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Take a shipping back within ten minutes: stock returns to the shelf, locked as before. Returns how many parcels came back.

    Raises `DomainError("ship.too_late")` naming the orders, and does nothing, when one of them left longer ago.
    """
    with transaction.atomic():
        rows = Parcel.objects.filter(pk__in=parcel_ids, state=Parcel.State.SHIPPED).select_for_update(of=("self",))
        parcels = list(rows.select_related("order").order_by("id"))
        late = [p.order.short_no for p in parcels if p.shipped_at is None or now - p.shipped_at > UNDO_WITHIN]
        if late:
            told = _("%(orders)s 发货超过 10 分钟，不能撤销。包裹还在的话，请建售后工单追回。") % {"orders": "、".join(late[:5])}
            raise DomainError(told, "ship.too_late")
        heads = {parcel.order_id for parcel in parcels}
        was_whole = _heads_complete(heads)
        for state, some in _states_before(parcels).items():
            Parcel.objects.filter(pk__in=some).update(state=state, shipped_at=None)
        ShipFileParcel.objects.filter(parcel__in=parcels).delete()  # the next file tells of them, perhaps with another number
        confirmations.forget(parcels)
        groups = contents.groups(was_whole)
        order_ids = [order.pk for head in was_whole for order in groups[head]]
        if order_ids:
            orders.unship(order_ids, by=by, now=now)
        reckon_doubts(heads, now=now)
        record([Deed("parcel.unshipped", "order", p.order_id, p.order.no) for p in parcels], by=by, now=now)
    return len(parcels)


def _states_before(parcels: Sequence[Parcel]) -> dict[str, list[int]]:
    """What each parcel was before it left, read from its own marks; always three groups, so the statements stay constant."""
    found: dict[str, list[int]] = {Parcel.State.CHECKED: [], Parcel.State.PRINTED: [], Parcel.State.OPEN: []}
    for parcel in parcels:
        key = Parcel.State.CHECKED if parcel.checked_at else Parcel.State.PRINTED if parcel.printed_at else Parcel.State.OPEN
        found[key].append(parcel.pk)
    return found


def ship_many(parcel_ids: Sequence[int], *, by: Actor, now: datetime) -> Run:
    """Ship in the background, in slices, with a result per parcel on the run's page."""
    with transaction.atomic():
        run = runs.start("ship", _("发货 %(count)s 单") % {"count": len(parcel_ids)}, total=len(parcel_ids), by=by, now=now)
        ship_in_background.enqueue(run_id=run.pk, parcel_ids=list(parcel_ids), actor_id=by.id, actor_name=by.name)
    return run


@jobs.job()
def ship_in_background(run_id: int, parcel_ids: list[int], actor_id: int | None, actor_name: str) -> None:
    ship_run(run_id, parcel_ids, by=Actor(actor_id, actor_name), now=clock.now())


def ship_run(run_id: int, parcel_ids: Sequence[int], *, by: Actor, now: datetime) -> None:
    """The job behind `ship_many`. A second attempt refuses what left already with the reason 已经发货."""
    shipped = 0
    for start in range(0, len(parcel_ids), AT_ONCE):
        report = ship(parcel_ids[start : start + AT_ONCE], by=by, now=now)
        shipped += len(report.shipped)
        names = dict(Parcel.objects.filter(pk__in=report.shipped).values_list("pk", "order__no"))
        done = [{"label": names[pk], "ok": True, "message": "", "url": ""} for pk in report.shipped]
        refused = [{"label": one.order_no, "ok": False, "message": one.reason, "url": ""} for one in report.refused]
        runs.advance(run_id, [*done, *refused])
    runs.finish(run_id, summary={"shipped": shipped})
