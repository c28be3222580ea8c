"""Server and worker are killed twenty times while a file comes in. Nothing is lost, nothing is doubled."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests import exports
from tests.journeys.processes import House, house, until

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # the houses are copies of its database

ORDERS = 5000
KILLS = 20
FOUND = """
from danshu.catalogue import operations as catalogue
from danshu.catalogue.operations import SkuDraft
from danshu.channels.operations import shops
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.stock import operations as stock
from danshu.stock.operations.warehouses import WarehouseDraft, save_warehouses
now = clock.now()
(house,) = save_warehouses([WarehouseDraft("杭州仓")], by=SYSTEM, now=now)
(shop,) = shops.open_shops([shops.ShopDraft("木屿家居", "pdd", courier_code="zto", warehouse_id=house)], by=SYSTEM, now=now)
skus = catalogue.save_skus([SkuDraft(code=code, name=code) for code in sys.argv[1].split(",")], by=SYSTEM, now=now)
stock.open_stock([stock.Piece(pk, house, 100_000) for pk in skus], by=SYSTEM, now=now)
print(json.dumps(shop.pk))
"""
BEGIN = """
from pathlib import Path
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.flows import intake
batch = intake.import_file(Path(sys.argv[1]), shop_id=int(sys.argv[2]), by=SYSTEM, now=clock.now())
print(json.dumps(batch.pk))
"""
STATE = """
from danshu.channels.models import ImportBatch
batch = ImportBatch.objects.get()
print(json.dumps([batch.state, batch.position, batch.error]))
"""
RESULT = """
from django.db.models import Count, Sum
from danshu.channels.models import ImportBatch
from danshu.core.models import JobError
from danshu.orders.models import Order, OrderLine
from danshu.stock import queries
from danshu.stock.models import Balance, LedgerEntry, Reservation
batch = ImportBatch.objects.get()
held = Reservation.objects.filter(state="held")
print(json.dumps({
    "counts": [batch.new_count, batch.updated_count, batch.unchanged_count, batch.reject_count],
    "numbers": sorted(Order.objects.values_list("platform_no", flat=True)),
    "own_numbers": Order.objects.values("no").distinct().count(),
    "lines": OrderLine.objects.count(),
    "pieces": OrderLine.objects.aggregate(n=Sum("quantity"))["n"],
    "held": held.aggregate(n=Sum("quantity"))["n"],
    "holding": held.values("demand_id").distinct().count(),
    "locked": Balance.objects.aggregate(n=Sum("locked"))["n"],
    "on_hand": Balance.objects.aggregate(n=Sum("on_hand"))["n"],
    "locks": LedgerEntry.objects.filter(kind="lock").count(),
    "differences": len(queries.check()),
    "dead": JobError.objects.count(),
}))
"""


def sales() -> list[exports.Sale]:
    """Paid orders of one piece or a few, all of known goods."""
    chance = random.Random(17)
    day = datetime(2026, 11, 22, 9, 0)
    return [
        exports.Sale(
            exports.number("pdd", n, day), "paid",
            (exports.Item(title, spec, code, Decimal(price), chance.choice((1, 1, 1, 2, 3))),),
            day - timedelta(minutes=chance.randrange(600)), phone=f"139{n:08d}",
        )
        for n in range(ORDERS)
        for title, spec, code, price in (chance.choice(exports.GOODS),)
    ]  # fmt: skip


def test_an_import_survives_twenty_kills(tmp_path: Path) -> None:
    sold = sales()
    path = exports.write(tmp_path, "pdd", sold)
    with house(tmp_path) as place:
        shop_id = place.ask(FOUND, ",".join(code for _t, _s, code, _p in exports.GOODS))
        place.ask(BEGIN, path, shop_id)
        kill_again_and_again(place)
        place.serve()
        place.work()
        until(lambda: place.position() == ORDERS, 60)
        until(lambda: place.ask(STATE)[0] != "running", 30)
        assert place.ask(STATE) == ["done", ORDERS, ""]
        until(place.answers)
        assert_nothing_is_lost_or_doubled(place.ask(RESULT), sold)


def kill_again_and_again(place: House) -> None:
    """Twenty lives of a random length. Every fourth may save a stretch before its moment comes, and has a web server beside it."""
    chance, come_to = random.Random(2026), 0
    for life in range(1, KILLS + 1):
        if life % 4 == 0:
            place.serve()
        place.work()
        if life % 4 == 0 and come_to < ORDERS - 1000:
            until(lambda: place.position() > come_to, 40)  # noqa: B023 - asked at once
        time.sleep(chance.uniform(0.0, 0.4))
        place.kill()
        come_to = place.position()
    assert come_to > 0, "no kill came while the import was at work"


def assert_nothing_is_lost_or_doubled(result: dict[str, Any], sold: list[exports.Sale]) -> None:
    pieces = sum(item.quantity for sale in sold for item in sale.items)
    assert result["counts"] == [ORDERS, 0, 0, 0]
    assert result["numbers"] == sorted(sale.no for sale in sold)
    assert (result["own_numbers"], result["lines"], result["pieces"]) == (ORDERS, ORDERS, pieces)
    assert (result["held"], result["holding"], result["locked"], result["locks"]) == (pieces, ORDERS, pieces, ORDERS)
    assert result["on_hand"] == 100_000 * len(exports.GOODS)
    assert (result["differences"], result["dead"]) == (0, 0), result
