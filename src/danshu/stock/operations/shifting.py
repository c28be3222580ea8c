"""Pieces change what they are, not where they are: sellable, to be inspected, defective, gone. Only the first can be sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from danshu.catalogue.models import Sku
from danshu.core import events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.stock.book import Book, Cause, ensure, in_one_go
from danshu.stock.events import StockArrived, StockChanged
from danshu.stock.operations.receiving import Piece, check_pieces, record

COUNTER = {"good": "on_hand", "inspecting": "inspecting", "defective": "defective"}
SCRAP = "scrap"


@dataclass(frozen=True, slots=True)
class Shift:
    """`source` and `target` are good, inspecting or defective; the target may also be scrap: thrown away."""

    sku_id: int
    warehouse_id: int
    quantity: int
    source: str
    target: str


@in_one_go
def shift(shifts: Sequence[Shift], *, by: Actor, now: datetime, reason: str = "") -> int:
    """Move pieces between the buckets; returns their number. Locked pieces stay good, and a bucket gives no more than it has:
    `DomainError("stock.too_few")`, nothing moves."""
    check_pieces([Piece(item.sku_id, item.warehouse_id, item.quantity) for item in shifts], least=1)
    if any(item.source not in COUNTER or item.target not in {*COUNTER, SCRAP} or item.source == item.target for item in shifts):
        raise DomainError(_("转出和转入要是不同的两个区。请重新选。"), "stock.same_bucket")
    ensure((item.sku_id, item.warehouse_id) for item in shifts)
    book = Book({item.sku_id for item in shifts}, by=by, now=now)
    for item in shifts:
        line = book.lines[item.sku_id, item.warehouse_id]
        there = line.on_hand - line.locked if item.source == "good" else getattr(line, COUNTER[item.source])
        if there < item.quantity:
            raise DomainError(
                _("%(sku)s 只有 %(there)d 件可以转出，不够 %(wanted)d 件。已被订单锁定的货不能转出。")
                % {"sku": Sku.objects.get(pk=item.sku_id), "there": there, "wanted": item.quantity},
                "stock.too_few",
            )
        moved = {COUNTER[item.source]: -item.quantity}
        if item.target != SCRAP:
            moved[COUNTER[item.target]] = item.quantity
        book.move(line, "shift", cause=Cause("shift", None, "", reason), **moved)
    changed = book.close()
    record("stock.shifted", [(item.sku_id, item.quantity) for item in shifts], by=by, now=now, note=reason)
    more = tuple(sorted({item.sku_id for item in shifts if item.target == "good"}))
    events.publish(StockChanged(changed), *([StockArrived(more)] if more else []))
    return sum(item.quantity for item in shifts)
