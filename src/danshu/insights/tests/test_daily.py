"""The daily report counts each thing where it happened, and every number opens its orders."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.channels.models import Shop
from danshu.core import clock
from danshu.insights import daily
from danshu.orders.models import Order
from danshu.orders.states import Issue

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.SHANGHAI)


@pytest.fixture
def shop() -> Shop:
    return Shop.objects.create(name="木屿家居", platform="taobao", created_at=at(0))


def order(shop: Shop, **facts: object) -> Order:
    number = Order.objects.count() + 1
    values: dict[str, object] = {
        "no": f"261120-{number:04d}",
        "shop": shop,
        "platform": shop.platform,
        "platform_no": f"39844711026658{number:05d}",
        "payment": "paid",
        "placed_at": at(9),
        "paid_at": at(9, 1),
        "paid_fen": 10_000,
        "created_at": at(9, 2),
        "updated_at": at(9, 2),
    }
    return Order.objects.create(**{**values, **facts})


def counts_of(day: date = DAY) -> daily.Counts:
    return daily.report(Order.objects.all(), day, day).total


def test_an_order_counts_on_the_day_it_was_paid(shop: Shop) -> None:
    order(shop, placed_at=at(23, 59, DAY - timedelta(days=1)), paid_at=at(0, 1))
    order(shop, paid_at=at(0, 0, DAY + timedelta(days=1)))
    assert (counts_of().orders, counts_of().amount_fen) == (1, 10_000)


def test_an_unpaid_order_is_not_a_sale(shop: Shop) -> None:
    order(shop, payment="unpaid", paid_at=None)
    assert counts_of().orders == 0


def test_cash_on_delivery_counts_on_the_day_it_was_placed(shop: Shop) -> None:
    order(shop, payment="cod", paid_at=None)
    assert counts_of().orders == 1


def test_handling_time_is_the_mean_from_payment_to_shipping_on_the_day_of_shipping(shop: Shop) -> None:
    yesterday = DAY - timedelta(days=1)
    order(shop, paid_at=at(20, 0, yesterday), shipped_at=at(8), fulfilment="shipped")  # 12 hours
    order(shop, paid_at=at(9), shipped_at=at(16, 30), fulfilment="shipped")  # 7.5 hours
    assert counts_of().handling_hours == Decimal("9.8")


def test_without_shipments_there_is_no_handling_time(shop: Shop) -> None:
    order(shop)
    assert counts_of().handling_hours is None
    assert counts_of().mis_ship_percent is None


def test_mis_shipped_orders_are_those_that_carry_the_tag(shop: Shop) -> None:
    for tags in (["错发"], ["漏发", "老客"], ["老客"], []):
        order(shop, shipped_at=at(15), fulfilment="shipped", tags=tags)
    assert counts_of().mis_shipped == 2
    assert counts_of().mis_ship_percent == Decimal("50.00")


def test_late_is_what_left_after_its_deadline_or_is_still_here(shop: Shop) -> None:
    order(shop, ship_by=at(12), shipped_at=at(12, 1), fulfilment="shipped")
    order(shop, ship_by=at(12), shipped_at=at(11, 59), fulfilment="shipped")
    order(shop, ship_by=at(12))
    order(shop, ship_by=at(12), fulfilment="cancelled")
    assert counts_of().late == 2


def test_issues_and_short_orders_are_counted_by_payment(shop: Shop) -> None:
    order(shop, issues=int(Issue.SHORT))
    order(shop, issues=int(Issue.UNMAPPED))
    order(shop, is_held=True)
    assert (counts_of().issues, counts_of().short) == (3, 1)


def test_every_number_opens_as_many_orders_as_it_says(shop: Shop) -> None:
    order(shop, ship_by=at(12), issues=int(Issue.SHORT))
    order(shop, shipped_at=at(15), fulfilment="shipped", tags=["错发"])
    total = counts_of()
    shown = {
        code: daily.orders_behind(Order.objects.all(), code, DAY, DAY).count()
        for code in ("orders", "shipped", "mis_shipped", "late", "issues", "short")
    }
    assert shown == {
        "orders": total.orders,
        "shipped": total.shipped,
        "mis_shipped": total.mis_shipped,
        "late": total.late,
        "issues": total.issues,
        "short": total.short,
    }


def test_platforms_add_up_their_shops(shop: Shop) -> None:
    second = Shop.objects.create(name="木屿二店", platform="taobao", created_at=at(0))
    order(shop)
    order(second)
    report = daily.report(Order.objects.all(), DAY, DAY)
    assert [row.counts.orders for row in report.rows] == [1, 1]
    assert report.by_platform["taobao"].orders == 2


@pytest.mark.parametrize("days", [1, 31])
def test_a_report_of_any_length_takes_four_statements(shop: Shop, days: int) -> None:
    order(shop)
    with CaptureQueriesContext(connection) as captured:
        daily.report(Order.objects.all(), DAY - timedelta(days=days - 1), DAY)
    assert len(captured) == 4


def test_a_day_can_end_at_four_in_the_morning(shop: Shop, settings: object) -> None:
    settings.DAY_CUT_HOUR = 4
    order(shop, paid_at=at(3, 59))
    order(shop, paid_at=at(4))
    assert counts_of().orders == 1
    assert counts_of(DAY - timedelta(days=1)).orders == 1
