"""What a job is, on either engine: plain values, checked where it is enqueued."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job that waits. `run_at` None = as soon as possible; `attempts` counts the runs that failed so far."""

    name: str
    arguments: dict[str, Any]
    queue: str = "default"
    priority: int = 0
    run_at: datetime | None = None
    dedupe: str | None = None
    attempts: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in the hands of a worker. `id` is the engine's."""

    id: int
    ticket: Ticket


class Verdict(StrEnum):
    DONE = "done"
    RETRY = "retry"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `again` is the ticket to wait for with RETRY, `error` the traceback otherwise than DONE."""

    verdict: Verdict
    error: str = ""
    again: Ticket | None = None
    cause: BaseException | None = None


class RetryWith(Exception):  # noqa: N818 - what a job says, not what went wrong
    """Raised by a job that did a part: run again later, with these arguments. Counts as a failed run."""

    def __init__(self, arguments: Mapping[str, Any], cause: BaseException) -> None:
        super().__init__(str(cause))
        self.arguments = dict(arguments)
        self.cause = cause


class GiveUp(Exception):  # noqa: N818 - what a job says, not what went wrong
    """Raised by a job that no further run can help: it is dead at once. The error that made it so is its cause."""


def checked(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as both engines keep them. Raises TypeError or ValueError for what JSON or a database cannot carry exactly:
    moments (send an ISO text), NaN, NUL, tuples and sets, keys that are no text."""
    text = json.dumps(arguments, allow_nan=False, ensure_ascii=False)
    if "\\u0000" in text:
        raise ValueError(f"Arguments of {name} hold a NUL character.")
    plain = json.loads(text)
    if plain != dict(arguments):
        raise TypeError(f"Arguments of {name} change on their way through JSON: {arguments!r}")
    return dict(plain)


def wait_before(attempts: int, base: float) -> float:
    """Seconds before the next run after `attempts` failed ones: base, 4·base, 16·base … at most an hour, each shortened by up to half."""
    return float(min(LONGEST_WAIT, base * 4.0 ** (attempts - 1)) * random.uniform(0.5, 1))  # noqa: S311 - jitter


def after_failure(ticket: Ticket, *, attempts: int, run_at: datetime, arguments: dict[str, Any] | None = None) -> Ticket:
    return replace(ticket, attempts=attempts, run_at=run_at, arguments=ticket.arguments if arguments is None else arguments)
