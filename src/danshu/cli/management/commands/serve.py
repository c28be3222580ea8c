"""`serve`: the web server and the worker, as one thing to start and to stop."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from danshu.cli.demo import platforms
from danshu.cli.processes import Child, Group


class Command(BaseCommand):
    help = "Serve the pages and run background jobs until Ctrl-C or SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        host, port = settings.BIND
        parser.add_argument("--bind", default=f"{host}:{port}", help="host:port to listen on")
        parser.add_argument("--web", type=int, default=1, help="web processes")
        parser.add_argument("--web-threads", type=int, default=settings.WEB_THREADS, help="requests at the same time, per web process")
        parser.add_argument("--workers", type=int, default=1, help="worker processes; 0 when workers run elsewhere")
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["workers"] > 1 and not settings.ON_POSTGRES:
            raise CommandError("The embedded database has one worker process. Set DANSHU_DATABASE_URL to a PostgreSQL for more.")
        host, _, port = options["bind"].rpartition(":")
        if not host or not port.isdigit():
            raise CommandError(f"--bind {options['bind']} is not usable: expected host:port such as 127.0.0.1:8000.")
        if options["migrate"]:
            call_command("migrate", verbosity=0, interactive=False)
        children = [Child("web server", self._web(host.strip("[]"), port, options), is_vital=True)]
        worker = [sys.executable, "-m", "danshu.cli", "worker"]
        names = [f"worker {n}" for n in range(1, options["workers"] + 1)] if options["workers"] > 1 else ["worker"] * options["workers"]
        children += [Child(name, worker) for name in names]
        children += [Child("simulator", platforms.argv())] if settings.DEMO else []
        known = f"{settings.BIND[0]}:{settings.BIND[1]}"
        self.stdout.write(f"Danshu: {settings.PUBLIC_URL if options['bind'] == known else 'http://' + options['bind']}")
        self.stdout.flush()
        raise SystemExit(Group(children).run())

    @staticmethod
    def _web(host: str, port: str, options: dict[str, Any]) -> list[str]:
        """WSGI with a pool of threads; why not ASGI: `docs/adr/0002-wsgi-threads-for-live.md`."""
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", port]
        granian += ["--workers", str(options["web"]), "--blocking-threads", str(options["web_threads"])]
        granian += ["--respawn-failed-workers", "--workers-kill-timeout", "10", "--no-ws", "--log-level", "error"]
        return [*granian, "danshu.config.wsgi:application"]
