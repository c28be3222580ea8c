"""An order as it came, turned into rows: what `prepared` says of it alone, with the shop's part, our number and the catalogue's answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from danshu.catalogue.operations import Resolved, Want
from danshu.channels.contract import IncomingOrder
from danshu.channels.models import Shop
from danshu.orders import prepared
from danshu.orders.prepared import Prepared, Reject, Terms
from danshu.orders.states import OPEN, Issue

COLUMNS = (
    "no", "platform_no", "shop_id", "platform", "source", "batch_id", "refund_word", "issues", "created_at", "updated_at", "courier_code",
    "warehouse_id", *prepared.COLUMNS,
)  # fmt: skip
LINE_COLUMNS = ("order_id", "listing_id", "sku_id", "sku_quantity", *prepared.LINE_COLUMNS)
AT = {name: position for position, name in enumerate(COLUMNS)}
OID, QUANTITY, REFUND = (prepared.LINE_COLUMNS.index(name) for name in ("oid", "quantity", "refund"))
STATE, ORDER_REFUND = prepared.COLUMNS.index("fulfilment"), prepared.COLUMNS.index("refund")


@dataclass(frozen=True, slots=True)
class Intake:
    """What all orders of one batch share."""

    shop: Shop
    source: str
    batch_id: int | None
    now: datetime


class Arrived:
    """An order on its way in. What is reckoned from it alone was handed over with it, or is reckoned when it is needed; the order itself
    may be opened when it is needed: most new ones never are."""

    __slots__ = ("_order", "_prepared", "digest", "found", "platform_no", "refund_word")

    def __init__(self, order: IncomingOrder, digest: str, refund_word: dict[str, Any] | None = None) -> None:
        self.platform_no, self.digest = order.platform_no, digest
        self.refund_word = refund_word  # the order's own, where requests for refunds were laid over it
        self.found: Sequence[Resolved] = ()  # what the catalogue says of its lines
        self._order: IncomingOrder | Callable[[], IncomingOrder] = order
        self._prepared: Prepared | None = None

    @classmethod
    def ready(cls, platform_no: str, digest: str, known: Prepared, open_order: Callable[[], IncomingOrder]) -> Arrived:
        """One that was prepared elsewhere, under the terms of the shop that takes it; it can be saved."""
        made = cls.__new__(cls)
        made.platform_no, made.digest, made.refund_word, made.found = platform_no, digest, None, ()
        made._order, made._prepared = open_order, known  # noqa: SLF001 - a second way to make one
        return made

    @property
    def order(self) -> IncomingOrder:
        if not isinstance(self._order, IncomingOrder):
            self._order = self._order()
        return self._order

    def refusal(self) -> Reject | None:
        return None if self._prepared else prepared.refusal(self.order)

    def prepared(self, intake: Intake) -> Prepared:
        if self._prepared is None:
            terms = Terms(intake.shop.pk, intake.shop.ship_hours, intake.now)
            self._prepared = prepared.prepare(self.order, self.digest, terms)
        return self._prepared

    @property
    def has_parcels(self) -> bool:
        return self._prepared.has_parcels if self._prepared else bool(self.order.parcels)

    def wants(self) -> list[Want]:
        """What the catalogue is asked about each line."""
        return [*map(Want._make, self._prepared.wants if self._prepared else prepared.wants(self.order))]

    def under(self, order: IncomingOrder, refund_word: dict[str, Any]) -> Arrived:
        """With requests for refunds laid over it."""
        made = Arrived(order, self.digest, refund_word)
        made.found = self.found
        return made


def is_unmapped(refunds: Sequence[str], found: Sequence[Resolved]) -> bool:
    """Whether goods are wanted that nobody knows. `refunds`: that of each line."""
    return not found or any(
        answer.sku_id is None and not answer.is_ignored and refund != "refunded" for answer, refund in zip(found, refunds, strict=True)
    )


def issues(word: Prepared, found: Sequence[Resolved]) -> int:
    """The exceptions that show before stock is asked."""
    bits = Issue.UNMAPPED.value if is_unmapped([line[REFUND] for line in word.lines], found) else 0
    if word.lacks_address:
        bits |= Issue.ADDRESS.value
    if word.columns[ORDER_REFUND] == "requested":
        bits |= Issue.REFUNDING.value
    if word.is_blocked:
        bits |= Issue.BLOCKED.value
    return bits


def row(intake: Intake, no: str, arrived: Arrived) -> tuple[Any, ...]:
    """The values of `COLUMNS` for an order that we never saw."""
    shop, now, word = intake.shop, intake.now, arrived.prepared(intake)
    return (
        no, arrived.platform_no or no, shop.pk, shop.platform, intake.source, intake.batch_id, arrived.refund_word,
        issues(word, arrived.found) if word.columns[STATE] in OPEN else 0, now, now, shop.courier_code, shop.warehouse_id, *word.columns,
    )  # fmt: skip


def line_row(order_id: int, line: tuple[Any, ...], found: Resolved) -> tuple[Any, ...]:
    """The values of `LINE_COLUMNS`. `line`: values of `prepared.LINE_COLUMNS`."""
    return (order_id, found.listing_id or None, *goods(line[QUANTITY], found), *line)


def goods(quantity: int, found: Resolved) -> tuple[int | None, int]:
    """(SKU, pieces of it) that a line needs; an ignored line needs none."""
    if found.is_ignored or found.sku_id is None:
        return None, 0
    return found.sku_id, quantity * found.quantity
