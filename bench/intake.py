"""Intake: orders with two lines, encrypted receiver, mapped, stock locked, events written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from bench import raw
from bench.incoming import Seller
from bench.measure import Row, Spent, backend_pid, middle, spent
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.orders import operations as orders

ROUNDS = 6
BATCH = 500
BATCHES_A_ROUND = 4
SINGLES_A_ROUND = 150
PRELOADED = 20_000


def driver(folder: str) -> raw.Sqlite | raw.Postgres:
    """The raw limit's own connection: the same PostgreSQL database, or a second SQLite file beside the first."""
    if connection.vendor == "sqlite":
        return raw.Sqlite(str(Path(folder) / "raw.sqlite3"))
    settings = connection.settings_dict
    return raw.Postgres(f"host={settings['HOST']} port={settings['PORT']} user={settings['USER']} dbname={settings['NAME']}")


def batch(_sizes: list[int]) -> Iterator[Row]:
    """Batches of 500, ours and raw in turn; medians of the rounds. The first batch after migrate, in the note, must not be slow."""
    yield from _compare(BATCH, BATCHES_A_ROUND, preload=True)


def single(_sizes: list[int]) -> Iterator[Row]:
    """One order at a time, a transaction each."""
    yield from _compare(1, SINGLES_A_ROUND, preload=True)


def _compare(size: int, count: int, *, preload: bool) -> Iterator[Row]:
    seller = Seller.make()
    pid = backend_pid()
    first = _ours(seller, BATCH, 1, pid)  # into the freshly migrated database
    tenth = [_ours(seller, BATCH, 1, pid) for _ in range(10)][-1]
    with tempfile.TemporaryDirectory() as folder:
        limit = driver(folder)
        limit_orders = raw.RawOrders()
        if preload:
            for _ in range(PRELOADED // BATCH):
                limit.save(*limit_orders.batch(BATCH))
            _ours(seller, BATCH, PRELOADED // BATCH, pid)
        ours: list[Spent] = []
        raws: list[Spent] = []
        for _ in range(ROUNDS):
            raws.append(_raw(limit, limit_orders, size, count))
            ours.append(_ours(seller, size, count, pid))
    orders_a_round = size * count
    yield Row(
        size=size,
        value=orders_a_round / middle([s.wall for s in ours]),
        unit="orders/s",
        limit=orders_a_round / middle([s.wall for s in raws]),
        cpu_ms=middle([s.cpu for s in ours]) * 1000 / orders_a_round,
        note=f"raw {middle([s.cpu for s in raws]) * 1000 / orders_a_round:.3f} ms cpu;"
        f" first batch {first.wall * 1000:.0f} ms, eleventh {tenth.wall * 1000:.0f} ms",
    )


def _ours(seller: Seller, size: int, count: int, pid: int) -> Spent:
    batches = [seller.orders(size) for _ in range(count)]  # the platform's work, not ours: made before the clock starts
    with spent(pid) as result:
        for each in batches:
            orders.ingest(seller.shop_id, each, source="file", by=SYSTEM, now=clock.now())
    return result


def _raw(limit: raw.Sqlite | raw.Postgres, source: raw.RawOrders, size: int, count: int) -> Spent:
    batches = [source.batch(size) for _ in range(count)]
    save = limit.save if size > 1 else limit.save_one
    with spent(limit.pid) as result:
        for each in batches:
            save(*each)
    return result
