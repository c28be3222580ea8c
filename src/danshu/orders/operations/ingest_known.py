"""The part of intake for orders that we know: newer words about them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import OuterRef, Subquery

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.core import bulk, events
from danshu.core.actor import Actor
from danshu.orders import arrival, change, refunding
from danshu.orders.arrival import Arrived, Intake
from danshu.orders.change import Change, Row
from danshu.orders.events import OrdersCancelled, OrdersPaid, OrdersShipped, RefundsRequested
from danshu.orders.models import ImportedOrder, Order, OrderLine, Refund
from danshu.orders.operations import lock
from danshu.orders.operations.cancel import leave_boxes
from danshu.orders.operations.ingest_fresh import Taken, late
from danshu.orders.states import GONE, PAYABLE, Issue
from danshu.stock import operations as stock

Claims = Mapping[str, Sequence[Row]]  # platform order number → requests for refunds, `refunding.CLAIM` of each


def update(intake: Intake, arrived: Sequence[Arrived], claims: Claims, *, beside: Iterable[int] = (), by: Actor) -> Taken:
    """Apply what is newer; stock follows in the same transaction: cancelled lets go, paid keeps, shipped elsewhere is consumed. `beside`:
    SKUs that the batch's new orders ask for afterwards."""
    if not arrived:
        return Taken()
    words = {each.platform_no: each for each in arrived}
    heads = load(shop_id=intake.shop.pk, platform_no__in=list(words))
    heads = [head for head in heads if _says_more(head, words[head["platform_no"]])]
    if not heads:
        return Taken()
    parts, lines = belongings(heads)
    families = [
        _changes(intake, [head, *parts.get(head["id"], [])], lines, words[head["platform_no"]], claims.get(head["platform_no"], ()))
        for head in heads
    ]
    idle = {family[0].row["id"] for family in families if all(each.is_nothing for each in family)}
    _remember([family[0] for family in families if family[0].row["id"] in idle])
    real = [family for family in families if family[0].row["id"] not in idle]
    changes = [each for family in real for each in family]
    outcome = apply(changes, lines, batch_id=intake.batch_id, beside=beside, by=by, now=intake.now)
    unmapped = tuple(each.row["id"] for each in changes if each.row["issues"] & Issue.UNMAPPED)
    return Taken(tuple(family[0].row["id"] for family in real), outcome.short_ids, unmapped)


def _says_more(head: Row, word: Arrived) -> bool:
    return not change.is_heard(head, word.digest) and not change.is_stale(head, word.order)


def _remember(heads: Sequence[Change]) -> None:
    """Words that say nothing new, so that the same again is known by its digest alone."""
    bulk.update(Order, ("id",), ("digest",), [(head.row["id"], head.row["digest"]) for head in heads], lock=False)


def claims_of(shop_id: int, numbers: Collection[str]) -> dict[str, list[Row]]:
    """Requests for refunds by platform order number, `refunding.CLAIM` of each."""
    found: dict[str, list[Row]] = {}
    if not numbers:
        return found
    for claim in Refund.objects.filter(shop_id=shop_id, platform_no__in=list(numbers)).order_by("pk").values(*refunding.CLAIM):
        found.setdefault(claim["platform_no"], []).append(dict(claim))
    return found


def adopt(shop_id: int, refund_ids: Sequence[int]) -> None:
    """Requests that waited for their order have it now."""
    order = Order.objects.filter(shop_id=shop_id, platform_no=OuterRef("platform_no"))
    Refund.objects.filter(pk__in=refund_ids).update(order_id=Subquery(order.values("pk")[:1]))


def load(**where: Any) -> list[Row]:
    """Orders as `change.KNOWN`, locked."""
    found = Order.objects.filter(**where).order_by("pk").select_for_update(no_key=True, of=("self",)).values(*change.KNOWN)
    return [dict(row) for row in found]


def belongings(heads: Sequence[Row]) -> tuple[dict[int, list[Row]], dict[int, list[Row]]]:
    """(parts split off from each head, lines of each order)."""
    parts: dict[int, list[Row]] = {}
    for part in load(split_from_id__in=[head["id"] for head in heads]):
        parts.setdefault(part["split_from_id"], []).append(part)
    family = [head["id"] for head in heads] + [part["id"] for rows in parts.values() for part in rows]
    lines: dict[int, list[Row]] = {}
    for line in OrderLine.objects.filter(order_id__in=family).order_by("pk").values(*change.KNOWN_LINE):
        lines.setdefault(line["order_id"], []).append(dict(line))
    return parts, lines


def _changes(intake: Intake, family: list[Row], lines: dict[int, list[Row]], word: Arrived, claims: Sequence[Row]) -> list[Change]:
    """The head's change, and those of the parts that were split off from it."""
    changes = []
    in_parts = len(family) > 1
    leaves_in_parts = in_parts and any(row["fulfilment"] in GONE for row in family)
    scale = refunding.Scale.of(family, (line for row in family for line in lines.get(row["id"], []))).under(word.order)
    for row in family:
        known, view = lines.get(row["id"], []), None
        if claims:
            view = refunding.view(row, known, word.order, claims, scale, in_parts=in_parts, leaves_in_parts=leaves_in_parts)
        order = view.order if view else word.order
        each = change.facts(intake.shop, row, order, word.digest, intake.now, leaves_in_parts=leaves_in_parts)
        unmapped: bool | None = None
        if in_parts or not order.has_lines:
            change.refunds(each, known, view.lines if view else {line.oid: line.refund.value for line in order.lines})
        else:
            change.lines(each, known, order, word.found)
            unmapped = arrival.is_unmapped([line.refund.value for line in order.lines], word.found)
        if view:
            each.row["refund_word"] = view.said.plain()
            each.keep(line["id"] for line in known if line["oid"] in view.shipped)
        change.settle(each, unmapped=unmapped, blocked=word.order.is_blocked)
        changes.append(each)
    return changes


def apply(
    changes: list[Change], lines: dict[int, list[Row]], *, batch_id: int | None = None, beside: Iterable[int] = (), by: Actor,
    now: datetime,
) -> lock.Outcome:  # fmt: skip
    """Write the changes, let stock follow, tell. `lines` as known before; `beside`: SKUs that the same story asks for afterwards."""
    _write(batch_id, changes, lines)
    outcome = _stock(changes, beside, by=by, now=now)
    leave_boxes([each.row["id"] for each in changes if each.is_cancelled_now], by=by, now=now)
    _tell(changes, by=by, now=now)
    return outcome


def _write(batch_id: int | None, changes: list[Change], lines: dict[int, list[Row]]) -> None:
    if batch_id:
        before = [(batch_id, each.known["id"], snapshot(each.known, lines.get(each.known["id"], []))) for each in changes]
        bulk.insert(ImportedOrder, ("batch_id", "order_id", "before"), before, conflict=("batch_id", "order_id"))
    rows = [tuple(each.row[name] for name in ("id", *change.COLUMNS)) for each in changes]
    bulk.update(Order, ("id",), change.COLUMNS, rows, lock=False)
    line_rows = [tuple(line[name] for name in ("id", *change.LINE_COLUMNS)) for each in changes for line in each.lines]
    bulk.update(OrderLine, ("id",), change.LINE_COLUMNS, line_rows)
    bulk.insert(OrderLine, arrival.LINE_COLUMNS, [row for each in changes for row in each.new_lines])


def snapshot(order: Row, lines: list[Row]) -> Any:
    """An order as plain JSON values, so that the import can be undone; the sealed receiver stays sealed."""
    plain = {name: _plain(order[name]) for name in change.COLUMNS}
    return json.loads(
        json.dumps({"order": plain, "lines": [{name: line[name] for name in change.KNOWN_LINE} for line in lines]}, cls=DjangoJSONEncoder)
    )


def _plain(value: Any) -> Any:
    return b64encode(bytes(value)).decode() if isinstance(value, bytes | memoryview) else value


def _stock(changes: list[Change], beside: Iterable[int], *, by: Actor, now: datetime) -> lock.Outcome:
    """Let go first, so that what one order frees can serve the next."""
    lock.hold([each.row["id"] for each in changes if each.moves_stock], beside)
    cancelled = [each.row["id"] for each in changes if each.is_cancelled_now]
    if free := [line_id for each in changes for line_id in each.let_go]:
        stock.release(cancelled, demand_ids=free, by=by, now=now)
    elif cancelled:
        stock.release(cancelled, by=by, now=now)
    if shipped := [each.row["id"] for each in changes if each.is_shipped_now]:
        stock.consume(shipped, by=by, now=now)
    if paid := [each.row["id"] for each in changes if each.is_paid_now]:
        stock.mark_paid(paid, by=by, now=now)
    wanting = [each.row["id"] for each in changes if each.needs_stock]
    outcome = lock.lock(wanting, by=by, now=now) if wanting else lock.Outcome()
    touched = [each.row["id"] for each in changes if each.let_go]
    reckoned = lock.reckon(touched, now=now) if touched else lock.Outcome()
    return lock.Outcome(outcome.short_ids + reckoned.short_ids, outcome.filled_ids + reckoned.filled_ids)


def _tell(changes: list[Change], *, by: Actor, now: datetime) -> None:
    facts = {
        OrdersPaid: [each for each in changes if each.is_paid_now],
        OrdersCancelled: [each for each in changes if each.is_cancelled_now],
        OrdersShipped: [each for each in changes if each.is_shipped_now],
        RefundsRequested: [each for each in changes if each.is_refunding_now],
    }
    events.publish(*(fact(tuple(each.row["id"] for each in those)) for fact, those in facts.items() if those))
    deeds = [Deed("order.updated", "order", each.row["id"], each.row["no"], each.told) for each in changes if each.told]
    audit.record(deeds, by=by, now=now)
    joined: dict[str, list[int]] = {}
    for each in changes:
        row = each.row
        other = each.is_paid_now or row["merge_hash"] != each.known["merge_hash"]
        if other and row["merge_hash"] and row["fulfilment"] == "waiting" and row["payment"] in PAYABLE and row["refund"] == "none":
            joined.setdefault(row["merge_hash"], []).append(row["id"])
    late(joined)
