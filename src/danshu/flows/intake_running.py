"""The work of an import: stretches of 1,000 orders, each in one transaction with the place it has come to."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from danshu.channels.contract import IncomingOrder
from danshu.channels.files import rejects
from danshu.channels.files.formats import known
from danshu.channels.files.recognise import Layout
from danshu.channels.files.translate import BadOrder
from danshu.channels.models import ImportBatch
from danshu.channels.operations import batches
from danshu.channels.operations.batches import Step
from danshu.core import clock, database, jobs, runs
from danshu.core.actor import Actor
from danshu.flows import intake_beside, intake_files, intake_partial, intake_reader
from danshu.flows.intake_reader import HeadStart, Read
from danshu.fulfilment import operations as fulfilment
from danshu.orders import operations as orders
from danshu.orders.arrival import Arrived

TIDIED_EVERY = 5000  # orders


def work(batch: ImportBatch, layout: Layout, head_start: HeadStart | None = None, *, by: Actor) -> bool:
    """Import what is left of the batch. False: another worker has taken it over."""
    assert batch.shop is not None  # confirmed: `batches.confirm` sets it
    path, position = intake_files.path_of(batch.path), batch.position
    left = batch.order_count - position
    apart = batch.layout.get("scattered")
    with database.asynchronous_commit(), _seldom_tidied():  # the end of the batch is a commit that waits for the disk
        read = intake_reader.stretches(path, layout, apart, head_start, shop=batch.shop, skip=position, left=left)
        for outcomes in read:
            if not _save(batch.pk, layout, position, outcomes, by=by):
                return False
            position += len(outcomes)
            if position % TIDIED_EVERY < len(outcomes):
                gc.collect(1)
    return True


@contextmanager
def _seldom_tidied() -> Iterator[None]:
    """Orders refer to nothing that refers back, so hardly anything is found by looking for such garbage 25 times a stretch, and once over
    the whole house every few: a fifth of the work. It is looked for between stretches instead, when next to nothing is left of that."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def tidy(batch: ImportBatch, layout: Layout) -> None:
    """After the end: the bad rows as a file of their own; our copy of the file goes."""
    if batch.state == ImportBatch.State.FAILED:
        return
    path = intake_files.path_of(batch.path)
    if batch.rejects and path.exists():
        reasons = {row: each["reason"] for each in batch.rejects for row in each["rows"]}
        rejects.write(intake_files.rejects_of(batch.path), intake_beside.sheet_of(path, layout), layout, reasons)
    intake_files.forget(batch.path)


def _save(batch_id: int, layout: Layout, position: int, outcomes: Sequence[Read], *, by: Actor) -> bool:
    """In one piece; a stretch that the database does not take as it is, is taken again with a savepoint under each part of it."""
    try:
        return _save_stretch(batch_id, layout, position, outcomes, whole=True, by=by)
    except orders.REFUSALS:
        return _save_stretch(batch_id, layout, position, outcomes, whole=False, by=by)


@transaction.atomic
def _save_stretch(batch_id: int, layout: Layout, position: int, outcomes: Sequence[Read], *, whole: bool, by: Actor) -> bool:
    good = [outcome.result for outcome in outcomes if isinstance(outcome.result, Arrived)]
    bad = [_bad(outcome, outcome.result) for outcome in outcomes if isinstance(outcome.result, BadOrder)]
    batch = batches.lock(batch_id, position=position)
    if batch is None:
        return False
    assert batch.shop_id is not None  # confirmed: `batches.confirm` sets it
    now = clock.now()
    report, refused = _ingest(batch, layout, good, whole=whole, by=by)
    rows = {outcome.result.platform_no: outcome.rows for outcome in outcomes}
    bad += [
        {"row": rows[each.platform_no][0], "rows": rows[each.platform_no], "no": each.platform_no, "code": each.code,
         "reason": each.reason}
        for each in (*refused, *report.rejects)
    ]  # fmt: skip
    fulfilment.note_platform_parcels(batch.shop_id, [each.order for each in good if each.has_parcels], by=by, now=now)
    batches.advance(batch, Step(len(outcomes), report.new, report.updated, report.unchanged, bad))
    if batch.run_id:
        lines = [{"label": each["no"] or f"#{each['row']}", "ok": False, "message": each["reason"]} for each in bad]
        runs.advance(batch.run_id, lines, done=len(outcomes))
    jobs.progressed()
    return True


def _ingest(
    batch: ImportBatch, layout: Layout, good: list[Arrived], *, whole: bool, by: Actor
) -> tuple[orders.IngestReport, list[orders.Reject]]:
    assert batch.shop_id is not None  # confirmed
    refused: list[orders.Reject] = []
    arrived: Sequence[IncomingOrder | Arrived] = good
    if layout.kind == "refunds":
        arrived, refused = intake_partial.refunds(batch.shop_id, [each.order for each in good])
    elif not known(layout.format).has_orders:
        arrived = intake_partial.over_known_amounts(batch.shop_id, [each.order for each in good])
    report = orders.ingest(batch.shop_id, arrived, source="file", batch_id=batch.pk, whole=whole, by=by, now=clock.now())
    return report, refused


def _bad(outcome: Read, order: BadOrder) -> dict[str, Any]:
    return {
        "row": outcome.rows[0],
        "rows": list(outcome.rows),
        "no": order.platform_no,
        "code": order.code,
        "reason": order.reason,
    }
