"""Goods on their way: bought (到货单) or sent by another warehouse (调拨单), arriving in parts, some broken, some never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.catalogue.models import Sku
from danshu.core import bulk, events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.stock.book import Book, Cause, ensure, in_one_go
from danshu.stock.events import StockArrived, StockChanged
from danshu.stock.models import Inbound, InboundLine
from danshu.stock.operations.receiving import MOST, Piece, check_pieces

PARTS = ("good", "defective", "inspecting", "lost")


@dataclass(frozen=True, slots=True)
class InboundDraft:
    """Lines are (SKU, pieces). With `source_id` it is a transfer: the goods leave that warehouse at once."""

    warehouse_id: int
    lines: tuple[tuple[int, int], ...]
    source_id: int | None = None
    supplier: str = ""
    expected_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of one line: good pieces are sellable at once, defective and inspecting ones are not, lost ones come no more."""

    line_id: int
    good: int = 0
    defective: int = 0
    inspecting: int = 0
    lost: int = 0

    @property
    def pieces(self) -> int:
        return self.good + self.defective + self.inspecting + self.lost


@in_one_go
def announce(drafts: Sequence[InboundDraft], *, by: Actor, now: datetime) -> list[int]:
    """Write down goods that are on their way; returns the notes' ids, aligned.

    A transfer takes only pieces that nobody has locked: `DomainError("stock.locked")`, and nothing is sent.
    """
    _check(drafts)
    notes = [
        Inbound(
            warehouse_id=draft.warehouse_id, source_id=draft.source_id, supplier=draft.supplier.strip()[:60],
            expected_on=draft.expected_on, note=draft.note.strip()[:200], created_at=now, actor_name=by.name[:80],
        )
        for draft in drafts
    ]  # fmt: skip
    Inbound.objects.bulk_create(notes)
    lines = [InboundLine(inbound=note, sku_id=sku, quantity=n) for note, d in zip(notes, drafts, strict=True) for sku, n in d.lines]
    InboundLine.objects.bulk_create(lines)
    ensure((sku, place) for d in drafts for sku, _n in d.lines for place in (d.warehouse_id, d.source_id) if place)
    book = Book({line.sku_id for line in lines}, by=by, now=now)
    for line in lines:
        _announce(book, line)
    changed = book.close()
    audit.record([audit.Deed("stock.announced", "inbound", note.pk, note.no, {}, note.note) for note in notes], by=by, now=now)
    events.publish(StockChanged(changed))
    return [note.pk for note in notes]


def _check(drafts: Sequence[InboundDraft]) -> None:
    check_pieces([Piece(sku_id, draft.warehouse_id, n) for draft in drafts for sku_id, n in draft.lines], least=1)
    if any(not draft.lines for draft in drafts):
        raise DomainError(_("还没有填商品。至少填一行编码和数量。"), "stock.nothing")
    if any(len({sku_id for sku_id, _n in draft.lines}) < len(draft.lines) for draft in drafts):
        raise DomainError(_("同一个商品写了两行，请合成一行。"), "stock.twice")
    if any(draft.source_id == draft.warehouse_id for draft in drafts):
        raise DomainError(_("移出和移入是同一个仓库。请另选一个。"), "stock.same_warehouse")


def _announce(book: Book, line: InboundLine) -> None:
    note = line.inbound
    target, cause = book.lines[line.sku_id, note.warehouse_id], Cause("inbound", note.pk, note.no, note.supplier or note.note)
    if not note.source_id:
        book.move(target, "expect", incoming=line.quantity, cause=cause)
        return
    source = book.lines[line.sku_id, note.source_id]
    free = source.on_hand - source.locked
    if free < line.quantity:
        raise DomainError(
            _("%(sku)s 在这个仓库只有 %(free)d 件没有锁定，不够移出 %(wanted)d 件。")
            % {"sku": Sku.objects.get(pk=line.sku_id), "free": free, "wanted": line.quantity},
            "stock.locked",
        )
    book.move(source, "send", on_hand=-line.quantity, cause=cause)
    book.move(target, "send", in_transit=line.quantity, cause=cause)


@in_one_go
def arrive(arrivals: Sequence[Arrival], *, by: Actor, now: datetime, reason: str = "") -> int:
    """Goods of these lines arrived, in whole or in part; returns the number of pieces.

    A purchase may bring more than was ordered, a transfer may not: `DomainError("stock.too_many")`. Only a transfer loses pieces.
    """
    came = {arrival.line_id: arrival for arrival in arrivals if arrival.pieces}
    if not came or any(not 0 <= getattr(arrival, part) <= MOST for arrival in came.values() for part in PARTS):
        raise DomainError(_("还没有填到货数量。写 0 或更大的整数，至少一行大于 0。"), "stock.quantity")
    asked = InboundLine.objects.filter(pk__in=came)
    book = _book(asked, by=by, now=now)
    lines = list(asked.filter(inbound__state=Inbound.State.OPEN).select_related("inbound"))  # now that nobody else can book them
    if len(lines) < len(came):
        raise DomainError(_("这张单已经结束，不能再收货。请刷新看看。"), "stock.inbound_closed")
    for line in lines:
        _arrive(book, line, came[line.pk], reason)
    changed = book.close()
    rows = [(pk, item.good, item.defective, item.inspecting, item.lost) for pk, item in came.items()]
    bulk.update(InboundLine, ["id"], [], rows, add=PARTS)
    notes = _finish_whole(lines, now)
    audit.record([audit.Deed("stock.arrived", "inbound", note.pk, note.no, {}, reason) for note in notes], by=by, now=now)
    more = tuple(sorted({line.sku_id for line in lines if came[line.pk].good}))
    events.publish(StockChanged(changed), *([StockArrived(more)] if more else []))
    return sum(arrival.pieces for arrival in came.values())


def _book(lines: QuerySet[InboundLine], *, by: Actor, now: datetime) -> Book:
    """The balances of these lines at both ends, held."""
    ends = list(lines.values_list("sku_id", "inbound__warehouse_id", "inbound__source_id"))
    ensure((sku_id, place) for sku_id, *places in ends for place in places if place)
    return Book({sku_id for sku_id, *_places in ends}, by=by, now=now)


def _arrive(book: Book, line: InboundLine, came: Arrival, reason: str) -> None:
    note, target = line.inbound, book.lines[line.sku_id, line.inbound.warehouse_id]
    cause = Cause("inbound", note.pk, note.no, reason)
    if (note.source_id and came.pieces > line.rest) or (came.lost and not note.source_id):
        raise DomainError(
            _("%(sku)s 在途只有 %(rest)d 件，不能收 %(came)d 件。采购多到的可以收，丢失只记在调拨单上。")
            % {"sku": Sku.objects.get(pk=line.sku_id), "rest": line.rest, "came": came.pieces},
            "stock.too_many",
        )
    here, off = came.pieces - came.lost, min(came.pieces, line.rest)
    way = "in_transit" if note.source_id else "incoming"
    if here:
        off -= came.lost
        moved = {"on_hand": came.good, "defective": came.defective, "inspecting": came.inspecting, way: -off}
        book.move(target, "arrive", cause=cause, **moved)
    if came.lost:
        book.move(target, "lose", in_transit=-came.lost, cause=cause)
    for part in PARTS:
        setattr(line, part, getattr(line, part) + getattr(came, part))


def _finish_whole(lines: Sequence[InboundLine], now: datetime) -> list[Inbound]:
    """Notes of which nothing is on its way any more are done; returns the notes of these lines."""
    notes = {line.inbound_id: line.inbound for line in lines}
    came = F("good") + F("defective") + F("inspecting") + F("lost") + F("called_off")
    waiting = set(InboundLine.objects.filter(inbound__in=notes, quantity__gt=came).values_list("inbound_id", flat=True))
    Inbound.objects.filter(pk__in=notes.keys() - waiting).update(state=Inbound.State.DONE, closed_at=now)
    return list(notes.values())


@in_one_go
def call_off(inbound_ids: Sequence[int], *, by: Actor, now: datetime, reason: str = "") -> int:
    """What has not arrived comes no more: a purchase is no longer expected, a transfer's goods are back on the shelf they left. Returns
    the number of pieces; a note that is closed already changes nothing."""
    asked = InboundLine.objects.filter(inbound__in=inbound_ids)
    book = _book(asked, by=by, now=now)
    lines = [line for line in asked.filter(inbound__state=Inbound.State.OPEN).select_related("inbound") if line.rest]
    back, rests = set(), []
    for line in lines:
        note, rest, target = line.inbound, line.rest, book.lines[line.sku_id, line.inbound.warehouse_id]
        cause = Cause("inbound", note.pk, note.no, reason)
        if note.source_id:
            book.move(target, "call_off", in_transit=-rest, cause=cause)
            book.move(book.lines[line.sku_id, note.source_id], "call_off", on_hand=rest, cause=cause)
            back.add(line.sku_id)
        else:
            book.move(target, "call_off", incoming=-rest, cause=cause)
        rests.append((line.pk, rest))
    changed = book.close()
    bulk.update(InboundLine, ["id"], [], rests, add=["called_off"])
    notes = list(Inbound.objects.filter(pk__in=inbound_ids, state=Inbound.State.OPEN))
    Inbound.objects.filter(pk__in=[note.pk for note in notes]).update(state=Inbound.State.CLOSED, closed_at=now)
    audit.record([audit.Deed("stock.called_off", "inbound", note.pk, note.no, {}, reason) for note in notes], by=by, now=now)
    if changed:
        events.publish(StockChanged(changed), *([StockArrived(tuple(sorted(back)))] if back else []))
    return sum(rest for _pk, rest in rests)
