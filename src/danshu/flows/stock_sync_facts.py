"""Which SKUs moved: the push engine reads the facts instead of answering them (`core/following.py`)."""

from __future__ import annotations

from datetime import datetime

from danshu.channels.operations import syncs
from danshu.core.following import Fact, follow
from danshu.core.reactions import kind_of
from danshu.stock.events import StockChanged

MARK = "stock-sync.mark"
KIND = kind_of(StockChanged)


def absorb(*, now: datetime) -> int:
    """Put every SKU that moved since the last time on the waiting list. Returns the number of new facts. Safe to run twice, and to stop
    anywhere. Before the first day nothing is read: the full comparison says everything once."""
    return follow(MARK, [KIND], _gather, now=now)


def _gather(facts: list[Fact]) -> None:
    moved: dict[int, datetime] = {}
    for _pk, _kind, payload, at in facts:
        for sku_id in payload["sku_ids"]:
            moved[sku_id] = min(moved.get(sku_id, at), at)
    syncs.gather(moved)
