"""A few processes under one roof: started together, restarted when one dies, stopped together."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType

log = logging.getLogger(__name__)
PR_SET_PDEATHSIG = 1
SETTLED_AFTER = 30.0  # seconds alive after which a process counts as healthy again
LONGEST_PAUSE = 30.0


@dataclass
class Child:
    """One process. `is_vital`: when it ends by itself, all end (its restart would help nobody)."""

    name: str
    argv: Sequence[str]
    is_vital: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    deaths: int = field(default=0)


class Group:
    """Runs children until SIGTERM or Ctrl-C, or until a vital one ends."""

    def __init__(self, children: Sequence[Child], *, grace: float = 30.0) -> None:
        self._children = list(children)
        self._grace = grace
        self._signals = 0

    def run(self) -> int:
        """The exit code: 0 after a signal, else that of the vital child that ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        code = 0
        try:
            while not self._signals:
                ended = self._look()
                if ended is not None:
                    code = ended
                    break
                time.sleep(0.1)
        finally:
            self._stop()
        return code

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _look(self) -> int | None:
        """Start what should run and does not. Returns the exit code of a vital child that ended."""
        now = time.monotonic()
        for child in self._children:
            code = child.process.poll() if child.process else None
            if child.process and code is None:
                if child.deaths and now - child.started_at > SETTLED_AFTER:
                    child.deaths = 0
                continue
            if child.process:
                child.process = None
                if child.is_vital:
                    log.error("The %s ended with code %s.", child.name, code)
                    return code or 1
                pause = min(2.0**child.deaths, LONGEST_PAUSE)
                child.deaths += 1
                child.start_at = now + pause
                log.warning("The %s ended with code %s and is started again in %.0f s.", child.name, code, pause)
            if now >= child.start_at:
                self._start(child, now)
        return None

    @staticmethod
    def _start(child: Child, now: float) -> None:
        """In a session of its own, so that Ctrl-C reaches only us and every child gets exactly one signal."""
        child.process = subprocess.Popen(  # noqa: S603 - our own commands
            child.argv,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # they find what we found
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - this process has one thread
        )
        child.started_at = now

    def _stop(self) -> None:
        alive = [child.process for child in self._children if child.process and child.process.poll() is None]
        for process in alive:
            process.terminate()
        give_up_at = time.monotonic() + self._grace
        while alive and time.monotonic() < give_up_at and self._signals < 2:
            alive = [process for process in alive if process.poll() is None]
            time.sleep(0.05)
        for process in alive:
            process.kill()
            process.wait()


def _die_with_parent() -> None:
    """Ask the kernel to end the child when we are killed without a chance to do it ourselves."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
