"""How long after their moment locks are let go: measured from the rows themselves, promised to be 5 seconds at the 99th percentile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from danshu.stock.models import Reservation

PROMISE = 5.0  # seconds
SINCE = timedelta(days=7)
MOST = 5000  # the newest so many
STEPS = (1, 2, 5, 10, 60)


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds, rounded to hundredths. `steps` are (up to so many seconds or None for more, how many)."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float
    steps: tuple[tuple[int | None, int], ...]

    @property
    def is_kept(self) -> bool:
        return self.p99 <= PROMISE


def of(seconds: Sequence[float]) -> Lag | None:
    """None where nothing was measured."""
    found = sorted(max(0.0, value) for value in seconds)
    if not found:
        return None

    def percentile(share: float) -> float:
        return round(found[min(len(found) - 1, int(share * len(found)))], 2)

    edges: list[tuple[int | None, float, float]] = [*zip(STEPS, (-1, *STEPS[:-1]), STEPS, strict=True), (None, STEPS[-1], float("inf"))]
    steps = tuple((name, sum(low < value <= high for value in found)) for name, low, high in edges)
    return Lag(len(found), percentile(0.5), percentile(0.95), percentile(0.99), round(found[-1], 2), steps)


def expiries(now: datetime) -> Lag | None:
    """From the moment an unpaid lock ended to its release, in the last seven days."""
    found = Reservation.objects.filter(state=Reservation.State.EXPIRED, closed_at__gte=now - SINCE, expires_at__isnull=False)
    pairs = found.order_by("-closed_at").values_list("expires_at", "closed_at")[:MOST]
    return of([(closed - due).total_seconds() for due, closed in pairs if due and closed])


def next_expiry(now: datetime, within: timedelta) -> datetime | None:
    """The next moment at which an unpaid lock ends, if it comes so soon; found by index."""
    found = Reservation.objects.filter(state=Reservation.State.HELD, expires_at__gt=now, expires_at__lte=now + within)
    return found.order_by("expires_at").values_list("expires_at", flat=True).first()


def released_at(owner_ids: Sequence[int]) -> dict[int, datetime]:
    """Owner → when the last of what it held was let go."""
    found = Reservation.objects.filter(state=Reservation.State.RELEASED, owner_id__in=owner_ids).values_list("owner_id", "closed_at")
    return {owner_id: closed for owner_id, closed in found.order_by("closed_at") if closed}
