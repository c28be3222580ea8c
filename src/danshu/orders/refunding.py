"""What requests for refunds make of an order: pure, from the order stream's own word and the requests to the axis that people see.

Two streams of a platform speak of refunds, and they come in any order, late or twice. The result depends on what each said last and
never on who spoke first:

* A request in a living state keeps its lines, and the order, at 退款中, whatever the order list says.
* Money that was paid back stays paid back. An order list that says "no refund" only says nothing.
* 退款中 of the order list fades when all its requests have ended and the last of them moved at that word's moment or later.
* Goods are let go only by refunds before shipping: the platform calls them so, or its order, at the refund's moment or later, still
  waits. A refund after shipping that overtook the word "shipped" counts as 退款中 until that word comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from danshu.channels import contract
from danshu.channels.contract import IncomingOrder, Progress
from danshu.orders.states import GONE, LIVING, OPEN

PROGRESSES = {"waiting": 0, "part_shipped": 1, "shipped": 2, "delivered": 3, "closed": 4}
FORWARD = {"none": 0, "requested": 1, "partial": 2, "refunded": 3}  # how one stream's words follow each other
RANK = {"none": 0, "partial": 1, "requested": 2, "refunded": 3}  # which of several things stands above the others
MONEY = frozenset({"refund_only", "return"})
CLAIM = ("id", "order_id", "platform_no", "kind", "state", "oids", "amount_fen", "quantity", "is_before_shipping", "modified_at")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """The order stream's own last word."""

    refund: str
    lines: dict[str, str]
    moment: datetime | None
    progress: str

    @classmethod
    def by(cls, known: Row, lines: Iterable[Row]) -> Said:
        """As an order remembers it; without requests so far, all it shows is that word."""
        word = known["refund_word"] or {"refund": known["refund"], "lines": {line["oid"]: line["refund"] for line in lines}}
        return cls(word["refund"], word["lines"], known["modified_at"], known["progress"])

    def plain(self) -> Row:
        return {"refund": self.refund, "lines": self.lines}


@dataclass(frozen=True, slots=True)
class Line:
    pieces: int
    paid_fen: int
    is_gift: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """The whole platform order, in however many parts it travels: what "all of it" means. `paid_fen` is without the freight."""

    lines: dict[str, Line]
    paid_fen: int

    @classmethod
    def of(cls, family: Sequence[Row], lines: Iterable[Row]) -> Scale:
        found: dict[str, Line] = {}
        for line in lines:
            elder = found.get(line["oid"], Line(0, 0, line["is_gift"]))
            found[line["oid"]] = Line(elder.pieces + line["quantity"], elder.paid_fen + line["paid_fen"], line["is_gift"])
        return cls(found, sum(row["paid_fen"] - row["freight_fen"] for row in family))

    def under(self, order: IncomingOrder) -> Scale:
        """As a newer word about the whole order has it; what it leaves empty stays as known."""
        nothing = Line(0, 0, False)
        told = {
            line.oid: Line(line.quantity, line.paid_fen or self.lines.get(line.oid, nothing).paid_fen, line.is_gift) for line in order.lines
        }
        return Scale(told or self.lines, order.paid_fen - order.freight_fen if order.paid_fen else self.paid_fen)


@dataclass(frozen=True, slots=True)
class _Ended:
    """Money paid back for the same lines, by one request or by several."""

    oids: frozenset[str]  # empty = the order
    is_whole: bool
    is_before: bool


def combine(said: Said, claims: Iterable[Row], oids: Sequence[str], scale: Scale, *, is_open: bool) -> tuple[str, dict[str, str]]:
    """(axis of the order, refund of each of its lines `oids`). `is_open`: the goods are still here."""
    mine = [(targets, claim) for targets, claim in _aimed(claims, scale) if not targets or not oids or targets & {*oids}]
    ended = _ended(said, mine, scale)
    lines = {oid: _line(said, oid, [pair for pair in mine if not pair[0] or oid in pair[0]], ended, is_open=is_open) for oid in oids}
    paid_for = [oid for oid in oids if oid in scale.lines and not scale.lines[oid].is_gift] or list(oids)
    if paid_for and all(lines[oid] == "refunded" for oid in paid_for):
        return "refunded", dict.fromkeys(oids, "refunded")
    words = {*lines.values(), _faded(said.refund, said.moment, [claim for _, claim in mine])}
    words |= {"requested" for _, claim in mine if claim["state"] in LIVING}
    words |= {_outcome(each, is_open=is_open) for each in ended if not each.oids}
    if said.refund == "refunded" or (not oids and "refunded" in words):
        return "refunded", lines
    words = {"partial" if word == "refunded" else word for word in words}
    return max(words, key=RANK.__getitem__), lines


def _aimed(claims: Iterable[Row], scale: Scale) -> list[tuple[frozenset[str], Row]]:
    """Each request with the lines that it speaks of. One whose lines nobody knows speaks of the order."""
    return [(frozenset(oid for oid in claim["oids"] if oid in scale.lines), claim) for claim in claims]


def _ended(said: Said, mine: Sequence[tuple[frozenset[str], Row]], scale: Scale) -> list[_Ended]:
    groups: dict[frozenset[str], list[Row]] = {}
    for targets, claim in mine:
        if claim["state"] == "done" and claim["kind"] in MONEY:
            groups.setdefault(targets, []).append(claim)
    ended = []
    for targets, group in groups.items():
        lines = [scale.lines[oid] for oid in targets or scale.lines]
        pieces, paid_fen = sum(line.pieces for line in lines), sum(line.paid_fen for line in lines) if targets else scale.paid_fen
        came_back = [claim["quantity"] or pieces for claim in group if claim["kind"] == "return"]
        is_whole = sum(claim["amount_fen"] for claim in group) >= paid_fen or bool(came_back and sum(came_back) >= pieces)
        ended.append(_Ended(targets, is_whole, all(_is_before(said, claim) for claim in group)))
    return ended


def _is_before(said: Said, claim: Row) -> bool:
    if claim["is_before_shipping"] or claim["kind"] == "return":
        return bool(claim["is_before_shipping"])
    still = said.progress == Progress.WAITING and said.moment and claim["modified_at"]
    return bool(still and said.moment >= claim["modified_at"])


def _outcome(ended: _Ended, *, is_open: bool) -> str:
    if not ended.is_whole:
        return "partial"
    return "requested" if is_open and not ended.is_before else "refunded"


def _line(said: Said, oid: str, mine: Sequence[tuple[frozenset[str], Row]], ended: Sequence[_Ended], *, is_open: bool) -> str:
    words = {_faded(said.lines.get(oid, "none"), said.moment, [claim for _, claim in mine])}
    words |= {"requested" for targets, claim in mine if targets and claim["state"] in LIVING}
    for each in ended:
        if oid in each.oids or (not each.oids and each.is_whole):
            words.add(_outcome(each, is_open=is_open))
    return max(words, key=RANK.__getitem__)


def _faded(word: str, moment: datetime | None, claims: Sequence[Row]) -> str:
    if word != "requested" or not claims or any(claim["state"] in LIVING for claim in claims):
        return word
    last = max((claim["modified_at"] for claim in claims if claim["modified_at"]), default=None)
    return "none" if last and (moment is None or last >= moment) else word


# --- laid over a word of the order stream -----------------------------------------------------------------------------------


def over(order: IncomingOrder, refund: str, lines: Mapping[str, str]) -> IncomingOrder:
    """The word with what `combine` made of its refunds, so that the rest of intake needs to know of no second stream."""
    told = tuple(replace(line, refund=contract.Refund(lines.get(line.oid, line.refund.value))) for line in order.lines)
    return replace(order, refund=contract.Refund(refund), lines=told)


def over_fresh(order: IncomingOrder, claims: Sequence[Row]) -> tuple[IncomingOrder, Row]:
    """A new order whose requests came first, and the word to remember."""
    said = Said(order.refund.value, {line.oid: line.refund.value for line in order.lines}, order.modified_at, order.progress.value)
    is_open = order.progress in (Progress.WAITING, Progress.PART_SHIPPED)
    oids = [line.oid for line in order.lines]
    return over(order, *combine(said, claims, oids, Scale({}, 0).under(order), is_open=is_open)), said.plain()


@dataclass(frozen=True, slots=True)
class View:
    """A word about a known order with its requests laid over. `shipped`: lines refunded after they left, with this very word."""

    order: IncomingOrder
    said: Said
    lines: dict[str, str]
    shipped: frozenset[str]


def view(
    known: Row, lines: Sequence[Row], order: IncomingOrder, claims: Sequence[Row], scale: Scale, *, in_parts: bool, leaves_in_parts: bool
) -> View:
    """See `View`; `leaves_in_parts` as `change.facts` takes it."""
    said = heard(known, lines, order)
    oids = [line["oid"] for line in (lines if in_parts or not order.has_lines else [])] or [line.oid for line in order.lines]
    stays = known["fulfilment"] not in GONE and order.progress != Progress.CLOSED
    is_open = bool(leaves_in_parts and known["fulfilment"] in OPEN) if order.progress in GONE else stays
    refund, by_oid = combine(said, claims, oids, scale, is_open=is_open)
    shipped: frozenset[str] = frozenset()
    if not is_open and known["fulfilment"] in OPEN and order.progress in GONE:
        here = combine(said, claims, oids, scale, is_open=True)[1]
        shipped = frozenset(oid for oid, word in by_oid.items() if word == "refunded" != here[oid])
    return View(over(order, refund, by_oid), said, by_oid, shipped)


def heard(known: Row, lines: Iterable[Row], order: IncomingOrder) -> Said:
    """What the order stream says of refunds after this word, apart from what requests make of it."""
    before = Said.by(known, lines)
    told = before.lines | {line.oid: line.refund.value for line in order.lines}
    return Said(onward(before.refund, known, order), told, order.modified_at or known["modified_at"], order.progress.value)


def onward(before: str, known: Row, order: IncomingOrder) -> str:
    """The refund axis after a word: withdrawn only by newer word, or by one that is further on."""
    refund = order.refund.value
    is_newer = bool(known["modified_at"] and order.modified_at and order.modified_at > known["modified_at"])
    is_further = PROGRESSES[order.progress] > PROGRESSES[known["progress"]]
    return before if FORWARD[refund] < FORWARD[before] and not is_newer and not is_further else refund
