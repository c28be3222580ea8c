"""Orders of one day for the tests of numbers and pages."""

from __future__ import annotations

from datetime import date, datetime

from danshu.channels.models import Shop
from danshu.core import clock
from danshu.orders.models import Order

DAY = date(2026, 11, 20)


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.SHANGHAI)


def shop(name: str = "木屿家居", platform: str = "taobao") -> Shop:
    return Shop.objects.create(name=name, platform=platform, created_at=at(0))


def order(of: Shop, **facts: object) -> Order:
    """A paid order of the day, 100 yuan, unless `facts` say otherwise."""
    number = Order.objects.count() + 1
    values: dict[str, object] = {
        "no": f"261120-{number:04d}", "shop": of, "platform": of.platform, "platform_no": f"39844711026658{number:05d}",
        "payment": "paid", "placed_at": at(9), "paid_at": at(9, 1), "paid_fen": 10_000, "created_at": at(9, 2), "updated_at": at(9, 2),
    }  # fmt: skip
    return Order.objects.create(**{**values, **facts})


def orders(of: Shop, count: int) -> list[Order]:
    return [order(of) for _ in range(count)]
