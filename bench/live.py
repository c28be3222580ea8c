"""Event to screen: from the commit of a fact to the line on an open stream, beside a raw connection that polls without pause."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction

from bench.measure import Row, middle, percentile, spent
from danshu.accounts.models import User
from danshu.core import clock, events
from danshu.core.models import EventRow
from danshu.orders.events import OrdersChanged

FACTS = 60


def event_to_screen(_sizes: list[int]) -> Iterator[Row]:
    """Milliseconds, median over 60 facts; p95 in the note."""
    raws = [_raw_visible() for _ in range(FACTS)]
    with server() as port:
        arrivals: dict[int, float] = {}
        is_open = threading.Event()
        stream = threading.Thread(target=_listen, args=(port, _session(), arrivals, is_open), daemon=True)
        stream.start()
        if not is_open.wait(60):
            raise SystemExit("the stream of facts did not open")
        time.sleep(1)
        with spent() as used:
            committed = [_publish(number) for number in range(1, FACTS + 1)]
        patience = time.monotonic() + 20
        while len(arrivals) < FACTS and time.monotonic() < patience:
            time.sleep(0.1)
    late = [(arrivals[n] - moment) * 1000 for n, moment in enumerate(committed, 1) if n in arrivals]
    if len(late) < FACTS:
        raise SystemExit(f"{FACTS - len(late)} of {FACTS} facts never reached the screen")
    yield Row(1, middle(late), "ms", middle(raws), used.cpu * 1000 / FACTS, f"p95 {percentile(late, 0.95):.0f} ms")


def _publish(number: int) -> float:
    with transaction.atomic():
        events.publish(OrdersChanged(order_ids=(number,), what="flag"))
    moment = time.time()
    time.sleep(0.05 + number % 7 * 0.03)
    return moment


def _raw_visible() -> float:
    """Milliseconds until a second connection sees a committed row."""
    seen = threading.Event()
    before = EventRow.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def watch() -> None:
        while not EventRow.objects.filter(id__gt=before).exists():
            pass
        seen.set()
        connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    time.sleep(0.02)
    EventRow.objects.create(kind="bench", payload={}, at=clock.now())
    start = time.perf_counter()
    seen.wait()
    watcher.join()
    return (time.perf_counter() - start) * 1000


@contextmanager
def server() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    env = {**os.environ, "DANSHU_BIND": f"127.0.0.1:{port}"}
    process = subprocess.Popen([sys.executable, "-m", "danshu.cli", "serve"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(process, port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the server listens; a busy machine may need a minute."""
    patience = time.monotonic() + 120
    while time.monotonic() < patience and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not start")


def _session() -> str:
    user = User(username="bench", name="李建明", role="owner", created_at=clock.now())
    user.set_unusable_password()
    user.save()
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _listen(port: int, session: str, arrivals: dict[int, float], is_open: threading.Event) -> None:
    """Note when the data line of each fact comes in; the order id in it is the fact's number."""
    stream = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    stream.request("GET", "/live/", headers={"Cookie": f"sessionid={session}"})
    answer = stream.getresponse()
    if answer.status != 200:
        raise SystemExit(f"/live/ answered {answer.status}")
    is_open.set()
    while line := answer.readline():
        if line.startswith(b"data:"):
            moment = time.time()
            for number in _ids(line):
                arrivals.setdefault(number, moment)


def _ids(line: bytes) -> list[int]:
    data = json.loads(line[5:])
    return [int(i) for i in data.get("ids", [])]
