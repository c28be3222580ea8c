"""Clocks: wall time, and CPU of this process, of those it starts, and of the PostgreSQL backends that work for it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Row:
    """`value` and `limit` in `unit`; `ratio` is value / limit (for rates: our share of the limit; for times: how many times as long)."""

    size: int
    value: float
    unit: str
    limit: float
    cpu_ms: float
    note: str = ""

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.value / self.limit, 4) if self.limit else None}


@dataclass(slots=True)
class Spent:
    wall: float = 0.0
    cpu: float = 0.0


def backend_cpu(pid: int) -> float:
    """CPU seconds of a process, from /proc (0 where there is none, as on macOS)."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / TICK


def backend_pid() -> int:
    if connection.vendor != "postgresql":
        return 0
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


@contextmanager
def spent(*pids: int) -> Iterator[Spent]:
    """Wall and CPU seconds of the block: this process, those it started that have ended, and the given backends."""
    result = Spent()
    before = _cpu(pids)
    start = time.perf_counter()
    yield result
    result.wall = time.perf_counter() - start
    result.cpu = _cpu(pids) - before


def _cpu(pids: Sequence[int]) -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(backend_cpu(pid) for pid in pids if pid)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def times(work: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of each round, after one that is not counted."""
    work()
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1000)
    return found


def middle(values: list[float]) -> float:
    return median(values)
