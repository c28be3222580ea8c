"""The fair wait for SQLite's write lock. It stands on a private hook of Django's backend: these tests notice when that moves."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest
from django.db.backends.sqlite3 import base

from danshu.core.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def wrapper(tmp_path):
    made = DatabaseWrapper(
        {
            "ENGINE": "danshu.core.sqlite", "NAME": str(tmp_path / "db"), "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True,
            "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None,
            "OPTIONS": {"timeout": 1, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
        },
        "fair",
    )  # fmt: skip
    made.connect()
    made.connection.execute("CREATE TABLE t (n)")
    yield made
    made.connection.close()


def begin(wrapper):
    wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def test_the_hook_is_where_django_calls_it(wrapper, monkeypatch):
    assert "_start_transaction_under_autocommit" in vars(base.DatabaseWrapper)
    called = []
    monkeypatch.setattr(wrapper, "_start_transaction_under_autocommit", lambda: called.append(1))
    begin(wrapper)
    assert called == [1]


def test_the_lock_is_taken_within_milliseconds_of_its_release(wrapper, tmp_path):
    """Other work on the machine may delay one try; SQLite's own wait, which sleeps up to a tenth of a second, would delay them all."""
    other = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False)
    waits = []
    for _try in range(10):
        other.execute("BEGIN IMMEDIATE")
        released = []
        timer = threading.Timer(0.3, lambda told=released: (told.append(time.monotonic()), other.execute("COMMIT")))
        timer.start()
        begin(wrapper)
        waits.append(time.monotonic() - released[0])
        wrapper.connection.execute("COMMIT")
        wrapper.set_autocommit(True)
        timer.join()
        if sum(wait < 0.03 for wait in waits) == 3:
            break
    other.close()
    assert sum(wait < 0.03 for wait in waits) == 3, waits


def test_it_gives_up_after_the_timeout(wrapper, tmp_path):
    other = sqlite3.connect(tmp_path / "db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        begin(wrapper)
    assert 0.9 < time.monotonic() - began < 20
    assert wrapper.connection.execute("PRAGMA busy_timeout").fetchone() == (1000,)
    other.close()
