"""Moments as WeChat Channels says them; the rest is `channels/documented_bodies.py`."""

from __future__ import annotations

from datetime import UTC, datetime

from danshu.channels.connecting import Body
from danshu.channels.documented_bodies import bad, whole

LAST_SECOND = 4_102_444_800  # 2100


def moment(body: Body, key: str) -> datetime | None:
    """Seconds since 1970; 0 = not yet."""
    seconds = whole(body, key)
    if seconds == 0:
        return None
    if seconds >= LAST_SECOND:
        raise bad(key)
    return datetime.fromtimestamp(seconds, UTC)
