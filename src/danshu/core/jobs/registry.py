"""Functions that run in the background, and the clocks that start them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from django.utils import translation

from danshu.core import clock
from danshu.core.jobs import engines
from danshu.core.jobs.tickets import Ticket, checked

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Order:
    """How a job is to be enqueued. `dedupe` is a key, or a function of the arguments that returns one."""

    job: JobFunction[..., Any]
    queue: str
    priority: int
    run_at: datetime | None = None
    dedupe: str | Callable[[Mapping[str, Any]], str] | None = None

    def enqueue(self, **arguments: Any) -> int | None:
        """The job's id, or None when one with the same dedupe key waits already. Part of the caller's transaction."""
        return self.enqueue_many([arguments])[0]

    def enqueue_many(self, batch: Sequence[Mapping[str, Any]]) -> list[int | None]:
        """One job per dict of arguments, in a constant number of statements; aligned ids, None where a twin waits already."""
        language = translation.get_language() or ""
        tickets = [
            Ticket(
                name=self.job.name,
                arguments=checked(self.job.name, arguments),
                queue=self.queue,
                priority=self.priority,
                run_at=self.run_at,
                dedupe=self.dedupe(arguments) if callable(self.dedupe) else self.dedupe,
                language=language,
            )
            for arguments in batch
        ]
        return engines.engine().enqueue(tickets) if tickets else []


class JobFunction(Generic[P, R]):
    """A function that can be enqueued. Called directly it simply runs."""

    def __init__(self, function: Callable[P, R], *, queue: str, retries: int, priority: int, backoff: float) -> None:
        self.function = function
        self.name = f"{function.__module__.removeprefix('danshu.')}.{function.__qualname__}"
        self.queue = queue
        self.retries = retries
        self.priority = priority
        self.backoff = backoff
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def enqueue(self, **arguments: Any) -> int | None:
        return self.using().enqueue(**arguments)

    def enqueue_many(self, batch: Sequence[Mapping[str, Any]]) -> list[int | None]:
        return self.using().enqueue_many(batch)

    def using(
        self,
        *,
        priority: int | None = None,
        run_after: datetime | timedelta | None = None,
        dedupe: str | Callable[[Mapping[str, Any]], str] | None = None,
        queue: str | None = None,
    ) -> Order:
        """The same job with other terms: larger `priority` first; `run_after` a moment or a wait; `dedupe` lets one job per key wait."""
        moment = clock.now() + run_after if isinstance(run_after, timedelta) else run_after
        return Order(self, queue or self.queue, self.priority if priority is None else priority, run_at=moment, dedupe=dedupe)


JOBS: dict[str, JobFunction[..., Any]] = {}


MOST_CUTS = 12  # tries of work that comes again by itself: a run that a restart or a power cut ended is nothing for a person to look at


def job(
    *, queue: str = "default", retries: int = 5, priority: int = 0, backoff: float = 5.0
) -> Callable[[Callable[P, R]], JobFunction[P, R]]:
    """Makes a module-level function a job. It may run twice: write it so that the second time changes nothing.

    `retries` runs follow the first failed one, after `backoff` · 4ⁿ seconds with jitter; then it is dead and waits for a person.
    """

    def decorate(function: Callable[P, R]) -> JobFunction[P, R]:
        made = JobFunction(function, queue=queue, retries=retries, priority=priority, backoff=backoff)
        known = JOBS.get(made.name)
        if known is not None and known.function.__code__.co_filename != function.__code__.co_filename:
            raise RuntimeError(f"Two jobs are named {made.name}.")
        JOBS[made.name] = made
        return made

    return decorate


@dataclass(frozen=True, slots=True)
class Clock:
    """When a recurring job runs: every so often, or daily at a time of the seller's day."""

    name: str
    job: JobFunction[..., Any]
    every: timedelta | None = None
    at: time | None = None

    def first(self, now: datetime) -> datetime:
        """A new `every` clock starts at once, a daily one at its next time."""
        return now if self.every is not None else self.following(now, now)

    def following(self, due: datetime, now: datetime) -> datetime:
        """The next moment after `now` on the grid that `due` lies on: missed ticks are not made up one by one."""
        if self.every is not None:
            missed = max((now - due) // self.every, 0)
            return due + (missed + 1) * self.every
        assert self.at is not None
        local = clock.local(now)
        today = local.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        return today if today > local else clock.local(today + timedelta(days=1))

    def agrees(self, due: datetime, now: datetime) -> bool:
        """Whether a stored next run still fits the clock as written now (its times may have been edited)."""
        if self.every is not None:
            return due <= now + self.every
        local = clock.local(due)
        return due <= now or (local.time().replace(second=0, microsecond=0) == self.at)


CLOCKS: dict[str, Clock] = {}


def schedule(name: str, job: JobFunction[..., Any], *, every: timedelta | None = None, at: str | None = None) -> None:
    """Run a job without arguments regularly: `every` an interval, or daily `at` "HH:MM" in the seller's zone. In `flows/schedules.py` only.

    After downtime one run makes up for all missed ones; one waiting run per name is enough.
    """
    if (every is None) == (at is None):
        raise ValueError(f"Schedule {name} needs either every= or at=.")
    CLOCKS[name] = Clock(name, job, every, time.fromisoformat(at) if at else None)
