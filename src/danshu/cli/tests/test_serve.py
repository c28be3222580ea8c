"""`serve` as a person uses it: it starts, survives the loss of its worker, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from danshu.cli.processes import Child, Group

pytestmark = pytest.mark.slow


def until(condition, seconds: float = 30.0) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.05)


def children(pid: int) -> dict[str, int]:
    """Direct children by what they are."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                line = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            if int(stat[1]) == pid and stat[0] != "Z":
                found["worker" if "danshu.cli worker" in line else "web"] = int(entry.name)
    return found


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def serve(tmp_path, port):
    env = {
        **os.environ,
        "DANSHU_DATA": str(tmp_path),
        "DANSHU_DATABASE_URL": "",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONUNBUFFERED": "1",
    }
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "danshu.cli", "serve", "--migrate", "--bind", f"127.0.0.1:{port}", "--web-threads", "4"],
            env=env, stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        until(lambda: answers(port) or process.poll() is not None)
        assert process.poll() is None, (tmp_path / "said").read_text()
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(40)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/live/poll/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def test_it_prints_where_it_is_and_stops_all_of_itself(serve, port, tmp_path):
    assert f"http://127.0.0.1:{port}" in (tmp_path / "said").read_text()
    until(lambda: set(children(serve.pid)) == {"web", "worker"})
    below = children(serve.pid)
    serve.terminate()
    assert serve.wait(40) == 0
    assert all(gone(pid) for pid in below.values())
    assert not answers(port)


def test_a_dead_worker_is_replaced(serve, port):
    until(lambda: "worker" in children(serve.pid))
    first = children(serve.pid)["worker"]
    os.kill(first, signal.SIGKILL)
    until(lambda: children(serve.pid).get("worker", first) != first)
    assert answers(port)


def test_when_serve_is_killed_nothing_lives_on(serve, port):
    until(lambda: set(children(serve.pid)) == {"web", "worker"})
    below = children(serve.pid)
    os.kill(serve.pid, signal.SIGKILL)
    serve.wait()
    until(lambda: all(gone(pid) for pid in below.values()))


def test_the_end_of_a_vital_process_ends_all():
    group = Group(
        [
            Child("vital", [sys.executable, "-c", "raise SystemExit(3)"], is_vital=True),
            Child("other", [sys.executable, "-c", "import time; time.sleep(60)"]),
        ]
    )
    began = time.monotonic()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert group.run() == 3
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert time.monotonic() - began < 20
