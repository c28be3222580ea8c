"""A small shop: two platforms, three goods, orders as platforms tell them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache

from danshu.catalogue import codes
from danshu.catalogue.models import Sku
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Receiver
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.stock.models import Balance, Warehouse

ADDRESSES = ("文一西路 969 号 3 幢", "学院路 12 号 501 室")


def sku(code: str, name: str, on_hand: int, warehouse: Warehouse, *, shelf: str = "A-01-1") -> Sku:
    now = clock.now()
    made = Sku.objects.create(
        code=code, loose_code=codes.loose(code), name=name, spec="雾蓝", shelf=shelf, safety_stock=5, created_at=now, updated_at=now
    )
    Balance.objects.create(sku=made, warehouse=warehouse, on_hand=on_hand)
    return made


@pytest.fixture
def house(db: None) -> Any:
    """Shops, goods, and `place(count, **changes)` that takes orders in and returns them."""
    cache.clear()  # counts are kept by the last fact's id, which every test starts anew
    now = clock.now()
    warehouse = Warehouse.objects.create(name="杭州仓")
    shop = Shop.objects.create(name="木屿家居", platform="taobao", courier_code="zto", created_at=now, last_intake_at=now)
    other = Shop.objects.create(name="木屿好物", platform="douyin", courier_code="yto", created_at=now, last_intake_at=now)
    mug, towel = sku("MY-MG-1", "手作陶瓷马克杯", 1000, warehouse), sku("MY-TW-1", "竹纤维毛巾", 1000, warehouse)
    lamp = sku("MY-LP-1", "蘑菇小夜灯", 0, warehouse)
    given = SimpleNamespace(n=0)

    def place(count: int = 1, *, shop: Shop = shop, codes: tuple[str, ...] = ("MY-MG-1",), **changes: Any) -> list[Order]:
        made = []
        for _i in range(count):
            given.n += 1
            made.append(incoming(given.n, codes, **changes))
        report = orders.ingest(shop.pk, made, source="file", by=SYSTEM, now=clock.now())
        assert report.new == count, report.rejects
        return list(Order.objects.filter(pk__in=report.new_ids).order_by("pk"))

    return SimpleNamespace(shop=shop, other=other, warehouse=warehouse, mug=mug, towel=towel, lamp=lamp, place=place)


def incoming(n: int, goods: tuple[str, ...], *, same_person: bool = False, hours: float = 30, **changes: Any) -> IncomingOrder:
    now = clock.now()
    at = 1 if same_person else n
    values: dict[str, Any] = {
        "payment": Payment.PAID, "placed_at": now - timedelta(hours=18), "paid_at": now - timedelta(hours=17),
        "ship_by": now + timedelta(hours=hours),
        "receiver": Receiver(f"王小{at}婷", f"1380013{at:04d}", "浙江省", "杭州市", "余杭区", f"{ADDRESSES[0]} {at}"),
        "goods_fen": 5800 * len(goods), "paid_fen": 5800 * len(goods),
    }  # fmt: skip
    lines = tuple(
        IncomingLine(str(i), f"平台标题 {code}", 1, merchant_code=code, price_fen=5800, paid_fen=5800)
        for i, code in enumerate(goods, start=1)
    )
    return IncomingOrder(f"39844711{n:08d}", lines, **(values | changes))


@pytest.fixture
def fresh(house: Any) -> Callable[[Order], Order]:
    """The order as it is now."""
    return lambda order: Order.objects.get(pk=order.pk)
