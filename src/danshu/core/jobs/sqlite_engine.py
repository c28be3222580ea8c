"""Jobs in our own table, for the embedded database: one worker process, so a claim needs no lease.

A claim must not sort the backlog while it holds the write lock, so waiting jobs have two states: SCHEDULED ones are promoted to
READY when their time comes, and READY ones are taken in the order of the index (state, -priority, id).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Min

from danshu.core import clock
from danshu.core.jobs.engines import QueueState
from danshu.core.jobs.execution import bury
from danshu.core.jobs.registry import JOBS
from danshu.core.jobs.tickets import Claimed, Outcome, Ticket, Verdict
from danshu.core.models import Job, JobError

State = Job.State
COLUMNS = "name, queue, arguments, priority, state, dedupe, language, attempts, run_at, created_at, error"
ROWS_PER_STATEMENT = 500


class SqliteEngine:
    def enqueue(self, tickets: Sequence[Ticket]) -> list[int | None]:
        now = clock.now()
        ids: list[int | None] = []
        with transaction.atomic():
            for start in range(0, len(tickets), ROWS_PER_STATEMENT):
                ids += _insert(tickets[start : start + ROWS_PER_STATEMENT], now)
        return ids

    def cancel(self, job_id: int) -> bool:
        waiting = Job.objects.filter(pk=job_id, state__in=[State.READY, State.SCHEDULED])
        return waiting.update(state=State.CANCELLED, finished_at=clock.now()) == 1

    def claim(self, count: int, now: datetime) -> list[Claimed]:
        with transaction.atomic():
            Job.objects.filter(state=State.SCHEDULED, run_at__lte=now).update(state=State.READY)
            rows = list(Job.objects.filter(state=State.READY).order_by("-priority", "id")[:count])
            if rows:
                Job.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.RUNNING)
        return [_claimed(row) for row in rows]

    def finish(self, done: Sequence[tuple[Claimed, Outcome]], now: datetime) -> None:
        gone = [claimed.id for claimed, outcome in done if outcome.verdict is Verdict.DONE]
        with transaction.atomic():
            for claimed, outcome in done:
                if outcome.verdict is Verdict.RETRY and outcome.again is not None:
                    if not _wait_again(claimed.id, outcome.again, outcome.error):
                        gone.append(claimed.id)  # a twin with the same dedupe key waits: it will do the work
                elif outcome.verdict is Verdict.DEAD:
                    _kill(claimed, outcome.error, now)
            if gone:
                Job.objects.filter(pk__in=gone).delete()

    def forgive(self, job_id: int) -> None:
        Job.objects.filter(pk=job_id).update(attempts=0)

    def recover(self, now: datetime) -> int:
        """At the start of the only worker: what was RUNNING was cut short. It waits again, or is dead when that happened too often."""
        cut = [_claimed(row) for row in Job.objects.filter(state=State.RUNNING)]
        outcomes: list[tuple[Claimed, Outcome]] = []
        for claimed in cut:
            job = JOBS.get(claimed.ticket.name)
            attempts = claimed.ticket.attempts + 1
            error = "The worker ended while this job was running."
            if job is not None and attempts > job.retries:
                outcomes.append((claimed, Outcome(Verdict.DEAD, error)))
            else:
                again = Ticket(claimed.ticket.name, claimed.ticket.arguments, attempts=attempts, run_at=now)
                outcomes.append((claimed, Outcome(Verdict.RETRY, error, again)))
        self.finish(outcomes, now)
        return len(cut)

    def states(self, now: datetime) -> list[QueueState]:
        found: dict[str, dict[str, int]] = {}
        oldest: dict[str, datetime] = {}
        rows = Job.objects.filter(state__in=[State.READY, State.SCHEDULED, State.RUNNING])
        for row in rows.values("queue", "state").annotate(count=Count("id"), since=Min("run_at")):
            found.setdefault(row["queue"], {})[row["state"]] = row["count"]
            if row["state"] != State.RUNNING and row["since"] <= now:
                oldest[row["queue"]] = min(row["since"], oldest.get(row["queue"], row["since"]))
        return [
            QueueState(
                queue,
                counts.get(State.READY, 0),
                counts.get(State.SCHEDULED, 0),
                counts.get(State.RUNNING, 0),
                oldest.get(queue),
            )
            for queue, counts in sorted(found.items())
        ]

    def prune(self, before: datetime) -> int:
        ended = Job.objects.filter(state__in=[State.DONE, State.DEAD, State.CANCELLED], finished_at__lt=before)
        return ended.delete()[0]

    def next_due(self) -> datetime | None:
        """When the earliest SCHEDULED job becomes due."""
        moment: datetime | None = Job.objects.filter(state=State.SCHEDULED).aggregate(due=Min("run_at"))["due"]
        return moment


def _insert(tickets: Sequence[Ticket], now: datetime) -> list[int | None]:
    """One statement for all. A conflict can only come from the dedupe key: that row is left out of what comes back."""
    moment = connection.ops.adapt_datetimefield_value
    values: list[Any] = []
    for ticket in tickets:
        run_at = ticket.run_at or now
        state = State.SCHEDULED if run_at > now else State.READY
        values += [
            ticket.name, ticket.queue, json.dumps(ticket.arguments, ensure_ascii=False), ticket.priority, state.value,
            ticket.dedupe, ticket.language, ticket.attempts, moment(run_at), moment(now), "",
        ]  # fmt: skip
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"] * len(tickets))
    sql = f"INSERT INTO core_job ({COLUMNS}) VALUES {marks} ON CONFLICT DO NOTHING RETURNING id, dedupe"  # noqa: S608 - constants only
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        made = sorted(cursor.fetchall())
    plain = iter([pk for pk, dedupe in made if dedupe is None])
    keyed = {dedupe: pk for pk, dedupe in made if dedupe is not None}
    return [next(plain) if ticket.dedupe is None else keyed.pop(ticket.dedupe, None) for ticket in tickets]


def _claimed(row: Job) -> Claimed:
    return Claimed(
        row.pk,
        Ticket(row.name, row.arguments, row.queue, row.priority, row.run_at, row.dedupe, row.attempts, row.language),
    )


def _wait_again(job_id: int, again: Ticket, error: str) -> bool:
    """False when a waiting twin stands in the way."""
    run_at = connection.ops.adapt_datetimefield_value(again.run_at)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE OR IGNORE core_job SET state = 'scheduled', attempts = %s, run_at = %s, arguments = %s, error = %s WHERE id = %s",
            [again.attempts, run_at, json.dumps(again.arguments, ensure_ascii=False), error, job_id],
        )
        return bool(cursor.rowcount == 1)


def _kill(claimed: Claimed, error: str, now: datetime) -> None:
    attempts = claimed.ticket.attempts + 1
    Job.objects.filter(pk=claimed.id).update(state=State.DEAD, error=error, attempts=attempts, finished_at=now)
    JobError.objects.bulk_create([bury(claimed, error, now)])


ENGINE = SqliteEngine()
