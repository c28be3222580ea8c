"""Orders as each platform writes them: translated, taken in with their stock locked, and kept as they came."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx

from bench import raw, simulated
from bench.intake import driver
from bench.measure import Row, Spent, backend_pid, spent
from danshu.catalogue import operations as catalogue
from danshu.channels import payloads, registry
from danshu.channels.connecting import Stream
from danshu.channels.operations import pulling
from danshu.channels.operations.payloads import Piece
from danshu.core import clock, http
from danshu.core.actor import SYSTEM
from danshu.flows.intake_shops import save_orders
from danshu.stock import operations as stock
from danshu.stock.models import Warehouse
from danshu_simulator import fronts, goods, ordering
from danshu_simulator.exchange import Exchange
from danshu_simulator.simulator import Simulator
from danshu_simulator.web import Request

ORDERS = int(os.environ.get("DANSHU_BENCH_PLATFORM_ORDERS", "10000"))
BATCH = 500
LINES = 2  # as in the raw limit


class InMemory(httpx.BaseTransport):
    """Calls reach the simulated platforms without a network."""

    def __init__(self, simulator: Simulator) -> None:
        self.fronts, self.exchange = simulator.fronts, Exchange(simulator.world)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        first, _, rest = request.url.path.lstrip("/").partition("/")
        headers = {name.lower(): value for name, value in request.headers.items()}
        query, target = request.url.query.decode(), request.url.raw_path.decode()
        fate = self.exchange.call(self.fronts[first], Request(request.method, f"/{rest}", query, headers, request.read(), target))
        if fate.answer is None:
            raise httpx.ReadError("nothing came back", request=request)
        return httpx.Response(fate.answer.status, headers=fate.answer.headers, content=fate.answer.body, request=request)


def intake_platforms(_sizes: list[int]) -> Iterator[Row]:
    """CPU milliseconds of one order, from the platform's body to the committed rows; the bare insertion of as many beside it."""
    simulator = Simulator(seed=7)
    http.Client = functools.partial(http.Client, transport=InMemory(simulator))  # type: ignore[misc,assignment] # a network costs CPU too
    http.take_token = lambda *_args, **_more: 0.0  # bodies are made before the clock starts: they need not wait for their turn
    warehouse = Warehouse.objects.create(name="bench")
    limit = _raw()
    with simulator:
        for platform in fronts.MODULES:
            yield _row(simulator, platform, warehouse.pk, limit)


def _row(simulator: Simulator, platform: str, warehouse_id: int, limit: Spent) -> Row:
    shop, theirs = simulated.open_shop(simulator, platform, warehouse_id)
    items = ordering.put_up(simulator.world, theirs.key, goods.invented(20, Random(7), stock=10_000_000, code=platform))
    codes = [sku.merchant_code for item in items for sku in item.skus]
    ids = catalogue.save_skus([catalogue.SkuDraft(code=code, name=code) for code in codes], by=SYSTEM, now=clock.now())
    stock.open_stock([stock.Piece(pk, warehouse_id, 10_000_000) for pk in ids], by=SYSTEM, now=clock.now())
    pieces = _bodies(simulator, platform, shop.pk, theirs.key, codes)
    connector = registry.load(platform)
    assert connector is not None
    with spent() as translating:
        for piece in pieces:
            connector.order(piece.body)
    place = pulling.desk(shop.pk, Stream.ORDERS)
    with spent(backend_pid()) as ours:
        for start in range(0, ORDERS, BATCH):
            taken = place.taker(save_orders, by=SYSTEM, tick=clock.now).store(pieces[start : start + BATCH])
            if taken.new != BATCH:
                raise SystemExit(f"{platform}: {taken.new} of {BATCH} orders came in: {list(taken.failed.values())[:2]}")
    each = ours.cpu * 1000 / ORDERS
    note = f"{platform}; of it translating {translating.cpu * 1000 / ORDERS:.3f} ms; {ORDERS / ours.wall:,.0f} orders/s"
    return Row(ORDERS, each, "ms cpu", limit.cpu * 1000 / ORDERS, each, note)


def _bodies(simulator: Simulator, platform: str, shop_id: int, key: str, codes: list[str]) -> list[Piece]:
    """What the adapter fetches of paid orders with two lines each."""
    world, rng = simulator.world, Random(7)
    lines = 1 if platform == "pdd" else LINES  # an order there is one thing bought
    numbers = []
    for _ in range(ORDERS):
        wanted = [ordering.Wanted(1, merchant_code=code) for code in rng.sample(codes, lines)]
        numbers.append(ordering.place(world, key, wanted, is_paid=True).no)
    place = pulling.desk(shop_id, Stream.ORDERS)
    pieces, size, at = [], place.connector.abilities.fetch_size, clock.now()
    for start in range(0, ORDERS, size):
        for one in place.connector.fetch(place.access, Stream.ORDERS, numbers[start : start + size]):
            if one.body is None:
                raise SystemExit(f"{platform}: {one}")
            pieces.append(Piece(one.no, one.body, None, at, payloads.encode(one.body)))
    return pieces


def _raw() -> Spent:
    with tempfile.TemporaryDirectory() as folder:
        limit, source = driver(str(Path(folder))), raw.RawOrders()
        batches = [source.batch(BATCH) for _ in range(ORDERS // BATCH)]
        with spent(limit.pid) as result:
            for each in batches:
                limit.save(*each)
    return result
