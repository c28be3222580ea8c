"""Danshu as real processes on a database of its own, which can be killed at any moment and asked afterwards."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from tests import fresh

NAME = "danshu_killed"


def url(name: str = "") -> str:
    """The suite's PostgreSQL as other processes name it, or another database of the same server."""
    its = settings.DATABASES["default"]
    return f"postgresql://{its['USER']}:{its['PASSWORD']}@{its['HOST']}:{its['PORT']}/{name or its['NAME']}"


def until(happened: Callable[[], object], seconds: float = 30.0) -> None:
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.03)


NURSERY = """
import gc, os, signal, sys
import django
django.setup()
from django.core.management import call_command
import danshu.flows.wiring
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
gc.freeze()
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(line.strip(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(1, 2)
        try:
            call_command("worker", "--silent-after", "1")
        finally:
            os._exit(1)
    print(pid, flush=True)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class House:
    """One data folder, one database, one web server, one worker at a time. Workers are forked from a process that has read the code
    already, because reading it takes longer than they live here."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.log = folder / "said"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DANSHU_")}
        self.environment = {
            **kept,
            "DANSHU_DATA": str(folder / "data"),
            "DANSHU_DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "danshu.config.settings",
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONUNBUFFERED": "1",
        }
        self.web: subprocess.Popen[bytes] | None = None
        self.nursery: subprocess.Popen[str] | None = None
        self.worker = 0

    def ask(self, code: str, *arguments: object) -> Any:
        """What a Python process inside the house prints as JSON."""
        argv = [sys.executable, "-c", f"import sys, json, django\ndjango.setup()\n{code}", *map(str, arguments)]
        done = subprocess.run(argv, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def position(self) -> int:
        """How many orders of the only import are saved."""
        if settings.ON_POSTGRES:
            with psycopg.connect(self.environment["DANSHU_DATABASE_URL"], autocommit=True) as server:
                row = server.execute("SELECT position FROM channels_importbatch").fetchone()
        else:
            with closing(sqlite3.connect(self.folder / "data" / "danshu.sqlite3", timeout=10)) as file:
                row = file.execute("SELECT position FROM channels_importbatch").fetchone()
        assert row is not None
        return int(row[0])

    def serve(self) -> None:
        """Start the web server; it is left to itself."""
        with (self.folder / "web").open("w") as said:
            argv = [sys.executable, "-m", "danshu.cli", "serve", "--workers", "0", "--bind", f"127.0.0.1:{self.port}", "--web-threads", "2"]
            self.web = subprocess.Popen(argv, env=self.environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)

    def work(self) -> None:
        """Start a worker and wait until it has the queue."""
        if self.nursery is None:
            self.nursery = subprocess.Popen(
                [sys.executable, "-c", NURSERY], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.log.write_text("")
        self.nursery.stdin.write(f"{self.log}\n")
        self.nursery.stdin.flush()
        self.worker = int(self.nursery.stdout.readline())
        until(lambda: "Worker:" in self.log.read_text() or not is_alive(self.worker))
        assert is_alive(self.worker), self.log.read_text()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/sign-in/", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def kill(self) -> None:
        """SIGKILL to worker, server and its parent: nobody says goodbye."""
        if self.worker:
            os.kill(self.worker, signal.SIGKILL)
            until(lambda: not is_alive(self.worker))
            self.worker = 0
        if self.web is not None:
            os.killpg(self.web.pid, signal.SIGKILL)
            self.web.wait()
            self.web = None

    def close(self) -> None:
        self.kill()
        if self.nursery is not None:
            self.nursery.kill()
            self.nursery.communicate()


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """A house on whichever database the suite runs on, migrated, made for this and gone afterwards."""
    if not settings.ON_POSTGRES:
        fresh.into(folder / "data")
        made = House(folder, "")
        try:
            yield made
        finally:
            made.close()
        return
    name = f"{NAME}_{os.getpid()}"
    with psycopg.connect(url("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {fresh.NAME}")
        made = House(folder, url(name))
        try:
            yield made
        finally:
            made.close()
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
