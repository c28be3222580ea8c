"""The platforms behind the demo's shops: the simulator sells the same goods, knows the orders that are still open, and lets buyers come.

The demo connects its shops as a seller would, only that their gateway is this machine (docs/mechanisms/simulator.md).
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from danshu.catalogue.models import Sku
from danshu.channels import registry
from danshu.channels.connecting import Grant
from danshu.channels.models import Shop
from danshu.channels.operations import connecting, granting
from danshu.cli.demo.goods import Good, bundles, goods
from danshu.cli.demo.sales import SHOPS, item_of
from danshu.core import clock, http
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders import receiver
from danshu.orders.models import Order
from danshu.orders.states import OPEN, Refund
from danshu.stock import queries as stock

FRONTS = {"tmall": "taobao"}  # Tmall's shops stand on Taobao's platform
MEANS = {"app_key": "app_key", "client_id": "app_key", "app_id": "app_key", "app_secret": "app_secret", "client_secret": "app_secret"}
REASON = "不想要了"
PER_HOUR = 240  # orders of all shops: somebody who looks sees one come within a minute


def argv() -> list[str]:
    """The simulator's process, on its own port and with its own folder beside our data."""
    folder = Path(settings.MEDIA_ROOT).parent / "simulator"
    return [sys.executable, "-m", "danshu_simulator", "--data", str(folder), "--port", str(settings.SIMULATOR_PORT)]


def open_up(*, by: Actor) -> int:
    """Put the demo's shops up on the simulated platforms, and connect them. Returns how many."""
    with running() as simulator:
        fronts = set(simulator.ask("GET", "/")["platforms"])
        shops = [shop for shop in Shop.objects.order_by("pk") if FRONTS.get(shop.platform, shop.platform) in fronts]
        for shop in shops:
            _open(simulator, shop, by=by)
    return len(shops)


def _open(simulator: Simulator, shop: Shop, *, by: Actor) -> None:
    front = FRONTS.get(shop.platform, shop.platform)
    made = simulator.ask("POST", "/shops", {"platform": front, "name": shop.name, "key": f"demo-{shop.pk}"})
    place = f"/shops/{made['key']}"
    open_orders = list(Order.objects.filter(shop=shop, fulfilment__in=OPEN, split_from=None).prefetch_related("lines").order_by("pk"))
    simulator.ask("POST", f"{place}/items", {"items": _items(open_orders)})
    for order in open_orders:
        simulator.ask("POST", f"{place}/orders", _order(order))
        if order.refund == Refund.REQUESTED:
            simulator.ask("POST", f"{place}/orders/{order.platform_no}/refund", {"reason": REASON})
    now = clock.now()
    connector = registry.load(shop.platform)
    assert connector is not None  # it has a front
    values = {field.name: made[MEANS[field.name]] for field in connector.fields if field.name in MEANS}
    connecting.connect(shop.pk, values, by=by, now=now, reach_days=0, gateway=f"{simulator.url}/{front}")
    if connector.abilities.can_authorize:
        granting.grant(shop.pk, _grant(made), by=by, now=now)
    share = next(each.share for each in SHOPS if each.name == shop.name)
    simulator.ask("PUT", f"{place}/life", {"orders_per_hour": PER_HOUR * share / 100})


def _grant(made: dict[str, Any]) -> Grant:
    ends, refresh_ends = (datetime.fromtimestamp(made[name] / 1000, tz=clock.SHANGHAI) for name in ("token_ends_ms", "refresh_ends_ms"))
    return Grant(made["access_token"], made["refresh_token"], ends, refresh_ends, made["number"], made["name"])


def _items(open_orders: Sequence[Order]) -> list[dict[str, Any]]:
    """All goods with the pieces that can be sold, and those that the open orders hold already."""
    ids = dict(Sku.objects.values_list("code", "pk"))
    free = stock.sellable(ids.values())
    wanted: Counter[str] = Counter()
    for order in open_orders:
        for line in order.lines.all():
            wanted[line.merchant_code] += line.quantity
    items = [_item(good, free[ids[good.code]] + wanted[good.code]) for good in (*goods(), *bundles()) if good.code in ids]
    unknown = [code for code in wanted if code not in ids]  # a product that nobody has mapped yet
    return items + [_unknown(open_orders, code, wanted[code]) for code in unknown]


def _item(good: Good, pieces: int) -> dict[str, Any]:
    item_id, sku_id = item_of(good)
    sku = {"sku_id": sku_id, "merchant_code": good.code, "spec": good.spec, "price_fen": good.price_fen, "barcode": good.barcode}
    return {"title": f"木屿 {good.name}", "item_id": item_id, "skus": [{**sku, "stock": pieces}]}


def _unknown(open_orders: Sequence[Order], code: str, pieces: int) -> dict[str, Any]:
    line = next(line for order in open_orders for line in order.lines.all() if line.merchant_code == code)
    return {"title": line.title, "skus": [
        {"merchant_code": code, "spec": line.spec, "price_fen": line.price_fen, "stock": pieces}
    ]}  # fmt: skip


def _order(order: Order) -> dict[str, Any]:
    """As its platform knows it."""
    to = receiver.plain(order)
    lines = [
        {"merchant_code": line.merchant_code, "quantity": line.quantity, "oid": line.oid,
         "discount_fen": line.price_fen * line.quantity - line.paid_fen}
        for line in order.lines.all()
    ]  # fmt: skip
    past = {"no": order.platform_no, "placed_ms": _ms(order.placed_at), "nick": order.buyer_nick}
    return {
        "lines": lines, "message": order.buyer_message, "past": past | ({"paid_ms": _ms(order.paid_at)} if order.paid_at else {}),
        "receiver": {"name": to.name, "phone": to.phone, "province": to.province, "city": to.city, "district": to.district, "town": "",
                     "address": to.address, "key": order.merge_hash},
    }  # fmt: skip


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


class Simulator:
    """Its control interface. `url` of the server."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{settings.SIMULATOR_PORT}"
        self._client = http.Client("simulator")

    def ask(self, method: str, path: str, given: dict[str, Any] | None = None) -> Any:
        answer = self._client.request(method, f"{self.url}/_control{path}", json=given)
        if answer.status_code != 200:
            raise DomainError(f"{method} {path}: {answer.text[:300]}", "demo.simulator")
        return answer.json()


@contextmanager
def running() -> Iterator[Simulator]:
    """The simulator for as long as the block; afterwards `serve` runs it."""
    process = subprocess.Popen(argv(), stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    assert process.stdout is not None
    try:
        if not process.stdout.readline():  # it says when it listens; why it does not, it has said
            raise DomainError("模拟平台没有启动。换一个端口再试：DANSHU_SIMULATOR_PORT=8199", "demo.simulator")
        yield Simulator()
    finally:
        process.terminate()
        process.wait(10)
