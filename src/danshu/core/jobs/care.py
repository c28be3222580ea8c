"""What a person can do about jobs: look, cancel, run dead ones again, forget them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from danshu.core import clock
from danshu.core.jobs import engines
from danshu.core.jobs.engines import QueueState
from danshu.core.jobs.registry import JOBS
from danshu.core.jobs.tickets import Ticket
from danshu.core.models import Job, JobError

KEPT = timedelta(days=30)


def cancel(job_id: int) -> bool:
    """True when the job was still waiting and will not run; False when it runs, ran, or never was."""
    return engines.engine().cancel(job_id)


def overview() -> list[QueueState]:
    """One row per queue that has jobs. An alarm should look at the age of the oldest ready job, not at the number."""
    return engines.engine().states(clock.now())


def dead() -> QuerySet[JobError]:
    """Jobs that failed for good and that nobody has looked after yet, newest first."""
    return JobError.objects.filter(retried_at=None).order_by("-id")


def retry_dead(error_ids: Sequence[int], *, now: datetime) -> int:
    """Enqueue dead jobs again, with all their retries. Returns how many; those retried before are left alone."""
    with transaction.atomic():
        errors = list(JobError.objects.select_for_update().filter(pk__in=error_ids, retried_at=None).order_by("id"))
        tickets = []
        for error in errors:
            job = JOBS.get(error.name)
            tickets.append(Ticket(error.name, error.arguments, queue=job.queue if job else "default", priority=job.priority if job else 0))
        if tickets:
            engines.engine().enqueue(tickets)
        _settled(errors, now)
    return len(errors)


def dismiss_dead(error_ids: Sequence[int], *, now: datetime) -> int:
    """Put dead jobs away without running them again."""
    with transaction.atomic():
        errors = list(JobError.objects.select_for_update().filter(pk__in=error_ids, retried_at=None).order_by("id"))
        _settled(errors, now)
    return len(errors)


def _settled(errors: Sequence[JobError], now: datetime) -> None:
    JobError.objects.filter(pk__in=[error.pk for error in errors]).update(retried_at=now)
    keys = [int(error.job_key) for error in errors]
    Job.objects.filter(pk__in=keys, state=Job.State.DEAD).delete()


def prune(*, now: datetime) -> int:
    """Forget jobs that ended, and errors that were looked after, a month ago."""
    JobError.objects.filter(retried_at__lt=now - KEPT).delete()
    return engines.engine().prune(now - KEPT)
