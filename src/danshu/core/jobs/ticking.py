"""The clocks: rows of the schedule table that are due enqueue their jobs.

One row per schedule, locked while it ticks, so any number of workers fire it once. After downtime the next run is computed from now: one
run makes up for all missed ones. Times are in the seller's zone, on both engines.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, connection, transaction

from danshu.core import clock
from danshu.core.jobs.registry import CLOCKS
from danshu.core.models import Schedule

log = logging.getLogger(__name__)


def set_up() -> None:
    """Make the table agree with the code: new schedules get a row, edited ones a new time, removed ones go."""
    now = clock.now()
    with transaction.atomic():
        Schedule.objects.exclude(name__in=CLOCKS).delete()
        Schedule.objects.bulk_create(
            [Schedule(name=name, next_run_at=each.first(now)) for name, each in CLOCKS.items()], ignore_conflicts=True
        )
        for row in Schedule.objects.select_for_update().order_by("name"):
            if not CLOCKS[row.name].agrees(row.next_run_at, now):
                row.next_run_at = CLOCKS[row.name].first(now)
                row.save(update_fields=["next_run_at"])


def tick() -> int:
    """Enqueue what is due and return how many schedules fired."""
    now = clock.now()
    due = Schedule.objects.filter(next_run_at__lte=now, name__in=CLOCKS)
    if not due.exists():  # no write lock for a look
        return 0
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True).order_by("name"))
        for row in rows:
            each = CLOCKS[row.name]
            each.job.using(dedupe=f"clock:{row.name}").enqueue()
            row.last_run_at = now
            row.next_run_at = each.following(row.next_run_at, now)
            row.save(update_fields=["last_run_at", "next_run_at"])
    return len(rows)


class Metronome(threading.Thread):
    """Ticks once a second beside a worker, and now and then does what else a worker owes the house (`chore`)."""

    def __init__(self, chore: Callable[[], object] | None = None, *, chore_every: float = 10.0) -> None:
        super().__init__(name="metronome", daemon=True)
        self._over = threading.Event()
        self._chore = chore
        self._chore_every = max(round(chore_every), 1)

    def run(self) -> None:
        beats = 0
        while not self._over.is_set():
            try:
                tick()
                if self._chore is not None and beats % self._chore_every == 0:
                    self._chore()
                beats += 1
            except DatabaseError as error:
                log.warning("The clocks could not look at the database: %s", error)
                connection.close()
            self._over.wait(1)
        connection.close()

    def stop(self) -> None:
        self._over.set()
