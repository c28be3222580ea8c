"""Where the world is kept: one SQLite file, each change in one transaction. What was answered was written before."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS thing (kind TEXT, shop TEXT, no TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, shop, no)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deed (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, what TEXT NOT NULL, about TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, shop TEXT, kind TEXT, no TEXT, more TEXT);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
Row = tuple[Any, ...]


class Store:
    """Used under the world's lock by whichever thread holds it. Without a folder it lives in memory.

    The system keeps what a killed process wrote, so nothing waits for the disk; only a power cut could lose the last moments.
    """

    def __init__(self, folder: Path | None) -> None:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(folder / "world.sqlite3" if folder else ":memory:", check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.executescript(TABLES)

    def things(self, kind: str) -> Iterator[dict[str, Any]]:
        """Oldest shop first, then by number."""
        for (body,) in self._file.execute("SELECT body FROM thing WHERE kind = ? ORDER BY shop, no", (kind,)):
            yield json.loads(body)

    def deeds(self) -> list[Row]:
        return self._file.execute("SELECT seq, at_ms, what, about FROM deed").fetchall()

    def facts(self) -> dict[str, Any]:
        return {name: json.loads(value) for name, value in self._file.execute("SELECT name, value FROM fact")}

    def events(self, after: int = 0, limit: int = 10_000) -> list[Row]:
        return self._file.execute("SELECT seq, at_ms, shop, kind, no, more FROM event WHERE seq > ? LIMIT ?", (after, limit)).fetchall()

    def write(
        self,
        *,
        things: Iterable[Row] = (),
        deeds: Iterable[Row] = (),
        done_deeds: Iterable[int] = (),
        events: Iterable[Row] = (),
        facts: dict[str, Any] | None = None,
    ) -> None:
        file = self._file
        file.execute("BEGIN")
        file.executemany("INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?)", things)
        file.executemany("INSERT OR REPLACE INTO deed VALUES (?, ?, ?, ?)", deeds)
        file.executemany("DELETE FROM deed WHERE seq = ?", [(seq,) for seq in done_deeds])
        file.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", events)
        file.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", [(name, json.dumps(value)) for name, value in (facts or {}).items()])
        file.execute("COMMIT")

    def close(self) -> None:
        self._file.close()
