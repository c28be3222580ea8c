"""Orders of a view: selected, paged by key, counted up to a cap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet

from danshu.accounts.models import User
from danshu.boards import builtin
from danshu.boards.models import SavedView
from danshu.core import paging
from danshu.core.paging import CappedCount, Page
from danshu.fields import criteria
from danshu.fields.criteria import Tree
from danshu.orders.models import Order

ORDERINGS = ("-id", "id", "ship_by", "-shipped_at")  # those that an index serves
CAP = 999
KEPT = 5  # seconds
HEAVY = ("receiver_sealed", "custom", "digest")  # columns no list shows
Orders = QuerySet[Order]


def selection(within: Orders, *trees: Tree, now: datetime) -> Orders:
    """The orders among these for which all the trees hold."""
    return within.filter(criteria.compile({"all": list(trees)}, now=now))


def keys(ordering: str) -> tuple[str, ...]:
    """`ship_by` → (`ship_by`, `id`); an ordering without an index falls back to the newest first."""
    if ordering.lstrip("-") == "id" or ordering not in ORDERINGS:
        return (ordering,) if ordering in ORDERINGS else ("-id",)
    return (ordering, "-id" if ordering.startswith("-") else "id")


def page(within: Orders, ordering: str = "-id", *, after: str = "", size: int = 50) -> Page[Order]:
    """One page by key: one statement, no count, no OFFSET. `after` is a cursor of an earlier page."""
    return paging.page(within.defer(*HEAVY), keys(ordering), after, size)


def capped_counts(owner: str, queries: Mapping[str, Orders], *, cap: int = CAP) -> dict[str, CappedCount]:
    """Counts by name that stop at the cap, kept for some seconds. `owner` tells scopes apart: people with the same shops share."""
    places = {name: f"boards:{owner}:{cap}:{name}" for name in queries}
    known = cache.get_many(places.values())
    fresh = {name: _capped(query, cap) for name, query in queries.items() if places[name] not in known}
    if fresh:
        cache.set_many({places[name]: (int(count), count.is_more) for name, count in fresh.items()}, KEPT)
    return {name: fresh[name] if name in fresh else CappedCount(*known[place]) for name, place in places.items()}


def _capped(query: Orders, cap: int) -> CappedCount:
    """Reads no more than cap + 1 index entries."""
    found = query.order_by().values("pk")[: cap + 1].aggregate(n=Count("pk"))["n"]
    return CappedCount(min(found, cap), found > cap)


def saved_views(user: User) -> Sequence[SavedView]:
    """The team's and the person's own views, in their order."""
    return list(SavedView.objects.filter(Q(owner=None) | Q(owner=user)).order_by("position", "id"))


def find_view(slug: str, user: User) -> builtin.View | None:
    """A built-in or saved view that the person may use."""
    known = builtin.view(slug)
    if known is not None:
        return known
    row = SavedView.objects.filter(Q(owner=None) | Q(owner=user), slug=slug).first()
    return builtin.View(row.slug, row.name, row.criteria, row.ordering) if row else None
