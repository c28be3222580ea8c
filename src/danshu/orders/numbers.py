"""Our order numbers: `yymmdd-nnnn` of the business day an order was placed, given out by one statement per batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db import connection


def allocate(days: Sequence[str]) -> list[str]:
    """A fresh number for each day (`clock.day_code`), aligned. Runs in the caller's transaction: a rollback gives the numbers back."""
    wanted = sorted(Counter(days).items())  # in one order everywhere, so that two intakes never wait for each other in a circle
    if not wanted:
        return []
    marks = ", ".join(["(%s, %s)"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO orders_daycounter (day, last) VALUES {marks}"  # noqa: S608 -- placeholders only
            " ON CONFLICT (day) DO UPDATE SET last = orders_daycounter.last + excluded.last RETURNING day, last",
            [value for pair in wanted for value in pair],
        )
        ends = dict(cursor.fetchall())
    next_of = {day: ends[day] - count for day, count in wanted}
    numbers = []
    for day in days:
        next_of[day] += 1
        numbers.append(f"{day}-{next_of[day]:04d}")
    return numbers
