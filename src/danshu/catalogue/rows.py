"""Reading many rows by many keys in one statement of constant text, on both databases.

A list of keys travels as one parameter (JSON on SQLite, an array on PostgreSQL), so a batch of 1 and a batch of 5,000 are the same
statement: no limit on the number of parameters, nothing to compile again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from danshu.core import bulk, database


def among(column: str, kind: str = "bigint") -> str:
    """SQL for "the column is one of the parameter's values"; `kind` is the element type on PostgreSQL."""
    if not database.ON_POSTGRES:
        return f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 -- columns are named by our own code
    return f"{column} = ANY(%s::{kind}[])"


def listed(values: Iterable[Any]) -> Any:
    """The parameter that goes with `among`."""
    return json.dumps(list(values)) if not database.ON_POSTGRES else bulk.array_text(list(values))


def table(kinds: Sequence[str]) -> str:
    """SQL for a table `v(c0, c1, …)` made of one parameter set by `columns`: bigint columns only.

    For `UPDATE … FROM <table> AS v WHERE …`: a `WITH` would hide the number of changed rows on SQLite.
    """
    if not database.ON_POSTGRES:
        picked = ", ".join(f"value->>{i} AS {name}" for i, name in enumerate(kinds))
        return f"(SELECT {picked} FROM json_each(%s)) AS v"  # noqa: S608 -- names come from our own code
    arrays = ", ".join("%s::bigint[]" for _ in kinds)
    return f"unnest({arrays}) AS v({', '.join(kinds)})"


def columns(rows: Sequence[Sequence[int]]) -> list[Any]:
    """The parameters that go with `table`."""
    if not database.ON_POSTGRES:
        return [json.dumps([list(row) for row in rows])]
    return [bulk.array_text(column) for column in zip(*rows, strict=True)]


def run(sql: str, params: Sequence[Any] = ()) -> int:
    """Execute and say how many rows changed."""
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def moment(value: datetime) -> Any:
    """A moment as the database stores it, for statements written by hand."""
    return connection.ops.adapt_datetimefield_value(value)
