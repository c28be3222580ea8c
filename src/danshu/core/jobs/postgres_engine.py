"""Jobs in Procrastinate's tables, for PostgreSQL: any number of worker processes and hosts.

Procrastinate claims, wakes and heartbeats. What it leaves open is closed here and in `postgres_worker`:
- Every statement runs on Django's connection (inside a worker Procrastinate's own `defer` would not), so a rolled-back
  transaction enqueues nothing there either.
- All jobs are one Procrastinate task, `danshu`; the job's name, arguments and failed runs travel in its arguments.
- A retry is a *new* job, enqueued while the failed one is still `doing`; Procrastinate's own retry would put the same row back and
  leave it in `doing` for ever when a twin with its dedupe key waits.
- Duplicates are left out by ON CONFLICT, which spoils no surrounding transaction and no batch mate.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from danshu.core import clock
from danshu.core.jobs.engines import QueueState
from danshu.core.jobs.execution import bury
from danshu.core.jobs.registry import JOBS
from danshu.core.jobs.tickets import Claimed, Outcome, Ticket, Verdict
from danshu.core.models import JobError

TASK = "danshu"
SILENT_AFTER = 30  # seconds without a heartbeat: the worker is taken for dead

INSERT = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args, scheduled_at)
SELECT q, 'danshu', p, d, a::jsonb, s
FROM unnest(%s::varchar[], %s::int[], %s::text[], %s::text[], %s::timestamptz[]) WITH ORDINALITY AS t(q, p, d, a, s, n)
ORDER BY d, n
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
RETURNING id, queueing_lock
"""
CLAIM = """
WITH due AS (
    SELECT id FROM procrastinate_jobs
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %s)
    ORDER BY priority DESC, id LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE procrastinate_jobs AS j SET status = 'doing' FROM due WHERE j.id = due.id
RETURNING j.id, j.queue_name, j.priority, j.queueing_lock, j.attempts, j.args
"""
STALLED = """
SELECT j.id, j.queue_name, j.priority, j.queueing_lock, j.attempts, j.args
FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %s))
FOR UPDATE OF j SKIP LOCKED
"""
STATES = """
SELECT queue_name,
       count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, %s) <= %s),
       count(*) FILTER (WHERE status = 'todo' AND scheduled_at > %s),
       count(*) FILTER (WHERE status = 'doing'),
       min(coalesce(scheduled_at, (SELECT min(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)))
           FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, %s) <= %s)
FROM procrastinate_jobs j WHERE status IN ('todo', 'doing') GROUP BY queue_name ORDER BY queue_name
"""
PRUNE = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT j.id FROM procrastinate_jobs j
    WHERE j.status NOT IN ('todo', 'doing')
      AND NOT EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at >= %s)
    LIMIT 2000
)
"""


class PostgresEngine:
    def enqueue(self, tickets: Sequence[Ticket]) -> list[int | None]:
        columns: tuple[list[Any], ...] = ([], [], [], [], [])
        for ticket in tickets:
            for column, value in zip(columns, _row(ticket), strict=True):
                column.append(value)
        with connection.cursor() as cursor:
            cursor.execute(INSERT, columns)
            made = sorted(cursor.fetchall())
        plain = iter([pk for pk, dedupe in made if dedupe is None])
        keyed = {dedupe: pk for pk, dedupe in made if dedupe is not None}
        return [next(plain) if ticket.dedupe is None else keyed.pop(ticket.dedupe, None) for ticket in tickets]

    def cancel(self, job_id: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT procrastinate_cancel_job_v1(%s, false, false)", [job_id])
            return bool(cursor.fetchone()[0])

    def claim(self, count: int, now: datetime) -> list[Claimed]:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [now, count])
            rows = cursor.fetchall()
        rows.sort(key=lambda row: (-row[2], row[0]))
        return [claimed(*row) for row in rows]

    def finish(self, done: Sequence[tuple[Claimed, Outcome]], now: datetime) -> None:
        """Write the outcomes and end the jobs themselves: done ones are deleted, dead ones kept as `failed`."""
        with transaction.atomic():
            for job, outcome in done:
                self.settle(job, outcome, now)
                dead = outcome.verdict is Verdict.DEAD
                with connection.cursor() as cursor:
                    cursor.execute("SELECT procrastinate_finish_job_v1(%s, %s, %s)", [job.id, "failed" if dead else "succeeded", not dead])

    def forgive(self, job_id: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET args = jsonb_set(args, '{attempts}', '0'), attempts = 0 WHERE id = %s", [job_id])

    def settle(self, job: Claimed, outcome: Outcome, now: datetime) -> None:
        """All of `finish` but the end of the job's own row, which inside a worker is Procrastinate's to write."""
        if outcome.verdict is Verdict.RETRY and outcome.again is not None:
            self.enqueue([outcome.again])
        elif outcome.verdict is Verdict.DEAD:
            JobError.objects.bulk_create([bury(job, outcome.error, now)])

    def recover(self, now: datetime, *, silent_after: int = SILENT_AFTER) -> int:
        """Jobs whose worker is gone or silent wait again, or are dead when that happened too often."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(STALLED, [silent_after])
                cut = [claimed(*row) for row in cursor.fetchall()]
            error = "The worker ended while this job was running."
            for job in cut:
                known = JOBS.get(job.ticket.name)
                attempts = job.ticket.attempts + 1
                if known is not None and attempts > known.retries:
                    outcome = Outcome(Verdict.DEAD, error)
                else:
                    again = Ticket(
                        job.ticket.name, job.ticket.arguments, job.ticket.queue, job.ticket.priority,
                        None, job.ticket.dedupe, attempts, job.ticket.language,
                    )  # fmt: skip
                    outcome = Outcome(Verdict.RETRY, error, again)
                self.finish([(job, outcome)], now)
        return len(cut)

    def states(self, now: datetime) -> list[QueueState]:
        with connection.cursor() as cursor:
            cursor.execute(STATES, [now] * 5)
            return [QueueState(*row) for row in cursor.fetchall()]

    def prune(self, before: datetime) -> int:
        """In batches: Procrastinate's own clean-up deletes all in one transaction and leaves failed jobs for ever."""
        total = 0
        while True:
            with connection.cursor() as cursor:
                cursor.execute(PRUNE, [before])
                gone = int(cursor.rowcount)
            total += gone
            if gone < 2000:
                return total


def _row(ticket: Ticket) -> tuple[str, int, str | None, str, datetime | None]:
    body = {"name": ticket.name, "arguments": ticket.arguments, "attempts": ticket.attempts, "language": ticket.language}
    run_at = ticket.run_at if ticket.run_at is not None and ticket.run_at > clock.now() else None
    return ticket.queue, ticket.priority, ticket.dedupe, json.dumps(body, ensure_ascii=False), run_at


def claimed(job_id: int, queue: str, priority: int, dedupe: str | None, attempts: int, args: dict[str, Any] | str) -> Claimed:
    """A row of Procrastinate's as a job of ours. Its own `attempts` counts only runs that a person re-queued by hand."""
    body: dict[str, Any] = json.loads(args) if isinstance(args, str) else args
    ticket = Ticket(body["name"], body["arguments"], queue, priority, None, dedupe, body["attempts"] + attempts, body["language"])
    return Claimed(job_id, ticket)


ENGINE = PostgresEngine()
