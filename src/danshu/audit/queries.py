"""Reading the book."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from danshu.audit.models import Entry
from danshu.core import clock, paging

ORDER = ["-id"]


def find(
    *,
    actor_id: int | None = None,
    verb: str = "",
    target: str = "",
    first: date | None = None,
    last: date | None = None,
) -> QuerySet[Entry]:
    """Entries by who, verb (`order.held`, or `order.` for all of a room), words of the target, business days."""
    entries = Entry.objects.all()
    if actor_id is not None:
        entries = entries.filter(actor_id=actor_id or None)
    if verb:
        entries = entries.filter(verb__startswith=verb) if verb.endswith(".") else entries.filter(verb=verb)
    if target:
        entries = entries.filter(target_label__icontains=target)
    if first or last:
        start, end = clock.day_bounds(first or date(2000, 1, 1), last or date(2999, 1, 1))
        entries = entries.filter(at__gte=start, at__lt=end)
    return entries


def page(entries: QuerySet[Entry], after: str = "", size: int = 50) -> paging.Page[Entry]:
    """Newest first."""
    return paging.page(entries, ORDER, after, size)


def of(kind: str, target_id: int, most: int = 50) -> list[Entry]:
    """What was done to one thing, newest first."""
    return list(Entry.objects.filter(target_kind=kind, target_id=target_id).order_by("-id")[:most])


def recorded(at: datetime, actor_id: int | None) -> set[tuple[str, str, int | None]]:
    """(verb, kind, target id) of the entries one actor made at that very moment."""
    rows = Entry.objects.filter(at=at, actor_id=actor_id).order_by()
    return set(rows.values_list("verb", "target_kind", "target_id"))
