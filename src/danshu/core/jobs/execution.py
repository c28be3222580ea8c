"""Running one job, the same way on both engines."""

from __future__ import annotations

import logging
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connection, reset_queries, transaction
from django.utils import translation

from danshu.core import clock
from danshu.core.jobs import engines
from danshu.core.jobs.registry import JOBS, JobFunction
from danshu.core.jobs.tickets import Claimed, GiveUp, Outcome, RetryWith, Ticket, Verdict, after_failure, wait_before
from danshu.core.models import JobError

log = logging.getLogger(__name__)
LONGEST_ERROR = 8000


@dataclass(frozen=True, slots=True)
class Attempt:
    """The run that is going on: how many failed before it, and whether a failure now would be the last one."""

    job_id: int
    failed_before: int
    is_last: bool


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def current() -> Attempt | None:
    """The job run this code is part of, or None."""
    return _attempt.get()


def progressed() -> None:
    """The job that runs got a part done for good, so runs that were cut short before do not count any more. Part of the caller's
    transaction. A long job that says so after every part survives any number of restarts; outside a job it does nothing."""
    attempt = _attempt.get()
    if attempt is not None and attempt.failed_before:
        engines.engine().forgive(attempt.job_id)
        _attempt.set(Attempt(attempt.job_id, 0, is_last=False))


def execute(claimed: Claimed) -> Outcome:
    """Run the job to its end. Never raises; leaves no open transaction and no broken connection behind."""
    ticket = claimed.ticket
    job = JOBS.get(ticket.name)
    if job is None:
        error = LookupError(f"No job is named {ticket.name}: it was renamed or removed, or the worker is older than the web server.")
        return Outcome(Verdict.DEAD, str(error), cause=error)
    token = _attempt.set(Attempt(claimed.id, ticket.attempts, ticket.attempts >= job.retries))
    nested = connection.in_atomic_block  # tests run jobs inside their own transaction
    mark = transaction.savepoint() if nested else ""
    try:
        if not nested:
            close_old_connections()
        with translation.override(ticket.language or None):
            job.function(**ticket.arguments)
    except Exception as error:  # noqa: BLE001 - whatever a job raises is kept for a person to read
        if nested:
            _unspoil(mark)
        return _failed(job, ticket, error, clock.now())
    else:
        return Outcome(Verdict.DONE)
    finally:
        _attempt.reset(token)
        if not nested:
            _tidy()


def _unspoil(mark: str) -> None:
    """PostgreSQL refuses everything after an error inside a transaction: go back to before the job then."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        transaction.savepoint_rollback(mark)


def _tidy() -> None:
    if connection.in_atomic_block or connection.needs_rollback:  # a job broke Django's own bookkeeping
        connection.close()
    close_old_connections()
    reset_queries()


def _failed(job: JobFunction[..., object], ticket: Ticket, error: Exception, now: datetime) -> Outcome:
    attempt = _attempt.get()
    attempts = (attempt.failed_before if attempt else ticket.attempts) + 1
    arguments = error.arguments if isinstance(error, RetryWith) else None
    cause = error.cause if isinstance(error, RetryWith) else error
    text = "".join(traceback.format_exception(cause))[-LONGEST_ERROR:]
    if attempts > job.retries or isinstance(error, GiveUp):
        log.error("Job %s is dead after %d runs: %s", ticket.name, attempts, cause)
        return Outcome(Verdict.DEAD, text, cause=cause)
    pause = wait_before(attempts, job.backoff)
    log.warning("Job %s failed (%d of %d), again in %.0f s: %s", ticket.name, attempts, job.retries + 1, pause, cause)
    again = after_failure(ticket, attempts=attempts, run_at=now + timedelta(seconds=pause), arguments=arguments)
    return Outcome(Verdict.RETRY, text, again, cause)


def bury(claimed: Claimed, error: str, now: datetime) -> JobError:
    """The row that keeps a dead job's last words; not saved yet."""
    ticket = claimed.ticket
    return JobError(
        job_key=str(claimed.id),
        name=ticket.name,
        arguments=ticket.arguments,
        error=error.replace("\0", ""),
        attempts=ticket.attempts + 1,
        at=now,
    )
