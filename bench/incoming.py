"""A seller with 1,000 SKUs in stock, and orders as they come in."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

from danshu.catalogue.models import Sku
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Receiver
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.stock.models import Balance, Warehouse

SKUS = 1_000


@dataclass
class Seller:
    shop_id: int
    warehouse_id: int
    next: int = 1
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    @classmethod
    def make(cls, on_hand: int = 100_000_000) -> Seller:
        now = clock.now()
        warehouse = Warehouse.objects.create(name="杭州仓")
        shop = Shop.objects.create(name="木屿家居", platform="taobao", courier_code="zto", warehouse_id=warehouse.pk, created_at=now)
        skus = Sku.objects.bulk_create(
            Sku(code=f"S{i}", loose_code=f"S{i}", name=f"商品 {i}", shelf=f"A-{i % 90:02d}", created_at=now, updated_at=now)
            for i in range(1, SKUS + 1)
        )
        Balance.objects.bulk_create(Balance(sku=sku, warehouse=warehouse, on_hand=on_hand) for sku in skus)
        return cls(shop.pk, warehouse.pk)

    def orders(self, count: int) -> list[IncomingOrder]:
        first = self.next
        self.next += count
        return [self._order(i) for i in range(first, first + count)]

    def _order(self, i: int) -> IncomingOrder:
        paid = clock.now() - timedelta(minutes=3)
        lines = tuple(
            IncomingLine(
                oid=f"{i:019d}{n}", title="手作陶瓷马克杯", spec="雾蓝 380ml", quantity=1, item_id=f"6{sku}", sku_id=f"5{sku}",
                merchant_code=f"S{sku}", price_fen=5800, paid_fen=5800,
            )
            for n, sku in enumerate(self.dice.sample(range(1, SKUS + 1), 2))
        )  # fmt: skip
        return IncomingOrder(
            platform_no=f"{i:019d}",
            lines=lines,
            receiver=Receiver("王雨婷", f"186{i:08d}", "上海市", "上海市", "浦东新区", "张江镇科苑路88号3号楼1204室"),
            payment=Payment.PAID,
            placed_at=paid,
            paid_at=paid,
            modified_at=paid,
            buyer_nick="小雨2290",
            buyer_message="请多包一层",
            goods_fen=11600,
            paid_fen=11600,
        )
