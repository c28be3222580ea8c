"""What the sandbox platform remembers of one shop: a small SQLite file of its own, so that no transaction of ours reaches into it.

Any number of processes may use it at once, and it outlives them, like a platform does.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from danshu.channels.connecting import ListingKey, StockUpdate

TABLES = """
CREATE TABLE IF NOT EXISTS listing (item_id TEXT, sku_id TEXT, quantity INTEGER NOT NULL, PRIMARY KEY (item_id, sku_id));
CREATE TABLE IF NOT EXISTS said (item_id TEXT, sku_id TEXT, quantity INTEGER NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS manner (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Shelf:
    """The numbers a sandbox shop shows, every number it was told, and how it is to behave."""

    def __init__(self, shop_id: int) -> None:
        self.path = Path(settings.MEDIA_ROOT).parent / "sandbox" / f"shop-{shop_id}.sqlite3"

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=10)) as file:
            file.executescript(TABLES)
            with file:
                yield file

    def show(self, keys: Sequence[ListingKey]) -> list[int | None]:
        """What buyers see, aligned; None where nothing was ever put up."""
        with self._open() as file:
            found = {(item, sku): number for item, sku, number in file.execute("SELECT item_id, sku_id, quantity FROM listing")}
        return [found.get((key.item_id, key.sku_id)) for key in keys]

    def put(self, updates: Sequence[StockUpdate]) -> None:
        """Numbers that the platform takes."""
        rows = [(update.key.item_id, update.key.sku_id, update.quantity) for update in updates]
        with self._open() as file:
            file.executemany(
                "INSERT INTO listing VALUES (?, ?, ?) ON CONFLICT (item_id, sku_id) DO UPDATE SET quantity = excluded.quantity", rows
            )
            now = time.time()
            file.executemany("INSERT INTO said VALUES (?, ?, ?, ?)", [(*row, now) for row in rows])

    def drift(self, key: ListingKey, quantity: int) -> None:
        """Somebody types another number into the platform's own pages."""
        with self._open() as file:
            file.execute(
                "INSERT INTO listing VALUES (?, ?, ?) ON CONFLICT (item_id, sku_id) DO UPDATE SET quantity = excluded.quantity",
                (key.item_id, key.sku_id, quantity),
            )

    def said(self) -> list[tuple[ListingKey, int, float]]:
        """Every number that was taken, oldest first, with its second since 1970."""
        with self._open() as file:
            rows = file.execute("SELECT item_id, sku_id, quantity, at FROM said ORDER BY rowid").fetchall()
        return [(ListingKey(item, sku), number, at) for item, sku, number, at in rows]

    def behave(self, **manner: Any) -> None:
        """How to answer from now on; what is not named goes back to normal.

        `refuse=[item ids]` and `unknown=[item ids]` answer those alone badly; `fail="rate_limited" | "expired" | "timeout"` fails the
        whole call; `slow=seconds` waits before the answer.
        """
        with self._open() as file:
            file.execute("DELETE FROM manner")
            file.executemany("INSERT INTO manner VALUES (?, ?)", [(name, json.dumps(value)) for name, value in manner.items()])

    def manner(self) -> dict[str, Any]:
        with self._open() as file:
            return {name: json.loads(value) for name, value in file.execute("SELECT name, value FROM manner")}
