"""A private PostgreSQL for measurements, with its defaults (fsync on, synchronous_commit on) and 1 GB of shared buffers."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg


@contextlib.contextmanager
def cluster(given: str, *, lasting: bool = True) -> Iterator[str]:
    """The address of a server: the given one, or one that lives as long as the block; not `lasting`: without fsync, for tests."""
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="danshu-bench-pg-"))
    binaries = _binaries()
    port = _free_port()
    try:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
        _run([binaries / "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8"])
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        settings += " -c shared_buffers=1GB -c max_connections=100"
        settings += "" if lasting else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        _run([binaries / "pg_ctl", "-D", folder / "data", "-o", settings, "-l", folder / "log", "-w", "start"])
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            _run([binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def database(server: str) -> Iterator[str]:
    """An empty database on the server for one figure; empty text (SQLite) stays empty."""
    if not server:
        yield ""
        return
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield server.rsplit("/", 1)[0] + "/" + name
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if not on_path:
        raise SystemExit("No PostgreSQL server is installed: install the package postgresql, or give --postgres-url.")
    return Path(on_path).resolve().parent


def _run(command: list[object]) -> None:
    user = {"user": "postgres"} if os.geteuid() == 0 else {}
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user)  # type: ignore[call-overload]  # optional user=


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
