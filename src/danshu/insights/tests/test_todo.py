"""What to do next: counted right, most urgent first, for one's own shops only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.channels.models import ImportBatch, Shop
from danshu.core import clock
from danshu.insights import todo
from danshu.orders.models import Order
from danshu.orders.states import Issue

pytestmark = pytest.mark.django_db
NOW = clock.now()


@pytest.fixture
def shop() -> Shop:
    return Shop.objects.create(name="木屿家居", platform="taobao", created_at=NOW)


def order(shop: Shop, **facts: object) -> Order:
    number = Order.objects.count() + 1
    values: dict[str, object] = {
        "no": f"261120-{number:04d}", "shop": shop, "platform": shop.platform, "platform_no": f"P{number}", "payment": "paid",
        "placed_at": NOW, "paid_at": NOW, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Order.objects.create(**{**values, **facts})


def found(**kwargs: object) -> dict[str, todo.Task]:
    return {task.code: task for task in todo.tasks(Order.objects.all(), NOW, **kwargs)}


def test_deadlines_tell_overdue_from_soon(shop: Shop) -> None:
    late = order(shop, ship_by=NOW - timedelta(hours=1))
    order(shop, ship_by=NOW + timedelta(hours=1), is_held=True)
    order(shop, ship_by=NOW + timedelta(hours=3))
    task = found()["deadline"]
    assert (task.title, task.detail, task.count) == ("1 单已超时，1 单两小时内超时", "淘宝 2", 2)
    assert task.order_ids == (late.pk,)  # a held order is not printed


def test_what_has_left_is_not_due(shop: Shop) -> None:
    order(shop, ship_by=NOW - timedelta(hours=1), fulfilment="shipped", shipped_at=NOW)
    assert found() == {}


def test_exceptions_are_counted_by_kind(shop: Shop) -> None:
    order(shop, issues=int(Issue.SHORT | Issue.UNMAPPED))
    order(shop, issues=int(Issue.SHORT))
    counts = {code: task.count for code, task in found().items()}
    assert counts == {"unmapped": 1, "short": 2}


def test_orders_of_one_person_can_share_a_parcel(shop: Shop) -> None:
    for receiver in ("a", "a", "b"):
        order(shop, merge_hash=receiver)
    assert found()["mergeable"].title == "2 单可合并成 1 个包裹"


def test_refused_rows_are_told_to_those_of_the_shop(shop: Shop) -> None:
    ImportBatch.objects.create(
        shop=shop, file_name="昨天.csv", path="", sha256="", state="done", reject_count=3, created_at=NOW, finished_at=NOW
    )
    assert found()["rejects"].count == 3
    assert found(shop_ids=[shop.pk])["rejects"].detail == "昨天.csv"
    assert "rejects" not in found(shop_ids=[shop.pk + 1])
