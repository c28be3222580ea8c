"""Jobs of the notify room."""

from __future__ import annotations

from collections.abc import Sequence

from danshu.core import clock, jobs
from danshu.notify import operations as notify


@jobs.job(queue="webhooks", retries=3)
def deliver(webhook_id: int) -> None:
    notify.deliver(webhook_id)


@jobs.job(retries=jobs.MOST_CUTS)
def forget_old_deliveries() -> None:
    notify.forget_old(now=clock.now())


def wake(webhook_ids: Sequence[int]) -> None:
    """Have what is due delivered; one run per webhook waits."""
    deliver.using(dedupe=lambda given: f"webhook:{given['webhook_id']}").enqueue_many([{"webhook_id": pk} for pk in webhook_ids])
