"""Orders, SKUs and parcels for the tests of this room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from danshu.catalogue.codes import loose
from danshu.catalogue.models import BundlePart, Sku
from danshu.channels.contract import Receiver
from danshu.channels.models import Shop
from danshu.core.actor import Actor
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.orders import receiver
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Payment
from danshu.stock import operations as stock
from danshu.stock.models import Warehouse

BY = Actor(None, "李建明")
NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
_numbers = count(1)
HOME = Receiver(
    name="黄小明", phone="17612349034", province="湖南省", city="长沙市", district="岳麓区",
    address="麓谷街道文轩路 27 号麓谷企业广场 C3 栋 1203 室",
)  # fmt: skip


def shop(name: str = "木屿家居", platform: str = "taobao") -> Shop:
    found, _made = Shop.objects.get_or_create(name=name, defaults={"platform": platform, "created_at": NOW})
    return found


def house() -> Warehouse:
    found, _made = Warehouse.objects.get_or_create(
        name="杭州余杭仓", defaults={"sender_name": "木屿家居", "sender_phone": "0571-88882210", "sender_address": "杭州余杭"}
    )
    return found


def sku(code: str = "MB-01", **given: Any) -> Sku:
    values = {"name": "桌面分格收纳盒", "spec": "雾紫 大号", "shelf": "C-01-3", "barcode": "", **given}
    found, _made = Sku.objects.get_or_create(
        code=code, defaults={"loose_code": loose(code), "created_at": NOW, "updated_at": NOW, **values}
    )
    return found


def bundle(code: str, parts: dict[Sku, int]) -> Sku:
    found = sku(code, name="组合装", spec="", shelf="", is_bundle=True)
    for part, quantity in parts.items():
        BundlePart.objects.get_or_create(bundle=found, part=part, defaults={"quantity": quantity})
    return found


def order(
    things: dict[Sku, int] | None = None,
    *,
    at: Shop | None = None,
    to: Receiver = HOME,
    courier: str = "zto",
    number: str = "",
    **given: Any,
) -> Order:
    """A paid order that waits; each thing is a line."""
    at = at or shop()
    n = next(_numbers)
    things = {sku(): 1} if things is None else things
    sealed = dict(zip(receiver.COLUMNS, receiver.columns(at.pk, to), strict=True))
    values: dict[str, Any] = {
        "no": f"261122-{n:04d}", "platform_no": number or f"31902206330{n:07d}", "platform": at.platform, "payment": Payment.PAID,
        "placed_at": NOW, "paid_at": NOW, "ship_by": NOW + timedelta(hours=20), "created_at": NOW, "updated_at": NOW,
        "courier_code": courier, "warehouse": house(), "kind_count": len(things), "item_count": sum(things.values()), "paid_fen": 5980,
        **sealed, **given,
    }  # fmt: skip
    made = Order.objects.create(shop=at, **values)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=made, oid=f"{made.platform_no}-{place}", sku=thing, sku_quantity=quantity, title=f"{thing.name} 特价",
            spec=thing.spec, merchant_code=thing.code, quantity=quantity, price_fen=2990, paid_fen=2990 * quantity,
        )
        for place, (thing, quantity) in enumerate(things.items(), start=1)
    )  # fmt: skip
    return made


def stocked(made: Order) -> Order:
    """Give the order's things stock and lock them, as intake does."""
    lines = list(made.lines.select_related("sku"))
    pieces = [stock.Piece(line.sku_id, house().pk, line.sku_quantity) for line in lines]
    stock.open_stock(pieces, by=BY, now=NOW)
    demands = [stock.Demand(made.pk, line.pk, line.sku_id, line.sku_quantity, warehouse_id=house().pk) for line in lines]
    assert all(outcome.short == 0 for outcome in stock.reserve(demands, by=BY, now=NOW))
    return made


def parcel(made: Order | None = None, waybill_no: str = "", **given: Any) -> Parcel:
    """A parcel of the order, opened while it waited, whatever the order is by now."""
    made = made or order()
    Order.objects.filter(pk=made.pk).update(fulfilment="waiting")
    (parcel_id,) = fulfilment.open_parcels([made.pk], by=BY, now=NOW)
    Order.objects.filter(pk=made.pk).update(fulfilment=made.fulfilment)
    Parcel.objects.filter(pk=parcel_id).update(waybill_no=waybill_no, **given)
    return Parcel.objects.select_related("order").get(pk=parcel_id)
