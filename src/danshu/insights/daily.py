"""The daily order report: one row per shop, one per platform, one for all, for any range of business days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from danshu.channels.models import Shop
from danshu.core import clock
from danshu.insights import figures
from danshu.orders.models import Order

LONGEST_DAYS = 366


@dataclass(slots=True)
class Counts:
    """The sums that add up over shops; rates are derived from them."""

    orders: int = 0
    amount_fen: int = 0
    shipped: int = 0
    handled: int = 0
    waited: timedelta = field(default_factory=timedelta)
    mis_shipped: int = 0
    late: int = 0
    issues: int = 0
    short: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    @property
    def handling_hours(self) -> Decimal | None:
        """Σ(shipped − paid) / orders in hours, one decimal; None when nothing was shipped."""
        if not self.handled:
            return None
        return (Decimal(int(self.waited.total_seconds())) / 3600 / self.handled).quantize(Decimal("0.1"))

    @property
    def mis_ship_percent(self) -> Decimal | None:
        if not self.shipped:
            return None
        return (Decimal(self.mis_shipped) * 100 / self.shipped).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class ShopRow:
    shop: Shop
    counts: Counts


@dataclass(frozen=True, slots=True)
class Report:
    first: date
    last: date
    rows: tuple[ShopRow, ...]

    @property
    def total(self) -> Counts:
        return sum((row.counts for row in self.rows), Counts())

    @property
    def by_platform(self) -> dict[str, Counts]:
        """Platform code → counts, busiest first."""
        sums: dict[str, Counts] = {}
        for row in self.rows:
            sums[row.shop.platform] = sums.get(row.shop.platform, Counts()) + row.counts
        return dict(sorted(sums.items(), key=lambda item: (-item[1].orders, item[0])))


def report(scope: QuerySet[Order], first: date, last: date) -> Report:
    """Three statements whatever the range: what was sold, what was shipped, what was due; plus one for the shops."""
    start, end = clock.day_bounds(first, last)
    orders = figures.prepared(scope)
    counts: dict[int, Counts] = {}
    sold = figures.sold_in(start, end)
    shipped = figures.shipped_in(start, end)
    _gather(counts, orders.filter(sold), orders=Count("id"), amount_fen=Sum("paid_fen"),
            issues=_count(figures.issues_in(start, end)), short=_count(figures.short_in(start, end)))  # fmt: skip
    handled = figures.handled_in(start, end)
    _gather(counts, orders.filter(shipped), shipped=Count("id"), handled=_count(handled),
            waited=Sum(figures.WAITED, filter=handled), mis_shipped=_count(figures.mis_shipped_in(start, end)))  # fmt: skip
    _gather(counts, orders.filter(figures.late_in(start, end)), late=Count("id"))
    shops = Shop.objects.filter(id__in=counts).order_by("platform", "name")
    return Report(first, last, tuple(ShopRow(shop, counts[shop.pk]) for shop in shops))


def orders_behind(scope: QuerySet[Order], figure: str, first: date, last: date) -> QuerySet[Order]:
    """The orders that a number counts, for the page that it opens. Raises `KeyError` for an unknown figure."""
    start, end = clock.day_bounds(first, last)
    return figures.prepared(scope).filter(figures.FIGURES[figure].orders(start, end))


def _count(condition: Q) -> Count:
    return Count("id", filter=condition)


def _gather(counts: dict[int, Counts], of: QuerySet[Order], /, **columns: Count | Sum) -> None:
    """Add one grouped statement's columns to the counts of each shop."""
    for row in _by_shop(of, columns):
        own = counts.setdefault(row.pop("shop_id"), Counts())
        for name, value in row.items():
            if value is not None:
                setattr(own, name, value)


def _by_shop(orders: QuerySet[Order], columns: dict[str, Count | Sum]) -> Iterable[dict[str, Any]]:
    renamed = {f"n_{name}": column for name, column in columns.items()}
    for row in orders.values("shop_id").annotate(**renamed).order_by():
        yield {key.removeprefix("n_"): value for key, value in row.items()}
