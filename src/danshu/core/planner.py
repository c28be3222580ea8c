"""Keeping PostgreSQL's planner awake while a new shop's first orders pour in.

Statistics of an empty table say "empty", and the plans of foreign-key checks, made once per connection, then read the whole table for
every row: an import that starts on empty tables became 5 times slower with every thousand orders. A process that has written much into
a table which the statistics call small has it analysed, after the commit; that also discards those plans.
"""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connection, transaction

log = logging.getLogger(__name__)
STEPS = (500, 5_000, 50_000, 500_000)

_written: dict[str, int] = {}
_guard = threading.Lock()


def wrote(table: str, rows: int) -> None:
    """Count rows written by this process; at each step, look after the commit whether the table needs new statistics."""
    with _guard:
        before = _written.get(table, 0)
        _written[table] = before + rows
    if any(before < step <= before + rows for step in STEPS):
        transaction.on_commit(lambda: _refresh(table, before + rows), robust=True)


def _refresh(table: str, written: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
            known = cursor.fetchone()[0]
            if known < written / 4:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
    except DatabaseError as error:  # statistics are an aid: whoever committed must not hear of it
        log.warning("Could not analyse %s: %s", table, error)
