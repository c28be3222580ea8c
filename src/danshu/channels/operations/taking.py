"""From rows of a list to rows of ours: bodies are fetched where they are missing, translated, saved, and kept as they came.

One bad order never holds up another: what cannot be fetched, translated or saved is noted with its number and tried again later. What
a platform refuses altogether is the platform's trouble and raised, so that nobody takes it for "nothing there".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from danshu.channels import payloads
from danshu.channels.connecting import Connector, Fetched, Found, ShopAccess, Stream
from danshu.channels.connector_errors import BadAnswer, BadPayload, ConnectorError, Refused, TemporaryFailure
from danshu.channels.contract import IncomingOrder, IncomingRefund
from danshu.channels.models import RawPayload, Shop
from danshu.channels.operations import payloads as shelf
from danshu.channels.operations.payloads import Failure, Known, Piece
from danshu.core import clock
from danshu.core.actor import Actor

log = logging.getLogger(__name__)
Incoming = IncomingOrder | IncomingRefund
BATCH = 500
SETTLED = timedelta(seconds=15)  # a body fetched so long after the second of its change holds every change of that second


class Rejected(Protocol):
    """One that was not saved. Orders name themselves `platform_no`, refunds `refund_no`."""

    reason: str
    code: str


class Report(Protocol):
    """What saving says: how many were new and updated, and which were not saved."""

    new: int
    updated: int

    @property
    def rejects(self) -> Sequence[Any]: ...


class Save(Protocol):
    """Writes what came, in one transaction: `orders.ingest`, `orders.ingest_refunds`."""

    def __call__(self, shop_id: int, incoming: Sequence[Any], /, *, by: Actor, now: datetime) -> Report: ...


@dataclass(slots=True)
class Taken:
    """What became of the rows. `lags`: seconds from the change at the platform to here; `failed` were noted and wait."""

    rows: int = 0
    new: int = 0
    updated: int = 0
    lags: list[float] = field(default_factory=list)
    failed: dict[str, Failure] = field(default_factory=dict)

    def add(self, other: Taken) -> None:
        self.rows += other.rows
        self.new += other.new
        self.updated += other.updated
        self.lags += other.lags
        self.failed |= other.failed


@dataclass(slots=True)
class Taker:
    """Takes rows of one stream of one shop. `patience`: when nothing at all can be fetched the platform is blamed and not the numbers.
    `is_again`: equal bodies are saved too. `kept` is called between calls and stops a worker that was overtaken. `orders`: of refunds that
    are asked for by both numbers."""

    shop: Shop
    connector: Connector
    access: ShopAccess
    stream: Stream
    save: Save
    by: Actor
    tick: Callable[[], datetime] = clock.now
    patience: bool = True
    is_again: bool = False
    kept: Callable[[], None] = lambda: None
    orders: Mapping[str, str] = field(default_factory=dict)

    def take(self, rows: Sequence[Found], taken: Taken | None = None) -> Taken:
        """Take rows of a list. Those that are here as they are cost one statement together and no call. Who passes `taken` knows what
        was saved before the rest broke off."""
        newest = _newest(rows)
        taken = Taken() if taken is None else taken
        taken.rows += len(newest)
        before = shelf.known(self.shop.pk, self.stream, newest)
        asked_at = self.tick()
        whole = [self._piece(row.no, row.body, row.modified_at, asked_at) for row in newest.values() if row.body is not None]
        fresh = [piece for piece in whole if piece.no not in before or before[piece.no].digest != piece.digest]
        self._store_all(fresh, taken)
        named = {row.no: row.modified_at for row in newest.values() if row.body is None and not _is_here(row, before.get(row.no))}
        self._fetch_all(named, taken)
        return taken

    def ask(self, numbers: Sequence[str]) -> Taken:
        """Fetch these numbers, whatever is known of them."""
        taken = Taken(rows=len(numbers))
        if self.stream is Stream.REFUNDS:
            self.orders = shelf.order_numbers(self.shop.pk, self.stream, numbers)
        self._fetch_all(dict.fromkeys(numbers), taken)
        return taken

    def store(self, pieces: Sequence[Piece]) -> Taken:
        """Translate and save bodies that are here."""
        taken = Taken(rows=len(pieces))
        self._store_all(pieces, taken)
        return taken

    def _piece(self, no: str, body: Any, modified_at: datetime | None, fetched_at: datetime) -> Piece:
        return Piece(no, body, modified_at, fetched_at, payloads.encode(body))

    # --- fetching

    def _fetch_all(self, named: dict[str, datetime | None], taken: Taken) -> None:
        """In calls of `fetch_size`, saved every `BATCH`. When nothing at all can be fetched it is the platform's trouble. Where it tells
        nothing of a single number (Pinduoduo's refunds), the body that waits here is tried again."""
        pieces: list[Piece] = []
        missing: dict[str, Failure] = {}
        trouble: ConnectorError | None = None
        size, numbers = max(1, self.connector.abilities.fetch_size), list(named)
        for start in range(0, len(numbers), size):
            self.kept()
            asked_at = self.tick()
            for one, error in self._fetch(numbers[start : start + size]):
                trouble = error or trouble
                if one.body is not None:
                    pieces.append(self._piece(one.no, one.body, named.get(one.no), asked_at))
                else:
                    missing[one.no] = _failure(one, error)
            if len(pieces) >= BATCH:
                self._store_all(pieces, taken)
                pieces = []
        self._store_all(pieces, taken)
        if trouble is not None and len(missing) == len(numbers) and self._blames_platform(trouble, len(missing)):
            raise trouble
        for piece in shelf.pieces(self.shop.pk, self.stream, [no for no, failure in missing.items() if failure.code == shelf.NO_BODY]):
            del missing[piece.no]
            self._store([piece], taken)
        shelf.note(self.shop.pk, self.stream, missing, now=self.tick())
        taken.failed |= missing

    def _blames_platform(self, trouble: ConnectorError, count: int) -> bool:
        """Whether what spoiled every number is no fault of the numbers: something that may pass, or a refusal of several at once. Where
        patience has come to its end, only several at once that may pass."""
        if self.patience:
            return trouble.is_passing or count > 1
        return trouble.is_passing and count > 1

    def _fetch(self, numbers: Sequence[str]) -> Iterator[tuple[Fetched, ConnectorError | None]]:
        """Bodies, aligned; a call that fails is halved until the number that spoils it stands alone."""
        try:
            found = self._asked(numbers)
        except (Refused, BadAnswer, TemporaryFailure) as error:
            if len(numbers) == 1:
                yield Fetched(numbers[0], message=str(error)), error
                return
            middle = len(numbers) // 2
            yield from self._fetch(numbers[:middle])
            yield from self._fetch(numbers[middle:])
            return
        if [one.no for one in found] != list(numbers):
            raise BadAnswer(_("平台回答的单号和问的对不上。这次不算，稍后再读。"))
        yield from ((one, None) for one in found)

    def _asked(self, numbers: Sequence[str]) -> list[Fetched]:
        """One refund whose order is known is told by both numbers."""
        if len(numbers) == 1 and (order_no := self.orders.get(numbers[0])):
            return [self.connector.fetch_refund(self.access, numbers[0], order_no)]
        return self.connector.fetch(self.access, self.stream, numbers)

    # --- saving

    def _store_all(self, pieces: Sequence[Piece], taken: Taken) -> None:
        for start in range(0, len(pieces), BATCH):
            self.kept()
            self._store(pieces[start : start + BATCH], taken)

    def _store(self, pieces: Sequence[Piece], taken: Taken) -> None:
        incoming: dict[str, Incoming] = {}
        failures: dict[str, Failure] = {}
        for piece in pieces:
            try:
                incoming[piece.no] = self._translate(piece)
            except BadPayload as error:
                failures[piece.no] = Failure(error.code, str(error))
            except Exception as error:  # an adapter's own mistake about one body; the others go on
                log.exception("Translating %s of shop %d broke", self.stream, self.shop.pk)
                failures[piece.no] = _broken(error)
        self._save(pieces, incoming, failures, taken)

    def _translate(self, piece: Piece) -> Incoming:
        return self.connector.order(piece.body) if self.stream is Stream.ORDERS else self.connector.refund(piece.body)

    def _save(self, pieces: Sequence[Piece], incoming: dict[str, Incoming], failures: dict[str, Failure], taken: Taken) -> None:
        """Rows and bodies in one transaction. When saving breaks, halving finds the one that breaks it."""
        try:
            with transaction.atomic():
                self._save_once(pieces, incoming, dict(failures), taken)
        except (OperationalError, InterfaceError):
            raise  # the database's trouble, not an order's
        except Exception as error:
            if len(pieces) > 1:
                middle = len(pieces) // 2
                for half in (pieces[:middle], pieces[middle:]):
                    self._save(half, incoming, failures, taken)
                return
            if pieces[0].no in failures:
                raise
            log.exception("Saving one of %s of shop %d broke", self.stream, self.shop.pk)
            self._save(pieces, {}, {pieces[0].no: _broken(error)}, taken)

    def _save_once(self, pieces: Sequence[Piece], incoming: dict[str, Incoming], failures: dict[str, Failure], taken: Taken) -> None:
        now = self.tick()
        list(Shop.objects.select_for_update(no_key=True).filter(pk=self.shop.pk).values_list("pk"))  # intakes of a shop come one by one
        before = shelf.known(self.shop.pk, self.stream, [piece.no for piece in pieces])
        pieces = [_dated(piece, incoming.get(piece.no)) for piece in pieces]
        stale = [piece for piece in pieces if shelf.is_stale(piece, before.get(piece.no))]
        fresh = [piece for piece in pieces if not shelf.is_stale(piece, before.get(piece.no))]
        same = [piece for piece in fresh if _is_same(piece, before.get(piece.no)) and not self.is_again]
        shelf.overtaken(self.shop.pk, self.stream, stale, now=now)
        shelf.seen(self.shop.pk, self.stream, same, before, now=now)
        known = {piece.no for piece in same}
        pieces = [piece for piece in fresh if piece.no not in known]
        good = [incoming[piece.no] for piece in pieces if piece.no not in failures]
        mine = {_number(incoming[piece.no]): piece.no for piece in pieces if piece.no not in failures}
        failures = {piece.no: failures[piece.no] for piece in pieces if piece.no in failures}
        report: Report | None = self.save(self.shop.pk, good, by=self.by, now=now) if good else None
        for reject in report.rejects if report else ():
            named = getattr(reject, "refund_no", "") if self.stream is Stream.REFUNDS else reject.platform_no
            failures[mine.get(named, named)] = Failure(reject.code, str(reject.reason))
        shelf.keep(self.shop.pk, self.stream, pieces, before, failures, now=now)
        lags = [(now - piece.modified_at).total_seconds() for piece in pieces if piece.modified_at and piece.no not in failures]
        taken.add(Taken(0, report.new if report else 0, report.updated if report else 0, lags, failures))


def _newest(rows: Sequence[Found]) -> dict[str, Found]:
    """One row for each number: of two the one changed later, of equals the one that came later."""
    newest: dict[str, Found] = {}
    for row in rows:
        other = newest.get(row.no)
        if other is None or other.modified_at is None or row.modified_at is None or row.modified_at >= other.modified_at:
            newest[row.no] = row
    return newest


def _is_here(row: Found, before: Known | None) -> bool:
    """Whether the body of this very change is here, or is known not to be had for the time being."""
    if before is None or row.modified_at is None or before.modified_at != row.modified_at:
        return False
    if before.state != RawPayload.State.TAKEN:
        return True
    return before.fetched_at is not None and before.fetched_at - row.modified_at >= SETTLED


def _is_same(piece: Piece, before: Known | None) -> bool:
    return before is not None and before.digest == piece.digest and before.state == RawPayload.State.TAKEN


def _dated(piece: Piece, incoming: Incoming | None) -> Piece:
    """With the platform's moment of change: as the list said, or else as the body says."""
    if piece.modified_at or incoming is None or incoming.modified_at is None:
        return piece
    return Piece(piece.no, piece.body, incoming.modified_at, piece.fetched_at, piece.encoded)


def _number(incoming: Incoming) -> str:
    return incoming.platform_no if isinstance(incoming, IncomingOrder) else incoming.refund_no


def _failure(one: Fetched, error: ConnectorError | None) -> Failure:
    if one.is_unknown:
        return Failure(shelf.UNKNOWN, one.message or _("平台说没有这个单号。"), is_unknown=True)
    code, is_passing = (error.code, error.is_passing) if error else (shelf.NO_BODY, False)
    return Failure(code, one.message or _("平台没有给出这一单的内容。"), is_passing=is_passing)


def _broken(error: Exception) -> Failure:
    """Names the kind only: a message may quote people's data."""
    return Failure("engine.broken", _("程序出错（%s），这一单没有入库。升级后可以再试。") % type(error).__name__)
