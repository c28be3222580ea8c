"""The database wrapper: see the room's docstring.

SQLite's own busy handler sleeps up to 100 ms between attempts and lets late-comers pass: with a worker writing beside the web
processes, pages waited a second for the write lock. Here a transaction asks for the lock every millisecond instead.
"""

from __future__ import annotations

import random
import sqlite3
from time import monotonic, sleep  # the real ones: who lets time pass by sleeping must not have it pass because a thread waits for another

from django.db.backends.sqlite3 import base

SQLITE_BUSY = 5


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        """Django's private hook that begins a transaction; `tests/test_sqlite_wait.py` notices when it moves."""
        patience = float(self.settings_dict.get("OPTIONS", {}).get("timeout", 20))
        mode = self.transaction_mode or "DEFERRED"  # type: ignore[attr-defined]  # set by Django, missing in its stubs
        connection = self.connection
        connection.execute("PRAGMA busy_timeout=0")
        give_up_at = monotonic() + patience
        try:
            while True:
                try:
                    connection.execute(f"BEGIN {mode}")
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != SQLITE_BUSY or monotonic() > give_up_at:
                        raise
                    sleep(random.uniform(0.0005, 0.0015))  # noqa: S311 - spreads the waiting, guards nothing
                else:
                    return
        finally:
            connection.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")
