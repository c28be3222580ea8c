"""Make the counters say what reservations and ledger say, and leave a trace of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.core import events
from danshu.core.actor import Actor
from danshu.stock.book import Book, Cause, in_one_go
from danshu.stock.checking import WAYS, Difference, check
from danshu.stock.events import ReservationsLost, StockArrived, StockChanged
from danshu.stock.operations.counting import give_up


@in_one_go
def repair(sku_ids: Sequence[int] = (), *, by: Actor, now: datetime) -> list[Difference]:
    """Repair the differences of these SKUs (of all when none is named); returns what was repaired.

    On hand follows the ledger, locked follows the held reservations. Where more is held than there is, the newest locks are
    given up and announced. Each repair is a ledger entry and an audit entry.
    """
    wanted = set(sku_ids)
    found = [item for item in check() if not wanted or item.sku_id in wanted]
    if not found:
        return []
    book = Book({item.sku_id for item in found}, by=by, now=now)  # holds the rows; the numbers may have moved meanwhile
    found = [item for item in check() if (item.sku_id, item.warehouse_id) in book.lines]
    for item in found:
        _correct(book, item)
    below = [(book.lines[item.sku_id, item.warehouse_id], item.on_hand_by_ledger) for item in found if item.is_lost]
    lost = give_up(book, below, now=now, reason=_("修复：锁定多于库存"))
    book.settle([book.lines[item.sku_id, item.warehouse_id] for item in found])
    changed = tuple(sorted({item.sku_id for item in found}))
    audit.record([_deed(item) for item in found], by=by, now=now)
    losses = [ReservationsLost(lost, "counted")] if lost else []
    events.publish(StockChanged(changed), StockArrived(changed), *losses)
    return found


def _correct(book: Book, item: Difference) -> None:
    """Take over what the sources say, and let the ledger end where the counters do."""
    line = book.lines[item.sku_id, item.warehouse_id]
    line.on_hand, line.defective = max(0, item.on_hand_by_ledger), max(0, item.defective_by_ledger)
    line.locked = item.locked_by_reservations
    for name, (_counter, ledger) in item.ways.items():
        setattr(line, name, max(0, ledger))
    drift = [line.on_hand - item.on_hand_by_ledger, line.locked - item.locked_by_ledger, line.defective - item.defective_by_ledger]
    drift += [max(0, -item.ways.get(name, (0, 0))[1]) for name in WAYS]
    note = _("现有 %(h0)d → %(h1)d，锁定 %(l0)d → %(l1)d") % {
        "h0": item.on_hand, "h1": line.on_hand, "l0": item.locked, "l1": line.locked,
    }  # fmt: skip
    book.note(line, "repair", drift, Cause("repair", None, "", note))


def _deed(item: Difference) -> audit.Deed:
    changes = {
        "on_hand": [item.on_hand, item.on_hand_by_ledger],
        "locked": [item.locked, item.locked_by_reservations],
        "defective": [item.defective, item.defective_by_ledger],
        **{name: list(pair) for name, pair in item.ways.items()},
    }
    return audit.Deed("stock.repaired", "sku", item.sku_id, item.sku, changes)
