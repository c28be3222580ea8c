"""Stocktaking: the shelf is right. Locked pieces that are not there are given up only when a person insists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from danshu.catalogue import rows
from danshu.catalogue.models import Sku
from danshu.core import database, events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.stock.book import Book, Cause, Line, ensure, in_one_go
from danshu.stock.events import ReservationsLost, StockArrived, StockChanged
from danshu.stock.operations.receiving import MOST, record


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody counted on the shelf."""

    sku_id: int
    warehouse_id: int
    counted: int


@in_one_go
def count(counts: Sequence[Count], *, by: Actor, now: datetime, is_forced: bool = False, reason: str = "") -> tuple[int, ...]:
    """Set on hand to what was counted; returns the owners that lost their locks.

    Fewer than locked is refused with `DomainError("stock.count_below_locked")`, which names the goods; with `is_forced` the newest
    locks are given up, as many as it takes, and their owners announced.
    """
    if any(not 0 <= item.counted <= MOST for item in counts):
        raise DomainError(_("盘点数要是 0 到 10,000,000 的整数。"), "stock.quantity")
    latest = {(item.sku_id, item.warehouse_id): item.counted for item in counts}
    ensure(latest)
    book = Book({sku_id for sku_id, _warehouse in latest}, by=by, now=now)
    below = [(book.lines[key], counted) for key, counted in latest.items() if counted < book.lines[key].locked]
    if below and not is_forced:
        raise refusal(below)
    lost = give_up(book, below, now=now, reason=reason or _("盘点少于锁定"))
    arrived = []
    for key, counted in latest.items():
        line = book.lines[key]
        if counted > line.on_hand:
            arrived.append(line.sku_id)
        book.move(line, "count", on_hand=counted - line.on_hand, cause=Cause("count", None, "", reason))
    changed = book.close()
    record("stock.counted", [(sku_id, counted) for (sku_id, _warehouse), counted in latest.items()], by=by, now=now, note=reason)
    _announce(changed, arrived, lost)
    return lost


def _announce(changed: tuple[int, ...], arrived: Sequence[int], lost: tuple[int, ...]) -> None:
    facts: list[events.Event] = [StockChanged(changed)] if changed else []
    if arrived:
        facts.append(StockArrived(tuple(sorted(set(arrived)))))
    if lost:
        facts.append(ReservationsLost(lost, "counted"))
    events.publish(*facts)


def give_up(book: Book, below: Sequence[tuple[Line, int]], *, now: datetime, reason: str) -> tuple[int, ...]:
    """Release the newest locks of these lines until no more than the given number is locked; returns their owners."""
    if not below:
        return ()
    found = database.fetch(
        "SELECT id, sku_id, warehouse_id, quantity, owner_id, label FROM stock_reservation"  # noqa: S608 -- our own fragment
        f" WHERE state = 'held' AND {rows.among('sku_id')} ORDER BY id DESC",
        [rows.listed({line.sku_id for line, _ in below})],
    )
    ends: list[int] = []
    owners: set[int] = set()
    for line, most in below:
        for row_id, sku_id, warehouse_id, quantity, owner_id, label in found:
            if (sku_id, warehouse_id) == (line.sku_id, line.warehouse_id) and line.locked > most:
                book.move(line, "release", locked=-quantity, cause=Cause("order", owner_id, label, reason))
                ends.append(row_id)
                owners.add(owner_id)
    rows.run(
        f"UPDATE stock_reservation SET state = 'released', closed_at = %s WHERE state = 'held' AND {rows.among('id')}",  # noqa: S608 -- our own fragment
        [rows.moment(now), rows.listed(ends)],
    )
    return tuple(sorted(owners))


def refusal(below: Sequence[tuple[Line, int]]) -> DomainError:
    names = Sku.objects.in_bulk([line.sku_id for line, _ in below])
    goods = "；".join(
        _("%(sku)s 数到 %(counted)d 件，已锁定 %(locked)d 件") % {"sku": names[line.sku_id], "counted": counted, "locked": line.locked}
        for line, counted in below[:5]
    )
    return DomainError(
        _("%(goods)s。照此盘点会有订单缺货。请再数一遍，或勾选「放弃最新的锁定」。") % {"goods": goods},
        "stock.count_below_locked",
        details={"sku_ids": [line.sku_id for line, _ in below]},
    )
