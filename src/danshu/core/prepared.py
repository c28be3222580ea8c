"""Cursors of psycopg whose statements PostgreSQL parses and plans once per connection; `database.cursor` and `fetch` hand them out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import psycopg


class Prepared(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        super().execute(query, params, **how)
        if self._query is None:  # as after a prepared statement; Django's log of statements reads it
            self._query = SimpleNamespace(query=query.encode())  # type: ignore[assignment]  # only `.query` is read
        return self


def prepared(session: Any) -> Prepared:
    if session.prepare_threshold is None:  # Django switches it off, because its own statements are written out with their values
        session.prepare_threshold = 1
    return Prepared(session)
