"""What holds when worker processes start, stop and die for real. Runs on whichever database the suite is given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from danshu.core.models import Schedule
from danshu.core.tests import worker_jobs
from tests import fresh

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ON_POSTGRES = settings.ON_POSTGRES


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def database(tmp_path):
    """A database that other processes can open: these tests bring a file of their own on SQLite, whose queue has one worker."""
    if ON_POSTGRES:
        yield {"DANSHU_DATABASE_URL": url()}
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, core_schedule CASCADE")
        return
    old = dict(settings.DATABASES["default"])
    connection.close()
    kept = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(tmp_path / "danshu.sqlite3")
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"]
    connection.connection, held = None, connection.connection
    fresh.into(tmp_path)
    connection.ensure_connection()
    yield {"DANSHU_DATA": str(tmp_path), "DANSHU_DATABASE_URL": ""}
    connection.connection.close()
    connection.connection = held
    connection.settings_dict["NAME"] = kept
    settings.DATABASES["default"].update(old)


def url() -> str:
    its = connection.settings_dict
    return f"postgresql://{its['USER']}:{its['PASSWORD']}@{its['HOST']}:{its['PORT']}/{its['NAME']}"


@pytest.fixture
def start(database, tmp_path):
    """Start worker processes; whatever still lives at the end is killed."""
    processes = []

    def begin(*options: str, wait: bool = True) -> subprocess.Popen[bytes]:
        code = (
            "import os, sys, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'danshu.config.settings'); django.setup();"
            "import danshu.core.tests.worker_jobs;"
            "from django.core.management import call_command; call_command('worker', *sys.argv[1:])"
        )
        said = tmp_path / f"said-{len(processes)}"
        with said.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", code, *options],
                env={**os.environ, **database, "PYTHONPATH": os.pathsep.join(sys.path)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        process.said = said.read_text
        processes.append(process)
        if wait:
            until(lambda: "Worker:" in process.said() or process.poll() is not None)
            assert process.poll() is None, process.said()
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()


def words(log: Path) -> list[str]:
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def until(condition, seconds: float = 60.0) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.01)
    return time.monotonic() - began


def test_a_job_starts_within_moments_of_the_commit(start, log):
    start()
    worker_jobs.say.enqueue(path=str(log), word="warm")
    until(lambda: "warm" in words(log))
    waits = []
    for n in range(10):
        time.sleep(0.05)
        worker_jobs.say.enqueue(path=str(log), word=f"w{n}")
        waits.append(until(lambda n=n: f"w{n}" in words(log)))
    assert sorted(waits)[5] < 0.3


def test_nothing_is_lost_and_nothing_runs_twice(start, log):
    worker_jobs.say.enqueue_many([{"path": str(log), "word": f"j{n}"} for n in range(300)])
    start()
    if ON_POSTGRES:
        start()
    until(lambda: len(words(log)) >= 300)
    time.sleep(0.3)
    assert sorted(words(log)) == sorted(f"j{n}" for n in range(300))


def test_run_after_is_late_by_less_than_a_second_or_so(start, log):
    start()
    due = time.time() + 2
    worker_jobs.say.using(run_after=timedelta(seconds=2)).enqueue(path=str(log), word="later")
    until(lambda: "later" in words(log))
    ran_at = float(log.read_text().split()[2])
    assert 0 <= ran_at - due < 1.5


def test_a_killed_worker_loses_no_job(start, log):
    first = start("--silent-after", "3")
    worker_jobs.work.enqueue(path=str(log), word="x", seconds=3)
    until(lambda: "start-x" in words(log))
    first.send_signal(signal.SIGKILL)
    first.wait()
    began = time.monotonic()
    start("--silent-after", "3")
    until(lambda: "end-x" in words(log))
    assert words(log) == ["start-x", "start-x", "end-x"]
    assert time.monotonic() - began < 40


def test_sigterm_finishes_what_is_running_and_takes_nothing_new(start, log):
    worker = start("--threads", "1")
    worker_jobs.work.enqueue(path=str(log), word="x", seconds=2)
    until(lambda: "start-x" in words(log))
    worker_jobs.say.enqueue(path=str(log), word="next")
    worker.terminate()
    assert worker.wait(60) == 0
    assert words(log) == ["start-x", "end-x"]
    start()
    until(lambda: "next" in words(log))
    assert words(log).count("start-x") == 1


def test_jobs_run_at_the_same_time_up_to_the_number_of_threads(start, log):
    start("--threads", "8")
    worker_jobs.work.enqueue_many([{"path": str(log), "word": str(n), "seconds": 1} for n in range(8)])
    until(lambda: sum(word.startswith("end") for word in words(log)) == 8)
    assert all(word.startswith("start") for word in words(log)[:8])


def test_two_workers(start, log):
    first, second = start(), start(wait=False)
    if not ON_POSTGRES:
        assert second.wait(60) != 0
        assert "Another worker owns the queue" in second.said()
        assert first.poll() is None
        return
    until(lambda: "Worker:" in second.said())
    worker_jobs.work.enqueue_many([{"path": str(log), "word": str(n), "seconds": 0.5} for n in range(8)])
    until(lambda: sum(word.startswith("end") for word in words(log)) == 8)
    assert len({line.split()[1] for line in log.read_text().splitlines()}) == 2


def test_jobs_leave_no_connections_behind(start, log):
    start("--threads", "2")
    for _ in range(10):
        worker_jobs.count_connections.enqueue(path=str(log))
    until(lambda: len(words(log)) == 10)
    assert set(words(log)) <= {"connections-0", "connections-1"}


def test_the_clock_ticks_once_however_many_workers(start, log, database):
    database["DANSHU_TEST_LOG"] = str(log)
    start()
    if ON_POSTGRES:
        start()
        start()
    until(lambda: words(log).count("tick") >= 4)
    ticks = [float(line.split()[2]) for line in log.read_text().splitlines()]
    assert len(ticks) <= (ticks[-1] - ticks[0]) + 2.5, "one a second, not one a second and worker"
    row = Schedule.objects.get(name="test-tick")
    assert row.last_run_at is not None
    assert row.next_run_at > row.last_run_at
