"""Which engine keeps the jobs: Procrastinate on PostgreSQL, our own tables on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings

from danshu.core.jobs.tickets import Claimed, Outcome, Ticket


@dataclass(frozen=True, slots=True)
class QueueState:
    """What a queue looks like now. `oldest` is when the job that could have started longest ago became ready."""

    queue: str
    ready: int
    scheduled: int
    running: int
    oldest: datetime | None


class Engine(Protocol):
    """What both engines do. All of it happens on Django's connection, in the caller's transaction."""

    def enqueue(self, tickets: Sequence[Ticket]) -> list[int | None]: ...

    def cancel(self, job_id: int) -> bool:
        """True when the job was still waiting and will not run."""

    def claim(self, count: int, now: datetime) -> list[Claimed]:
        """Take up to `count` due jobs: higher priority first, then older ones."""

    def finish(self, done: Sequence[tuple[Claimed, Outcome]], now: datetime) -> None: ...

    def forgive(self, job_id: int) -> None:
        """Let a running job's earlier failed runs not count."""

    def states(self, now: datetime) -> list[QueueState]: ...

    def prune(self, before: datetime) -> int:
        """Forget jobs that ended before the moment."""


@cache
def engine() -> Engine:
    module = "postgres_engine" if settings.ON_POSTGRES else "sqlite_engine"
    return cast("Engine", import_module(f"danshu.core.jobs.{module}").ENGINE)
