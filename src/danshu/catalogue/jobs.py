"""Background work of the catalogue."""

from __future__ import annotations

from pathlib import Path

from danshu.catalogue import product_tables
from danshu.core import clock, jobs
from danshu.core.actor import Actor


@jobs.job(retries=3)
def import_products(run_id: int, kind: str, path: str, actor_id: int | None, actor_name: str, result_url: str) -> None:
    """Take in a table of products; running again after a crash finds the rows that are in and leaves them."""

    by = Actor(actor_id, actor_name)
    product_tables.IMPORTERS[kind].take(Path(path), run_id=run_id, extra={}, by=by, now=clock.now(), result_url=result_url)
