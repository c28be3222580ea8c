"""The process that reads and translates a big file while another one saves what has come: `python -m danshu.flows.intake_beside`.

It gets a JSON object in the first line of its standard input and writes frames to its standard output: four bytes of length, then a
pickled stretch of outcomes as plain tuples (dataclasses would be pickled field by field, in Python). A frame of length 0 says that the
file is read to its end. What needs no database is done here too: what is stored of a new order (`orders.prepared`).

While the standard input is open, the rows beside our copy of the file are still being written; the process follows them. It goes ahead
of the one that saves by `AHEAD` frames.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import select
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import django
from django.conf import settings
from django.utils import translation as languages

from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, Receiver
from danshu.channels.files.recognise import Layout
from danshu.channels.files.translate import BadOrder, Outcome, Translation
from danshu.core import clock, tables
from danshu.core.tables import Row, Sheet
from danshu.flows import intake_rows
from danshu.orders import prepared
from danshu.orders.prepared import Prepared, Terms

LENGTH = struct.Struct(">I")
AHEAD = 32  # frames of 1,000 orders, about 2 MB each
LOOK_EVERY = 0.005  # seconds

_ORDER = attrgetter(*[f.name for f in fields(IncomingOrder)])
_LINE = attrgetter(*[f.name for f in fields(IncomingLine)])
_RECEIVER = attrgetter(*[f.name for f in fields(Receiver)])
_PARCEL = attrgetter(*[f.name for f in fields(IncomingParcel)])
_AT = {f.name: place for place, f in enumerate(fields(IncomingOrder))}
_LINES, _TO, _PARCELS = _AT["lines"], _AT["receiver"], _AT["parcels"]

# of one order: its rows; a bad one's values; a good one's number, digest and, if it can be saved, what is stored of a new one
Told = tuple[tuple[int, ...], tuple[str, str, str] | None, str, str, Prepared | None]


def sheet_of(path: Path, layout: Layout) -> Sheet:
    return layout.sheet_of(tables.read(path))


def translated(
    path: Path, layout: Layout, scattered: Mapping[str, int] | None, skip: int, size: int, more: Callable[[], bool] = lambda: False
) -> Iterator[list[Outcome]]:
    """The orders in our copy of a file after the first `skip`, so many at a time. `more` as `intake_rows.kept` takes it."""
    translation = Translation(layout)
    if scattered is None:
        scattered = translation.survey(_rows(path, layout, more)).scattered
    outcomes = translation.orders(_rows(path, layout, more), scattered, skip=skip)
    while stretch := list(islice(outcomes, size)):
        yield stretch


def _rows(path: Path, layout: Layout, more: Callable[[], bool]) -> Iterator[Row]:
    return intake_rows.kept(path, lambda: sheet_of(path, layout), more)


def packed(stretch: list[Outcome], terms: Terms) -> bytes:
    """A frame's content. The orders themselves are a pickle within the pickle: they are opened when one of them turns out to be known."""
    told = [_told(outcome, terms) for outcome in stretch]
    orders = [None if isinstance(outcome.result, BadOrder) else _closed(outcome.result) for outcome in stretch]
    return pickle.dumps((told, pickle.dumps(orders, pickle.HIGHEST_PROTOCOL)), pickle.HIGHEST_PROTOCOL)


def _told(outcome: Outcome, terms: Terms) -> Told:
    found = outcome.result
    if isinstance(found, BadOrder):
        return outcome.rows, (found.platform_no, found.code, found.reason), "", "", None
    digest = found.digest()
    ready = None if prepared.refusal(found) else prepared.prepare(found, digest, terms)
    return outcome.rows, None, found.platform_no, digest, ready


def _closed(order: IncomingOrder) -> list[Any]:
    values = list(_ORDER(order))
    values[_LINES] = [_LINE(line) for line in order.lines]
    values[_TO] = _RECEIVER(order.receiver)
    values[_PARCELS] = [_PARCEL(parcel) for parcel in order.parcels]
    return values


def opened(values: list[Any]) -> IncomingOrder:
    """An order of the inner pickle."""
    values = [*values]
    values[_LINES] = tuple([IncomingLine(*line) for line in values[_LINES]])
    values[_TO] = Receiver(*values[_TO])
    values[_PARCELS] = tuple([IncomingParcel(*parcel) for parcel in values[_PARCELS]])
    return IncomingOrder(*values)


# --- the process ----------------------------------------------------------------------------------------------------------


def main() -> None:
    gc.disable()  # nothing here refers to itself, and looking for it takes a fifth of the time
    task = json.loads(sys.stdin.buffer.readline())
    frames: Queue[bytes | None] = Queue(AHEAD)
    writer = Thread(target=_write, args=(frames, sys.stdout.fileno()))
    writer.start()
    try:
        with _speaking(task["language"]):
            _translate(task, frames)
    finally:
        frames.put(None)
        writer.join()


def _write(frames: Queue[bytes | None], out: int) -> None:
    """Straight into the pipe: of a process that is stopped and continued a write is cut, and Python's buffer then sends other bytes."""
    try:
        while (frame := frames.get()) is not None:
            left = memoryview(LENGTH.pack(len(frame)) + frame)
            while left:
                left = left[os.write(out, left) :]
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more; the translating thread may be waiting for room in the queue


@contextmanager
def _speaking(language: str) -> Iterator[None]:
    """Reasons are Chinese as they stand in the code; other languages need the catalogues of all rooms, and these need everything."""
    if language.startswith("zh"):
        settings.USE_I18N = False
        yield
        return
    django.setup()
    with languages.override(language):
        yield


def _translate(task: dict[str, Any], frames: Queue[bytes | None]) -> None:
    path, layout = Path(task["path"]), Layout.from_json(task["layout"])
    terms = Terms(task["shop_id"], task["ship_hours"], clock.now())
    for stretch in translated(path, layout, task["scattered"], task["skip"], task["size"], _more):
        frames.put(packed(stretch, terms))
    frames.put(b"")


def _more() -> bool:
    """Whether rows are still being written: the standard input is open. Waits a moment for its end."""
    return not select.select([sys.stdin], [], [], LOOK_EVERY)[0]


if __name__ == "__main__":
    main()
