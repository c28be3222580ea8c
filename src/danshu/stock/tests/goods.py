"""Small worlds for the tests of stock: SKUs, warehouses, filled shelves."""

from datetime import UTC, datetime

from danshu.catalogue.codes import loose
from danshu.catalogue.models import BundlePart, Sku
from danshu.core.actor import Actor
from danshu.stock import operations as stock
from danshu.stock.models import Balance, Warehouse

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CLERK = Actor(None, "小方")


def sku(code: str, *, parts: dict[Sku, int] | None = None, name: str = "毛巾") -> Sku:
    made = Sku.objects.create(code=code, loose_code=loose(code), name=name, is_bundle=bool(parts), created_at=NOW, updated_at=NOW)
    for part, quantity in (parts or {}).items():
        BundlePart.objects.create(bundle=made, part=part, quantity=quantity)
    return made


def warehouse(name: str = "杭州仓", priority: int = 10) -> Warehouse:
    return Warehouse.objects.create(name=name, priority=priority)


def fill(place: Warehouse, goods: dict[Sku, int]) -> None:
    stock.receive([stock.Piece(item.pk, place.pk, n) for item, n in goods.items()], by=CLERK, now=NOW)


def counters(item: Sku, place: Warehouse | None = None) -> tuple[int, int]:
    """(on hand, locked)"""
    found = Balance.objects.filter(sku=item, **({"warehouse": place} if place else {}))
    return sum(b.on_hand for b in found), sum(b.locked for b in found)


def demand(number: int, item: Sku, quantity: int = 1, **more) -> stock.Demand:
    return stock.Demand(owner_id=1000 + number, demand_id=number, sku_id=item.pk, quantity=quantity, label=f"1122-{number:04}", **more)


def reserve(*demands: stock.Demand, **more) -> list[stock.Outcome]:
    return stock.reserve(demands, by=CLERK, now=NOW, **more)
