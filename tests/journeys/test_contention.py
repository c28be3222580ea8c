"""Eight processes fight for the last hundred pieces, through the doors that orders really come in by."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum

from danshu.channels.models import Shop
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Issue
from danshu.stock import queries
from danshu.stock.models import Reservation
from danshu.stock.tests.goods import NOW, counters, fill, sku, warehouse
from tests.journeys.processes import url

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PROCESSES, ORDERS, PIECES = 8, 50, 100
COMMON = """
import os
import sys
import traceback
import django
django.setup()
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Receiver
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
shop_id, sku_id = map(int, sys.argv[1:3])


def fighter(number, said):
    pid = os.fork()  # what is read above is read once
    if pid:
        return pid
    try:
        to = Receiver(f"买家{number}", "18612342290", "浙江省", "杭州市", "余杭区", "文一西路 969 号")
        os.write(said, b"%d %d\\n" % fight(number, to))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def begin():
    hears, says = os.pipe()
    pids = [fighter(number, says) for number in range(int(sys.argv[3]))]
    os.close(says)
    ends = [os.waitpid(pid, 0)[1] for pid in pids]
    sys.stdout.write(os.read(hears, 10_000).decode())
    sys.exit(any(ends))


"""
BEGIN = """

begin()
"""
BY_HAND = (
    COMMON
    + """
def fight(number, to):
    won = lost = 0
    for i in range(50):
        draft = orders.Draft(shop_id, (orders.DraftLine(sku_id, 1, 1000),), receiver=to)
        try:
            won += len(orders.create_manual([draft], by=SYSTEM, now=clock.now()))
        except DomainError as error:
            assert error.code == "stock.short", error.code
            assert "库存不足" in error.message, error.message
            lost += 1
    return won, lost
"""
    + BEGIN
)
BY_PLATFORM = (
    COMMON
    + """
def fight(number, to):
    won = lost = 0
    for i in range(0, 50, 5):
        some = [
            IncomingOrder(
                f"P{number}-{i + j}", (IncomingLine("1", "毛巾", 1, merchant_code="TW", price_fen=1000, paid_fen=1000),),
                payment=Payment.PAID, placed_at=clock.now(), paid_at=clock.now(), receiver=to, goods_fen=1000, paid_fen=1000,
            )
            for j in range(5)
        ]
        report = orders.ingest(shop_id, some, source="api", by=SYSTEM, now=clock.now())
        assert report.new == 5, report.rejects
        lost += len(report.short_ids)
        won += 5 - len(report.short_ids)
    return won, lost
"""
    + BEGIN
)


@pytest.fixture
def towel() -> Any:
    made = sku("TW")
    fill(warehouse(), {made: PIECES})
    return made


def fight(code: str, towel: Any) -> tuple[int, int]:
    """(won, lost) of all processes together, children of one; each has connections of its own to the suite's real database."""
    shop = Shop.objects.create(name="木屿家居", platform="own", courier_code="zto", created_at=NOW)
    environment = {
        **os.environ,
        "DANSHU_DATABASE_URL": url() if settings.ON_POSTGRES else "sqlite:///" + str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "danshu.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    connection.close()
    argv = [sys.executable, "-c", code, str(shop.pk), str(towel.pk), str(PROCESSES)]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    answers = done.stdout.splitlines()
    assert len(answers) == PROCESSES, done.stdout
    won, lost = zip(*(map(int, said.split()) for said in answers), strict=True)
    return sum(won), sum(lost)


def test_orders_by_hand_sell_exactly_what_is_there(towel: Any) -> None:
    assert fight(BY_HAND, towel) == (PIECES, PROCESSES * ORDERS - PIECES)
    assert Order.objects.count() == PIECES
    assert OrderLine.objects.aggregate(n=Sum("quantity"))["n"] == PIECES
    assert_all_is_locked_once(towel)


def test_orders_of_a_platform_are_all_saved_and_those_too_late_are_short(towel: Any) -> None:
    assert fight(BY_PLATFORM, towel) == (PIECES, PROCESSES * ORDERS - PIECES)
    assert Order.objects.count() == PROCESSES * ORDERS
    assert sum(bool(issues & Issue.SHORT) for issues in Order.objects.values_list("issues", flat=True)) == PROCESSES * ORDERS - PIECES
    assert_all_is_locked_once(towel)


def assert_all_is_locked_once(towel: Any) -> None:
    assert counters(towel) == (PIECES, PIECES)
    assert Reservation.objects.filter(state="held").aggregate(n=Sum("quantity"))["n"] == PIECES
    assert queries.sellable([towel.pk]) == {towel.pk: 0}
    assert queries.check() == []
