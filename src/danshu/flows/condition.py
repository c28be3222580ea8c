"""How the house is doing: what `/healthz`, `/metrics` and `danshu doctor` tell."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from danshu.core import jobs, reactions
from danshu.core.jobs import QueueState
from danshu.core.models import Schedule

LAG_ALLOWED = timedelta(minutes=10)
SILENCE_ALLOWED = timedelta(minutes=2)
DISK_NEEDED = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Condition:
    """`lag` is how long the oldest job that could run has waited; `disk_free` is bytes where the data lies."""

    database: bool
    worker: bool
    lag: timedelta
    disk_free: int
    queues: tuple[QueueState, ...] = ()
    dead_jobs: int = 0
    failed_reactions: int = 0

    @property
    def failing(self) -> list[str]:
        """What is wrong now, by short names; empty when all is well."""
        parts = {
            "database": self.database,
            "worker": self.worker,
            "queue": self.lag <= LAG_ALLOWED,
            "disk": self.disk_free >= DISK_NEEDED,
        }
        return [name for name, is_well in parts.items() if not is_well]


def look(now: datetime) -> Condition:
    """Never raises because of the database: then everything that needs it counts as failing."""
    disk_free = shutil.disk_usage(settings.DATA).free
    try:
        can_write = _can_write()
        queues = tuple(jobs.overview())
        return Condition(
            database=can_write,
            worker=_ticks(now),
            lag=max((now - queue.oldest for queue in queues if queue.oldest and queue.ready), default=timedelta()),
            disk_free=disk_free,
            queues=queues,
            dead_jobs=jobs.dead().count(),
            failed_reactions=reactions.failures().count(),
        )
    except DatabaseError:
        return Condition(database=False, worker=False, lag=timedelta(), disk_free=disk_free)


def _can_write() -> bool:
    """On SQLite a transaction begins by taking the write lock; PostgreSQL says whether it takes writes."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            return True
        cursor.execute("SELECT current_setting('transaction_read_only') = 'off'")
        return bool(cursor.fetchone()[0])


def _ticks(now: datetime) -> bool:
    """A living worker moves every schedule on when its time has come."""
    times = list(Schedule.objects.values_list("next_run_at", flat=True))
    return bool(times) and min(times) > now - SILENCE_ALLOWED
