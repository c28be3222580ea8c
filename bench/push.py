"""Commit to push: from the commit of a sale to the sandbox platform showing the new number, while orders keep coming.

The limit beside it is the two seconds that changes of one SKU are gathered on purpose.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.measure import Row, middle, percentile, spent
from danshu.catalogue.models import Listing, Sku
from danshu.channels import registry
from danshu.channels.connecting import ListingKey
from danshu.channels.models import Offer, Shop
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.stock import operations as stock
from danshu.stock.models import Warehouse

SKUS, SHOPS = 100, 3
PER_SECOND, SECONDS = 50, 24
GATHERED = 2.0
STOCK = 100_000


def commit_to_push(_sizes: list[int]) -> Iterator[Row]:
    """Seconds at the 95th percentile over all sales and shops, at 50 sales a second; median and maximum in the note."""
    sku_ids, shops = _ground()
    with at_work():
        _until_said(len(sku_ids) * len(shops))
        with spent() as used:
            sales = _sell(sku_ids)
        _until_quiet()
    late = [wait for shop in shops for wait in _waits(shop, sales)]
    note = f"p50 {middle(late):.2f} s, max {max(late):.2f} s, {len(late)} numbers"
    yield Row(PER_SECOND, percentile(late, 0.95), "s", GATHERED, used.cpu * 1000 / len(sales), note)


def _ground() -> tuple[list[int], list[Shop]]:
    now = clock.now()
    place = Warehouse.objects.create(name="bench")
    goods = Sku.objects.bulk_create(
        Sku(code=f"B{n:03}", loose_code=f"B{n:03}", name="bench", created_at=now, updated_at=now) for n in range(SKUS)
    )
    shops = [Shop.objects.create(name=f"bench {n}", platform="sandbox", created_at=now) for n in range(SHOPS)]
    Listing.objects.bulk_create(
        Listing(
            shop=shop, key=f"item:{sku.pk}/sku:1", platform_item_id=str(sku.pk), platform_sku_id="1", sku=sku, seen_at=now, created_at=now
        )
        for shop in shops
        for sku in goods
    )
    ids = [sku.pk for sku in goods]
    stock.receive([stock.Piece(pk, place.pk, STOCK) for pk in ids], by=SYSTEM, now=now)
    return ids, shops


def _sell(sku_ids: list[int]) -> list[tuple[int, int, float]]:
    """(SKU, pieces left after it, second of its commit); a few SKUs sell most, as they do."""
    left = dict.fromkeys(sku_ids, STOCK)
    sales = []
    start = time.time()
    for number in range(PER_SECOND * SECONDS):
        time.sleep(max(0.0, start + number / PER_SECOND - time.time()))
        sku_id = sku_ids[number * number % 97 % len(sku_ids)]
        stock.reserve([stock.Demand(number + 1, number + 1, sku_id, 1)], by=SYSTEM, now=clock.now())
        left[sku_id] -= 1
        sales.append((sku_id, left[sku_id], time.time()))
    return sales


def _waits(shop: Shop, sales: list[tuple[int, int, float]]) -> list[float]:
    """How long each sale took to show in the shop: until the first number that was not larger was taken."""
    said: dict[ListingKey, list[tuple[int, float]]] = {}
    for key, quantity, at in _shelf(shop).said():
        said.setdefault(key, []).append((quantity, at))
    waits = []
    for sku_id, left, committed in sales:
        shown = [at for quantity, at in said.get(ListingKey(str(sku_id), "1"), []) if quantity <= left]
        if not shown:
            raise SystemExit(f"shop {shop.pk} was never told that {left} pieces of {sku_id} are left")
        waits.append(max(0.0, shown[0] - committed))
    return waits


def _shelf(shop: Shop) -> Any:
    """The platform's own memory of the shop."""
    connector: Any = registry.load("sandbox")
    return connector.shelf(shop.pk)


def _until_said(count: int) -> None:
    """The first comparison says everything once."""
    patience = time.monotonic() + 120
    while Offer.objects.filter(pushed__isnull=False).count() < count:
        if time.monotonic() > patience:
            raise SystemExit("the worker did not push anything")
        time.sleep(0.2)


def _until_quiet() -> None:
    patience = time.monotonic() + 60
    time.sleep(4)
    while Offer.objects.filter(is_due=True).exists() and time.monotonic() < patience:
        time.sleep(0.2)


@contextmanager
def at_work() -> Iterator[None]:
    """With a worker, as an installation has one."""
    process = subprocess.Popen([sys.executable, "-m", "danshu.cli", "worker"], env=os.environ, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
