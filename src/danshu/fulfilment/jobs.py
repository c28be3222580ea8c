"""Recurring work. Jobs that a story enqueues stand in its file: `printing.draw_in_background`, `shipping.ship_in_background`."""

from __future__ import annotations

from datetime import timedelta

from danshu.core import clock, jobs
from danshu.fulfilment import waybill_rejects
from danshu.fulfilment.operations import printing

KEEP_PAPERS = timedelta(days=7)


@jobs.job()
def sweep_papers() -> None:
    printing.sweep(clock.now() - KEEP_PAPERS)
    waybill_rejects.sweep(clock.now() - KEEP_PAPERS)
