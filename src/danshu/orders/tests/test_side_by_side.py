"""Stories about many orders of many shops at the same moment: none is chosen to die for another."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from danshu.channels.contract import Progress
from danshu.channels.models import Shop
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.tests.conftest import CLERK, NOW, incoming, line
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.operations import Piece
from danshu.stock.tests.test_contention import fight

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CODES = ("MUG", "MAT", "LAMP")


def test_what_comes_what_is_cancelled_and_what_ships_wait_for_each_other(house):
    """Each batch lets go of some goods and asks for others; each process has them in an order of its own."""
    stock.receive([Piece(sku.pk, house.warehouse.pk, 5000) for sku in house.skus.values()], by=CLERK, now=NOW)
    shops = [Shop.objects.create(name=f"店 {n}", platform="taobao", created_at=NOW) for n in range(6)]

    def comes(number):
        dice, shop, known = random.Random(number), shops[number], []
        for round_ in range(25):
            at = NOW + timedelta(minutes=round_)
            gone = [replace(order, progress=Progress.CLOSED, modified_at=at) for order in known[:4]]
            known = known[4:] + [
                incoming(f"{number}-{round_}-{n}", line(dice.choice(CODES), oid=f"{number}-{round_}-{n}"), modified_at=at) for n in range(6)
            ]
            report = orders.ingest(shop.pk, [*gone, *known[-6:]], source="api", by=CLERK, now=at)
            assert report.rejects == []
        return len(known)

    def ships(_number):
        count = 0
        for round_ in range(60):
            some = list(Order.objects.filter(fulfilment="waiting").order_by("?").values_list("pk", flat=True)[:5])
            try:
                count += orders.mark_shipped(some, by=CLERK, now=NOW + timedelta(minutes=round_)) if some else 0
            except DomainError as error:  # its platform closed one of them a moment ago
                if error.code != "state.not_allowed":
                    raise
        return count

    assert sum(fight(*[comes] * 6, *[ships] * 2)) > 0
    assert queries.check() == []
