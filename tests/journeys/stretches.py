"""The seller's side of a simulated day, as `python -m tests.journeys.stretches`: each line of its input is one stretch of work, done by a
process of its own that may be killed at any moment.

A stretch opens the door at which platforms ring, has the time come to its moment, and then does what is due: the real schedules enqueue
the real jobs, several threads do them, and people pack and answer beside them.

There is one time, the platforms', and ours is the same: it stands while work is done, however slow the machine is. Whoever waits lets it
pass instead, on both sides, however short the wait: a rate bucket fills by that time and by no other.
"""

from __future__ import annotations

import gc
import json
import math
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from random import Random
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

HANDS = 3
ROUNDS = (0, 3, 15)  # seconds into a stretch at which the clocks tick
LULL = 0.05  # real seconds after which a hand without work looks for some
BLINK = 0.002  # real seconds: who sleeps may wait for what another thread or process is doing
LONGEST = 600.0  # real seconds; more means that something never comes to rest
real_sleep = time.sleep


def main() -> None:
    import django  # noqa: PLC0415 - settings are read from the environment that the parent made
    import time_machine  # noqa: F401, PLC0415 - it reads much, and each child would do so again

    django.setup()
    from danshu.flows.apps import load_jobs  # noqa: PLC0415 - needs the set-up above
    from tests.journeys import stretch_work  # noqa: PLC0415 - needs the set-up above

    load_jobs()
    with redirect_stdout(sys.stderr):  # ours speaks to the parent
        stretch_work.warm_up()
    gc.freeze()  # what was read is nobody's garbage; the children would look through it again and again, and copy it
    gc.set_threshold(50_000, 20, 20)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(child(json.loads(line)))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _pid, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def child(order: dict[str, Any]) -> int:
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
    os.dup2(1, 2)
    threading.Thread(target=_give_up, daemon=True).start()
    from tests.journeys import stretch_work  # noqa: PLC0415 - as above

    try:
        with travelling(order["url"]) as shift:
            getattr(stretch_work, order["story"])(order, shift)
    except BaseException:  # noqa: BLE001 - whatever it was stands in the log
        traceback.print_exc()
        sys.stderr.flush()
        return 1
    return 0


def _give_up() -> None:
    real_sleep(LONGEST)
    import faulthandler  # noqa: PLC0415 - only needed when all is lost

    faulthandler.dump_traceback(all_threads=True)
    os._exit(3)


@contextmanager
def travelling(url: str) -> Iterator[Callable[[float], None]]:
    """Our time is the platforms', and stands as theirs does; who sleeps moves both. Yields how to move them on purpose.

    Theirs goes first: what we have read up to some moment must hold everything that they let happen before it.
    """
    import time_machine  # noqa: PLC0415 - the parent's clocks stay as they are

    from tests.journeys.platforms import control  # noqa: PLC0415 - as above

    lock = threading.Lock()
    begin = control(url, "GET", "/")["clock"]["now_ms"]
    with time_machine.travel(_moment(begin), tick=False) as traveller:

        def shift(seconds: float) -> None:
            with lock:
                now_ms = control(url, "POST", "/clock", {"advance": max(0.0, float(seconds))})["now_ms"]
                traveller.move_to(max(_moment(now_ms), datetime.now(UTC)))

        def wait(seconds: float) -> None:
            real_sleep(min(seconds, BLINK))
            shift(math.ceil(seconds * 1000) / 1000)  # the platforms count milliseconds: a wait that moves nothing would never end

        time.sleep = wait
        try:
            yield shift
        finally:
            time.sleep = real_sleep


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


# --- many hands -------------------------------------------------------------------------------------------------------------


def drain(also: Callable[[], None] | None = None) -> None:
    """Do every job that is due, with several hands at once; `also` is done beside them, and what it starts is done too. A hand that finds
    nothing looks again when another is through with something, and now and then: jobs begin others midway, and some become due."""
    from django.db import connection  # noqa: PLC0415 - needs the set-up above

    from danshu.core import clock  # noqa: PLC0415 - the same
    from danshu.core.jobs import engines  # noqa: PLC0415 - the same
    from danshu.core.jobs.execution import execute  # noqa: PLC0415 - the same

    engine, news, idle = engines.engine(), threading.Condition(), set[int]()
    others, broken = {"left": 0 if also is None else 1, "done": 0}, list[BaseException]()

    def tell() -> None:
        with news:
            others["done"] += 1
            news.notify_all()

    def hand(number: int) -> None:
        try:
            while not broken:
                seen = others["done"]
                claimed = engine.claim(1, clock.now())
                if claimed:
                    with news:
                        idle.discard(number)
                    engine.finish([(claimed[0], execute(claimed[0]))], clock.now())
                    tell()
                    continue
                with news:
                    if not others["left"]:
                        idle.add(number)
                    if len(idle) == HANDS:
                        return
                    if others["done"] == seen:
                        news.wait(LULL)
        except BaseException as error:  # noqa: BLE001 - raised below
            broken.append(error)
        finally:
            tell()
            connection.close()

    def beside() -> None:
        try:
            assert also is not None
            also()
        except BaseException as error:  # noqa: BLE001 - raised below
            broken.append(error)
        finally:
            others["left"] = 0
            tell()
            connection.close()

    connection.close()
    threads = [threading.Thread(target=hand, args=(number,)) for number in range(HANDS)]
    threads += [threading.Thread(target=beside)] if also else []
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]


# --- the door at which platforms ring ----------------------------------------------------------------------------------------


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
        return None


@contextmanager
def door(port: int, application: Any) -> Iterator[None]:
    server = _Server(("127.0.0.1", port), _Quiet)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def chance(order: dict[str, Any], about: str) -> Random:
    return Random(f"{order['seed']}/{order['at_ms']}/{about}")


if __name__ == "__main__":
    main()
