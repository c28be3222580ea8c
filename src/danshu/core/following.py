"""Reading facts as they come, by those who must not be woken by each: a mark per reader, kept in the preferences.

PostgreSQL gives out ids before the commit, so a fact may become visible after one with a larger id. The mark therefore stands at the
last id that was surely complete (everything up to it is older than `SETTLED`); what was read beyond it is remembered by id and read
again. A transaction that stays open longer than that is missed: whoever needs every fact compares from time to time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db.models import Max

from danshu.core import preferences
from danshu.core.actor import SYSTEM
from danshu.core.models import EventRow

SETTLED = timedelta(seconds=30)
PAGE = 2000
Fact: TypeAlias = tuple[int, str, dict[str, Any], datetime]  # id, kind, payload, when it was published


def follow(mark: str, kinds: Sequence[str], take: Callable[[list[Fact]], object], *, now: datetime, size: int = 0) -> int:
    """Hand all facts of these kinds to `take` that the reader `mark` has not seen, in pages of `size` (2,000). Returns how many.

    The mark moves after `take` is through, so stopping anywhere and running twice hands some facts over again, and an hour of downtime
    is read from where it began. The first time the mark is set to now and nothing is handed over.
    """
    start: dict[str, Any] = {"id": -1, "seen": []}
    kept = preferences.get(mark, start)
    if kept["id"] < 0:
        skip(mark, kinds, now=now)
        return 0
    floor, seen = int(kept["id"]), set(map(int, kept["seen"]))
    fresh = 0
    for rows in _pages(kinds, floor, size or PAGE):
        new = [row for row in rows if row[0] not in seen]
        if new:
            take(new)
        fresh += len(new)
        settled = [pk for pk, _kind, _payload, at in rows if at < now - SETTLED]
        floor = max([floor, *settled])
        seen = {pk for pk in seen | {row[0] for row in rows} if pk > floor}
        if new:
            preferences.put(mark, {"id": floor, "seen": sorted(seen)}, by=SYSTEM, now=now)
    return fresh


def skip(mark: str, kinds: Sequence[str], *, now: datetime) -> None:
    """Let the reader begin after what has happened so far."""
    latest = EventRow.objects.filter(kind__in=kinds).aggregate(latest=Max("pk"))["latest"] or 0
    preferences.put(mark, {"id": latest, "seen": []}, by=SYSTEM, now=now)


def _pages(kinds: Sequence[str], after: int, size: int) -> Iterator[list[Fact]]:
    found = EventRow.objects.filter(kind__in=kinds).order_by("pk").values_list("pk", "kind", "payload", "at")
    while rows := list(found.filter(pk__gt=after)[:size]):
        yield rows
        after = rows[-1][0]
        if len(rows) < size:
            return
