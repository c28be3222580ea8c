"""What to do about the shops' connections: who must authorise again, and what did not come in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from danshu.catalogue.models import Listing, Sku
from danshu.channels import connections
from danshu.channels.models import DayCount, Offer, RawPayload, Shop, ShopConnection, StreamCursor
from danshu.core import clock
from danshu.insights import todo
from danshu.orders.models import Order

pytestmark = pytest.mark.django_db
NOW = clock.now()


def shop(name: str = "木屿家居", state: str = "connected", days: int | None = None) -> Shop:
    one = Shop.objects.create(name=name, platform="taobao", created_at=NOW)
    ends = None if days is None else NOW + timedelta(days=days, hours=1)
    ShopConnection.objects.create(shop=one, state=state, expires_at=ends, refresh_expires_at=ends, hook_key=name)
    StreamCursor.objects.create(shop=one, stream="orders", since=NOW, until=NOW, next_at=NOW)
    return one


def found(shop_ids: list[int] | None = None) -> dict[str, todo.Task]:
    return {task.code: task for task in todo.tasks(Order.objects.all(), NOW, shop_ids=shop_ids)}


def stuck(one: Shop, count: int, state: str = "quarantined") -> None:
    for i in range(count):
        RawPayload.objects.create(shop=one, stream="orders", no=f"{state}{i}", state=state)


def counted(one: Shop, platform: int, ours: int) -> None:
    day = connections.yesterday(NOW)
    DayCount.objects.create(shop=one, day=day, platform_count=platform, our_count=ours, missing_count=platform - ours, checked_at=NOW)


def test_a_connection_that_runs_gives_nothing_to_do() -> None:
    one = shop(days=30)
    counted(one, 5, 5)
    stuck(one, 1, "waiting")
    shop("没连的", state="none")
    assert found() == {}


def test_refused_shops_are_named() -> None:
    first, _second = shop("甲", "refused"), shop("乙", "refused")
    task = found()["refused"]
    assert (task.title, task.tone, task.count, task.shop_id) == ("甲、乙 的授权失效了", "rose", 2, first.pk)


@pytest.mark.parametrize(("days", "tone"), [(7, "amber"), (3, "amber"), (1, "rose"), (8, "")])
def test_an_authorisation_that_ends_soon(days: int, tone: str) -> None:
    shop(days=days)
    task = found().get("ending")
    assert (task.tone if task else "", task.title if task else "") == (tone, f"木屿家居 的授权还有 {days} 天" if tone else "")


def test_the_first_to_end_stands_first() -> None:
    shop("甲", days=5)
    second = shop("乙", days=0)
    task = found()["ending"]
    assert (task.title, task.detail, task.shop_id) == ("乙 的授权一天内到期", "还有：甲", second.pk)


def test_what_is_set_aside_is_counted_and_leads_to_the_worst() -> None:
    stuck(shop("甲"), 1)
    worst = shop("乙")
    stuck(worst, 2)
    task = found()["quarantined"]
    assert (task.count, task.detail, task.shop_id) == (3, "乙 2 · 甲 1", worst.pk)


def test_orders_that_are_missing_still() -> None:
    counted(shop("甲"), 10, 10)
    worst = shop("乙")
    counted(worst, 10, 7)
    task = found()["missing"]
    assert (task.title, task.detail, task.shop_id) == ("昨天有 3 单平台有、这里没有", "乙 3", worst.pk)


def test_other_peoples_shops_and_closed_ones_are_none_of_ones_business() -> None:
    mine, other, closed = shop("自己的"), shop("别家", "refused"), shop("关了的", "refused")
    stuck(other, 1)
    Shop.objects.filter(pk=closed.pk).update(is_active=False)
    assert found([mine.pk, closed.pk]) == {}


def unpushed(one: Shop, name: str, *, wanted: int = 40, pushed: int | None = 58) -> None:
    item = Sku.objects.create(code=name, name=name, created_at=NOW, updated_at=NOW)
    listed = Listing.objects.create(shop=one, key=name, platform_item_id=name, sku=item, seen_at=NOW, created_at=NOW)
    said = {"pushed": pushed, "pushed_at": NOW if pushed is not None else None}
    Offer.objects.create(shop=one, listing_id=listed.pk, wanted=wanted, wanted_at=NOW, error_code="rejected", error="审核中", **said)


def test_a_number_that_a_platform_does_not_take_is_told_with_what_buyers_see() -> None:
    one = shop("甲")
    unpushed(one, "小夜灯")
    task = found()["unpushed"]
    assert (task.title, task.detail, task.tone) == ("甲 的库存推送失败：小夜灯，可能超卖", "平台仍显示 58，应为 40", "rose")


def test_a_platform_that_shows_too_few_oversells_nothing() -> None:
    unpushed(shop("甲"), "小夜灯", pushed=3)
    assert found()["unpushed"].title == "甲 的库存推送失败：小夜灯"


def test_what_a_platform_never_had_is_told_with_its_reason() -> None:
    unpushed(shop("甲"), "小夜灯", pushed=None)
    assert found()["unpushed"].detail == "审核中"


def test_many_numbers_are_counted_by_shop() -> None:
    one, two = shop("甲"), shop("乙")
    for name in ("灯", "杯"):
        unpushed(one, name)
    unpushed(two, "垫")
    task = found()["unpushed"]
    assert (task.title, task.detail, task.count) == ("3 件商品的库存推送失败，可能超卖", "甲 2 · 乙 1", 3)
    assert found([two.pk])["unpushed"].count == 1


def test_a_shop_that_must_be_authorised_again_is_not_told_twice() -> None:
    unpushed(shop("甲", "refused"), "小夜灯")
    assert list(found()) == ["refused"]


def test_it_costs_the_same_for_one_and_fifty(same_queries: Any) -> None:
    shop("甲", "refused")
    unpushed(shop("乙"), "小夜灯")
    first = same_queries(found, found)
    for i in range(50):
        one = shop(f"店 {i}", ("refused", "connected")[i % 2], days=i % 9)
        stuck(one, 1)
        counted(one, 3, 2)
        unpushed(one, f"货 {i}")
    assert same_queries(found, found) == first
