"""Stock warnings: sold out first, then what is covered for the fewest days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.catalogue import operations as catalogue
from danshu.core import clock
from danshu.core.actor import Actor
from danshu.insights import warnings
from danshu.stock import operations as stock
from danshu.stock.operations.warehouses import WarehouseDraft, save_warehouses

pytestmark = pytest.mark.django_db
NOW = clock.now()
ME = Actor(None, "阿杰")


def goods(**left: int) -> dict[str, int]:
    """SKUs with so many pieces on the shelf."""
    (warehouse,) = save_warehouses([WarehouseDraft("杭州仓", priority=1)], by=ME, now=NOW)
    ids = catalogue.save_skus([catalogue.SkuDraft(code=code, name=code) for code in left], by=ME, now=NOW)
    pieces = [stock.Piece(sku, warehouse, count) for sku, count in zip(ids, left.values(), strict=True)]
    stock.open_stock(pieces, by=ME, now=NOW)
    return dict(zip(left, ids, strict=True))


def sell(sku_id: int, quantity: int, owner: int) -> None:
    at = NOW - timedelta(days=1)
    stock.reserve([stock.Demand(owner, owner, sku_id, quantity)], by=ME, now=at)
    stock.consume([owner], by=ME, now=at)


def test_what_runs_out_first_stands_first() -> None:
    ids = goods(plenty=1000, soon=20, out=14)
    for owner, (code, quantity) in enumerate({"plenty": 14, "soon": 14, "out": 14}.items(), start=1):
        sell(ids[code], quantity, owner)
    told = [(each.sku.code, each.sellable, each.per_day, each.cover_days) for each in warnings.stock_warnings(NOW)]
    assert told == [("out", 0, 2.0, 0), ("soon", 6, 2.0, 3)]


def test_what_nobody_buys_gives_no_warning() -> None:
    goods(quiet=3)
    assert warnings.stock_warnings(NOW) == []
