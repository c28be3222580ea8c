"""`worker`: runs background jobs and the schedules until it is told to stop."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from danshu.cli.processes import Child, Group
from danshu.flows.apps import load_jobs
from danshu.flows.listening import Listeners


class Command(BaseCommand):
    help = "Run background jobs and schedules. SIGTERM finishes running jobs; a second one ends at once."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=settings.WORKER_THREADS, help="jobs at the same time, per process")
        parser.add_argument("--processes", type=int, default=1, help="worker processes (more than one needs PostgreSQL)")
        parser.add_argument("--grace", type=float, default=25.0, help="seconds that running jobs get after SIGTERM")
        parser.add_argument("--silent-after", type=int, default=30, help="seconds without a sign of life before a worker counts as dead")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["processes"] > 1:
            if not settings.ON_POSTGRES:
                raise CommandError("The embedded database has one worker process. Set DANSHU_DATABASE_URL to a PostgreSQL for more.")
            self._several(options)
            return
        load_jobs()
        if settings.ON_POSTGRES:
            self._on_postgres(options)
        else:
            self._on_sqlite(options)

    def _several(self, options: dict[str, Any]) -> None:
        argv = [sys.executable, "-m", "danshu.cli", "worker"]
        argv += ["--threads", str(options["threads"]), "--grace", str(options["grace"]), "--silent-after", str(options["silent_after"])]
        group = Group([Child(f"worker {n}", argv) for n in range(1, options["processes"] + 1)], grace=options["grace"] + 5)
        raise SystemExit(group.run())

    def _on_postgres(self, options: dict[str, Any]) -> None:
        from danshu.core.jobs.postgres_worker import PostgresWorker  # noqa: PLC0415 - Procrastinate's apps exist on PostgreSQL only

        self._say(options)
        with Listeners():
            PostgresWorker(options["threads"], grace=options["grace"], silent_after=options["silent_after"]).run()

    def _on_sqlite(self, options: dict[str, Any]) -> None:
        from danshu.core.jobs.sqlite_worker import AnotherWorkerError, SqliteWorker  # noqa: PLC0415 - needs flock, which Windows lacks

        worker = SqliteWorker(options["threads"], grace=options["grace"])

        def stop(number: int, _frame: FrameType | None) -> None:
            signal.signal(number, signal.SIG_DFL)  # the second one ends at once; its jobs run again
            worker.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self._say(options)
        try:
            with Listeners():
                worker.run()
        except AnotherWorkerError as error:
            raise CommandError(f"{error} This one ends.", returncode=75) from None

    def _say(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"Worker: {options['threads']} jobs at the same time.")
        self.stdout.flush()
