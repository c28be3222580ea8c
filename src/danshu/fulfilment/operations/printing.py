"""The print button: check sheet, batch, PDF, reprint, going on after a paper jam."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.core import clock, events, jobs
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment import boxes, checks, contents, couriers
from danshu.fulfilment.checks import LeftOut
from danshu.fulfilment.contents import Contents
from danshu.fulfilment.events import PapersReady
from danshu.fulfilment.models import Parcel, PrintBatch, PrintBatchParcel, Printer
from danshu.fulfilment.operations.parcels import open_parcels
from danshu.fulfilment.operations.waybills import sync_couriers
from danshu.fulfilment.papers.content import SIZES, Job
from danshu.orders import operations as orders
from danshu.orders import receiver
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment, Issue

PAPERS = ("pick", "slip", "label")


@dataclass(frozen=True, slots=True)
class CheckSheet:
    """What a batch would hold, in the order it would come out, and what stays out with the reason."""

    ready: Sequence[Contents]
    left_out: Sequence[LeftOut]


def check_sheet(
    parcel_ids: Sequence[int], *, order_ids: Sequence[int] = (), again: bool = False, accept_changed: bool = False
) -> CheckSheet:
    """Sort parcels into those that can be printed (by courier, then shelf path) and those that cannot, and with these the `order_ids`
    that have no parcel. Writes nothing."""
    parcels = list(Parcel.objects.filter(pk__in=parcel_ids).select_related("order", "warehouse").order_by("id"))
    found = contents.of(parcels)
    ready, left_out = [], []
    for parcel in parcels:
        some = found[parcel.pk]
        code = checks.against_printing(parcel, some.orders, again=again, accept_changed=accept_changed)
        code = code or ("" if some.sold else "empty")
        if code:
            left_out.append(LeftOut(parcel.pk, parcel.order.short_no, code))
        else:
            ready.append(some)
    order = {code: place for place, code in enumerate(couriers.table())}
    ready.sort(
        key=lambda some: (
            order.get(some.parcel.courier_code, len(order)),
            some.parcel.courier_code,
            some.shelf,
            some.parcel.pk,
        )
    )
    return CheckSheet(ready, [*left_out, *_boxless(order_ids)])


def print_papers(  # noqa: PLR0913 - each one is a switch of the print form
    parcel_ids: Sequence[int] = (),
    *,
    order_ids: Sequence[int] = (),
    papers: Sequence[str] = ("label",),
    printer_id: int | None = None,
    size: str = "",
    plain: bool | None = None,
    prices: bool | None = None,
    again: bool = False,
    accept_changed: bool = False,
    by: Actor,
    now: datetime,
) -> PrintBatch:
    """Make a batch of parcels (or of orders, whose parcels are opened first) and have its PDF drawn by a job.

    Parcels that cannot be printed are left out with their reasons and hold up nobody. `size`, `plain` and `prices` come from the
    printer unless given. `plain` (full receiver) is logged per order; the caller has checked `people.reveal`.
    Raises `DomainError`: "print.papers", "print.size", "print.nothing" (everything is left out; details["left_out"] says why).
    """
    printer = Printer.objects.filter(pk=printer_id).first() if printer_id else None
    chosen = [paper for paper in PAPERS if paper in papers]
    size = size or (printer.size if printer else "100x180")
    if not chosen:
        raise DomainError(_("请至少选一种单据：发货单、拣货单或送货标签。"), "print.papers")
    if size not in SIZES:
        raise DomainError(_("没有这种纸张：%(size)s。请从列表里选。") % {"size": size}, "print.size")
    with transaction.atomic():
        wanted = [*parcel_ids, *(open_parcels(order_ids, by=by, now=now) if order_ids else [])]
        sync_couriers(wanted)
        sheet = check_sheet(wanted, order_ids=order_ids, again=again, accept_changed=accept_changed)
        _refuse_nothing(sheet)
        batch = PrintBatch.objects.create(
            no=secrets.token_hex(6),
            papers=chosen,
            size=size,
            printer=printer,
            is_plain=bool(printer and printer.is_plain) if plain is None else plain,
            shows_prices=bool(printer and printer.shows_prices) if prices is None else prices,
            parcel_count=len(sheet.ready),
            left_out=[one.plain() for one in sheet.left_out],
            actor_id=by.id,
            actor_name=by.name,
            created_at=now,
        )
        _finish_batch(batch, sheet.ready, by=by, now=now)
        if accept_changed and shows_receiver(batch):
            seen = [order.pk for some in sheet.ready for order in some.orders]
            orders.mark_seen(seen, issues=Issue.CHANGED.value, by=by, now=now)
    return batch


def _boxless(order_ids: Sequence[int]) -> list[LeftOut]:
    """Orders for which no parcel was opened: they were cancelled, or have left without us."""
    heads = Order.objects.filter(pk__in=order_ids).values(head=Coalesce("merged_into_id", "id"))
    boxed = Parcel.objects.filter(order__in=heads).exclude(state=Parcel.State.VOID).values("order")
    bare = Order.objects.filter(pk__in=heads).exclude(pk__in=boxed).order_by("pk") if order_ids else ()
    return [LeftOut(0, order.short_no, "cancelled" if order.fulfilment == Fulfilment.CANCELLED else "gone") for order in bare]


def _refuse_nothing(sheet: CheckSheet) -> None:
    if not sheet.ready:
        told = "；".join(f"{one.order_no} {one.reason}" for one in sheet.left_out[:5]) or _("没有选中包裹")
        details = {"left_out": [one.plain() for one in sheet.left_out]}
        raise DomainError(_("没有能打印的包裹：%(why)s。") % {"why": told}, "print.nothing", details=details)


def shows_receiver(batch: PrintBatch) -> bool:
    """Whether its papers go with the parcel; a pick list alone stays in the house and marks nothing."""
    return bool({"slip", "label"} & set(batch.papers))


def _finish_batch(batch: PrintBatch, ready: Sequence[Contents], *, by: Actor, now: datetime) -> None:
    batch.no = f"B-{batch.pk:04d}"
    PrintBatch.objects.filter(pk=batch.pk).update(no=batch.no)
    marks = shows_receiver(batch)
    PrintBatchParcel.objects.bulk_create(
        [
            PrintBatchParcel(batch=batch, parcel=some.parcel, position=place, reprint=some.parcel.print_count if marks else 0)
            for place, some in enumerate(ready, start=1)
        ]
    )
    if batch.is_plain:
        receiver.reveal([some.parcel.order_id for some in ready], by=by, now=now)
    deeds = [
        Deed(
            "parcel.printed",
            "order",
            some.parcel.order_id,
            some.parcel.order.no,
            {"batch": batch.no, "papers": batch.papers},
        )
        for some in ready
    ]
    record(deeds, by=by, now=now)
    draw_in_background.enqueue(batch_id=batch.pk)


def reprint(
    parcel_ids: Sequence[int],
    *,
    papers: Sequence[str],
    printer_id: int | None = None,
    plain: bool | None = None,
    by: Actor,
    now: datetime,
) -> PrintBatch:
    """Print parcels again, also shipped ones; each paper says 补打 n. No new number is taken."""
    return print_papers(parcel_ids, papers=papers, printer_id=printer_id, plain=plain, again=True, accept_changed=True, by=by, now=now)


def continue_batch(batch_id: int, position: int, *, by: Actor, now: datetime) -> PrintBatch:
    """Draw a batch again from `position` (1 = from the start) after a jam: same papers, same numbers, no reprint mark.

    Raises `DomainError("print.position")` when the batch has no such paper.
    """
    with transaction.atomic():
        batch = PrintBatch.objects.select_for_update().get(pk=batch_id)
        if not 1 <= position <= batch.parcel_count:
            told = _("这批一共 %(count)s 张，没有第 %(position)s 张。") % {
                "count": batch.parcel_count,
                "position": position,
            }
            raise DomainError(told, "print.position")
        batch.first, batch.state, batch.error = position, PrintBatch.State.WAITING, ""
        batch.save(update_fields=["first", "state", "error"])
        record([Deed("batch.continued", "batch", batch.pk, batch.no, {"position": position})], by=by, now=now)
        draw_in_background.enqueue(batch_id=batch.pk)
    return batch


@jobs.job()
def draw_in_background(batch_id: int) -> None:
    draw_papers(batch_id, now=clock.now())


def draw_papers(batch_id: int, *, now: datetime) -> None:
    """What the job does: draw the PDF, then in one transaction note it and mark parcels and orders as printed. Twice is harmless."""
    batch = PrintBatch.objects.select_related("printer").filter(pk=batch_id).first()
    if batch is None or batch.state == PrintBatch.State.READY or not batch.parcel_count:
        return
    members = list(
        PrintBatchParcel.objects.filter(batch=batch, position__gte=batch.first)
        .select_related("parcel__order", "parcel__warehouse").order_by("position")
    )  # fmt: skip
    try:
        path = _draw(batch, members)
    except DomainError as error:
        PrintBatch.objects.filter(pk=batch.pk).update(state=PrintBatch.State.FAILED, error=error.message)
        return
    with transaction.atomic():
        same = {"first": batch.first, "parcel_count": batch.parcel_count}  # nobody went on elsewhere or took parcels out meanwhile
        moved = PrintBatch.objects.filter(pk=batch.pk, state=PrintBatch.State.WAITING, **same)
        first_time = batch.ready_at is None
        if not moved.update(state=PrintBatch.State.READY, path=path, ready_at=now, error=""):
            (Path(settings.MEDIA_ROOT) / path).unlink(missing_ok=True)  # the drawing of a batch that is another one now
            return
        if first_time and shows_receiver(batch):
            _mark_printed([member.parcel for member in members], Actor(batch.actor_id, batch.actor_name), now)
        events.publish(PapersReady(batch.pk))


def _draw(batch: PrintBatch, members: Sequence[PrintBatchParcel]) -> str:
    from danshu.fulfilment.papers import draw  # noqa: PLC0415 - reportlab and Pillow: most processes draw nothing

    found = contents.of([member.parcel for member in members])
    parts = parcel_parts(member.parcel.order_id for member in members)
    job = Job(
        batch_no=batch.no,
        day=clock.local(batch.created_at).strftime("%Y-%m-%d"),
        papers=batch.papers,
        size=batch.size,
        boxes=[
            boxes.box(
                found[member.parcel_id],
                plain=batch.is_plain,
                reprint=member.reprint,
                part=parts.get(member.parcel_id, ""),
            )
            for member in members
        ],
        total=batch.parcel_count,
        first=batch.first,
        offset_x=batch.printer.offset_x if batch.printer else 0,
        offset_y=batch.printer.offset_y if batch.printer else 0,
        shows_prices=batch.shows_prices,
    )
    relative = f"papers/{batch.no}-{secrets.token_hex(8)}.pdf"
    target = Path(settings.MEDIA_ROOT) / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        draw.batch(file, job)
    return relative


def parcel_parts(order_ids: Iterable[int]) -> dict[int, str]:
    """Parcel id → `2/3`, for orders that travel in several; void parcels are not counted."""
    rows = Parcel.objects.filter(order__in=list(order_ids)).exclude(state=Parcel.State.VOID).order_by("order_id", "sequence")
    boxes_of: dict[int, list[int]] = {}
    for parcel_id, order_id in rows.values_list("id", "order_id"):
        boxes_of.setdefault(order_id, []).append(parcel_id)
    several = [ids for ids in boxes_of.values() if len(ids) > 1]
    return {parcel_id: f"{place}/{len(ids)}" for ids in several for place, parcel_id in enumerate(ids, 1)}


def _mark_printed(parcels: Sequence[Parcel], by: Actor, now: datetime) -> None:
    ids = [parcel.pk for parcel in parcels]
    Parcel.objects.filter(pk__in=ids).update(print_count=F("print_count") + 1, printed_at=now)
    Parcel.objects.filter(pk__in=ids, state=Parcel.State.OPEN).update(state=Parcel.State.PRINTED)
    heads = {parcel.order_id for parcel in parcels if parcel.state == Parcel.State.OPEN}
    groups = contents.groups(heads).values()
    waiting = [order.pk for some in groups for order in some if order.fulfilment == Fulfilment.WAITING]
    if waiting:  # an order that was cancelled while the PDF was drawn stays cancelled
        orders.mark_printed(waiting, by=by, now=now)


def sweep(before: datetime) -> int:
    """Delete PDFs of batches made before a moment: they can be drawn again, and full addresses should not lie about."""
    old = PrintBatch.objects.filter(created_at__lt=before).filter(~Q(path=""))
    paths = list(old.values_list("path", flat=True))
    for relative in paths:
        (Path(settings.MEDIA_ROOT) / relative).unlink(missing_ok=True)
    old.update(path="")
    return len(paths)
