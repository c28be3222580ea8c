"""Schedules: when they fire, once, and how they catch up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from danshu.core import clock, jobs
from danshu.core.jobs import registry, ticking
from danshu.core.models import Schedule

pytestmark = pytest.mark.django_db
ran: list[str] = []


@jobs.job()
def sweep() -> None:
    ran.append("sweep")


@jobs.job()
def close_the_day() -> None:
    ran.append("close")


@pytest.fixture(autouse=True)
def clocks(monkeypatch):
    monkeypatch.setattr(registry, "CLOCKS", {})
    monkeypatch.setattr(ticking, "CLOCKS", registry.CLOCKS)
    ran.clear()


def shanghai(text: str) -> datetime:
    return clock.from_platform(datetime.fromisoformat(text))


def at(text: str) -> None:
    """Let the clocks look at this moment, and run what they start."""
    with time_machine.travel(shanghai(text), tick=False):
        ticking.tick()
        jobs.drain()


def set_up(text: str) -> None:
    with time_machine.travel(shanghai(text), tick=False):
        ticking.set_up()


def test_a_new_interval_starts_at_once_and_keeps_its_grid():
    jobs.schedule("sweep", sweep, every=timedelta(minutes=10))
    set_up("2026-11-24 12:00")
    at("2026-11-24 12:00:01")
    at("2026-11-24 12:09:59")
    assert ran == ["sweep"]
    at("2026-11-24 12:10:03")
    at("2026-11-24 12:20:00")
    assert ran == ["sweep"] * 3


def test_a_daily_job_runs_at_the_sellers_time():
    jobs.schedule("close", close_the_day, at="00:30")
    set_up("2026-11-24 12:00")
    at("2026-11-25 00:29:59")
    assert ran == []
    at("2026-11-25 00:30:00")
    at("2026-11-25 00:31:00")
    at("2026-11-25 23:59:00")
    assert ran == ["close"]
    at("2026-11-26 00:30:00")
    assert ran == ["close"] * 2


@pytest.mark.parametrize("terms", [{"every": timedelta(minutes=10)}, {"at": "03:40"}])
def test_after_days_of_downtime_exactly_one_run_makes_up(terms):
    jobs.schedule("sweep", sweep, **terms)
    set_up("2026-11-20 12:00")
    at("2026-11-20 12:00")
    ran.clear()
    set_up("2026-11-24 12:05")
    at("2026-11-24 12:05")
    at("2026-11-24 12:06")
    assert ran == ["sweep"]
    assert Schedule.objects.get().next_run_at > shanghai("2026-11-24 12:06")


def test_a_run_that_still_waits_is_enough():
    jobs.schedule("sweep", sweep, every=timedelta(minutes=10))
    set_up("2026-11-24 12:00")
    for minute in ("00", "10", "20"):
        with time_machine.travel(shanghai(f"2026-11-24 12:{minute}"), tick=False):
            assert ticking.tick() == 1
    jobs.drain()
    assert ran == ["sweep"]


def test_edited_and_removed_schedules_follow_the_code():
    jobs.schedule("sweep", sweep, every=timedelta(days=1))
    jobs.schedule("close", close_the_day, at="03:00")
    jobs.schedule("old", close_the_day, at="04:00")
    set_up("2026-11-24 12:00")
    at("2026-11-24 12:00")
    registry.CLOCKS.clear()
    jobs.schedule("sweep", sweep, every=timedelta(minutes=5))
    jobs.schedule("close", close_the_day, at="05:00")
    set_up("2026-11-24 12:30")
    rows = dict(Schedule.objects.values_list("name", "next_run_at"))
    assert rows == {"sweep": shanghai("2026-11-24 12:30"), "close": shanghai("2026-11-25 05:00")}


def test_a_schedule_needs_one_kind_of_time():
    with pytest.raises(ValueError, match="either"):
        jobs.schedule("x", sweep)
    with pytest.raises(ValueError, match="either"):
        jobs.schedule("x", sweep, every=timedelta(1), at="03:00")
