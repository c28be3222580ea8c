"""What TOP alone writes so; the rest is `channels/text_bodies.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from danshu.channels.connecting import Body
from danshu.channels.text_bodies import FIRST_YEAR, text, unreadable
from danshu.core import clock


def promise(body: Body, name: str) -> datetime | None:
    """A time limit that may be a moment, a day (then its end) or a sentence for buyers (then nothing is said)."""
    said = text(body, name)
    for form, whole_day in (("%Y-%m-%d %H:%M:%S", False), ("%Y-%m-%d", True)):
        try:
            naive = datetime.strptime(said, form)  # noqa: DTZ007 - the zone is added below
        except ValueError:
            continue
        if naive.year >= FIRST_YEAR:
            return clock.from_platform(datetime.combine(naive, time(23, 59, 59)) if whole_day else naive)
    return None


def rows(body: Body, outer: str, inner: str) -> list[Body]:
    """TOP's doubly nested lists: `orders: {order: […]}`; one element is a list too."""
    holder = body.get(outer)
    found = holder.get(inner) if isinstance(holder, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise unreadable(f"{outer}.{inner}")
    return found
