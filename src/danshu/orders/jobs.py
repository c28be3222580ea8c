"""Recurring work of the orders room."""

from danshu.core import clock, jobs
from danshu.orders import operations as orders


@jobs.job(retries=jobs.MOST_CUTS)
def release_due_holds() -> None:
    """Holds whose moment has come end."""
    orders.release_due(now=clock.now())
