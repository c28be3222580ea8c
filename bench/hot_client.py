"""One client of the hot SKU, in a process of its own: `python -m bench.hot_client raw|ours KEY NUMBER`."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator

import django
import psycopg

django.setup()

from django.db import connection  # noqa: E402 - needs the set-up above

from bench.hot import SECONDS  # noqa: E402 - the same
from danshu.core import clock  # noqa: E402 - the same
from danshu.core.actor import SYSTEM  # noqa: E402 - the same
from danshu.stock import operations as stock  # noqa: E402 - the same

BARE = "UPDATE stock_balance SET locked = locked + 1 WHERE id = {mark} AND on_hand - locked - buffer >= 1"


def client(kind: str, key: int, number: int) -> None:
    work = _raw_lock(key) if kind == "raw" else _our_lock(key, number)
    next(work)
    print("ready", flush=True)
    start = float(sys.stdin.readline())
    time.sleep(max(start - time.time(), 0))
    before, count, end = time.process_time(), 0, start + SECONDS
    while time.time() < end:
        next(work)
        count += 1
    print(count, time.process_time() - before)


def _our_lock(sku_id: int, number: int) -> Iterator[None]:
    demand = number * 10**12 + int(time.time() * 1000) % 10**8 * 1000  # no two clients and no two rounds meet
    connection.ensure_connection()
    yield
    while True:
        stock.reserve([stock.Demand(owner_id=demand, demand_id=demand, sku_id=sku_id, quantity=1)], by=SYSTEM, now=clock.now())
        demand += 1
        yield


def _raw_lock(balance_id: int) -> Iterator[None]:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        file = sqlite3.connect(settings["NAME"], timeout=20, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            file.execute(f"PRAGMA {pragma}")
        yield
        while True:
            file.execute(BARE.format(mark="?"), (balance_id,))
            yield
    server = psycopg.connect(host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"], autocommit=True)
    yield
    while True:
        server.execute(BARE.format(mark="%s"), (balance_id,))
        yield


if __name__ == "__main__":
    client(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
