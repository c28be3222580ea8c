"""A big file is read and translated by a process of its own while this one saves what has come: reading is half of the work, and
Python uses one core a process. What else needs no database is done there too: digests, sealed receivers.

`python -m danshu.flows.intake_reader` gets a JSON object on its standard input and writes frames to its standard output: four bytes of
length, then a pickled list of 500 outcomes as plain tuples. A frame of length 0 says that the file is read to its end. Whatever
happens to that process, the orders come: the rest is read here, which also shows the error if there is one.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import IO, Any

import django
from django.conf import settings
from django.utils import translation as languages

from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, Receiver
from danshu.channels.files.recognise import Layout
from danshu.channels.files.translate import BadOrder, Outcome, Translation
from danshu.core import tables
from danshu.core.tables import Row, Sheet
from danshu.flows import intake_rows
from danshu.orders import sealing
from danshu.orders.sealing import DigestedOrder, SealedReceiver

STRETCH = 500
WORTH = 2000  # orders; starting a process takes as long as reading so many
LENGTH = struct.Struct(">I")

log = logging.getLogger(__name__)


def stretches(
    path: Path, layout: Layout, scattered: Mapping[str, int] | None, *, shop_id: int, skip: int, left: int
) -> Iterator[list[Outcome]]:
    """The shop's orders in the file after the first `skip`, 500 at a time. `left` says about how many there are. Raises `DomainError`."""
    if left >= WORTH:
        for stretch in _from_beside(path, layout, scattered, shop_id, skip):
            if not stretch:
                return
            skip += len(stretch)
            yield stretch
        log.warning("The process that reads the file ended early; the rest is read here.", extra={"orders": skip})
    yield from _from_here(path, layout, scattered, skip, STRETCH)


def sheet_of(path: Path, layout: Layout) -> Sheet:
    return next(sheet for sheet in tables.read(path).sheets if sheet.name == layout.sheet)


def _rows(path: Path, layout: Layout) -> Iterator[Row]:
    return intake_rows.kept(path, lambda: sheet_of(path, layout))


def _from_here(path: Path, layout: Layout, scattered: Mapping[str, int] | None, skip: int, size: int) -> Iterator[list[Outcome]]:
    translation = Translation(layout)
    if scattered is None:
        scattered = translation.survey(_rows(path, layout)).scattered
    outcomes = translation.orders(_rows(path, layout), scattered, skip=skip)
    while stretch := list(islice(outcomes, size)):
        yield stretch


def _from_beside(path: Path, layout: Layout, scattered: Mapping[str, int] | None, shop_id: int, skip: int) -> Iterator[list[Outcome]]:
    """What the other process sends; an empty list at the end of the file, and no such list when it ended before."""
    task = {"path": str(path), "layout": layout.as_json(), "scattered": scattered, "shop_id": shop_id, "skip": skip, "size": STRETCH,
            "language": languages.get_language()}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "danshu.flows.intake_reader"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None  # both are pipes
        try:
            process.stdin.write(json.dumps(task).encode())
            process.stdin.close()
            while (frame := _frame(process.stdout)) is not None:
                yield [_opened(plain, shop_id) for plain in pickle.loads(frame)] if frame else []  # noqa: S301 - between two processes of ours, through a pipe that nobody else has
        except BrokenPipeError:
            pass  # it ended before it read its task
        finally:
            process.kill()  # nobody listens any more


def _frame(pipe: IO[bytes]) -> bytes | None:
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    size = LENGTH.unpack(head)[0]
    body = pipe.read(size)
    return body if len(body) == size else None


# --- orders as plain tuples: dataclasses would be pickled field by field, in Python ---------------------------------------


_ORDER = attrgetter(*[f.name for f in fields(IncomingOrder)])
_LINE = attrgetter(*[f.name for f in fields(IncomingLine)])
_RECEIVER = attrgetter(*[f.name for f in fields(Receiver)])
_PARCEL = attrgetter(*[f.name for f in fields(IncomingParcel)])
_AT = {f.name: place for place, f in enumerate(fields(IncomingOrder))}
_LINES, _TO, _PARCELS = _AT["lines"], _AT["receiver"], _AT["parcels"]

Plain = tuple[tuple[int, ...], str, Any, Any]  # rows, digest (empty: a bad order), the values, the columns of the receiver


def _closed(outcome: Outcome, shop_id: int) -> Plain:
    found = outcome.result
    if isinstance(found, BadOrder):
        return outcome.rows, "", (found.platform_no, found.code, found.reason), ()
    values = list(_ORDER(found))
    values[_LINES] = [_LINE(line) for line in found.lines]
    values[_TO] = _RECEIVER(found.receiver)
    values[_PARCELS] = [_PARCEL(parcel) for parcel in found.parcels]
    return outcome.rows, found.digest(), values, sealing.columns(shop_id, found.receiver)


def _opened(plain: Plain, shop_id: int) -> Outcome:
    rows, digest, values, sealed = plain
    if not digest:
        return Outcome(rows, BadOrder(*values))
    values[_LINES] = tuple([IncomingLine(*line) for line in values[_LINES]])
    values[_TO] = SealedReceiver.of(values[_TO], shop_id, sealed)
    values[_PARCELS] = tuple([IncomingParcel(*parcel) for parcel in values[_PARCELS]])
    return Outcome(rows, DigestedOrder.of(values, digest))


# --- the other process ----------------------------------------------------------------------------------------------------


def main() -> None:
    gc.disable()  # nothing here refers to itself, and looking for it takes a fifth of the time
    task = json.load(sys.stdin.buffer)
    with _speaking(task["language"]):
        _send(task, sys.stdout.buffer)


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


def _send(task: dict[str, Any], out: IO[bytes]) -> None:
    path, layout, shop_id = Path(task["path"]), Layout.from_json(task["layout"]), task["shop_id"]
    for stretch in _from_here(path, layout, task["scattered"], task["skip"], task["size"]):
        frame = pickle.dumps([_closed(outcome, shop_id) for outcome in stretch], pickle.HIGHEST_PROTOCOL)
        out.write(LENGTH.pack(len(frame)) + frame)
        out.flush()
    out.write(LENGTH.pack(0))
    out.flush()


if __name__ == "__main__":
    main()
