"""The demo's shops stand on simulated platforms, which know the same goods and the same open orders."""

from __future__ import annotations

import socket
from datetime import datetime

import pytest
import time_machine

from danshu.accounts.models import User
from danshu.channels.connecting import Stream
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.operations import pulling
from danshu.cli.demo import Size, platforms, story
from danshu.core import clock, jobs
from danshu.flows.intake_shops import SAVES
from danshu.orders.models import Order
from danshu.stock import queries as stock

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NOON = datetime(2026, 11, 24, 12, 10, tzinfo=clock.SHANGHAI)
KNOWN = ("platform_no", "payment", "fulfilment", "refund", "placed_at", "goods_fen", "paid_fen", "item_count", "receiver_name", "province")


@pytest.fixture
def free_port(settings: object) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.SIMULATOR_PORT = free.getsockname()[1]  # type: ignore[attr-defined]  # other tests may run beside this one
    return settings.SIMULATOR_PORT  # type: ignore[attr-defined]  # as above


def test_what_their_platforms_say_of_open_orders_is_what_we_know(free_port: int) -> None:
    with time_machine.travel(NOON, tick=False):
        story.tell(NOON, Size(days=3, orders=90, goods=24))
        jobs.drain()
    before = list(Order.objects.order_by("pk").values_list(*KNOWN))
    assert platforms.open_up(by=User.objects.order_by("pk")[0].actor) == 6
    assert set(ShopConnection.objects.values_list("state", flat=True)) == {"connected"}
    with platforms.running() as simulator:
        for shop in Shop.objects.exclude(platform="wechat").order_by("pk"):
            simulator.ask("DELETE", f"/shops/demo-{shop.pk}/life")
            pulling.pull(shop.pk, Stream.ORDERS, save=SAVES[Stream.ORDERS])
            assert shop.cursors.get(stream="orders").failures == 0
    assert list(Order.objects.order_by("pk").values_list(*KNOWN)) == before
    assert stock.check() == []
