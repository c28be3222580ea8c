"""What the house forgets at night."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from danshu.channels.connecting import Stream
from danshu.channels.models import RawPayload, Shop
from danshu.channels.operations import connecting
from danshu.channels.tests.fake_platform import VALUES, Adapter, Platform, install
from danshu.core import clock, jobs
from danshu.core.actor import Actor
from danshu.flows import intake_shops, upkeep
from danshu.orders.models import Order, Refund

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def time():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def platform(time, monkeypatch):
    """Three orders and a request that came in."""
    platform = Platform()
    install(monkeypatch, Adapter(platform))
    shop = Shop.objects.create(name="木屿官网", platform="own", created_at=clock.now())
    connecting.connect(shop.pk, VALUES, by=Actor(None, "小雅"), now=clock.now(), reach_days=0)
    for no in ("P1", "P2", "P3"):
        platform.change(no)
    platform.change("R1", Stream.REFUNDS)
    read(time)
    return platform


def read(time):
    time.shift(timedelta(seconds=30))
    intake_shops.read_streams()
    jobs.drain()


def bodies():
    return set(RawPayload.objects.filter(body__isnull=False).values_list("no", flat=True))


def test_bodies_of_what_ended_go_after_90_days_and_their_digests_stay(platform, time):
    Order.objects.exclude(platform_no="P2").update(fulfilment="delivered")
    Refund.objects.update(state="done")
    before = dict(RawPayload.objects.values_list("no", "digest"))
    time.shift(89 * DAY)
    upkeep.forget_payloads()
    assert bodies() == {"P1", "P2", "P3", "R1"}
    time.shift(DAY + timedelta(seconds=1))
    upkeep.forget_payloads()
    assert bodies() == {"P2"}, "it waits to be packed still"
    assert dict(RawPayload.objects.values_list("no", "digest")) == before


def test_what_goes_on_was_touched_or_waits_for_somebody_stays(platform, time):
    Order.objects.update(fulfilment="delivered")
    RawPayload.objects.filter(no="P1").update(state="quarantined")
    RawPayload.objects.filter(no="P2").update(retry_at=NOW)
    RawPayload.objects.filter(no="P3").update(modified_at=NOW + 60 * DAY)
    time.shift(91 * DAY)
    upkeep.forget_payloads()
    assert bodies() == {"P1", "P2", "P3", "R1"}


def test_the_seller_says_how_long(platform, time, settings):
    settings.PAYLOAD_DAYS = 7
    Order.objects.update(fulfilment="cancelled")
    time.shift(8 * DAY)
    upkeep.forget_payloads()
    assert bodies() == {"R1"}


def test_a_forgotten_order_that_changes_comes_whole_again(platform, time, settings):
    settings.PAYLOAD_DAYS = 2  # three months would be read window by window
    Order.objects.update(fulfilment="delivered")
    time.shift(3 * DAY)
    upkeep.forget_payloads()
    platform.change("P1")
    read(time)
    assert bodies() == {"P1", "R1"}
    assert Order.objects.count() == 3


def test_one_order_and_fifty_cost_the_same(platform, time, same_queries):
    shop = Shop.objects.get()

    def shelf(count):
        rows = [
            RawPayload(shop=shop, stream="orders", no=f"X{count}-{n}", body=b"x", state="taken", fetched_at=NOW) for n in range(count)
        ]
        RawPayload.objects.bulk_create(rows)

    RawPayload.objects.update(body=None)
    time.shift(91 * DAY)

    def forget(count):
        shelf(count)
        upkeep.forget_payloads()
        assert not bodies()

    same_queries(lambda: forget(1), lambda: forget(50))
