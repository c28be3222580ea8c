"""The rows of a previewed file, kept beside our copy of it: unpacking and parsing a workbook is most of what reading it costs, and the
preview has done it already.

Frames of 500 rows: length, CRC-32, and a `marshal` of (rows, places of damaged cells); a frame of length 0 ends them. Whatever is wrong
with the kept rows (missing, cut short, of another Python), the file itself has them all.
"""

from __future__ import annotations

import logging
import marshal
import os
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO

from danshu.core.tables import Damaged, Row

STRETCH = 500
WORTH = 4000  # rows; fewer are read from the file as quickly
MOST = 256 * 1024 * 1024  # bytes; 100,000 rows of 30 columns are 40 MB
HEAD = f"danshu rows {sys.implementation.cache_tag} {marshal.version}\n".encode()
FRAME = struct.Struct(">II")

log = logging.getLogger(__name__)


class _LostError(Exception):
    """The kept rows end before their end."""


def beside(path: Path) -> Path:
    """Where the rows of our copy of a file are kept."""
    return path.with_suffix(".rows")


def keeping(rows: Iterable[Row], path: Path) -> Iterator[Row]:
    """The rows as they come; those of a big file are written down on the way."""
    rows, keeper = iter(rows), _Keeper(beside(path))
    while stretch := list(islice(rows, STRETCH)):
        keeper.add(_frame(stretch))
        yield from stretch
    keeper.end()


def kept(path: Path, read: Callable[[], Iterable[Row]], more: Callable[[], bool] = lambda: False) -> Iterator[Row]:
    """All rows of our copy of a file: those that are kept, and from where these end the ones that `read` gives. `more` waits a moment
    and says whether somebody may still be writing them down."""
    count = 0
    try:
        for stretch in _stretches(beside(path), more):
            yield from stretch
            count += len(stretch)
    except _LostError:
        yield from islice(read(), count, None)


class _Keeper:
    """Writes frames, from where they are worth it. That it cannot (a full disk, too much) is no reason to stop reading."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.waiting: list[bytes] = [HEAD]
        self.size = 0
        self.file: IO[bytes] | None = None
        self.is_off = False

    def add(self, frame: bytes) -> None:
        if self.is_off:
            return
        self.waiting.append(frame)
        self.size += len(frame)
        if self.size > MOST:
            self._give_up()
        elif self.file is not None or (len(self.waiting) - 1) * STRETCH >= WORTH:
            self._write()

    def end(self) -> None:
        if self.file is not None:
            self.waiting.append(FRAME.pack(0, 0))
            self._write()
        if self.file is not None:
            self.file.close()

    def _write(self) -> None:
        try:
            if self.file is None:
                self.file = os.fdopen(os.open(self.target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
            self.file.write(b"".join(self.waiting))
            self.waiting.clear()
        except OSError:
            log.warning("The rows of a previewed file could not be kept; the import reads the file again.", exc_info=True)
            self._give_up()

    def _give_up(self) -> None:
        self.is_off = True
        self.waiting.clear()
        if self.file is not None:
            self.file.close()
            self.file = None
            self.target.unlink(missing_ok=True)


def _frame(rows: list[Row]) -> bytes:
    try:
        body = marshal.dumps((rows, []))
    except ValueError:  # it takes plain texts only
        damaged = [(at, cell) for at, row in enumerate(rows) for cell, text in enumerate(row) if isinstance(text, Damaged)]
        body = marshal.dumps(([list(map(str, row)) for row in rows], damaged))
    return FRAME.pack(len(body), zlib.crc32(body)) + body


def _stretches(path: Path, more: Callable[[], bool]) -> Iterator[list[Row]]:
    try:
        with path.open("rb") as file:
            if file.read(len(HEAD)) != HEAD:
                raise _LostError
            while True:
                size, checksum = FRAME.unpack(_take(file, FRAME.size, more))
                if not size and not checksum:
                    return
                body = _take(file, size, more)
                if zlib.crc32(body) != checksum:
                    raise _LostError
                rows, damaged = marshal.loads(body)  # noqa: S302 - our own file in our own folder, and its checksum is right
                for at, cell in damaged:
                    rows[at][cell] = Damaged(rows[at][cell])
                yield rows
    except (OSError, struct.error, EOFError, TypeError, ValueError):
        raise _LostError from None


def _take(file: IO[bytes], size: int, more: Callable[[], bool]) -> bytes:
    """So many bytes, or fewer when the file ends and no more come."""
    found, is_written = file.read(size), False
    while len(found) < size and not is_written:
        is_written = not more()  # what was written before it said so is read yet
        found += file.read(size - len(found))
    return found
