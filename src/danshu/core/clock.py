"""Time: stored in UTC, spoken in the seller's zone, and days that end when the seller says they do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return timezone.now()


def local(moment: datetime) -> datetime:
    """The moment in the seller's zone."""
    return moment.astimezone(SHANGHAI)


def from_platform(naive: datetime) -> datetime:
    """A platform's wall-clock time (always Asia/Shanghai) as an aware moment."""
    return naive.replace(tzinfo=SHANGHAI)


def business_day(moment: datetime) -> date:
    """The day a moment counts for: days are cut at `DANSHU_DAY_CUT_HOUR`, so with 4 an order of 03:59 belongs to yesterday."""
    return (local(moment) - timedelta(hours=settings.DAY_CUT_HOUR)).date()


def day_code(moment: datetime) -> str:
    """The business day of a moment as `yymmdd`."""
    return f"{business_day(moment):%y%m%d}"


def written(moment: datetime) -> str:
    """A moment as the database holds it, where it is handed on as text: UTC, on SQLite without saying so. Texts sort as the moments do."""
    if moment.tzinfo is None:
        raise ValueError(f"A moment without a zone: {moment}")
    utc = moment.astimezone(UTC)
    return utc.isoformat(" ") if settings.ON_POSTGRES else utc.isoformat(" ")[:-6]


def day_bounds(first: date, last: date | None = None) -> tuple[datetime, datetime]:
    """[start, end) of business day `first`, or of `first` … `last` inclusive."""
    cut = time(settings.DAY_CUT_HOUR, tzinfo=SHANGHAI)
    return datetime.combine(first, cut), datetime.combine((last or first) + timedelta(days=1), cut)
