"""Three things that Django's connection does not say: "in the caller's transaction", "this statement runs all day", and "the disk may
follow later".

A savepoint is two statements. Code that writes several rows as one thing and is always part of a story needs none: when it fails, the
whole story does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

ON_POSTGRES: bool = settings.ON_POSTGRES  # asking the connection costs a walk through its context each time
if ON_POSTGRES:
    from danshu.core.prepared import Prepared, prepared  # it reads psycopg, a tenth of what a process on SQLite reads to start


def joined() -> AbstractContextManager[None]:
    """The caller's transaction without a savepoint, or one of its own where there is none."""
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


@contextmanager
def asynchronous_commit() -> Iterator[None]:
    """Commits of this thread's connection do not wait for the disk inside; the next one after it does, and makes all of them last.

    For long work that keeps its place in the same transactions as what it does: the log is one sequence, so a power cut takes it back to
    an earlier place, from where it goes on. Inside a transaction nothing changes: the commit is the caller's.
    """
    if connection.in_atomic_block:
        yield
        return
    before = _synchrony()
    _synchronize("off" if ON_POSTGRES else "NORMAL")  # SQLite's OFF would not even keep the log in order
    try:
        yield
    finally:
        try:
            _synchronize(before)
        except DatabaseError:
            connection.close()  # a new one begins with the usual settings


def _synchrony() -> str:
    ((value,),) = fetch("SHOW synchronous_commit" if ON_POSTGRES else "PRAGMA synchronous")
    return str(value)


def _synchronize(value: str) -> None:
    with connection.cursor() as asked:
        asked.execute(f"SET synchronous_commit = {value}" if ON_POSTGRES else f"PRAGMA synchronous = {value}")


def cursor() -> AbstractContextManager[Any]:
    """A cursor for statements of constant text: PostgreSQL parses and plans them once per connection, not for each call.

    Values travel apart from the text there, so types that the text leaves open must be cast (`%s::bigint[]`).
    """
    if not ON_POSTGRES:
        return connection.cursor()
    connection.ensure_connection()
    asked: AbstractContextManager[Any] = connection._prepare_cursor(prepared(connection.connection))  # type: ignore[attr-defined]  # noqa: SLF001 - keeps its log
    return asked


_kept: WeakKeyDictionary[Any, Prepared] = WeakKeyDictionary()


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a statement of constant text, read before anything else is asked: so one `cursor` per connection is enough for all."""
    if not ON_POSTGRES:
        with connection.cursor() as asked:
            asked.execute(sql, params)
            return list(asked.fetchall())
    django = connections["default"]  # the proxy looks this up for every attribute
    django.ensure_connection()
    session = django.connection
    kept = _kept.get(session)
    if kept is None:
        kept = _kept[session] = prepared(session)
    wrapped = django._prepare_cursor(kept)  # type: ignore[attr-defined]  # noqa: SLF001 - as in `cursor`
    wrapped.execute(sql, params)
    return list(wrapped.fetchall())
