"""A big file is read and translated by a process of its own (`intake_beside`) while this one saves what has come: reading is half of the
work, and Python uses one core a process. Whatever happens to that process, the orders come: the rest is read here, which also shows the
error if there is one.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from django.utils import translation as languages

from danshu.channels.contract import IncomingOrder
from danshu.channels.files.recognise import Layout
from danshu.channels.files.translate import BadOrder
from danshu.channels.models import Shop
from danshu.core.tables import Row
from danshu.flows import intake_beside, intake_rows
from danshu.flows.intake_beside import LENGTH, Told
from danshu.orders.arrival import Arrived

Task = dict[str, Any]  # as `intake_beside` gets it

STRETCH = 1000  # orders in one transaction: what a statement costs is shared by twice as many as in a batch of 500
WORTH = 2000  # orders; starting a process takes as long as reading so many
BIG = 250_000  # bytes of a workbook that may hold as many

log = logging.getLogger(__name__)


class Read(NamedTuple):
    """What the rows (numbered as the spreadsheet shows them) of one order came to."""

    rows: tuple[int, ...]
    result: Arrived | BadOrder


class HeadStart:
    """For callers that ask nobody between preview and import: the other process starts while the preview opens the file, and begins while
    it still reads, on what the import will most likely ask. An import that asks anything else does without."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._task: Task = {}
        self._process: _Beside | None = None

    def __enter__(self) -> Self:
        with suppress(OSError):  # the preview says what is wrong with it
            if self._path.stat().st_size >= BIG:
                self._process = _Beside()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None:
            self._process.end()

    def following(self, rows: Iterable[Row], path: Path, layout: Layout, shop: Shop) -> Iterator[Row]:
        """The rows of the preview, which `intake_rows.keeping` writes down."""
        rows = iter(rows)
        yield from islice(rows, intake_rows.WORTH)
        if self._process is None or (row := next(rows, None)) is None:
            yield from rows
            return
        self._task = _task(path, layout, {}, shop, 0)
        self._process.begin(self._task)
        yield row
        yield from rows
        self._process.rows_end()

    def taken(self, task: Task) -> _Beside | None:
        """The process, if this is what it works on, or if it waits for something to do; whoever takes it ends it."""
        if self._process is not None and not self._task:
            self._process.begin(task)
            self._process.rows_end()
        elif task != self._task:
            return None
        process, self._process, self._task = self._process, None, {}
        return process


def stretches(
    path: Path, layout: Layout, scattered: Mapping[str, int] | None, head_start: HeadStart | None = None, *, shop: Shop, skip: int,
    left: int,
) -> Iterator[list[Read]]:  # fmt: skip
    """The shop's orders in the file after the first `skip`, in stretches. `left` says about how many there are. Raises `DomainError`."""
    if left >= WORTH:
        task = _task(path, layout, scattered, shop, skip)
        for stretch in _from_beside(task, head_start):
            if not stretch:
                return
            skip += len(stretch)
            yield stretch
        log.warning("The process that reads the file ended early; the rest is read here.", extra={"orders": skip})
    for outcomes in intake_beside.translated(path, layout, scattered, skip, STRETCH):
        yield [Read(outcome.rows, _arrived(outcome.result)) for outcome in outcomes]


def _arrived(result: IncomingOrder | BadOrder) -> Arrived | BadOrder:
    return result if isinstance(result, BadOrder) else Arrived(result, result.digest())


def _task(path: Path, layout: Layout, scattered: Mapping[str, int] | None, shop: Shop, skip: int) -> Task:
    plain = layout.as_json()
    columns = [{**column, "samples": ()} for column in plain["columns"]]  # for people, and masked when they are kept
    return {"path": str(path), "layout": {**plain, "columns": columns}, "scattered": scattered, "shop_id": shop.pk,
            "ship_hours": shop.ship_hours, "skip": skip, "size": STRETCH, "language": languages.get_language()}  # fmt: skip


def _from_beside(task: Task, head_start: HeadStart | None) -> Iterator[list[Read]]:
    """What the other process sends; an empty list at the end of the file, and no such list when it ended before."""
    process = head_start and head_start.taken(task)
    if not process:
        process = _Beside()
        process.begin(task)
        process.rows_end()
    try:
        while (frame := process.frame()) is not None:
            yield _unpacked(frame) if frame else []
    finally:
        process.end()


class _Beside:
    """The other process: ready, and then at its task."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "danshu.flows.intake_beside"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip

    def begin(self, task: Task) -> None:
        assert self._process.stdin is not None  # a pipe
        with suppress(BrokenPipeError):  # it ended before it read its task
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            self._process.stdin.flush()

    def rows_end(self) -> None:
        """The rows beside our copy of the file are all written down."""
        assert self._process.stdin is not None  # a pipe
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def frame(self) -> bytes | None:
        assert self._process.stdout is not None  # a pipe
        return _frame(self._process.stdout)

    def end(self) -> None:
        """Nobody listens any more."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:  # closes the pipes and waits for it
            pass


def _frame(pipe: IO[bytes]) -> bytes | None:
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    size = LENGTH.unpack(head)[0]
    body = pipe.read(size)
    return body if len(body) == size else None


class _Orders:
    """The orders of a stretch, opened when one of them is asked for."""

    def __init__(self, pickled: bytes) -> None:
        self._pickled = pickled

    @cached_property
    def _values(self) -> list[list[Any]]:
        found: list[list[Any]] = pickle.loads(self._pickled)  # noqa: S301 - as in `_unpacked`
        return found

    def open(self, at: int) -> IncomingOrder:
        return intake_beside.opened(self._values[at])


def _unpacked(frame: bytes) -> list[Read]:
    told, pickled = pickle.loads(frame)  # noqa: S301 - between two processes of ours, through a pipe that nobody else has
    orders = _Orders(pickled)
    return [_read(each, partial(orders.open, at)) for at, each in enumerate(told)]


def _read(told: Told, open_order: partial[IncomingOrder]) -> Read:
    rows, bad, platform_no, digest, ready = told
    if bad:
        return Read(rows, BadOrder(*bad))
    if ready is None:
        return Read(rows, Arrived(open_order(), digest))
    return Read(rows, Arrived.ready(platform_no, digest, ready, open_order))
