"""Messages of a shop's own programs are heard once each."""

from __future__ import annotations

from datetime import datetime, timedelta

from danshu.channels.models import HeardMessage
from danshu.core import bulk

KEPT = timedelta(days=7)  # senders try again for days, under the same id


def is_first(shop_id: int, message_id: str, *, now: datetime) -> bool:
    """Whether nobody heard this message before; from now on somebody has. Part of the caller's transaction: what fails was not heard,
    and of two at the same moment one waits for the other. One statement."""
    row = (shop_id, message_id, now)
    columns = ("shop_id", "message_id", "at")
    return bool(bulk.insert(HeardMessage, columns, [row], conflict=("shop_id", "message_id"), returning=("id",)))


def forget(*, now: datetime) -> int:
    return HeardMessage.objects.filter(at__lt=now - KEPT).delete()[0]
