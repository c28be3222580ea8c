"""Goods come in, come back, or turn out to be more or fewer than we thought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.catalogue.models import Sku
from danshu.core import events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.stock.book import Book, Cause, ensure, in_one_go
from danshu.stock.events import StockArrived, StockChanged

MOST = 10_000_000  # pieces: beyond this somebody scanned a barcode into the quantity field


@dataclass(frozen=True, slots=True)
class Piece:
    """A quantity of one base SKU for one warehouse. `adjust` takes negative ones as well."""

    sku_id: int
    warehouse_id: int
    quantity: int
    is_defective: bool = False
    label: str = ""


def receive(pieces: Sequence[Piece], *, by: Actor, now: datetime, reason: str = "") -> int:
    """Goods arrived; returns the number of pieces. Quantities below 1 and bundles are refused."""
    return _bring(pieces, "receive", "stock.received", by=by, now=now, cause=Cause("receipt", None, "", reason))


def open_stock(pieces: Sequence[Piece], *, by: Actor, now: datetime, reason: str = "") -> int:
    """What was on the shelves before Danshu knew of it (期初)."""
    return _bring(pieces, "opening", "stock.opened", by=by, now=now, cause=Cause("import", None, "", reason))


def give_back(
    pieces: Sequence[Piece], *, by: Actor, now: datetime, reason: str = "", cause_kind: str = "order", cause_id: int | None = None
) -> int:
    """Returned goods: good ones are sellable again, defective ones are counted apart."""
    return _bring(pieces, "return", "stock.returned", by=by, now=now, cause=Cause(cause_kind, cause_id, "", reason))


@in_one_go
def adjust(pieces: Sequence[Piece], *, by: Actor, now: datetime, reason: str) -> int:
    """Correct what is on hand, up or down, with a reason. Locked pieces cannot be taken away: `DomainError("stock.locked")`."""
    if not reason.strip():
        raise DomainError(_("调整库存要写原因，日后查账才说得清。"), "stock.reason_missing")
    check_pieces(pieces, least=-MOST)
    ensure((piece.sku_id, piece.warehouse_id) for piece in pieces)
    book = Book({piece.sku_id for piece in pieces}, by=by, now=now)
    for piece in pieces:
        line = book.lines[piece.sku_id, piece.warehouse_id]
        if line.on_hand + piece.quantity < line.locked:
            raise DomainError(
                _("%(sku)s 现有 %(on_hand)d 件，其中 %(locked)d 件已被订单锁定，不能减少 %(less)d 件。要强制减少请用「盘点」。")
                % {"sku": _name(piece.sku_id), "on_hand": line.on_hand, "locked": line.locked, "less": -piece.quantity},
                "stock.locked",
            )
        book.move(line, "adjust", on_hand=piece.quantity, cause=Cause("adjust", None, piece.label, reason))
    return _finish(book, pieces, "stock.adjusted", by=by, now=now, note=reason)


@in_one_go
def _bring(pieces: Sequence[Piece], kind: str, verb: str, *, by: Actor, now: datetime, cause: Cause) -> int:
    check_pieces(pieces, least=1)
    ensure((piece.sku_id, piece.warehouse_id) for piece in pieces)
    book = Book({piece.sku_id for piece in pieces}, by=by, now=now)
    for piece in pieces:
        line = book.lines[piece.sku_id, piece.warehouse_id]
        good, bad = (0, piece.quantity) if piece.is_defective else (piece.quantity, 0)
        book.move(line, kind, on_hand=good, defective=bad, cause=Cause(cause.kind, cause.id, piece.label, cause.reason))
    return _finish(book, pieces, verb, by=by, now=now, note=cause.reason)


def _finish(book: Book, pieces: Sequence[Piece], verb: str, *, by: Actor, now: datetime, note: str) -> int:
    changed = book.close()
    record(verb, [(piece.sku_id, piece.quantity) for piece in pieces], by=by, now=now, note=note)
    if changed:
        more = tuple(sorted({piece.sku_id for piece in pieces if piece.quantity > 0 and not piece.is_defective}))
        events.publish(StockChanged(changed), *([StockArrived(more)] if more else []))
    return sum(piece.quantity for piece in pieces)


def record(verb: str, changes: Sequence[tuple[int, int]], *, by: Actor, now: datetime, note: str = "") -> None:
    """One audit entry per SKU, named as people know it."""
    codes = dict(Sku.objects.filter(pk__in={sku_id for sku_id, _ in changes}).values_list("pk", "code"))
    audit.record(
        [audit.Deed(verb, "sku", sku_id, codes.get(sku_id, ""), {"quantity": number}, note) for sku_id, number in changes],
        by=by, now=now,
    )  # fmt: skip


def check_pieces(pieces: Sequence[Piece], *, least: int) -> None:
    """Whole quantities within reason, of SKUs that are counted themselves."""
    if any(not least <= piece.quantity <= MOST or piece.quantity == 0 for piece in pieces):
        raise DomainError(_("数量要是整数，且在 1 到 10,000,000 之间。"), "stock.quantity")
    bundle = Sku.objects.filter(pk__in={piece.sku_id for piece in pieces}, is_bundle=True).first()
    if bundle:
        raise DomainError(_("%(sku)s 是组合装，库存记在它的子件上。请改填子件。") % {"sku": bundle.code}, "stock.bundle")


def _name(sku_id: int) -> str:
    return str(Sku.objects.get(pk=sku_id))
