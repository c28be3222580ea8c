"""The series behind the dashboard's charts. Plain numbers; pages draw them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractHour, TruncDate

from danshu.core import clock
from danshu.insights import figures
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment

Orders = QuerySet[Order]


@dataclass(frozen=True, slots=True)
class Stack:
    """Stacked bars: `bars[i][platform]` orders of slot `labels[i]`; `before` is the same slots one week earlier."""

    labels: tuple[str, ...]
    platforms: tuple[str, ...]
    bars: tuple[dict[str, int], ...]
    before: tuple[int, ...]

    @property
    def highest(self) -> int:
        return max([1, *(sum(bar.values()) for bar in self.bars), *self.before])


def orders_by_hour(scope: Orders, now: datetime) -> Stack:
    """Today's paid orders by hour of payment and platform, up to the running hour; the line is the same weekday last week."""
    today = clock.business_day(now)
    start, end = clock.day_bounds(today)
    hours = int((now - start) / timedelta(hours=1)) + 1
    first = clock.local(start).hour
    bars = [dict[str, int]() for _ in range(hours)]
    for platform, hour, count in _per_hour(scope, start, end):
        slot = (hour - first) % 24
        if slot < hours:
            bars[slot][platform] = count
    before = [0] * (min(hours + 1, 24))
    for _platform, hour, count in _per_hour(scope, start - timedelta(days=7), end - timedelta(days=7)):
        slot = (hour - first) % 24
        if slot < len(before):
            before[slot] += count
    labels = tuple(str((first + i) % 24) for i in range(hours))
    return Stack(labels, _platforms(bars), tuple(bars), tuple(before[:hours]))


def orders_by_day(scope: Orders, now: datetime, days: int = 7) -> Stack:
    """Paid orders of the last days by platform; the line is the week before."""
    today = clock.business_day(now)
    all_days = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    counts: dict[date, dict[str, int]] = defaultdict(dict)
    start, _ = clock.day_bounds(all_days[0] - timedelta(days=7))
    _, end = clock.day_bounds(today)
    rows = (
        scope.filter(figures.SOLD, paid_at__gte=start, paid_at__lt=end)
        .annotate(day=_business_day("paid_at"))
        .values_list("day", "platform")
        .annotate(n=Count("id"))
        .order_by()
    )
    for day, platform, count in rows:
        counts[day][platform] = count
    bars = tuple(counts[day] for day in all_days)
    before = tuple(sum(counts[day - timedelta(days=7)].values()) for day in all_days)
    return Stack(tuple(f"{day.month}/{day.day}" for day in all_days), _platforms(bars), bars, before)


@dataclass(frozen=True, slots=True)
class Slot:
    """Unshipped orders whose deadline lies in [`start`, `end`); no start = overdue."""

    start: datetime | None
    end: datetime
    count: int


def deadlines(scope: Orders, now: datetime) -> list[Slot]:
    """Nine slots: overdue, the rest of today in steps, tomorrow's two halves, the day after. In one statement."""
    bounds = _deadline_bounds(now)
    waiting = scope.filter(figures.NOT_SHIPPED, figures.SOLD, ship_by__lt=bounds[-1])
    columns = {f"s{i}": Count("id", filter=_between(start, end)) for i, (start, end) in enumerate(_pairs(bounds))}
    counted = waiting.aggregate(**columns)
    return [Slot(start, end, counted[f"s{i}"]) for i, (start, end) in enumerate(_pairs(bounds))]


def _deadline_bounds(now: datetime) -> list[datetime]:
    here = clock.local(now)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    rest = [midnight.replace(hour=h) for h in (11, 13, 16, 20)]
    tomorrow = midnight + timedelta(days=1)
    later = [tomorrow, tomorrow + timedelta(hours=12), tomorrow + timedelta(days=1), tomorrow + timedelta(days=2)]
    return [here, *(moment for moment in rest if moment > here), *later]


def _pairs(bounds: list[datetime]) -> list[tuple[datetime | None, datetime]]:
    return [(None, bounds[0]), *pairwise(bounds)]


def _between(start: datetime | None, end: datetime) -> Q:
    return Q(ship_by__lt=end) if start is None else Q(ship_by__gte=start, ship_by__lt=end)


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    shipped: int
    handling_hours: float | None  # Σ(shipped − paid) / orders; None when nothing was shipped


def handling(scope: Orders, now: datetime, days: int = 14) -> list[Day]:
    """Handling time of each of the last business days, in one statement."""
    today = clock.business_day(now)
    start, _ = clock.day_bounds(today - timedelta(days=days - 1))
    _, end = clock.day_bounds(today)
    rows = (
        scope.filter(figures.shipped_in(start, end), paid_at__isnull=False)
        .annotate(day=_business_day("shipped_at"))
        .values_list("day")
        .annotate(n=Count("id"), spent=Sum(figures.WAITED))
        .order_by()
    )
    found = {day: Day(day, n, round(spent.total_seconds() / 3600 / n, 2)) for day, n, spent in rows}
    all_days = (today - timedelta(days=back) for back in range(days - 1, -1, -1))
    return [found.get(day, Day(day, 0, None)) for day in all_days]


def today_by_stage(scope: Orders, now: datetime) -> dict[str, int]:
    """How far today's work is: shipped today, and what still has to leave today by stage. One statement."""
    start, end = clock.day_bounds(clock.business_day(now))
    due = figures.SOLD & Q(ship_by__lt=end)
    return scope.filter(figures.shipped_in(start, end) | (due & figures.NOT_SHIPPED)).aggregate(
        shipped=Count("id", filter=figures.shipped_in(start, end)),
        printed=Count("id", filter=due & Q(fulfilment__in=[Fulfilment.PRINTED, Fulfilment.CHECKED])),
        waiting=Count("id", filter=due & Q(fulfilment=Fulfilment.WAITING, ship_by__gte=now)),
        late=Count("id", filter=due & figures.NOT_SHIPPED & Q(ship_by__lt=now)),
    )


def due_before(scope: Orders, end: datetime) -> int:
    """Sold orders that are still here and must leave before `end` (overdue ones included)."""
    return scope.filter(figures.SOLD, figures.NOT_SHIPPED, ship_by__lt=end).count()


def sold_between(scope: Orders, start: datetime, end: datetime) -> int:
    return scope.filter(figures.sold_in(start, end)).count()


def amount_between(scope: Orders, start: datetime, end: datetime) -> int:
    """What buyers paid in [start, end), in fen."""
    return scope.filter(figures.sold_in(start, end)).aggregate(n=Sum("paid_fen"))["n"] or 0


def mis_ship_percents(scope: Orders, now: datetime, days: int = 14) -> list[float | None]:
    """Mis-ship rate of each of the last business days in percent, in one statement."""
    today = clock.business_day(now)
    start, _ = clock.day_bounds(today - timedelta(days=days - 1))
    _, end = clock.day_bounds(today)
    rows = (
        figures.prepared(scope)
        .filter(figures.shipped_in(start, end))
        .annotate(day=_business_day("shipped_at"))
        .values_list("day")
        .annotate(n=Count("id"), wrong=Count("id", filter=figures.mis_shipped_in(start, end)))
        .order_by()
    )
    found = {day: round(wrong * 100 / n, 2) for day, n, wrong in rows}
    return [found.get(today - timedelta(days=back)) for back in range(days - 1, -1, -1)]


def expected_end(scope: Orders, stages: dict[str, int], now: datetime) -> datetime | None:
    """When today's work is done at the pace of the last two hours; None when nothing is left or nothing moves."""
    left = stages["printed"] + stages["waiting"] + stages["late"]
    pace = scope.filter(figures.shipped_in(now - timedelta(hours=2), now)).count() / 2
    if not left or not pace:
        return None
    return now + timedelta(hours=left / pace)


def _per_hour(scope: Orders, start: datetime, end: datetime) -> Sequence[tuple[str, int, int]]:
    return list(
        scope.filter(figures.SOLD, paid_at__gte=start, paid_at__lt=end)
        .annotate(hour=ExtractHour("paid_at", tzinfo=clock.SHANGHAI))
        .values_list("platform", "hour")
        .annotate(n=Count("id"))
        .order_by()
    )


def _business_day(field: str) -> TruncDate:
    return TruncDate(figures.shifted(field), tzinfo=clock.SHANGHAI)


def _platforms(bars: Sequence[dict[str, int]]) -> tuple[str, ...]:
    """Those that occur, busiest first."""
    totals: dict[str, int] = defaultdict(int)
    for bar in bars:
        for platform, count in bar.items():
            totals[platform] += count
    return tuple(sorted(totals, key=lambda platform: (-totals[platform], platform)))
