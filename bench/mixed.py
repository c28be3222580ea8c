"""Release lag: from the second at which an unpaid lock ends to its release, while orders, cancellations, shipments, counts, transfers and
receipts go on around it.

The limit beside it is the promise: five seconds at the 99th percentile. `DANSHU_BENCH_MIXED_SECONDS` makes the load last longer; a
deadlock, or any other error of a client, fails the figure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from django.db import connection

from bench.measure import Row
from bench.push import at_work
from danshu.catalogue.models import BundlePart, Sku
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.stock import lags, queries
from danshu.stock import operations as stock
from danshu.stock.models import Reservation, Warehouse

SECONDS = int(os.environ.get("DANSHU_BENCH_MIXED_SECONDS", "30"))
PER_SECOND = 50  # orders, of all clients together
CLIENTS = 4
SKUS, BUNDLES = 40, 8
STOCK = 1_000_000


def release_lag(_sizes: list[int]) -> Iterator[Row]:
    """Seconds at the 99th percentile; the median, how many, and the database's own count of deadlocks in the note."""
    _ground()
    before = _deadlocks()
    with at_work():
        time.sleep(3)
        cpu = sum(map(_end, [_client(number) for number in range(CLIENTS)]))
        _until_let_go()
    lag, deadlocks = lags.expiries(clock.now()), _deadlocks() - before
    wrong = queries.check()
    if lag is None or wrong or deadlocks:
        raise SystemExit(f"{deadlocks} deadlocks, {len(wrong)} counters that are wrong, lag {lag}")
    note = f"p50 {lag.p50:.2f} s, max {lag.most:.2f} s, {lag.count} locks that ended, {SECONDS} s, no deadlock, every counter right"
    yield Row(PER_SECOND, lag.p99, "s", lags.PROMISE, cpu * 1000 / (PER_SECOND * SECONDS), note)


def _ground() -> None:
    """Two warehouses, goods, and bundles of two of them."""
    now = clock.now()
    places = Warehouse.objects.bulk_create(Warehouse(name=name, priority=n) for n, name in enumerate(("near", "far"), 1))
    goods = Sku.objects.bulk_create(
        Sku(code=f"M{n:03}", loose_code=f"M{n:03}", name="bench", is_bundle=n >= SKUS, created_at=now, updated_at=now)
        for n in range(SKUS + BUNDLES)
    )
    singles, bundles = goods[:SKUS], goods[SKUS:]
    BundlePart.objects.bulk_create(
        BundlePart(bundle=bundle, part=singles[(at + n) % SKUS], quantity=1 + n) for at, bundle in enumerate(bundles) for n in (0, 1)
    )
    stock.receive([stock.Piece(sku.pk, place.pk, STOCK) for sku in singles for place in places], by=SYSTEM, now=now)


def _client(number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.mixed_client", str(number), str(PER_SECOND / CLIENTS), str(SECONDS)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)


def _end(client: subprocess.Popen[str]) -> float:
    said = client.communicate()[0]
    if client.returncode:
        raise SystemExit("a client failed")
    return float(said)


def _until_let_go() -> None:
    patience = time.monotonic() + 60
    waiting = Reservation.objects.filter(state="held", expires_at__isnull=False)
    while waiting.exists() and time.monotonic() < patience:
        time.sleep(0.2)
    if waiting.exists():
        raise SystemExit("locks that ended were never let go")


def _deadlocks() -> int:
    if connection.vendor != "postgresql":
        return 0
    time.sleep(1.5)  # its statistics are written with a delay
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
