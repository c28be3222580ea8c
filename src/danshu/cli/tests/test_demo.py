"""The demo in short: a few days of the same seller, told by the same operations, whatever the hour."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import TestCase
from django.utils import translation

from danshu.accounts.models import User
from danshu.channels.models import ImportBatch
from danshu.cli.demo import SEED, Size, story
from danshu.cli.demo.goods import bundles, goods
from danshu.cli.demo.sales import sales
from danshu.core import clock, jobs
from danshu.fulfilment.models import Parcel, PrintBatch, Scan
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Issue
from danshu.stock import lags
from danshu.stock import queries as stock
from danshu.stock.models import LedgerEntry

pytestmark = pytest.mark.django_db
SHORT = Size(days=6, orders=220, goods=40)
TINY = Size(days=3, orders=60, goods=12)
NOON = datetime(2026, 11, 24, 12, 10, tzinfo=clock.SHANGHAI)


def told(now: datetime, size: Size = SHORT) -> None:
    with time_machine.travel(now, tick=False):
        story.tell(now, size)
        jobs.drain()


class TestSixDays(TestCase):
    """Told once; none of these tests changes a thing."""

    @classmethod
    def setUpTestData(cls) -> None:
        with translation.override("zh-hans"):
            told(NOON)

    def test_every_order_is_here_once_in_every_state_and_the_stock_adds_up(self) -> None:
        def seen(axis: str) -> set[str]:
            return set(Order.objects.values_list(axis, flat=True).distinct())

        assert Order.objects.count() == SHORT.orders
        assert stock.check() == []
        assert seen("fulfilment") == {"waiting", "printed", "checked", "shipped", "delivered", "cancelled"}
        assert {"paid", "unpaid"} <= seen("payment")
        assert {"none", "requested"} <= seen("refund")
        assert Order.objects.filter(is_held=True).exclude(hold_reason="").exists()
        assert Order.objects.filter(merged_into__isnull=False).exists()
        assert Order.objects.exclude(flag="").exclude(seller_memo="").exists()
        issues = {issue for each in Order.objects.values_list("issues", flat=True) for issue in Issue if each & issue}
        assert {Issue.SHORT, Issue.UNMAPPED} <= issues

    def test_files_papers_checks_and_deliveries_are_as_on_a_working_day(self) -> None:
        batch = ImportBatch.objects.get()
        assert (batch.state, batch.reject_count) == (ImportBatch.State.DONE, 3)
        assert batch.new_count == Order.objects.filter(batch=batch).exclude(receiver_name="").count() > 0

        printed = {clock.business_day(each.created_at) for each in PrintBatch.objects.all()}
        assert len(printed) >= 3
        assert NOON.date() in printed
        assert set(PrintBatch.objects.values_list("state", flat=True)) == {PrintBatch.State.READY}

        assert Parcel.objects.filter(state=Parcel.State.CHECKED).count() >= 2
        assert Parcel.objects.filter(is_forced=True).count() == 1
        assert Scan.objects.filter(is_right=False).count() == 1

        codes = {bundle.code for bundle in bundles()}
        assert OrderLine.objects.filter(sku__code__in=codes).values("sku").distinct().count() >= 2
        assert not LedgerEntry.objects.filter(sku__code__in=codes).exists()  # locked and shipped as their parts

        arrivals = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.RECEIVE).values_list("at", flat=True)
        assert len({clock.business_day(at) for at in arrivals}) >= 2
        assert all(order.paid_at < order.shipped_at <= NOON for order in Order.objects.filter(shipped_at__isnull=False))
        assert Order.objects.filter(placed_at__gt=NOON).count() == 0

    def test_unpaid_orders_lost_their_goods_when_their_time_was_over(self) -> None:
        lag = lags.expiries(NOON)
        assert lag is not None
        assert lag.is_kept


@pytest.mark.parametrize(("hour", "minute"), [(0, 5), (10, 10), (23, 50)])
def test_the_last_day_is_today_at_any_hour(hour: int, minute: int) -> None:
    now = NOON.replace(hour=hour, minute=minute)
    told(now, TINY)
    assert Order.objects.count() == TINY.orders
    assert stock.check() == []
    assert now - timedelta(hours=10) < Order.objects.latest("placed_at").placed_at <= now
    assert Order.objects.filter(is_open=True).exists()


def test_two_that_could_travel_together_and_have_their_numbers_already_stay_apart() -> None:
    """At this minute of this day the first pair of the kind is packed before the desk merges one."""
    told(datetime(2026, 11, 30, 15, 52, tzinfo=clock.SHANGHAI), Size(days=4, orders=160, goods=40))
    assert Order.objects.count() == 160
    assert not Order.objects.filter(merged_into__isnull=False, parcels__waybill_no__gt="").exists()


def test_the_same_day_and_seed_tell_the_same_story() -> None:
    first, second = (list(sales(NOON.date(), NOON, SEED, SHORT)) for _ in range(2))
    assert first == second
    assert len(first) == SHORT.orders
    assert first != list(sales(NOON.date(), NOON, SEED + 1, SHORT))


def test_the_full_demo_has_its_size() -> None:
    every = list(sales(NOON.date(), NOON, SEED))
    assert len(every) == 5_000
    assert len({sale.shop for sale in every}) == 6
    assert len({sale.order.platform_no for sale in every}) == 5_000
    assert len(goods()) == len({good.code for good in goods()}) == 200


def test_half_of_the_sales_come_from_few_goods() -> None:
    codes = Counter(line.merchant_code for sale in sales(NOON.date(), NOON, SEED) for line in sale.order.lines)
    assert sum(count for _code, count in codes.most_common(50)) > sum(codes.values()) / 2


def test_the_command_fills_only_a_database_of_its_own(settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]  # as on every real machine
    with pytest.raises(CommandError, match="database of its own"):
        call_command("demo")


def test_a_filled_demo_is_left_as_it_is(settings: object, owner: User, capsys: pytest.CaptureFixture[str]) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]  # as after `./danshu start --demo`
    call_command("demo")
    assert Order.objects.count() == 0
    assert "demo" in capsys.readouterr().out


BY_HAND = """
import functools, django
django.setup()
from django.core.management import call_command
from danshu.cli.demo import Size, story
story.tell = functools.partial(story.tell, size=Size(days=3, orders=60, goods=12))  # the full one takes minutes
call_command("demo")
"""


@pytest.mark.slow
def test_called_by_hand_on_a_new_folder_it_makes_the_database_first(tmp_path: Path) -> None:
    env = {**os.environ, "DANSHU_DATA": str(tmp_path), "DANSHU_DEMO": "1", "DJANGO_SETTINGS_MODULE": "danshu.config.settings"}
    env.pop("DANSHU_DATABASE_URL", None)
    done = subprocess.run([sys.executable, "-c", BY_HAND], env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("60 单")
