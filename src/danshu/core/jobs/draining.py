"""Running what is due right here, without a worker: for tests and for commands that want to see the end."""

from __future__ import annotations

from datetime import datetime

from danshu.core import clock
from danshu.core.jobs import engines
from danshu.core.jobs.execution import execute
from danshu.core.jobs.tickets import Verdict


def drain(*, now: datetime | None = None, raising: bool = True) -> int:
    """Run every job due at `now` in this process, also those that they enqueue, and return how many ran.

    Jobs that fail wait for their retry like always; with `raising` the first error is raised when all is done, so that a test
    does not miss it.
    """
    engine = engines.engine()
    ran = 0
    first: BaseException | None = None
    while True:
        batch = engine.claim(1, now or clock.now())
        if not batch:
            break
        outcome = execute(batch[0])
        engine.finish([(batch[0], outcome)], clock.now())
        ran += 1
        if outcome.verdict is not Verdict.DONE:
            first = first or outcome.cause
    if first is not None and raising:
        raise first
    return ran
