"""Who answers which fact, and the job that hands facts over.

A reaction gets a batch of facts of one kind and is idempotent. When a batch fails it is halved until the facts that cannot be
digested stand alone: the others are through, and only those wait for the next try. After the last one they are set aside in
`FailedReaction` for a person.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction

from danshu.core import clock, jobs
from danshu.core.models import EventRow, FailedReaction

log = logging.getLogger(__name__)
Handler = Callable[[Sequence[Any]], None]
LONGEST_ERROR = 8000


@dataclass(frozen=True, slots=True)
class Reaction:
    name: str
    event: type[Any]
    handler: Handler


REACTIONS: dict[str, Reaction] = {}
_of_event: dict[type[Any], list[Reaction]] = {}
_classes: dict[str, type[Any]] = {}


def kind_of(event: type[Any]) -> str:
    """`danshu.orders.events.OrdersPaid` is `orders.OrdersPaid`."""
    return f"{event.__module__.split('.')[1]}.{event.__name__}"


def pages_only(_events: Sequence[Any]) -> None:
    """Stands in the wiring for facts that only open pages listen to: no job is enqueued for it."""


def on(event: type[Any], handler: Handler, *, name: str | None = None) -> None:
    """Let `handler` answer facts of this kind. `name` is kept with waiting jobs and failures: by default where the function stands."""
    known = name or f"{handler.__module__.removeprefix('danshu.')}.{handler.__qualname__}"
    _classes[kind_of(event)] = event
    answers = _of_event.setdefault(event, [])
    if handler is pages_only:
        return
    reaction = Reaction(f"{known}:{event.__name__}", event, handler)
    REACTIONS[reaction.name] = reaction
    answers[:] = [one for one in answers if one.name != reaction.name] + [reaction]


def answers_to(event: type[Any]) -> list[Reaction]:
    return _of_event.get(event, [])


def decode(row: EventRow) -> Any:
    """The fact of a row. Fields that its class no longer has are left out, lists come back as tuples."""
    cls = _classes[row.kind]
    return cls(**{field.name: _tuples(row.payload[field.name]) for field in fields(cls) if field.name in row.payload})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


@jobs.job(queue="reactions", retries=6)
def react(reaction: str, event_ids: list[int], again: bool = False) -> None:  # noqa: FBT001, FBT002 - job arguments travel by name
    """Hand the facts to one reaction. `again`: a person asked for it, so what works now is crossed off the list of failures."""
    known = REACTIONS.get(reaction)
    if known is None:
        raise LookupError(f"No reaction is named {reaction}: it was renamed or removed, or the worker is older than the web server.")
    rows = list(EventRow.objects.filter(pk__in=event_ids).order_by("pk"))
    attempt = jobs.current()
    is_last = attempt is not None and attempt.is_last
    refused = _hand_over(known, rows, patience=len(rows) * 2 if is_last else 6 + 2 * len(rows).bit_length())
    if again:
        _cross_off(reaction, {row.pk for row in rows} - {row.pk for row, _error in refused}, clock.now())
    if not refused:
        return
    if is_last or attempt is None:
        _set_aside(known, refused, attempt.failed_before + 1 if attempt else 1, clock.now())
        return
    left = [row.pk for row, _error in refused]
    raise jobs.RetryWith({"reaction": reaction, "event_ids": left, "again": again}, refused[0][1])


def _hand_over(reaction: Reaction, rows: Sequence[EventRow], *, patience: int) -> list[tuple[EventRow, Exception]]:
    """Give the facts to the handler, halving what fails, and return what it refused. After `patience` failures the rest counts as
    refused without a try: then it is not a fact that is wrong but the world (a service that is down)."""
    refused: list[tuple[EventRow, Exception]] = []
    waiting = [list(rows)] if rows else []
    while waiting:
        batch = waiting.pop(0)
        try:
            reaction.handler([decode(row) for row in batch])
        except Exception as error:  # noqa: BLE001 - kept for a person, and the others go on
            patience -= 1
            if len(batch) > 1 and patience > 0:
                middle = len(batch) // 2
                waiting[:0] = [batch[:middle], batch[middle:]]
                continue
            refused += [(row, error) for row in batch]
            if patience <= 0:
                return refused + [(row, error) for rest in waiting for row in rest]
    return refused


def _set_aside(reaction: Reaction, refused: Sequence[tuple[EventRow, Exception]], attempts: int, now: datetime) -> None:
    log.error("%d facts set aside: %s cannot digest them: %s", len(refused), reaction.name, refused[0][1])
    FailedReaction.objects.bulk_create(
        [
            FailedReaction(
                reaction=reaction.name,
                event=row,
                error="".join(traceback.format_exception(error))[-LONGEST_ERROR:].replace("\0", ""),
                attempts=attempts,
                failed_at=now,
                resolved_at=None,
            )
            for row, error in refused
        ],
        update_conflicts=True,
        unique_fields=["reaction", "event"],
        update_fields=["error", "attempts", "failed_at", "resolved_at"],
    )


def _cross_off(reaction: str, event_ids: set[int], now: datetime) -> None:
    FailedReaction.objects.filter(reaction=reaction, event_id__in=event_ids, resolved_at=None).update(resolved_at=now)


def failures() -> Any:
    """Facts that stand aside with their errors, newest first: `FailedReaction` rows with `event`."""
    return FailedReaction.objects.filter(resolved_at=None).select_related("event").order_by("-failed_at", "-id")


def retry(failure_ids: Sequence[int]) -> int:
    """Hand facts that stand aside to their reactions again. Returns how many."""
    by_reaction: dict[str, list[int]] = {}
    with transaction.atomic():
        rows = FailedReaction.objects.filter(pk__in=failure_ids, resolved_at=None).order_by("reaction", "event_id")
        for failure in rows:
            by_reaction.setdefault(failure.reaction, []).append(failure.event_id)
        react.enqueue_many([{"reaction": name, "event_ids": ids, "again": True} for name, ids in by_reaction.items()])
    return sum(map(len, by_reaction.values()))


def dismiss(failure_ids: Sequence[int], *, now: datetime) -> int:
    """Put failures away: the reaction will not see these facts any more."""
    return FailedReaction.objects.filter(pk__in=failure_ids, resolved_at=None).update(resolved_at=now)
