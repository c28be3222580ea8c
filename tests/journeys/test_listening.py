"""A real worker holds a line to a platform: orders are known by its messages alone, through cuts, kills and a farewell."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from django.conf import settings

from danshu_simulator import goods, ordering, refunding
from danshu_simulator.simulator import Simulator
from tests.journeys.processes import House, house, is_alive, until

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # the houses are copies of its database

CONNECT = """
from danshu.channels.connecting import Grant, Stream
from danshu.channels.models import Shop
from danshu.channels.operations import connecting, granting, streams
from danshu.core import clock
from danshu.core.actor import SYSTEM
gateway, app_key, app_secret, token, again, number = sys.argv[1:]
shop = Shop.objects.create(name="茶铺", platform="pdd", created_at=clock.now())
values = {"client_id": app_key, "client_secret": app_secret}
connecting.connect(shop.pk, values, by=SYSTEM, now=clock.now(), reach_days=0, gateway=gateway)
granting.grant(shop.pk, Grant(token, again, None, None, number, "茶铺"), by=SYSTEM, now=clock.now())
for stream in Stream:
    streams.set_paused(shop.pk, stream, paused=True, by=SYSTEM, now=clock.now())  # nobody reads a list
print(json.dumps(shop.pk))
"""
DISCONNECT = """
from danshu.channels.operations import connecting
from danshu.core import clock
from danshu.core.actor import SYSTEM
connecting.disconnect(int(sys.argv[1]), by=SYSTEM, now=clock.now())
print("null")
"""
DEAD = """
from danshu.core.models import JobError
print(json.dumps(list(JobError.objects.values_list("error", flat=True))))
"""


def rows(place: House, sql: str) -> list[tuple[Any, ...]]:
    if settings.ON_POSTGRES:
        with psycopg.connect(place.environment["DANSHU_DATABASE_URL"], autocommit=True) as server:
            return server.execute(sql).fetchall()
    with closing(sqlite3.connect(place.folder / "data" / "danshu.sqlite3", timeout=10)) as file:
        return file.execute(sql).fetchall()


class Shop:
    """The platform's side of the shop, and what our side knows of it."""

    def __init__(self, place: House, simulator: Simulator) -> None:
        self.place, self.simulator, self.numbers = place, simulator, set[str]()
        self.theirs = ordering.open_shop(simulator.world, "pdd")
        ordering.put_up(simulator.world, self.theirs.key, goods.invented(3, Random(7), stock=500))

    def connect(self) -> int:
        theirs, gateway = self.theirs, self.simulator.gateway("pdd")
        return int(
            self.place.ask(
                CONNECT, gateway, theirs.app_key, theirs.app_secret, theirs.access_token, theirs.refresh_token, theirs.number
            )
        )  # fmt: skip

    def buy(self) -> str:
        wanted = [ordering.Wanted(1, merchant_code="SIM-001-1")]
        no = ordering.place(self.simulator.world, self.theirs.key, wanted, is_paid=True).no
        self.numbers.add(no)
        return no

    def is_heard(self) -> bool:
        return bool(self.simulator.pusher.lines.apps())

    def is_known(self) -> bool:
        """Every order, and none twice."""
        known = [no for (no,) in rows(self.place, "SELECT platform_no FROM orders_order")]
        assert len(known) == len(set(known))
        return set(known) == self.numbers


def test_orders_are_known_by_messages_alone_whatever_becomes_of_the_line(tmp_path: Path) -> None:
    with house(tmp_path) as place, Simulator(seed=7) as simulator:
        place.work()
        shop = Shop(place, simulator)
        shop_id = shop.connect()  # the worker runs already
        until(shop.is_heard)
        until(lambda: simulator.world.shop(shop.theirs.key).options.get("is_told"))

        began, no = time.monotonic(), shop.buy()
        until(shop.is_known, 20)
        assert time.monotonic() - began < 10  # the platform's lists end three minutes ago
        refunding.ask(simulator.world, shop.theirs.key, no)
        until(lambda: rows(place, "SELECT platform_no FROM orders_refund") == [(no,)], 20)
        assert rows(place, "SELECT refund FROM orders_order") == [("requested",)]

        for _cut in range(3):
            simulator.pusher.lines.cut()
            shop.buy()
        until(shop.is_known, 60)

        shop.buy()
        place.kill()  # perhaps between our commit and its receipt
        shop.buy()
        place.work()
        until(shop.is_known, 60)  # when the dead worker's lease has run out

        os.kill(place.worker, signal.SIGTERM)
        until(lambda: not is_alive(place.worker), 15)
        place.worker = 0
        assert "Traceback" not in place.log.read_text()
        assert not shop.is_heard()
        assert rows(place, "SELECT busy_until, opened_at FROM channels_appline") == [(None, None)]

        shop.buy()
        place.work()
        until(shop.is_known, 20)  # nobody's lease is in the way
        place.ask(DISCONNECT, shop_id)
        until(lambda: not shop.is_heard(), 20)
        assert place.ask(DEAD) == []
