"""One client of the mixed load, in a process of its own: `python -m bench.mixed_client NUMBER PER_SECOND SECONDS`. Says its CPU seconds."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import django

django.setup()

from danshu.catalogue.models import Sku  # noqa: E402 - needs the set-up above
from danshu.core import clock  # noqa: E402 - the same
from danshu.core.actor import SYSTEM  # noqa: E402 - the same
from danshu.stock import operations as stock  # noqa: E402 - the same
from danshu.stock.models import Balance, Warehouse  # noqa: E402 - the same


class Desk:
    """Orders of several lines in random order of goods, and everything that happens to them afterwards."""

    def __init__(self, number: int) -> None:
        self.dice = random.Random(number)
        self.next = (number + 1) * 10**12
        self.paid: list[int] = []
        self.singles = list(Sku.objects.filter(is_bundle=False).order_by("pk").values_list("pk", flat=True))
        self.skus = list(Sku.objects.order_by("pk").values_list("pk", flat=True))
        self.places = list(Warehouse.objects.order_by("pk").values_list("pk", flat=True))
        self.deeds: list[Callable[[], object]] = [self.ship] * 4 + [self.cancel] * 3 + [self.count, self.move, self.receive]

    def order(self) -> None:
        """Half of them are never paid: their locks end after two to six seconds."""
        self.next += 10
        is_paid = self.dice.random() < 0.5
        ends = None if is_paid else clock.now() + timedelta(seconds=2 + 4 * self.dice.random())
        kind = "paid" if is_paid else "unpaid"
        goods = self.dice.sample(self.skus, self.dice.randint(1, 4))
        demands = [
            stock.Demand(self.next, self.next + at, sku_id, self.dice.randint(1, 3), kind=kind, expires_at=ends)
            for at, sku_id in enumerate(goods)
        ]
        stock.reserve(demands, by=SYSTEM, now=clock.now())
        if is_paid:
            self.paid.append(self.next)
        if self.dice.random() < 0.5:
            self.dice.choice(self.deeds)()

    def _some(self) -> list[int]:
        """Up to five of the orders that wait."""
        self.dice.shuffle(self.paid)
        taken, self.paid = self.paid[:5], self.paid[5:]
        return taken

    def ship(self) -> None:
        stock.consume(self._some(), by=SYSTEM, now=clock.now())

    def cancel(self) -> None:
        stock.release(self._some(), by=SYSTEM, now=clock.now())

    def count(self) -> None:
        some = Balance.objects.filter(sku__in=self.dice.sample(self.singles, 5), warehouse=self.places[0])
        counts = [stock.Count(balance.sku_id, balance.warehouse_id, balance.on_hand + 1) for balance in some]
        self.dice.shuffle(counts)
        stock.count(counts, by=SYSTEM, now=clock.now())

    def move(self) -> None:
        there, back = self.dice.sample(self.places, 2)
        goods = self.dice.sample(self.singles, 5)
        stock.move([stock.Transfer(sku_id, there, back, 1) for sku_id in goods], by=SYSTEM, now=clock.now())

    def receive(self) -> None:
        goods = self.dice.sample(self.singles, 5)
        stock.receive([stock.Piece(sku_id, self.dice.choice(self.places), 2) for sku_id in goods], by=SYSTEM, now=clock.now())


def main(number: int, per_second: float, seconds: float) -> None:
    desk, start = Desk(number), time.time()
    before = time.process_time()
    for turn in range(int(per_second * seconds)):
        time.sleep(max(0.0, start + turn / per_second - time.time()))
        desk.order()
    print(time.process_time() - before)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
