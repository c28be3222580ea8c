"""Background work of the stock."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from danshu.core import clock, jobs
from danshu.core.actor import Actor
from danshu.stock import lags
from danshu.stock import operations as stock
from danshu.stock.opening import OPENING

BETWEEN_ROUNDS = timedelta(seconds=12)


@jobs.job(retries=3)
def import_stock(run_id: int, path: str, actor_id: int | None, actor_name: str, result_url: str) -> None:
    """Take in a table of quantities; running again after a crash counts to the same numbers."""
    by = Actor(actor_id, actor_name)
    OPENING.take(Path(path), run_id=run_id, extra={}, by=by, now=clock.now(), result_url=result_url)


@jobs.job(priority=5)
def expire_unpaid() -> None:
    """Let go of unpaid locks whose time is over, and come back at the very second when the next one ends.

    The schedule starts it every ten seconds, so a lock that ends between two rounds is due to a job of its own, not to the next round.
    """
    now = clock.now()
    stock.expire_due(now)
    soon = lags.next_expiry(now, BETWEEN_ROUNDS)
    if soon is not None:
        second = soon.replace(microsecond=0) + timedelta(seconds=1 if soon.microsecond else 0)
        expire_unpaid.using(run_after=second, dedupe=f"expire-unpaid:{int(second.timestamp())}").enqueue()
