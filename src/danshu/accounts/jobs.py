"""Jobs of the accounts room."""

from __future__ import annotations

from danshu.accounts import operations as accounts
from danshu.core import clock, jobs


@jobs.job(retries=jobs.MOST_CUTS)
def forget_old_answers() -> None:
    accounts.forget_answers(now=clock.now())
