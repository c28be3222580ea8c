"""Count sheets 盘点单: opened for a shelf, counted by scanner while orders go on, reviewed, and only then booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.catalogue.models import Sku
from danshu.core import bulk, events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.stock.book import Book, Cause, Line, in_one_go
from danshu.stock.events import ReservationsLost, StockArrived, StockChanged
from danshu.stock.models import Balance, CountLine, CountSheet
from danshu.stock.operations.counting import give_up, refusal
from danshu.stock.operations.receiving import MOST

State = CountSheet.State


@dataclass(frozen=True, slots=True)
class SheetDraft:
    """`shelf` is the beginning of the shelves' names; empty: all that the warehouse has."""

    warehouse_id: int
    shelf: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """What somebody counted of a SKU; with `is_more` it is added to what was counted before, as a scanner does."""

    sku_id: int
    pieces: int
    is_more: bool = False


@transaction.atomic
def open_sheets(drafts: Sequence[SheetDraft], *, by: Actor, now: datetime) -> list[int]:
    """Open sheets with what the book says lies there now; returns their ids, aligned. A shelf with nothing on it is refused."""
    sheets = [CountSheet(warehouse_id=d.warehouse_id, shelf=d.shelf.strip()[:30], created_at=now, opened_by=by.name[:80]) for d in drafts]
    places = {draft.warehouse_id for draft in drafts}
    found = list(
        Balance.objects.filter(warehouse__in=places, sku__is_active=True, sku__is_bundle=False)
        .order_by("sku__shelf", "sku__code")
        .values_list("warehouse_id", "sku_id", "sku__shelf", "on_hand")
    )
    of_sheets = [[row for row in found if row[0] == s.warehouse_id and row[2].upper().startswith(s.shelf.upper())] for s in sheets]
    if not all(of_sheets):
        raise DomainError(_("这个范围里没有商品。请换个库位，或先给商品填库位。"), "stock.sheet_empty")
    CountSheet.objects.bulk_create(sheets)
    rows = [(sheet.pk, row[1], row[3], "") for sheet, lines in zip(sheets, of_sheets, strict=True) for row in lines]
    bulk.insert(CountLine, ("sheet_id", "sku_id", "expected", "counted_by"), rows)
    audit.record([_deed("stock.sheet_opened", sheet) for sheet in sheets], by=by, now=now)
    return [sheet.pk for sheet in sheets]


@transaction.atomic
def enter_counts(sheet_id: int, entries: Sequence[Counted], *, by: Actor, now: datetime) -> int:
    """Write down what was counted, beside what the book says at this moment; returns the number of SKUs. Goods that the book did not expect
    on the shelf join the sheet."""
    sheet = _sheets([sheet_id], {State.OPEN})[0]
    wanted = {item.sku_id for item in entries}
    if Sku.objects.filter(pk__in=wanted, is_bundle=True).exists():
        raise DomainError(_("组合装的库存记在子件上，请数子件。"), "stock.bundle")
    book = dict(Balance.objects.filter(warehouse=sheet.warehouse_id, sku__in=wanted).values_list("sku_id", "on_hand"))
    bulk.insert(
        CountLine, ("sheet_id", "sku_id", "expected", "counted_by"),
        [(sheet_id, sku_id, book.get(sku_id, 0), "") for sku_id in sorted(wanted)], conflict=("sheet_id", "sku_id"),
    )  # fmt: skip
    counted = dict(CountLine.objects.select_for_update().filter(sheet=sheet_id, sku__in=wanted).values_list("sku_id", "counted"))
    for item in entries:
        counted[item.sku_id] = item.pieces + ((counted[item.sku_id] or 0) if item.is_more else 0)
    if any(not 0 <= (counted[sku_id] or 0) <= MOST for sku_id in wanted):
        raise DomainError(_("盘点数要是 0 到 10,000,000 的整数。"), "stock.quantity")
    rows = [(sheet_id, sku_id, counted[sku_id], book.get(sku_id, 0), now, by.name[:80]) for sku_id in sorted(wanted)]
    bulk.update(CountLine, ["sheet_id", "sku_id"], ["counted", "book", "counted_at", "counted_by"], rows)
    return len(wanted)


@transaction.atomic
def hand_in(sheet_ids: Sequence[int], *, by: Actor, now: datetime) -> None:
    """Counted: somebody who may should look at the differences now. Uncounted lines stay as they are and change nothing."""
    sheets = _sheets(sheet_ids, {State.OPEN})
    if CountSheet.objects.filter(pk__in=sheet_ids).exclude(lines__counted__isnull=False).exists():
        raise DomainError(_("一件都还没有数。先扫码或填数，再提交审核。"), "stock.sheet_uncounted")
    _set(sheets, State.REVIEW, by, None)
    audit.record([_deed("stock.sheet_handed_in", sheet) for sheet in sheets], by=by, now=now)


@transaction.atomic
def reopen_sheets(sheet_ids: Sequence[int], *, by: Actor, now: datetime) -> None:
    """Count again."""
    sheets = _sheets(sheet_ids, {State.REVIEW})
    _set(sheets, State.OPEN, by, None)
    audit.record([_deed("stock.sheet_reopened", sheet) for sheet in sheets], by=by, now=now)


@transaction.atomic
def cancel_sheets(sheet_ids: Sequence[int], *, by: Actor, now: datetime) -> None:
    sheets = _sheets(sheet_ids, {State.OPEN, State.REVIEW})
    _set(sheets, State.CANCELLED, by, now)
    audit.record([_deed("stock.sheet_cancelled", sheet) for sheet in sheets], by=by, now=now)


@in_one_go
def post_sheets(sheet_ids: Sequence[int], *, by: Actor, now: datetime, is_forced: bool = False, reason: str = "") -> tuple[int, ...]:
    """Book the differences of reviewed sheets; returns the owners that lost their locks.

    A difference is to what the book said when the goods were counted, so what was sold or received since stays counted. Where fewer would
    be left than are locked, `DomainError("stock.count_below_locked")`; with `is_forced` and a reason the newest locks are given up.
    """
    sheets = {sheet.pk: sheet for sheet in _sheets(sheet_ids, {State.REVIEW})}
    lines = [line for line in CountLine.objects.filter(sheet__in=sheets, counted__isnull=False).order_by("id") if line.difference]
    book = Book({line.sku_id for line in lines}, by=by, now=now)
    shelves = [(book.lines[line.sku_id, sheets[line.sheet_id].warehouse_id], line) for line in lines]
    left: dict[int, tuple[Line, int]] = {}
    for shelf, line in shelves:
        before = left[shelf.id][1] if shelf.id in left else shelf.on_hand
        left[shelf.id] = shelf, max(0, before + line.difference)
    below = [(shelf, rest) for shelf, rest in left.values() if rest < shelf.locked]
    if below and not (is_forced and reason.strip()):
        raise refusal(below)
    lost = give_up(book, below, now=now, reason=reason or _("盘点少于锁定"))
    for shelf, line in shelves:
        sheet = sheets[line.sheet_id]
        book.move(shelf, "count", on_hand=line.difference, cause=Cause("sheet", sheet.pk, sheet.no, reason))
    changed = book.close()
    _set(list(sheets.values()), State.POSTED, by, now)
    audit.record([_deed("stock.sheet_posted", sheet, reason) for sheet in sheets.values()], by=by, now=now)
    more = tuple(sorted({line.sku_id for line in lines if line.difference > 0}))
    facts: list[events.Event] = [StockChanged(changed)] if changed else []
    facts += [StockArrived(more)] if more else []
    facts += [ReservationsLost(lost, "counted")] if lost else []
    events.publish(*facts)
    return lost


def _sheets(sheet_ids: Sequence[int], states: set[State]) -> list[CountSheet]:
    """Held until the end of the story; all must be in one of the states."""
    found = list(CountSheet.objects.select_for_update().filter(pk__in=sheet_ids, state__in=states).order_by("pk"))
    if len(found) < len(set(sheet_ids)):
        raise DomainError(_("这张盘点单已经不在这一步了。请刷新看看。"), "stock.sheet_state")
    return found


def _set(sheets: Sequence[CountSheet], state: State, by: Actor, closed_at: datetime | None) -> None:
    CountSheet.objects.filter(pk__in=[sheet.pk for sheet in sheets]).update(state=state, closed_at=closed_at, closed_by=by.name[:80])


def _deed(verb: str, sheet: CountSheet, note: str = "") -> audit.Deed:
    return audit.Deed(verb, "sheet", sheet.pk, sheet.no, {}, note)
