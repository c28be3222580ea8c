"""The series behind the charts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from danshu.channels.models import Shop
from danshu.core import clock
from danshu.insights import charts
from danshu.orders.models import Order

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 14, 30, tzinfo=clock.SHANGHAI)
ALL = Order.objects


@pytest.fixture
def shop() -> Shop:
    return Shop.objects.create(name="木屿家居", platform="taobao", created_at=NOW)


def order(shop: Shop, paid_at: datetime, **facts: object) -> Order:
    number = Order.objects.count() + 1
    values: dict[str, object] = {
        "no": f"261120-{number:04d}", "shop": shop, "platform": shop.platform, "platform_no": f"P{number}", "payment": "paid",
        "placed_at": paid_at, "paid_at": paid_at, "created_at": paid_at, "updated_at": paid_at,
    }  # fmt: skip
    return Order.objects.create(**{**values, **facts})


def test_hours_of_today_stand_beside_the_same_day_last_week(shop: Shop) -> None:
    order(shop, NOW.replace(hour=9, minute=5))
    order(shop, NOW.replace(hour=9, minute=59))
    order(shop, NOW.replace(hour=9) - timedelta(days=7))
    chart = charts.orders_by_hour(ALL.all(), NOW)
    assert len(chart.labels) == 15
    assert chart.bars[9] == {"taobao": 2}
    assert chart.before[9] == 1


def test_days_stand_beside_the_week_before(shop: Shop) -> None:
    order(shop, NOW)
    order(shop, NOW - timedelta(days=1))
    order(shop, NOW - timedelta(days=7))
    chart = charts.orders_by_day(ALL.all(), NOW)
    assert [sum(bar.values()) for bar in chart.bars] == [0, 0, 0, 0, 0, 1, 1]
    assert chart.before[-1] == 1


def test_deadlines_fall_into_the_slots_that_are_left_today(shop: Shop) -> None:
    for hours in (-1, 1, 5, 20, 40):
        order(shop, NOW - timedelta(days=1), ship_by=NOW + timedelta(hours=hours))
    slots = charts.deadlines(ALL.all(), NOW)
    assert slots[0].start is None
    assert slots[0].count == 1
    assert sum(slot.count for slot in slots) == 5


def test_handling_time_of_a_day_is_the_mean_of_what_left_on_it(shop: Shop) -> None:
    for hours in (4, 8):
        order(shop, NOW - timedelta(hours=hours), shipped_at=NOW, fulfilment="shipped")
    assert charts.handling(ALL.all(), NOW)[-1].handling_hours == 6.0
    assert charts.handling(ALL.all(), NOW)[0].handling_hours is None


def test_the_stages_of_today_add_up(shop: Shop) -> None:
    order(shop, NOW - timedelta(days=1), ship_by=NOW - timedelta(hours=1))
    order(shop, NOW - timedelta(days=1), ship_by=NOW + timedelta(hours=1))
    order(shop, NOW - timedelta(hours=5), shipped_at=NOW - timedelta(hours=1), fulfilment="shipped")
    stages = charts.today_by_stage(ALL.all(), NOW)
    assert (stages["shipped"], stages["waiting"], stages["late"]) == (1, 1, 1)
    assert charts.expected_end(ALL.all(), stages, NOW) == NOW + timedelta(hours=4)
