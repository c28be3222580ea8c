"""Two things that Django's connection does not say: "in the caller's transaction" and "this statement runs all day".

A savepoint is two statements. Code that writes several rows as one thing and is always part of a story needs none: when it fails, the
whole story does.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, transaction

ON_POSTGRES: bool = settings.ON_POSTGRES  # asking the connection costs a walk through its context each time


def joined() -> AbstractContextManager[None]:
    """The caller's transaction without a savepoint, or one of its own where there is none."""
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


class _Prepared(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        super().execute(query, params, **how)
        if self._query is None:  # as after a prepared statement; Django's log of statements reads it
            self._query = SimpleNamespace(query=query.encode())  # type: ignore[assignment]  # only `.query` is read
        return self


def cursor() -> AbstractContextManager[Any]:
    """A cursor for statements of constant text: PostgreSQL parses and plans them once per connection, not for each call.

    Values travel apart from the text there, so types that the text leaves open must be cast (`%s::bigint[]`).
    """
    if not ON_POSTGRES:
        return connection.cursor()
    connection.ensure_connection()
    session = connection.connection
    if session.prepare_threshold is None:  # Django switches it off, because its own statements are written out with their values
        session.prepare_threshold = 1
    prepared: AbstractContextManager[Any] = connection._prepare_cursor(_Prepared(session))  # type: ignore[attr-defined]  # noqa: SLF001 - keeps its log
    return prepared
