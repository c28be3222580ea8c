"""From a platform to the board: a real worker and web server, real time, one simulated shop that is asked, one that also rings, and one
that tells on a line of ours."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from random import Random

from bench import simulated
from bench.live import server
from bench.measure import Row, middle, percentile, spent
from danshu.catalogue import operations as catalogue
from danshu.channels.models import ShopConnection
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.orders.models import Order, Refund
from danshu.stock import operations as stock
from danshu.stock.models import Warehouse
from danshu_simulator import goods, ordering, refunding
from danshu_simulator.simulator import Simulator

SECONDS = int(os.environ.get("DANSHU_BENCH_LAG_SECONDS", "75"))
BY_POLL, BY_PUSH = 60.0, 3.0  # what is promised, in seconds


def intake_lag(_sizes: list[int]) -> Iterator[Row]:
    """Seconds at the 95th percentile from a paid order at the platform to ours being committed; one order a second in each shop. Then the
    same for wishes for money."""
    warehouse = Warehouse.objects.create(name="bench")
    with Simulator(seed=7) as simulator:
        asked, theirs_asked = _shop(simulator, "channels", warehouse.pk)
        rung, theirs_rung = _shop(simulator, "woocommerce", warehouse.pk, webhook_secret="ring")
        told, theirs_told = _shop(simulator, "pdd", warehouse.pk)
        with server() as port:
            key = ShopConnection.objects.get(pk=rung).hook_key
            ring = {"url": f"http://127.0.0.1:{port}/hooks/{rung}/{key}/", "secret": "ring"}
            ordering.change_shop(simulator.world, theirs_rung, callback=ring)
            _until_told(simulator, theirs_told)
            time.sleep(5)  # the first reading is over
            yield from _measure(simulator, {asked: theirs_asked, rung: theirs_rung, told: theirs_told})


def _until_told(simulator: Simulator, key: str) -> None:
    """Until our worker holds the line and the platform tells of the shop on it."""
    patience = time.monotonic() + 60
    while not (simulator.pusher.lines.apps() and simulator.world.shop(key).options.get("is_told")):
        if time.monotonic() > patience:
            raise SystemExit("nobody listens")
        time.sleep(0.1)


def _shop(simulator: Simulator, platform: str, warehouse_id: int, **secrets: str) -> tuple[int, str]:
    ours, theirs = simulated.open_shop(simulator, platform, warehouse_id, **secrets)
    items = ordering.put_up(simulator.world, theirs.key, goods.invented(5, Random(7), stock=1_000_000, code=platform))
    codes = [sku.merchant_code for item in items for sku in item.skus]
    ids = catalogue.save_skus([catalogue.SkuDraft(code=code, name=code) for code in codes], by=SYSTEM, now=clock.now())
    stock.open_stock([stock.Piece(pk, warehouse_id, 1_000_000) for pk in ids], by=SYSTEM, now=clock.now())
    return ours.pk, theirs.key


def _measure(simulator: Simulator, shops: dict[int, str]) -> Iterator[Row]:
    world, watch = simulator.world, _Watch()
    paid: dict[int, dict[str, float]] = {pk: {} for pk in shops}
    asked: dict[int, dict[str, float]] = {pk: {} for pk in shops}
    asked_pk, rung_pk, told_pk = shops
    with spent() as used:
        for second in range(SECONDS):
            for pk, key in shops.items():
                order = ordering.place(world, key, [ordering.Wanted(1, merchant_code=f"{key.split('-')[0]}-001-1")], is_paid=True)
                paid[pk][order.no] = time.time()
                if second % 3 == 0 and pk in {asked_pk, told_pk}:
                    wish = refunding.ask(world, key, order.no)
                    asked[pk][wish.no] = time.time()
            watch.look(time.time() + 1)
        watch.look(time.time() + 75, until=lambda: watch.has(paid, asked))
    words = ((asked_pk, BY_POLL, "asked every 30 s"), (rung_pk, BY_PUSH, "rung"), (told_pk, BY_PUSH, "told on a line"))
    for pk, limit, word in words:
        yield _row(watch.lags(Order, paid[pk]), limit, used.cpu, f"paid orders, {word}")
    for pk, limit, word in (words[0], words[2]):
        yield _row(watch.lags(Refund, asked[pk]), limit, used.cpu, f"wishes for money, {word}")


class _Watch:
    """When each number was first seen by another connection than the one that wrote it."""

    def __init__(self) -> None:
        self._seen: dict[type[Order | Refund], dict[str, float]] = {Order: {}, Refund: {}}
        self._last: dict[type[Order | Refund], int] = {Order: 0, Refund: 0}

    def look(self, end: float, *, until: Callable[[], bool] = lambda: False) -> None:
        while time.time() < end and not until():
            orders = Order.objects.filter(pk__gt=self._last[Order]).order_by("pk").values_list("pk", "platform_no")
            refunds = Refund.objects.filter(pk__gt=self._last[Refund]).order_by("pk").values_list("pk", "refund_no")
            for model, rows in ((Order, list(orders)), (Refund, list(refunds))):
                for pk, no in rows:
                    self._seen[model].setdefault(no, time.time())
                    self._last[model] = pk
            time.sleep(0.05)

    def has(self, paid: dict[int, dict[str, float]], asked: dict[int, dict[str, float]]) -> bool:
        orders = {no for some in paid.values() for no in some}
        return orders <= self._seen[Order].keys() and {no for some in asked.values() for no in some} <= self._seen[Refund].keys()

    def lags(self, model: type[Order | Refund], since: dict[str, float]) -> list[float]:
        seen = self._seen[model]
        if missing := since.keys() - seen.keys():
            raise SystemExit(f"{len(missing)} of {len(since)} never came: {sorted(missing)[:3]}")
        return [seen[no] - at for no, at in since.items()]


def _row(lags: list[float], limit: float, cpu: float, word: str) -> Row:
    note = f"{word}: p50 {middle(lags):.2f} s, max {max(lags):.2f} s"
    return Row(len(lags), percentile(lags, 0.95), "s", limit, cpu * 1000 / max(1, len(lags)), note)
