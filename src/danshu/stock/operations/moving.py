"""Goods change the warehouse."""

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


@dataclass(frozen=True, slots=True)
class Transfer:
    sku_id: int
    from_id: int
    to_id: int
    quantity: int


@in_one_go
def move(transfers: Sequence[Transfer], *, by: Actor, now: datetime, reason: str = "") -> int:
    """Move pieces that nobody has locked; returns their number. Too few free ones: `DomainError("stock.locked")`, nothing moves."""
    check_pieces([Piece(item.sku_id, item.from_id, item.quantity) for item in transfers], least=1)
    if any(item.from_id == item.to_id for item in transfers):
        raise DomainError(_("移出和移入是同一个仓库。请另选一个。"), "stock.same_warehouse")
    ensure((item.sku_id, place) for item in transfers for place in (item.from_id, item.to_id))
    book = Book({item.sku_id for item in transfers}, by=by, now=now)
    for item in transfers:
        source, target = book.lines[item.sku_id, item.from_id], book.lines[item.sku_id, item.to_id]
        if source.on_hand - source.locked < item.quantity:
            raise DomainError(
                _("%(sku)s 在这个仓库只有 %(free)d 件没有锁定，不够移出 %(wanted)d 件。")
                % {"sku": Sku.objects.get(pk=item.sku_id), "free": source.on_hand - source.locked, "wanted": item.quantity},
                "stock.locked",
            )
        book.move(source, "move_out", on_hand=-item.quantity, cause=Cause("move", None, "", reason))
        book.move(target, "move_in", on_hand=item.quantity, cause=Cause("move", None, "", reason))
    changed = book.close()
    record("stock.moved", [(item.sku_id, item.quantity) for item in transfers], by=by, now=now, note=reason)
    events.publish(StockChanged(changed), StockArrived(changed))
    return sum(item.quantity for item in transfers)
