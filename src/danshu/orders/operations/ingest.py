"""Intake: orders of one shop become ours, batch by batch. Equal ones change nothing, newer ones update, new ones lock stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice

from django.db import transaction

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.catalogue import operations as catalogue
from danshu.catalogue import rows
from danshu.channels.contract import IncomingOrder
from danshu.channels.models import Shop
from danshu.core import database, events
from danshu.core.actor import Actor
from danshu.orders import refunding
from danshu.orders.arrival import Arrived, Intake
from danshu.orders.events import OrdersChanged, OrdersShort
from danshu.orders.operations import ingest_fresh, ingest_known
from danshu.orders.operations.halving import REFUSALS, halved
from danshu.orders.prepared import Reject

__all__ = ["REFUSALS", "IngestReport", "Reject", "ingest"]


@dataclass(slots=True)
class IngestReport:
    """What became of a batch. `rejects` were not saved; everything else was, wholly."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    new_ids: tuple[int, ...] = ()
    updated_ids: tuple[int, ...] = ()
    short_ids: tuple[int, ...] = ()
    unmapped_ids: tuple[int, ...] = ()
    rejects: list[Reject] = field(default_factory=list)

    def add(self, other: IngestReport) -> None:
        self.new += other.new
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.new_ids += other.new_ids
        self.updated_ids += other.updated_ids
        self.short_ids += other.short_ids
        self.unmapped_ids += other.unmapped_ids
        self.rejects += other.rejects


def ingest(
    shop_id: int, orders: Sequence[IncomingOrder | Arrived], *, source: str, batch_id: int | None = None, whole: bool = False, by: Actor,
    now: datetime,
) -> IngestReport:  # fmt: skip
    """Take a batch (up to 1,000 is quick) in one transaction with a constant number of statements.

    Idempotent by (shop, platform order number) and digest; only newer wins. Orders that cannot be saved come back as rejects with
    their reasons; the rest is saved all the same. An order that stands twice in the batch is taken twice, in the given order. Some may
    come prepared (`Arrived.ready`).

    `whole` is for a caller whose transaction holds more than this: no savepoint stands under the batch, from which SQLite would copy every
    page it touches. When the database does not take the batch, `REFUSALS` are raised; the caller begins again without `whole`.
    """
    report = IngestReport()
    waves: list[dict[str, Arrived]] = [{}]
    for order in orders:
        each = order if isinstance(order, Arrived) else Arrived(order, order.digest())
        if refused := each.refusal():
            report.rejects.append(refused)
            continue
        for wave in waves:
            if each.platform_no not in wave:
                wave[each.platform_no] = each
                break
        else:
            waves.append({each.platform_no: each})
    for wave in waves:
        if wave:
            take = partial(_take, shop_id, source=source, batch_id=batch_id, by=by, now=now)
            some = list(wave.values())
            report.add(take(some) if whole else halved(some, transaction.atomic(take), _refused))
    return report


def _take(shop_id: int, arrived: Sequence[Arrived], *, source: str, batch_id: int | None, by: Actor, now: datetime) -> IngestReport:
    with database.joined(), events.together():
        return _save(Intake(_enter(shop_id, now), source, batch_id, now), arrived, by=by)


def _refused(order: Arrived, reason: str) -> IngestReport:
    return IngestReport(rejects=[Reject(order.platform_no, reason, "order.refused")])


def _save(intake: Intake, arrived: Sequence[Arrived], *, by: Actor) -> IngestReport:
    known, claimed = _known(intake.shop.pk, [each.platform_no for each in arrived])
    fresh = [each for each in arrived if each.platform_no not in known]
    changed = [each for each in arrived if each.digest != known.get(each.platform_no, each.digest)]
    report = IngestReport(unchanged=len(arrived) - len(fresh) - len(changed))
    if not fresh and not changed:
        return report
    _resolve(intake, [*fresh, *changed])
    claims = ingest_known.claims_of(intake.shop.pk, claimed)
    waiting = {each.platform_no: claims[each.platform_no] for each in fresh if each.platform_no in claims}
    fresh = [each.under(*refunding.over_fresh(each.order, mine)) if (mine := waiting.get(each.platform_no)) else each for each in fresh]
    given = ingest_fresh.numbered(intake, fresh)
    wanted = {found.sku_id for each in fresh for found in each.found if found.sku_id}
    updates = ingest_known.update(intake, changed, claims, beside=wanted, by=by)
    placed = ingest_fresh.place(intake, fresh, given, by=by)
    if waiting:
        ingest_known.adopt(intake.shop.pk, [claim["id"] for mine in waiting.values() for claim in mine])
    report.new, report.new_ids = len(placed.order_ids), placed.order_ids
    report.updated, report.updated_ids = len(updates.order_ids), updates.order_ids
    report.unchanged += len(changed) - len(updates.order_ids)
    report.short_ids = updates.short_ids + placed.short_ids
    report.unmapped_ids = updates.unmapped_ids + placed.unmapped_ids
    _tell(intake, report, by=by)
    return report


SHOP = ("id", "name", "platform", "is_active", "ship_hours", "courier_code", "warehouse_id", "unpaid_minutes")


def _enter(shop_id: int, now: datetime) -> Shop:
    """The shop, held until the end so that its intakes come one after the other, and marked as heard from."""
    found = database.fetch(
        f"UPDATE channels_shop SET last_intake_at = %s WHERE id = %s RETURNING {', '.join(SHOP)}",  # noqa: S608 -- constants only
        [rows.moment(now), shop_id],
    )
    if not found:
        raise Shop.DoesNotExist
    return Shop.from_db("default", SHOP, found[0])


def _known(shop_id: int, numbers: Sequence[str]) -> tuple[dict[str, str], set[str]]:
    """(digest by platform number of the orders that we have, the numbers for which there are requests for refunds)."""
    among = rows.among("platform_no", "text")
    found = database.fetch(
        f"SELECT platform_no, digest FROM orders_order WHERE shop_id = %s AND {among}"  # noqa: S608 -- our own fragment
        f" UNION ALL SELECT platform_no, NULL FROM orders_refund WHERE shop_id = %s AND {among}",
        [shop_id, listed := rows.listed(numbers), shop_id, listed],
    )
    return {number: digest for number, digest in found if digest is not None}, {number for number, digest in found if digest is None}


def _resolve(intake: Intake, arrived: list[Arrived]) -> None:
    """One question to the catalogue for all lines of the batch."""
    asked = [each.wants() for each in arrived]
    answers = iter(catalogue.resolve(intake.shop.pk, [want for wants in asked for want in wants], now=intake.now))
    for each, wants in zip(arrived, asked, strict=True):
        each.found = [*islice(answers, len(wants))]


def _tell(intake: Intake, report: IngestReport, *, by: Actor) -> None:
    """One entry for the batch: an order's own moments tell of its arrival; what an update changed has entries of its own."""
    if not report.new and not report.updated:
        return
    changes = {"new": report.new, "updated": report.updated, "source": intake.source}
    audit.record([Deed("orders.taken_in", "shop", intake.shop.pk, intake.shop.name, changes)], by=by, now=intake.now)
    told: list[events.Event] = [OrdersChanged(report.new_ids + report.updated_ids, "intake")]
    if report.short_ids:
        told.append(OrdersShort(report.short_ids))
    events.publish(*told)
