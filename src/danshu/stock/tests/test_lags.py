"""Unpaid locks end at their second, and how late they ended is measured."""

from datetime import timedelta

import pytest
import time_machine

from danshu.core import clock, jobs
from danshu.core.models import Job
from danshu.stock import lags
from danshu.stock.jobs import expire_unpaid
from danshu.stock.models import Reservation
from danshu.stock.tests.goods import NOW, counters, demand, fill, reserve, sku, warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def towel():
    item = sku("TW")
    fill(warehouse(), {item: 50})
    return item


def test_percentiles_and_steps_say_how_late():
    lag = lags.of([0.2] * 90 + [1.5] * 8 + [4.0, 70.0])
    assert (lag.count, lag.p50, lag.p95, lag.p99, lag.most) == (100, 0.2, 1.5, 70.0, 70.0)
    assert dict(lag.steps) == {1: 90, 2: 8, 5: 1, 10: 0, 60: 0, None: 1}
    assert not lag.is_kept
    assert lags.of([]) is None


def test_a_lock_that_ends_between_two_rounds_has_a_job_of_its_own(towel):
    with time_machine.travel(NOW, tick=False) as clockwork:
        soon = clock.now() + timedelta(seconds=4, milliseconds=300)
        reserve(*[demand(number, towel, kind="unpaid", expires_at=soon) for number in (1, 2)])
        reserve(demand(3, towel, kind="unpaid", expires_at=soon + timedelta(minutes=5)))
        expire_unpaid()
        expire_unpaid()
        assert counters(towel) == (50, 3)
        clockwork.shift(timedelta(seconds=5))
        jobs.drain()
        assert counters(towel) == (50, 1)
        lag = lags.expiries(clock.now())
        assert (lag.count, lag.p99, lag.is_kept) == (2, 0.7, True)


def test_fifty_locks_that_end_together_need_one_job(towel):
    with time_machine.travel(NOW, tick=False):
        reserve(*[demand(n, towel, kind="unpaid", expires_at=NOW + timedelta(seconds=3, milliseconds=10 * n)) for n in range(1, 51)])
        for _ in range(3):
            expire_unpaid()
        assert Job.objects.filter(name__endswith="expire_unpaid").count() <= 1
        assert Reservation.objects.filter(state="held").count() == 50
