"""The worker on PostgreSQL: Procrastinate's loop with our job runner inside. Any number of processes on any number of hosts.

What stock Procrastinate leaves open, and what is done here about it:
- threads: its sync jobs share asyncio's default pool of cpu + 4 whatever the concurrency says: the loop gets a pool of its own;
- wake-ups: NOTIFY comes for new jobs only and can be lost between two looks: the queue is polled every second as well;
- dead workers: nobody re-queues their jobs: every worker looks for them at its start and every ten seconds;
- schedules: its cron is in UTC and forgets downtime: the clocks are our own (`ticking`).
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import DatabaseError, connection
from procrastinate import JobContext
from procrastinate.contrib.django.db_cleanup import DjangoApp
from procrastinate.contrib.django.django_connector import DjangoConnector

from danshu.core import clock
from danshu.core.jobs import ticking
from danshu.core.jobs.execution import execute
from danshu.core.jobs.postgres_engine import ENGINE, SILENT_AFTER, TASK, claimed
from danshu.core.jobs.tickets import Claimed, Outcome, Verdict

log = logging.getLogger(__name__)


class DeadJobError(Exception):
    """Tells Procrastinate to keep the job as `failed`; the error itself stands in JobError."""


class PostgresWorker:
    def __init__(self, threads: int, *, grace: float = 25.0, silent_after: int = SILENT_AFTER) -> None:
        self._threads = threads
        self._grace = grace
        self._silent_after = silent_after
        self._over = threading.Event()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; the first finishes what is running, a second one ends the process at once."""
        ticking.set_up()
        metronome = ticking.Metronome(self._recover, chore_every=min(10, self._silent_after))
        metronome.start()
        connection.close()
        ours = DjangoConnector()
        app = DjangoApp(connector=ours)
        app.task(name=TASK, pass_context=True)(self._perform)
        try:
            with app.replace_connector(ours.get_worker_connector()):
                asyncio.run(self._loop(app))
        finally:
            self._over.set()
            metronome.stop()

    async def _loop(self, app: DjangoApp) -> None:
        pool = ThreadPoolExecutor(self._threads + 2, "job")
        asyncio.get_running_loop().set_default_executor(pool)
        async with app.open_async():
            await app.run_worker_async(
                concurrency=self._threads,
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=self._grace,
                delete_jobs="successful",
                update_heartbeat_interval=self._silent_after / 3,
                stalled_worker_timeout=float(self._silent_after),
            )

    def _recover(self) -> None:
        recovered = ENGINE.recover(clock.now(), silent_after=self._silent_after)
        if recovered:
            log.warning("%d jobs of workers that are gone wait again.", recovered)

    def _perform(self, context: JobContext, /, **body: Any) -> None:
        job = context.job
        assert job.id is not None
        taken = claimed(job.id, job.queue, job.priority, job.queueing_lock, job.attempts, body)
        outcome = execute(taken)
        self._settle(taken, outcome)
        if outcome.verdict is Verdict.DEAD:
            raise DeadJobError(outcome.error.strip().rsplit("\n", 1)[-1])

    def _settle(self, job: Claimed, outcome: Outcome) -> None:
        """Write what follows from the run. While the database is away this waits: a result that is lost is a job that runs twice."""
        pause = 0.5
        while True:
            try:
                ENGINE.settle(job, outcome, clock.now())
            except DatabaseError as error:
                log.warning("The result of %s could not be written: %s", job.ticket.name, error)
                connection.close()
                time.sleep(pause)
                pause = min(pause * 2, 10)
            else:
                return
