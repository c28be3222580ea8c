"""Intake of requests for refunds, batch by batch: kept one by one, and followed into their orders and what those hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels.contract import IncomingRefund
from danshu.channels.models import Shop
from danshu.core import bulk, events
from danshu.core.actor import Actor
from danshu.orders import change, refunding
from danshu.orders.change import Change, Row
from danshu.orders.events import OrdersChanged, RefundsChanged
from danshu.orders.models import Order, Refund
from danshu.orders.operations import ingest_known
from danshu.orders.operations.chosen import unmapped_orders
from danshu.orders.operations.halving import halved
from danshu.orders.prepared import LARGEST, MOST
from danshu.orders.states import LIVING, OPEN, Issue

COLUMNS = (
    "platform_no", "order_id", "kind", "state", "oids", "amount_fen", "quantity", "is_before_shipping", "reason", "status_text",
    "asked_at", "modified_at", "answer_by", "return_courier", "return_waybill_no", "digest", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RefundReject:
    """A request that was not taken, and why."""

    refund_no: str
    reason: str
    code: str


@dataclass(slots=True)
class RefundReport:
    """What became of a batch. `rejects` were not saved; everything else was, wholly."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejects: list[RefundReject] = field(default_factory=list)

    def add(self, other: RefundReport) -> None:
        self.new += other.new
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.rejects += other.rejects


def ingest_refunds(shop_id: int, refunds: Sequence[IncomingRefund], *, by: Actor, now: datetime) -> RefundReport:
    """Take a batch (up to 500 is quick) in one transaction with a constant number of statements.

    Idempotent by (shop, request number) and digest; only newer wins, and of a number that stands twice the newer one. A request whose
    order is not here waits for it. The orders follow: `orders/refunding.py` says how. Raises `Shop.DoesNotExist`.
    """
    report, taken = RefundReport(), []
    for refund in refunds:
        if refused := _refusal(refund):
            report.rejects.append(refused)
        else:
            taken.append(refund)
    if taken:
        report.add(halved(taken, lambda some: _take(shop_id, some, by=by, now=now), _refused))
    return report


def _refusal(refund: IncomingRefund) -> RefundReject | None:
    no = refund.refund_no
    if not no.strip() or not refund.platform_no.strip():
        return RefundReject(no, _("没有售后单号或订单号，不知道说的是哪一单。"), "refund.no_number")
    if max(len(no), len(refund.platform_no), *map(len, refund.oids)) > 64:
        return RefundReject(no[:64], _("售后单号、订单号或子订单号超过 64 个字符。"), "refund.number_too_long")
    if not 0 <= refund.amount_fen <= LARGEST or not 0 <= refund.quantity <= MOST:
        return RefundReject(no, _("退款金额或件数不可能是这个数。"), "refund.amount")
    return None


def _refused(refund: IncomingRefund, reason: str) -> RefundReport:
    return RefundReport(rejects=[RefundReject(refund.refund_no, reason, "refund.refused")])


@transaction.atomic
def _take(shop_id: int, refunds: Sequence[IncomingRefund], *, by: Actor, now: datetime) -> RefundReport:
    with events.together():
        shop = Shop.objects.select_for_update(no_key=True).get(pk=shop_id)  # its orders come before or after, never meanwhile
        held = Refund.objects.filter(shop=shop, refund_no__in={refund.refund_no for refund in refunds})
        known: dict[str, Any] = {row["refund_no"]: row for row in held.values("refund_no", "state", "modified_at", "digest")}
        news: dict[str, tuple[IncomingRefund, str]] = {}
        for refund in refunds:
            digest = refund.digest()
            if not _says_more(known.get(refund.refund_no), refund, digest):
                continue
            news[refund.refund_no] = (refund, digest)
            known[refund.refund_no] = {
                "state": refund.state.value, "modified_at": refund.modified_at, "digest": digest,
                "is_new": known.get(refund.refund_no, {"is_new": True}).get("is_new", False),
            }  # fmt: skip
        if not news:
            return RefundReport(unchanged=len(refunds))
        refund_ids = _save(shop, list(news.values()), now)
        follow(shop.pk, {refund.platform_no for refund, _digest in news.values()}, by=by, now=now)
        new = sum(known[no].get("is_new", False) for no in news)
        report = RefundReport(new, len(news) - new, len(refunds) - len(news))
        events.publish(RefundsChanged(refund_ids, shop.pk))
        changes = {"new": report.new, "updated": report.updated}
        audit.record([Deed("refunds.taken_in", "shop", shop.pk, shop.name, changes)], by=by, now=now)
    return report


def _says_more(known: Row | None, refund: IncomingRefund, digest: str) -> bool:
    """Whether the word is news, and not older than what we know. Of one moment, or of none, an end stands above what was before it."""
    if known is None:
        return True
    if known["digest"] == digest:
        return False
    before, after = known["modified_at"], refund.modified_at
    if before and after and before != after:
        return bool(after > before)
    return known["state"] in LIVING or refund.state not in LIVING


def _save(shop: Shop, news: Sequence[tuple[IncomingRefund, str]], now: datetime) -> tuple[int, ...]:
    numbers = {refund.platform_no for refund, _digest in news}
    heads = dict(Order.objects.filter(shop=shop, platform_no__in=numbers).values_list("platform_no", "pk"))
    rows = [
        (
            shop.pk, each.refund_no, now, None, each.platform_no, heads.get(each.platform_no), each.kind.value, each.state.value,
            list(each.oids), each.amount_fen, each.quantity, each.is_before_shipping, each.reason[:200], each.status_text[:60],
            each.asked_at, each.modified_at, each.answer_by, each.return_courier[:40], each.return_waybill_no[:40], digest, now,
        )
        for each, digest in news
    ]  # fmt: skip
    columns = ("shop_id", "refund_no", "created_at", "answering_until", *COLUMNS)
    saved = bulk.insert(Refund, columns, rows, conflict=("shop_id", "refund_no"), update=COLUMNS, returning=("id",))
    return tuple(sorted(pk for (pk,) in saved))


def follow(shop_id: int, numbers: Collection[str], *, by: Actor, now: datetime) -> None:
    """Orders with these platform numbers, in all their parts, come to stand as their requests say; stock follows."""
    claims = ingest_known.claims_of(shop_id, numbers)
    heads = ingest_known.load(shop_id=shop_id, platform_no__in=list(claims), split_from__isnull=True)
    if not heads:
        return
    parts, lines = ingest_known.belongings(heads)
    changes = []
    for head in heads:
        family = [head, *parts.get(head["id"], [])]
        scale = refunding.Scale.of(family, (line for row in family for line in lines.get(row["id"], [])))
        for row in family:
            each = _change(row, lines.get(row["id"], []), claims[head["platform_no"]], scale, now)
            if not each.is_nothing:
                changes.append(each)
    ingest_known.apply(changes, lines, by=by, now=now)
    _clear_unmapped(changes)
    if changes:
        events.publish(OrdersChanged(tuple(each.row["id"] for each in changes), "refund"))


def _change(known: Row, lines: Sequence[Row], claims: Sequence[Row], scale: refunding.Scale, now: datetime) -> Change:
    said = refunding.Said.by(known, lines)
    is_open = known["fulfilment"] in OPEN
    refund, by_oid = refunding.combine(said, claims, [line["oid"] for line in lines], scale, is_open=is_open)
    each = Change(known, known | {"refund": refund, "refund_word": said.plain(), "updated_at": now})
    change.refunds(each, list(lines), by_oid)
    if is_open and refund == "refunded":
        moments = [claim["modified_at"] for claim in claims if claim["state"] == "done" and claim["modified_at"]]
        each.row |= {"fulfilment": "cancelled", "cancelled_at": max(moments, default=now)}
    if each.lines:
        wanted = [line for line in lines if by_oid[line["oid"]] != "refunded"]
        each.row |= {"kind_count": len(wanted), "item_count": sum(line["quantity"] for line in wanted)}
    each.note("fulfilment", "refund")
    change.settle(each, unmapped=None, blocked=None)
    return each


def _clear_unmapped(changes: Sequence[Change]) -> None:
    """未对码 goes with the last line that nobody could name."""
    marked = {each.row["id"]: each.row["issues"] for each in changes if each.let_go and each.row["issues"] & Issue.UNMAPPED}
    if marked:
        still = set(unmapped_orders(list(marked)))
        bit = Issue.UNMAPPED.value
        bulk.update(Order, ("id",), ("issues",), [(pk, bits & ~bit) for pk, bits in marked.items() if pk not in still], lock=False)
