"""The whole demo, from the first account to this minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from danshu.cli.demo import FULL, Size, desk, found, life


def tell(now: datetime, size: Size = FULL) -> None:
    """Fill an empty house so that its last day is today and its last minute is `now`. Jobs it left are to be run by the caller."""
    founded = found.found(now - timedelta(days=size.days), now, size)
    desk.leave(life.live(founded, now, size), now)
