"""`statements` and `same_queries`: what a piece of work asks of the database does not grow with the number of rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

VALUES = re.compile(r"'[^']*'|\b\d+\b|%s")
LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)*\s*\)(?:\s*,\s*\(\s*\?(?:\s*,\s*\?)*\s*\))*")


def shape(sql: str) -> str:
    """The statement without its values, so that lists of 1 and of 50 look alike."""
    return LISTS.sub("(…)", VALUES.sub("?", sql))


@pytest.fixture
def statements() -> Callable[[Callable[[], object]], list[str]]:
    """`statements(work)`: the SQL statements that a piece of work sends."""

    def of(work: Callable[[], object]) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            work()
        return [query["sql"] for query in captured.captured_queries]

    return of


@pytest.fixture
def same_queries(statements: Callable[[Callable[[], object]], list[str]]) -> Callable[[Callable[[], object], Callable[[], object]], int]:
    """`same_queries(with_one, with_fifty)`: both pieces of work send equally many statements; returns how many. When they do not,
    it shows the statements that only one of them sent, or that one sent more often."""

    def check(few: Callable[[], object], many: Callable[[], object]) -> int:
        first, second = ([shape(sql) for sql in statements(work)] for work in (few, many))
        if len(first) != len(second):
            lines = [f"{len(first)} statements became {len(second)}."]
            for sign, more in (("+", Counter(second) - Counter(first)), ("-", Counter(first) - Counter(second))):
                lines += [f"  {sign}{count} {sql[:400]}" for sql, count in more.most_common()]
            pytest.fail("\n".join(lines), pytrace=False)
        return len(first)

    return check
