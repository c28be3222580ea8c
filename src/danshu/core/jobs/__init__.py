"""Background jobs: one seam, two engines (Procrastinate on PostgreSQL, our own runner on SQLite).

    @jobs.job(retries=3)
    def pull_shop(shop_id: int) -> None: ...

    pull_shop.enqueue(shop_id=7)                                    # in the caller's transaction
    pull_shop.using(dedupe="pull:7", run_after=timedelta(minutes=5)).enqueue(shop_id=7)

At least once: a job may run twice, so it must not mind. It sees nothing of an uncommitted transaction, and a transaction that rolls
back enqueues nothing.
"""

from danshu.core.jobs.care import cancel, dead, dismiss_dead, overview, prune, retry_dead
from danshu.core.jobs.draining import drain
from danshu.core.jobs.engines import QueueState
from danshu.core.jobs.execution import Attempt, current, progressed
from danshu.core.jobs.registry import CLOCKS, JOBS, MOST_CUTS, JobFunction, Order, job, schedule
from danshu.core.jobs.tickets import GiveUp, RetryWith

__all__ = [
    "CLOCKS",
    "JOBS",
    "MOST_CUTS",
    "Attempt",
    "GiveUp",
    "JobFunction",
    "Order",
    "QueueState",
    "RetryWith",
    "cancel",
    "current",
    "dead",
    "dismiss_dead",
    "drain",
    "job",
    "overview",
    "progressed",
    "prune",
    "retry_dead",
    "schedule",
]
