"""Numbers beside views and chips. They stop at a cap, and they are kept until the next fact is published: never stale, seldom counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum

from danshu.accounts.models import User
from danshu.accounts.queries import shops_of
from danshu.core.models import EventRow
from danshu.orders.models import Order

CAP = 999
KEPT = 30  # seconds: views that look at the clock change without a fact


def shown(count: int) -> str:
    """`999+` above the cap."""
    return f"{CAP}+" if count > CAP else str(count)


def capped(queryset: QuerySet[Any, Any], cap: int = CAP) -> int:
    """How many rows, at most cap + 1; reads no more index entries than that."""
    return int(queryset.order_by().values("pk")[: cap + 1].aggregate(n=Count("pk"))["n"])


def counts(owner: str, queries: Mapping[str, Callable[[], QuerySet[Any, Any]]]) -> dict[str, int]:
    """Capped counts by name; a query is built only to be counted. `owner` tells scopes apart: people with the same shops share."""
    last = EventRow.objects.order_by("-id").values_list("id", flat=True).first() or 0
    keys = {name: f"orders:{owner}:{last}:{name}" for name in queries}
    known = cache.get_many(keys.values())
    fresh = {name: capped(query()) for name, query in queries.items() if keys[name] not in known}
    if fresh:
        cache.set_many({keys[name]: count for name, count in fresh.items()}, KEPT)
    return {name: fresh[name] if name in fresh else known[key] for name, key in keys.items()}


def ready(queries: Mapping[str, QuerySet[Any, Any]]) -> dict[str, Callable[[], QuerySet[Any, Any]]]:
    """Queries that are built already, as `counts` takes them."""
    return {name: query.all for name, query in queries.items()}


def totals(owner: str, queryset: QuerySet[Order, Order]) -> tuple[int, int]:
    """(capped count, what the counted orders paid in fen), kept like the counts."""
    last = EventRow.objects.order_by("-id").values_list("id", flat=True).first() or 0
    place = f"orders:{owner}:{last}:totals"
    known: tuple[int, int] | None = cache.get(place)
    if known is None:
        found = queryset.order_by().values("pk", "paid_fen")[: CAP + 1].aggregate(n=Count("pk"), fen=Sum("paid_fen"))
        known = (found["n"], found["fen"] or 0)
        cache.set(place, known, KEPT)
    return known


def owner(user: User) -> str:
    """The scope in a key. An owner's shops do not count: he sees all of them."""
    return ",".join(map(str, sorted(shops_of(user) or ()))) or "all"
