"""What machines are told about the house."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from danshu.core import clock, jobs
from danshu.core.models import Schedule
from danshu.flows import condition

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    """A worker that did its last round a moment ago."""
    return Schedule.objects.create(name="tea", next_run_at=clock.now() + timedelta(minutes=5))


def test_a_house_that_is_well(client, worker):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-cache" in response["Cache-Control"]


def test_a_worker_that_stopped_is_told(client, worker):
    Schedule.objects.update(next_run_at=clock.now() - timedelta(minutes=5))
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "failing", "failing": ["worker"]})


def test_a_database_that_refuses_writes_is_told(client, monkeypatch):
    def refused():
        raise DatabaseError("attempt to write a readonly database")

    monkeypatch.setattr(condition, "_can_write", refused)
    assert client.get("/healthz").json()["failing"] == ["database", "worker"]


@jobs.job()
def sweep() -> None:
    """Waits."""


def test_work_left_lying_and_a_full_disk_are_told(worker, monkeypatch):
    sweep.enqueue()
    monkeypatch.setattr(condition, "DISK_NEEDED", 1 << 62)
    assert condition.look(clock.now() + timedelta(minutes=1)).failing == ["disk"]
    late = condition.look(clock.now() + timedelta(minutes=11))
    assert "queue" in late.failing
    assert late.lag > timedelta(minutes=10)


def test_metrics_are_numbers_for_this_machine(client, worker):
    sweep.enqueue()
    text = client.get("/metrics").content.decode()
    assert "danshu_up 1.0" in text
    assert 'danshu_jobs{queue="default",state="ready"} 1.0' in text


def test_metrics_are_nobody_elses_without_the_token(client, worker, settings):
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 403
    settings.METRICS_TOKEN = "a-long-token"
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer wrong"}).status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers={"Authorization": "Bearer a-long-token"}).status_code == 200
