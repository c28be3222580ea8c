"""Facts: `publish` writes them in the transaction of the change; reactions wired in `flows/wiring.py` get them in batches."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from danshu.core import clock, database
from danshu.core.reactions import answers_to, kind_of, on, pages_only, react

__all__ = ["Event", "RunsChanged", "on", "pages_only", "publish", "together"]


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all facts: a frozen dataclass of ids and plain values, named in the past tense."""


@dataclass(frozen=True, slots=True)
class RunsChanged(Event):
    """Bulk work went on or ended."""

    run_ids: tuple[int, ...]


def publish(*events: Event) -> list[int]:
    """Write the facts and enqueue one job per interested reaction, all in the current transaction. Returns the facts' ids.

    Two statements however many facts there are, so publish all facts of a story in one call. Inside `together` nothing is written yet
    and no ids come back.
    """
    if not events:
        return []
    gathered: list[Event] | None = getattr(_local, "gathered", None)
    if gathered is not None:
        gathered += events
        return []
    with database.joined():
        ids = _write(events)
        wanted: dict[str, list[int]] = {}
        for pk, event in zip(ids, events, strict=True):
            for reaction in answers_to(type(event)):
                wanted.setdefault(reaction.name, []).append(pk)
        if wanted:
            react.enqueue_many([{"reaction": name, "event_ids": event_ids} for name, event_ids in wanted.items()])
    return ids


def row(event: Event) -> tuple[str, str] | None:
    """(kind, payload as JSON) of a fact that a function inside PostgreSQL writes into `core_event` itself.

    None when the fact needs more than its row: a reaction waits for it, or `together` gathers it. Then `publish` it.
    """
    if answers_to(type(event)) or getattr(_local, "gathered", None) is not None:
        return None
    return kind_of(type(event)), _payload(event)


_local = threading.local()


@contextmanager
def together() -> Iterator[None]:
    """Facts of all stories told inside are written at its end, in one go; none when it fails. Stands inside the transaction."""
    if getattr(_local, "gathered", None) is not None:
        yield
        return
    gathered: list[Event] = []
    _local.gathered = gathered
    try:
        yield
    finally:
        _local.gathered = None
    publish(*gathered)


def _write(events: Sequence[Event]) -> list[int]:
    now = connection.ops.adapt_datetimefield_value(clock.now())
    kinds = [kind_of(type(event)) for event in events]
    payloads = [_payload(event) for event in events]
    with database.cursor() as cursor:
        if database.ON_POSTGRES:
            cursor.execute(WRITE_ARRAYS, [now, kinds, payloads])
        else:
            values = [value for kind, payload in zip(kinds, payloads, strict=True) for value in (kind, payload, now)]
            marks = ", ".join(["(%s, %s, %s)"] * len(events))
            cursor.execute(f"INSERT INTO core_event (kind, payload, at) VALUES {marks} RETURNING id", values)  # noqa: S608 - constants only
        return sorted(pk for (pk,) in cursor.fetchall())


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
WRITE_ARRAYS = (
    "INSERT INTO core_event (kind, payload, at) SELECT v.kind, v.payload::jsonb, %s::timestamptz"
    " FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS v(kind, payload, place) ORDER BY v.place RETURNING id"
)


def _payload(event: Event) -> str:
    return _encode({name: getattr(event, name) for name in _names(type(event))})


def _names(event: type[Event]) -> tuple[str, ...]:
    return tuple(event.__dataclass_fields__)
