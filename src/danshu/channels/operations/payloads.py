"""The shelf of raw bodies: what is known of them, keeping them, those that failed, those that somebody wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels import payloads
from danshu.channels.connecting import Body, Stream
from danshu.channels.events import PayloadsQuarantined
from danshu.channels.models import RawPayload
from danshu.channels.operations import streams
from danshu.core import bulk, database, events
from danshu.core.actor import Actor

State = RawPayload.State
MOST_FAILURES = 3  # then it is set aside for a person
MOST_PASSING = 6  # where the platform's interface gave no answer about it
FIRST_RETRY = timedelta(minutes=1)  # four times as long after each
CLAIM = timedelta(minutes=2)
OLD_AT_A_TIME = 1000
MOST_ASKS = 5  # for a number that a message named and the platform's interface does not know yet
FIRST_ASK = timedelta(seconds=3)  # three times as long after each
UNKNOWN = "connector.unknown_number"
NO_BODY = "connector.no_body"
COLUMNS = ("shop_id", "stream", "no", "body", "digest", "modified_at", "fetched_at", "state", "failures", "error_code", "error",
           "retry_at", "asks")  # fmt: skip
KEY = ("shop_id", "stream", "no")
NAMED = ("shop_id", "stream", "no", "digest", "state", "failures", "error_code", "error", "retry_at", "asks")
NOTED = ("state", "failures", "error_code", "error", "retry_at", "asks")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a body, without the body."""

    digest: str
    modified_at: datetime | None
    fetched_at: datetime | None
    state: str
    failures: int
    retry_at: datetime | None
    asks: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one number could not be taken in. `is_unknown`: the platform says that it has no such number.
    `is_passing`: its interface did not answer; such a number gets more tries."""

    code: str
    message: str
    is_unknown: bool = False
    is_passing: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """One body with what the list said of it. `fetched_at`: when the platform was asked for it, before it answered."""

    no: str
    body: Body
    modified_at: datetime | None
    fetched_at: datetime
    encoded: bytes

    @property
    def digest(self) -> str:
        return payloads.digest(self.encoded)


def known(shop_id: int, stream: Stream, numbers: Iterable[str]) -> dict[str, Known]:
    found = RawPayload.objects.filter(shop=shop_id, stream=stream.value, no__in=list(numbers))
    columns = ("no", "digest", "modified_at", "fetched_at", "state", "failures", "retry_at", "asks")
    return {no: Known(*facts) for no, *facts in found.values_list(*columns)}


def pieces(shop_id: int, stream: Stream, numbers: Sequence[str]) -> list[Piece]:
    """Bodies of these numbers that are here and not taken in."""
    if not numbers:
        return []
    found = RawPayload.objects.filter(shop=shop_id, stream=stream.value, no__in=numbers, body__isnull=False).exclude(state=State.TAKEN)
    return [piece_of(row) for row in found.order_by("no")]


def piece_of(row: RawPayload) -> Piece:
    """A body that is here, as if it had just come."""
    assert row.body is not None
    assert row.fetched_at is not None
    body = payloads.unseal(row.body)
    return Piece(row.no, body, row.modified_at, row.fetched_at, payloads.encode(body))


def is_stale(piece: Piece, before: Known | None) -> bool:
    """Whether a newer body is here: another worker was quicker with what it fetched later."""
    if before is None or before.fetched_at is None:
        return False
    if piece.modified_at and before.modified_at and piece.modified_at != before.modified_at:
        return piece.modified_at < before.modified_at
    return piece.fetched_at < before.fetched_at


def keep(
    shop_id: int, stream: Stream, pieces: Sequence[Piece], before: dict[str, Known], failures: dict[str, Failure], *, now: datetime
) -> None:
    """Put bodies on the shelf, those with a failure as waiting or set aside; part of the caller's transaction. Two statements."""
    rows, aside = [], []
    for piece in sorted(pieces, key=lambda piece: piece.no):
        one, failure = before.get(piece.no), failures.get(piece.no)
        if failure is None:
            noted = (State.TAKEN.value, 0, "", "", _still_wanted(piece, one, now), 0)
        else:
            noted = _noted(failure, one if one and one.digest == piece.digest else None, now)
            aside += [piece.no] if noted[0] == State.QUARANTINED and (one is None or one.state != State.QUARANTINED) else []
        rows.append(
            (shop_id, stream.value, piece.no[:64], payloads.seal(piece.encoded), piece.digest, piece.modified_at, piece.fetched_at, *noted)
        )
    bulk.insert(RawPayload, COLUMNS, rows, conflict=KEY, update=COLUMNS[3:])
    _tell(shop_id, stream, aside)


def _still_wanted(piece: Piece, before: Known | None, now: datetime) -> datetime | None:
    """When a message named the number while we asked for it: the body may be older than the message."""
    return before.retry_at if before and before.retry_at and piece.fetched_at < before.retry_at <= now else None


def seen(shop_id: int, stream: Stream, pieces: Sequence[Piece], before: dict[str, Known], *, now: datetime) -> None:
    """The platform sent what is here already: note when, and that nobody waits for it. One statement."""
    rows = [
        (shop_id, stream.value, piece.no, piece.fetched_at, piece.modified_at, _still_wanted(piece, before[piece.no], now), 0)
        for piece in sorted(pieces, key=lambda piece: piece.no)
    ]
    bulk.update(RawPayload, KEY, ("fetched_at", "modified_at", "retry_at", "asks"), rows)


def overtaken(shop_id: int, stream: Stream, pieces: Sequence[Piece], *, now: datetime) -> None:
    """Newer bodies of these came another way while they were asked for: that answers whoever wanted them."""
    if pieces:
        first = min(piece.fetched_at for piece in pieces)
        found = RawPayload.objects.filter(shop=shop_id, stream=stream.value, no__in=[piece.no for piece in pieces])
        found.exclude(retry_at__gt=first, retry_at__lte=now).update(retry_at=None)


def note(shop_id: int, stream: Stream, failures: dict[str, Failure], *, now: datetime) -> None:
    """Numbers whose bodies could not be had. What is here of them stays; one that is here and that the platform knows no more is left
    alone after some tries."""
    if not failures:
        return
    rows, aside = [], []
    with database.joined():
        before = known(shop_id, stream, failures)
        for no, failure in sorted(failures.items()):
            one = before.get(no)
            noted = _noted(failure, one, now)
            if failure.is_unknown and one is not None and one.state == State.TAKEN:
                is_over = noted[0] == State.QUARANTINED
                noted = (State.TAKEN.value, 0, "", "", None if is_over else noted[4], 0 if is_over else noted[5])
            aside += [no] if noted[0] == State.QUARANTINED and (one is None or one.state != State.QUARANTINED) else []
            rows.append((shop_id, stream.value, no[:64], "", *noted))
        bulk.insert(RawPayload, NAMED, rows, conflict=KEY, update=NOTED)
        _tell(shop_id, stream, aside)


def _noted(failure: Failure, before: Known | None, now: datetime) -> tuple[str, int, str, str, datetime | None, int]:
    """The columns `NOTED` after one more failure."""
    failures, asks = (before.failures, before.asks) if before else (0, 0)
    if failure.is_unknown:
        asks += 1
        is_over, wait = asks > MOST_ASKS, FIRST_ASK * 3 ** (asks - 1)
    else:
        failures += 1
        most = MOST_PASSING if failure.is_passing else MOST_FAILURES
        is_over, wait = failures >= most, FIRST_RETRY * 4 ** (failures - 1)
    state = State.QUARANTINED if is_over else State.WAITING
    return state.value, failures, failure.code[:40], failure.message[:300], None if is_over else now + wait, asks


def _tell(shop_id: int, stream: Stream, numbers: Sequence[str]) -> None:
    if numbers:
        events.publish(PayloadsQuarantined(shop_id, stream.value, tuple(sorted(numbers))))


def want(shop_id: int, stream: Stream, numbers: Sequence[str], *, now: datetime, orders: Mapping[str, str] | None = None) -> None:
    """These numbers are to be asked for, now. One statement, however many and however often; part of the caller's transaction.
    `orders`: the order of a refund, where it is known."""
    known = orders or {}
    rows = [(shop_id, stream.value, no[:64], "", State.WAITING.value, 0, "", "", now, 0) for no in sorted(set(numbers))]
    plain, paired = [row for row in rows if row[2] not in known], [(*row, known[row[2]][:64]) for row in rows if row[2] in known]
    bulk.insert(RawPayload, NAMED, plain, conflict=KEY, update=("retry_at",))
    bulk.insert(RawPayload, (*NAMED, "order_no"), paired, conflict=KEY, update=("retry_at", "order_no"))


def order_numbers(shop_id: int, stream: Stream, numbers: Sequence[str]) -> dict[str, str]:
    """The orders of those refunds whose message named it."""
    found = RawPayload.objects.filter(shop=shop_id, stream=stream.value, no__in=numbers, order_no__isnull=False)
    return {no: str(order_no) for no, order_no in found.values_list("no", "order_no")}


def claim(shop_id: int, stream: Stream, *, now: datetime, most: int, lag: timedelta = timedelta()) -> list[str]:
    """Numbers to be asked for now, those that wait longest first; nobody else gets them for two minutes, after which whoever took them
    is dead. `lag`: those that were named just now must settle for so long."""
    with transaction.atomic():
        found = RawPayload.objects.select_for_update(skip_locked=database.ON_POSTGRES)
        waiting = found.filter(shop=shop_id, stream=stream.value, retry_at__lte=now - lag).order_by("retry_at", "pk")
        rows = list(waiting.values_list("pk", "no")[:most])
        RawPayload.objects.filter(pk__in=[pk for pk, _no in rows]).update(retry_at=now + CLAIM)
    return [no for _pk, no in rows]


def settling_since(shop_id: int, stream: Stream, *, now: datetime) -> datetime | None:
    """When the first of those numbers was named that nobody took yet; None where there are none."""
    found = RawPayload.objects.filter(shop=shop_id, stream=stream.value, retry_at__lte=now)
    since: datetime | None = found.aggregate(since=Min("retry_at"))["since"]
    return since


def due(*, now: datetime) -> list[tuple[int, str]]:
    """(shop, stream) of shops that may be asked, with numbers to be asked for."""
    found = RawPayload.objects.filter(retry_at__lte=now, shop__is_active=True, shop__connection__state__in=streams.OPEN)
    return list(found.order_by("shop_id", "stream").values_list("shop_id", "stream").distinct())


def postpone(shop_id: int, stream: Stream, numbers: Sequence[str], *, until: datetime) -> None:
    """The platform does not answer: what was claimed waits, and that is no fault of the numbers."""
    RawPayload.objects.filter(shop=shop_id, stream=stream.value, no__in=numbers).update(retry_at=until)


def retry(payload_ids: Sequence[int], *, by: Actor, now: datetime) -> list[tuple[int, str]]:
    """A person wants these tried again, from the platform on, with all their tries. Returns their (shop, stream) pairs."""
    with database.joined():
        found = list(RawPayload.objects.select_for_update(of=("self",)).filter(pk__in=payload_ids).select_related("shop").order_by("pk"))
        ids = [payload.pk for payload in found if payload.state != State.TAKEN]
        RawPayload.objects.filter(pk__in=ids).update(state=State.WAITING, failures=0, asks=0, retry_at=now)
        shops = {payload.shop_id: payload.shop.name for payload in found if payload.state != State.TAKEN}
        numbers = {pk: "、".join(one.no for one in found if one.shop_id == pk and one.state != State.TAKEN) for pk in shops}
        audit.record([Deed("payloads.retried", "shop", pk, name, note=numbers[pk]) for pk, name in shops.items()], by=by, now=now)
    return sorted({(payload.shop_id, payload.stream) for payload in found if payload.pk in set(ids)})


def untouched(*, since: datetime) -> Iterator[list[tuple[int, int, str, str]]]:
    """(id, shop, stream, number) of bodies that are taken in and that nobody changed or asked for since then, in parts."""
    found = RawPayload.objects.filter(state=State.TAKEN, body__isnull=False, retry_at=None, fetched_at__lt=since)
    found, last = found.exclude(modified_at__gte=since).order_by("pk"), 0
    while rows := list(found.filter(pk__gt=last).values_list("pk", "shop_id", "stream", "no")[:OLD_AT_A_TIME]):
        last = rows[-1][0]
        yield rows


def forget(payload_ids: Sequence[int], *, since: datetime) -> int:
    """Empty these bodies unless they were touched meanwhile. Their digests stay: what comes again as it was is known. One statement."""
    found = RawPayload.objects.filter(pk__in=payload_ids, state=State.TAKEN, retry_at=None, fetched_at__lt=since)
    return found.update(body=None)
