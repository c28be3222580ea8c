"""Bulk work that a person watches, and what the owner decided for the house."""

from __future__ import annotations

import pytest

from danshu.core import clock, preferences, runs
from danshu.core.actor import Actor
from danshu.core.models import EventRow, Run

pytestmark = pytest.mark.django_db
LI = Actor(None, "李")


def test_a_run_counts_what_was_done_and_keeps_what_was_not():
    run = runs.start("orders.hold", "挂起 3 单", total=3, by=LI, now=clock.now(), arguments={"reason": "缺货"})
    assert (run.state, run.actor_name) == (Run.State.WAITING, "李")
    runs.advance(run.pk, [{"label": "1122-0001", "ok": True}, {"label": "1122-0002", "ok": False, "message": "已发货", "url": "/o/2/"}])
    runs.advance(run.pk, [{"label": "1122-0003", "ok": True, "message": "", "url": ""}])
    runs.finish(run.pk, summary={"held": 2}, result_url="/orders/")
    run.refresh_from_db()
    assert (run.state, run.done, run.failed, run.summary, run.result_url) == (Run.State.DONE, 3, 1, {"held": 2}, "/orders/")
    assert run.results[1] == {"label": "1122-0002", "ok": False, "message": "已发货", "url": "/o/2/"}
    assert run.finished_at is not None


def test_rows_can_be_counted_without_a_line_each():
    run = runs.start("import", "导入", total=1000, by=LI, now=clock.now())
    runs.advance(run.pk, done=500)
    run.refresh_from_db()
    assert (run.done, run.results) == (500, [])


def test_ten_thousand_good_rows_do_not_push_a_bad_one_out(monkeypatch):
    monkeypatch.setattr(runs, "KEPT_SUCCESSES", 5)
    run = runs.start("k", "t", total=30, by=LI, now=clock.now())
    runs.advance(run.pk, [{"label": str(n), "ok": n != 25} for n in range(30)])
    run.refresh_from_db()
    assert [result["label"] for result in run.results] == ["0", "1", "2", "3", "4", "25"]
    assert (run.done, run.failed) == (30, 1)


def test_a_finished_run_stays_finished():
    run = runs.start("k", "t", total=1, by=LI, now=clock.now())
    runs.finish(run.pk, failed=True)
    runs.finish(run.pk)
    run.refresh_from_db()
    assert run.state == Run.State.FAILED


def test_every_step_reaches_open_pages():
    run = runs.start("k", "t", total=1, by=LI, now=clock.now())
    runs.advance(run.pk, [{"ok": True}])
    runs.finish(run.pk)
    assert [row.payload for row in EventRow.objects.filter(kind="core.RunsChanged")] == [{"run_ids": [run.pk]}] * 2


def test_a_preference_has_a_default_until_somebody_decides():
    assert preferences.get("stock.buffer", 0) == 0
    preferences.put("stock.buffer", 3, by=LI, now=clock.now())
    preferences.put("stock.buffer", 4, by=LI, now=clock.now())
    assert preferences.get("stock.buffer", 0) == 4
    preferences.put("print.default", {"printer": None}, by=LI, now=clock.now())
    assert preferences.get("print.default", {}) == {"printer": None}
    preferences.forget("stock.buffer")
    assert preferences.get("stock.buffer", 0) == 0
