"""The worker of the embedded database: one process that owns the queue.

One dispatcher claims jobs and writes back results, in one transaction; threads run the jobs. New work is noticed through
`PRAGMA data_version`, which any commit of another connection changes: asking costs microseconds and needs no socket, and nothing can
be missed. What was running when a worker was killed is found at the next start.
"""

from __future__ import annotations

import fcntl
import logging
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from danshu.core import clock
from danshu.core.jobs import ticking
from danshu.core.jobs.execution import execute
from danshu.core.jobs.sqlite_engine import ENGINE
from danshu.core.jobs.tickets import Claimed, Outcome
from danshu.core.models import Job

log = logging.getLogger(__name__)
LOOK_EVERY = 0.02  # seconds


class AnotherWorkerError(Exception):
    """The queue of this database has an owner already."""


class SqliteWorker:
    def __init__(self, threads: int, *, grace: float = 25.0) -> None:
        self._threads = threads
        self._grace = grace
        self._over = threading.Event()
        self._wake = threading.Event()
        self._inbox: queue.SimpleQueue[Claimed | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[tuple[Claimed, Outcome]] = queue.SimpleQueue()
        self._unwritten: list[tuple[Claimed, Outcome]] = []
        self._running = 0
        self._version = -1
        self._due: datetime | None = None
        self._maybe_more = True

    def run(self) -> None:
        """Work until `stop`. Raises AnotherWorkerError when the queue has an owner."""
        with _only_worker(Path(settings.DATABASES["default"]["NAME"])):
            recovered = ENGINE.recover(clock.now())
            if recovered:
                log.warning("%d jobs were cut short when the last worker ended; they run again.", recovered)
            ticking.set_up()
            metronome = ticking.Metronome()
            metronome.start()
            for number in range(self._threads):
                threading.Thread(target=self._hand, name=f"job-{number}", daemon=True).start()
            while not self._over.is_set():
                self._turn()
                self._wake.wait(LOOK_EVERY)
                self._wake.clear()
            metronome.stop()
            self._wind_up()
        connection.close()

    def stop(self) -> None:
        """Take no new jobs and return from `run` when those at work are done, or after the grace. Safe in a signal handler."""
        self._over.set()
        self._wake.set()

    def _turn(self) -> None:
        """Write back what is done and claim what is free, in one transaction; touch nothing when there is nothing to do."""
        self._collect()
        free = self._threads - self._running
        try:
            claiming = free > 0 and self._is_work_there()
            if not self._unwritten and not claiming:
                return
            with transaction.atomic():
                now = clock.now()
                ENGINE.finish(self._unwritten, now)
                claimed = ENGINE.claim(free, now) if claiming else []
                self._due = ENGINE.next_due()
        except DatabaseError as error:  # a full disk, a locked file: what is done stays in hand
            log.warning("The queue could not be read or written: %s", error)
            connection.close()
            self._maybe_more = True
            time.sleep(1)
            return
        self._unwritten = []
        if claiming:
            self._maybe_more = len(claimed) == free
        self._running += len(claimed)
        for job in claimed:
            self._inbox.put(job)

    def _collect(self) -> None:
        while True:
            try:
                self._unwritten.append(self._outbox.get_nowait())
            except queue.Empty:
                return
            self._running -= 1

    def _is_work_there(self) -> bool:
        """Whether a claim could find something. Reads only."""
        if self._unwritten and self._maybe_more:
            return True
        connection.ensure_connection()
        version = connection.connection.execute("PRAGMA data_version").fetchone()[0]
        is_due = self._due is not None and self._due <= clock.now()
        if version == self._version and not is_due and not self._maybe_more:
            return False
        self._version = version
        self._due = ENGINE.next_due()
        is_due = self._due is not None and self._due <= clock.now()
        self._maybe_more = is_due or Job.objects.filter(state=Job.State.READY).exists()
        return self._maybe_more

    def _hand(self) -> None:
        while (job := self._inbox.get()) is not None:
            self._outbox.put((job, execute(job)))
            self._wake.set()
        connection.close()

    def _wind_up(self) -> None:
        give_up_at = time.monotonic() + self._grace
        while self._running and time.monotonic() < give_up_at:
            self._collect()
            self._wake.wait(0.05)
            self._wake.clear()
        self._collect()
        ENGINE.finish(self._unwritten, clock.now())
        self._unwritten = []
        for _ in range(self._threads):
            self._inbox.put(None)
        if self._running:
            log.warning("%d jobs were still running and will run again.", self._running)


@contextmanager
def _only_worker(database: Path) -> Iterator[None]:
    """Hold the lock file beside the database. The kernel lets go of it when the process ends, however it ends."""
    with Path(f"{database}.worker").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherWorkerError(f"Another worker owns the queue of {database}.") from None
        yield
