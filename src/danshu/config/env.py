"""Typed readers for the environment. A bad value is refused by the variable's name, with what it should look like."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

T = TypeVar("T")


class BadSettingError(SystemExit):
    """An environment variable that cannot be used: the process ends with a sentence that names it and says what is expected."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"设置有误 / bad setting: {name}={value!r} is not usable: expected {expected}.")


def _read(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except ValueError:
        raise BadSettingError(name, raw, expected) from None


def text(name: str, default: str) -> str:
    return _read(name, default, str, "text")


def flag(name: str, *, default: bool) -> bool:
    def parse(raw: str) -> bool:
        if raw.lower() in {"1", "true", "yes", "on"}:
            return True
        if raw.lower() in {"0", "false", "no", "off"}:
            return False
        raise ValueError

    return _read(name, default, parse, "one of 1, 0, true, false, yes, no, on, off")


def integer(name: str, default: int, *, least: int, most: int) -> int:
    def parse(raw: str) -> int:
        number = int(raw)
        if not least <= number <= most:
            raise ValueError
        return number

    return _read(name, default, parse, f"a whole number from {least} to {most}")


def folder(name: str, default: Path) -> Path:
    """A folder that exists or can be made; relative paths are taken from the current folder."""

    def parse(raw: str) -> Path:
        path = Path(raw).expanduser().resolve()
        if path.exists() and not path.is_dir():
            raise ValueError
        return path

    return _read(name, default, parse, "the path of a folder (it is made when missing)")


def words(name: str, default: list[str]) -> list[str]:
    return _read(name, default, lambda raw: [word.strip() for word in raw.split(",") if word.strip()], "words, comma-separated")


def bind(name: str, default: str) -> tuple[str, int]:
    """`host:port` to listen on."""

    def parse(raw: str) -> str:
        host, _, port = raw.rpartition(":")
        if not host or not port.isdigit() or not 1 <= int(port) <= 65535:
            raise ValueError
        return raw

    host, _, port = _read(name, default, parse, "host:port such as 127.0.0.1:8000").rpartition(":")
    return host.strip("[]"), int(port)


def database(name: str, default: Path) -> dict[str, Any]:
    """Django's `DATABASES["default"]`: an embedded SQLite file, or PostgreSQL by `postgresql://user:password@host:port/name`.

    A socket folder can stand in the query: `postgresql:///danshu?host=/run/postgresql`.
    """
    raw = os.environ.get(name, "").strip()
    if not raw:
        return sqlite(default)
    expected = "sqlite:///path/to/file or postgresql://user:password@host:5432/name"
    parts = urlsplit(raw)
    if parts.scheme == "sqlite" and parts.path.strip("/"):
        return sqlite(Path(unquote(parts.path[1:])))
    if parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/"):
        options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        try:
            port = parts.port
        except ValueError:
            raise BadSettingError(name, raw, expected) from None
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or options.get("user", "")),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(options.get("host", parts.hostname or "")),
            "PORT": str(port or options.get("port", "")),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise BadSettingError(name, raw, expected)


def sqlite(path: Path) -> dict[str, Any]:
    """The embedded database. FULL keeps paid orders through a power cut; the backend waits fairly for its turn to write. A batch of 500
    orders writes 1,500 pages: the log is copied into the file (`wal_autocheckpoint`, 16 MB) after some of them, not after each.
    """
    return {
        "ENGINE": "danshu.core.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            " PRAGMA mmap_size=268435456; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000;",
        },
    }
