"""Beside a worker: connections that we hold open to platforms which tell us things on them. See docs/mechanisms/pulling.md.

A thread each, for each app of a platform; a lease in the database lets one process of all hold it. Shops that come and go are seen within
seconds. What is heard is kept before it is acknowledged, so a platform tells again whatever a process took to its grave. While no line
stands, streams are read as they always are.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from types import TracebackType
from typing import Self

from django.db import DatabaseError, close_old_connections, connection
from django.utils.translation import gettext as _

from danshu.channels import registry
from danshu.channels.connecting import ShopAccess
from danshu.channels.connections import LineKey
from danshu.channels.connector_errors import TemporaryFailure
from danshu.channels.listening import Heard, Line, Listening
from danshu.channels.operations import listening
from danshu.channels.operations.listening import Lease
from danshu.core import clock, sockets
from danshu.core.errors import DomainError
from danshu.core.sockets import Socket
from danshu.flows import receiving

log = logging.getLogger(__name__)
LOOK_EVERY = 2.0  # seconds between looks at which lines are wanted
BREATH = 1.0  # seconds at most until a thread notices that it is to end
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # before a line is opened again; twice as long after each failure in a row
SETTLED = 60.0  # a line that stood for so long was no failure
GRACE = 5.0  # for the threads to say goodbye


class Listeners:
    """All lines of this process, while the context is open."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._threads: dict[LineKey, Listener] = {}
        self._main = threading.Thread(target=self._run, name="listeners", daemon=True)

    def __enter__(self) -> Self:
        self._main.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._main.join(2 * GRACE)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._look()
            except DatabaseError as error:
                log.warning("Which platforms to listen to could not be read: %s", error)
                connection.close()
            except Exception:  # nothing else begins a line: the next look may go well
                log.exception("Looking at which platforms to listen to broke")
            close_old_connections()
            self._over.wait(LOOK_EVERY)
        for thread in self._threads.values():
            thread.stop()
        for thread in self._threads.values():
            thread.join(GRACE)
        connection.close()

    def _look(self) -> None:
        """End what nobody wants any more, begin what is wanted and nobody holds."""
        wanted = listening.wanted()
        for key in [key for key, thread in self._threads.items() if not thread.is_alive()]:
            del self._threads[key]
        for key, thread in self._threads.items():
            if key in wanted:
                thread.shops = wanted[key]
            else:
                thread.stop()
        for key in wanted.keys() - self._threads.keys():
            adapter = registry.listening(key.platform)
            if adapter is not None and (lease := listening.take(key, now=clock.now())) is not None:
                self._threads[key] = Listener(key, adapter, lease, wanted[key])
                self._threads[key].start()


class _LeaseLostError(Exception):
    """Another process holds the line by now."""


class Listener(threading.Thread):
    """One line: opened, kept, opened again."""

    def __init__(self, key: LineKey, adapter: Listening, lease: Lease, shops: list[ShopAccess]) -> None:
        super().__init__(name=f"line-{key.platform}", daemon=True)
        self.shops = shops  # replaced as they come and go
        self._key, self._adapter, self._lease = key, adapter, lease
        self._over = threading.Event()
        self._failures = 0

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        try:
            while not self._over.is_set():
                began = time.monotonic()
                error = self._try()
                if error is None:
                    return
                self._failures = 1 if time.monotonic() - began > SETTLED else self._failures + 1
                self._rest(error)
        except _LeaseLostError:
            log.warning("Another process listens to %s by now.", self._key.platform)
        finally:
            self._let_go()

    def _try(self) -> DomainError | None:
        """Hold the line until it breaks, and say why; None when it is to end."""
        try:
            self._hold()
        except DomainError as error:
            return error
        except DatabaseError as error:
            connection.close()
            return TemporaryFailure(_("数据库没有回答（%s），稍后再试。") % type(error).__name__)
        except _LeaseLostError:
            raise
        except Exception as error:
            log.exception("Listening to %s broke", self._key.platform)
            return TemporaryFailure(_("程序出错（%s），稍后再试。") % type(error).__name__)
        return None

    def _rest(self, error: DomainError) -> None:
        """Longer after each failure, with jitter, so that those who lost their line together do not come back together."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures - 1, 20)) * random.uniform(0.5, 1)  # noqa: S311 - jitter
        log.warning("The line to %s broke (%s), again in %.0f s", self._key.platform, error.code, pause)
        end = time.monotonic() + pause
        is_told = False
        while not self._over.is_set() and (left := end - time.monotonic()) > 0:
            try:
                if not is_told:
                    listening.broke(self._lease, error)
                    is_told = True
                self._keep()
            except DatabaseError:
                connection.close()
            self._over.wait(min(BREATH, left))

    def _let_go(self) -> None:
        try:
            self._lease.let_go()
        except DatabaseError as error:  # it runs out by itself
            log.warning("The line to %s was not given back: %s", self._key.platform, error)
        connection.close()

    # --- one connection

    def _hold(self) -> None:
        shop = self.shops[self._failures % len(self.shops)]  # one of them may have been given a wrong secret
        line = self._adapter.line(shop)
        self._keep()
        with sockets.connect(line.url) as socket:
            listening.opened(self._lease, now=clock.now())
            log.info("The line to %s stands.", self._key.platform)
            self._listen(socket, line)

    def _listen(self, socket: Socket, line: Line) -> None:
        beat_every, silence = line.beat_every.total_seconds(), line.silence.total_seconds()
        heard_at = time.monotonic()
        beat_at = heard_at - beat_every
        while not self._over.is_set():
            now = time.monotonic()
            if now - beat_at >= beat_every:
                socket.send(self._adapter.beat())
                beat_at = now
            frames = socket.receive(wait=BREATH)
            if frames:
                heard_at = time.monotonic()
                self._lease.heard_at = clock.now()
                self._take(socket, [self._adapter.hear(frame) for frame in frames])
            elif time.monotonic() - heard_at > silence:
                raise DomainError(_("连接上很久没有动静，重新连。"), "socket.silent")
            self._keep()

    def _take(self, socket: Socket, frames: list[Heard]) -> None:
        """Keep first, acknowledge then."""
        receiving.note_heard(self._key.platform, frames, now=clock.now())
        if count := sum(frame.is_odd for frame in frames):
            listening.odd(self._lease, count)
            log.warning("%d frames of %s were not understood.", count, self._key.platform)
        for frame in frames:
            if frame.receipt:
                socket.send(frame.receipt)

    def _keep(self) -> None:
        if not self._lease.keep(now=clock.now()):
            raise _LeaseLostError
