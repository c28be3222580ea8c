"""What a newer word about an order that we know changes: pure, from the row we hold and the order as it came to the row we write.

Empty facts never erase known ones. Without the platform's time of change on both sides, a state that goes backwards is old news.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from danshu.catalogue.operations import Resolved
from danshu.channels.contract import IncomingLine, IncomingOrder
from danshu.channels.models import Shop
from danshu.orders import arrival, prepared, receiver, refunding
from danshu.orders.refunding import PROGRESSES
from danshu.orders.states import GONE, OPEN, PAYABLE, Issue

PAYMENTS = {"unpaid": 0, "deposit": 1, "paid": 2, "cod": 2}

# what an update may write, beside `id`
COLUMNS = (
    "payment", "fulfilment", "refund", "refund_word", "progress", "issues", "status_text", "placed_at", "paid_at", "ship_by", "shipped_at",
    "finished_at", "cancelled_at", "modified_at", "updated_at", "digest", "goods_fen", "freight_fen", "discount_fen", "paid_fen",
    "buyer_nick", "buyer_message", "seller_memo", "flag", *receiver.COLUMNS, "kind_count", "item_count",
)  # fmt: skip
KNOWN = ("id", "no", "platform_no", "merged_into_id", "split_from_id", "printed_at", *COLUMNS)
LINE_COLUMNS = (*arrival.LINE_COLUMNS[1:], "is_short")
KNOWN_LINE = ("id", "order_id", *LINE_COLUMNS)
LASTING = Issue.SHORT.value | Issue.LATE_JOINER.value | Issue.CHANGED.value | Issue.REJECTED.value | Issue.NO_COURIER.value
Row = dict[str, Any]


@dataclass(slots=True)
class Change:
    """One known order and what becomes of it. `told` is `{field: [before, after]}` for the timeline."""

    known: Row
    row: Row
    told: dict[str, list[str]] = field(default_factory=dict)
    new_lines: list[tuple[Any, ...]] = field(default_factory=list)  # arrival.LINE_COLUMNS
    lines: list[Row] = field(default_factory=list)  # known lines that changed
    let_go: list[int] = field(default_factory=list)  # lines that hold goods they no longer want

    def note(self, *names: str) -> None:
        """What the timeline tells of these fields, and of what is packed now."""
        self.told |= {name: [str(self.known[name]), str(self.row[name])] for name in names if self.row[name] != self.known[name]}
        if self.new_lines or self.let_go:
            self.told["lines"] = [str(self.known["item_count"]), str(self.row["item_count"])]

    def keep(self, line_ids: Iterable[int]) -> None:
        """What these lines hold leaves with the order after all."""
        kept = set(line_ids)
        self.let_go = [line_id for line_id in self.let_go if line_id not in kept]

    def _turned(self, axis: str, *into: str) -> bool:
        return self.known[axis] != self.row[axis] and self.row[axis] in into

    @property
    def is_paid_now(self) -> bool:
        return self.row["payment"] in PAYABLE and self.known["payment"] not in PAYABLE

    @property
    def is_cancelled_now(self) -> bool:
        return self._turned("fulfilment", "cancelled")

    @property
    def is_shipped_now(self) -> bool:
        return self.row["fulfilment"] in GONE and self.known["fulfilment"] in OPEN

    @property
    def is_refunding_now(self) -> bool:
        return self._turned("refund", "requested")

    @property
    def needs_stock(self) -> bool:
        """Lines may want goods that are not held yet: paid after its lock ran out, reopened, or other goods."""
        reopened = self._turned("fulfilment", "waiting")
        return self.row["fulfilment"] in OPEN and (self.is_paid_now or reopened or bool(self.new_lines or self.let_go))

    @property
    def moves_stock(self) -> bool:
        """Whether something is let go, shipped, paid or wanted."""
        return self.is_cancelled_now or self.is_shipped_now or self.is_paid_now or self.needs_stock or bool(self.let_go)

    @property
    def is_nothing(self) -> bool:
        """The word says only what we know: nothing of the order or its lines would be written but the word's digest."""
        same = all(self.row[name] == self.known[name] for name in COLUMNS if name not in {"digest", "updated_at"})
        return same and not self.lines and not self.new_lines


def is_heard(known: Row, digest: str) -> bool:
    """Whether the source said the very same last time, whatever another partial source has said since."""
    return digest in known["digest"].split()


def heard(known: Row, digest: str) -> str:
    """The digests to remember: this word's, and the last of the other kind (with lines, or without)."""
    other = (each for each in known["digest"].split() if each.startswith("-") != digest.startswith("-"))
    return " ".join((digest, *other))


def is_stale(known: Row, order: IncomingOrder) -> bool:
    """Whether the word is older than what we know."""
    if known["modified_at"] and order.modified_at:
        return bool(order.modified_at < known["modified_at"])
    return PAYMENTS[order.payment] < PAYMENTS[known["payment"]] or PROGRESSES[order.progress] < PROGRESSES[known["progress"]]


def facts(shop: Shop, known: Row, order: IncomingOrder, digest: str, now: datetime, *, leaves_in_parts: bool = False) -> Change:
    """The order's own columns; `lines` below does the rest. A part that was split off keeps its own amounts.

    `leaves_in_parts`: another part of the order has left, so the platform's "shipped" speaks of that one and moves no part that is here.
    """
    row = dict(known)
    change = Change(known, row)
    row |= _axes(known, order, now, leaves_in_parts=leaves_in_parts)
    row |= {
        "digest": heard(known, digest), "updated_at": now, "progress": order.progress.value,
        "status_text": order.status_text[:60] or known["status_text"],
        "placed_at": order.placed_at or known["placed_at"], "paid_at": order.paid_at or known["paid_at"] or _paid_now(known, row, order),
        "finished_at": order.finished_at or known["finished_at"], "modified_at": order.modified_at or known["modified_at"],
        "buyer_nick": order.buyer_nick[:80] or known["buyer_nick"], "buyer_message": order.buyer_message or known["buyer_message"],
        "seller_memo": order.seller_memo or known["seller_memo"],
        "flag": order.flag if order.flag in prepared.FLAGS and order.flag else known["flag"],
    }  # fmt: skip
    if known["split_from_id"] is None:
        for name in ("goods_fen", "freight_fen", "discount_fen", "paid_fen"):
            row[name] = getattr(order, name) or known[name]
    row["ship_by"] = order.ship_by or known["ship_by"] or prepared.promise(order, row["placed_at"], shop.ship_hours)
    if _moved(known, order):
        row |= zip(receiver.COLUMNS, receiver.columns(shop.pk, order.receiver), strict=True)
        change.told["address"] = [_address(known), _address(row)]
    change.note("payment", "fulfilment", "refund", "buyer_message", "seller_memo", "flag")
    return change


def _paid_now(known: Row, row: Row, order: IncomingOrder) -> datetime | None:
    """A word that makes the order paid and says only when it changed: then it was."""
    return order.modified_at if row["payment"] == "paid" and known["payment"] != "paid" else None


def _axes(known: Row, order: IncomingOrder, now: datetime, *, leaves_in_parts: bool) -> Row:
    """Payment never goes back; fulfilment only by a platform that closed and reopens; a refund is withdrawn only by newer word."""
    payment = order.payment.value if PAYMENTS[order.payment] >= PAYMENTS[known["payment"]] else known["payment"]
    axes: Row = {"payment": payment, "refund": refunding.onward(known["refund"], known, order)}
    target, here = prepared.fulfilment(order), known["fulfilment"]
    if target in GONE and here in OPEN and leaves_in_parts:
        return axes
    if target in GONE and here in OPEN:
        axes |= {
            "fulfilment": target,
            "shipped_at": known["shipped_at"] or order.shipped_at or order.finished_at or order.modified_at or now,
        }
    elif target == "delivered" and here == "shipped":
        axes["fulfilment"] = target
    elif target == "cancelled" and here in OPEN:
        axes |= {"fulfilment": target, "cancelled_at": order.finished_at or order.modified_at or now}
    elif target == "waiting" and here == "cancelled" and known["progress"] == "closed" and order.progress != "closed":
        axes |= {"fulfilment": target, "cancelled_at": None}
    return axes


def _moved(known: Row, order: IncomingOrder) -> bool:
    """Whether the receiver is another one, or better known. A masked word does not replace what we know in plain, unless the
    region differs; a region alone, as platforms tell of unpaid orders, replaces another region alone."""
    to = order.receiver
    there, here = (to.province[:20], to.city[:30], to.district[:30]), (known["province"], known["city"], known["district"])
    if not (to.name or to.phone or to.address):
        return known["receiver_sealed"] is None and bool(to.province) and there != here
    if known["receiver_sealed"] is None:
        return True
    name, phone, address, kind = receiver.opened(known["receiver_sealed"])
    if kind == receiver.PLAIN and (to.masked or to.cipher):
        return bool(to.province) and _is_elsewhere(there, here)
    return there != here or (name, phone, address) != (to.name, to.phone, to.address)


def _is_elsewhere(there: tuple[str, ...], here: tuple[str, ...]) -> bool:
    """Whether two regions differ, however their platforms write them: 浙江 and 浙江省 are one, 北京 海淀区 is 北京市 北京市 海淀区, and a
    part that one of them leaves out says nothing."""
    ours, theirs = ({part[:2] for part in parts if part} for parts in (here, there))
    return not (ours <= theirs or theirs <= ours)


def _address(row: Row) -> str:
    parts = (row["receiver_name"], row["receiver_phone"], row["province"], row["city"], row["district"], row["receiver_address"])
    return " ".join(part for part in parts if part)


def lines(change: Change, known: list[Row], order: IncomingOrder, found: Sequence[Resolved]) -> None:
    """Line by line: same sub-order number first, then the same goods under another number; what is gone counts as refunded."""
    left = {line["oid"]: line for line in known}
    pairs: list[tuple[Row | None, IncomingLine, Resolved]] = []
    for line, resolved in zip(order.lines, found, strict=True):
        pairs.append((left.pop(line.oid, None), line, resolved))
    for at, (elder, line, resolved) in enumerate(pairs):
        twin = None if elder else _twin(left, line, resolved)
        if twin is not None:
            pairs[at] = (left.pop(twin), line, resolved)
    for elder, line, resolved in pairs:
        if elder is None:
            change.new_lines.append(arrival.line_row(change.known["id"], prepared.line_columns(line), resolved))
        else:
            _line(change, elder, line, resolved)
    for gone in left.values():
        if gone["refund"] != "refunded":
            _rewrite(change, gone, {**gone, "refund": "refunded", "is_short": False})
    change.row["kind_count"], change.row["item_count"] = prepared.counts(order.lines)
    change.note()


def refunds(change: Change, known: list[Row], by_oid: Mapping[str, str]) -> None:
    """Only the refunds of its lines are followed: of an order that travels in parts, who packs what was decided here."""
    for line in known:
        refund = by_oid.get(line["oid"], line["refund"])
        if refund != line["refund"]:
            _rewrite(change, line, {**line, "refund": refund})


def _twin(left: dict[str, Row], line: IncomingLine, found: Resolved) -> str | None:
    for oid, elder in left.items():
        same = elder["listing_id"] == found.listing_id if found.listing_id else (elder["title"], elder["spec"]) == (line.title, line.spec)
        if same and elder["quantity"] == line.quantity:
            return oid
    return None


def _line(change: Change, elder: Row, line: IncomingLine, found: Resolved) -> None:
    fresh = dict(zip(arrival.LINE_COLUMNS, arrival.line_row(elder["order_id"], prepared.line_columns(line), found), strict=True))
    row = elder | {name: fresh[name] for name in ("oid", "listing_id", "quantity", "refund", "is_gift", "sku_id", "sku_quantity")}
    for name in ("title", "spec", "merchant_code", "picture", "price_fen", "paid_fen"):
        row[name] = fresh[name] or elder[name]
    if row != elder:
        _rewrite(change, elder, row)


def _rewrite(change: Change, elder: Row, row: Row) -> None:
    change.lines.append(row)
    other = (row["sku_id"], row["sku_quantity"]) != (elder["sku_id"], elder["sku_quantity"])
    if other or (row["refund"] == "refunded" and elder["refund"] != "refunded"):
        row["is_short"] = False
        change.let_go.append(elder["id"])


def settle(change: Change, *, unmapped: bool | None, blocked: bool | None) -> None:
    """Exceptions that follow from the new row. `unmapped` is None when this word says nothing about lines, `blocked` when it does not say
    whether the platform lets the order go."""
    known, row = change.known, change.row
    if row["fulfilment"] not in OPEN:
        row["issues"] = Issue.REFUNDING.value if row["refund"] == "requested" and row["fulfilment"] != "cancelled" else 0
        return
    bits = known["issues"] & LASTING
    is_unmapped = bool(known["issues"] & Issue.UNMAPPED) if unmapped is None else unmapped
    bits |= Issue.UNMAPPED.value if is_unmapped else 0
    if prepared.lacks_address(row["receiver_name"], row["receiver_phone"], row["receiver_address"], row["province"]):
        bits |= 0 if row["receiver_phone"] == receiver.HIDDEN else Issue.ADDRESS.value
    bits |= Issue.REFUNDING.value if row["refund"] == "requested" else 0
    bits |= known["issues"] & Issue.BLOCKED.value if blocked is None else Issue.BLOCKED.value * blocked
    packed = known["fulfilment"] in ("printed", "checked") or known["merged_into_id"] is not None
    if packed and change.told.keys() & {"address", "buyer_message", "lines"}:
        bits |= Issue.CHANGED.value
    row["issues"] = bits
