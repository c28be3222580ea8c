"""Code 128 and QR as rectangles in whole printer dots: zxing-cpp says which modules are black, one PDF path draws them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import zxingcpp

if TYPE_CHECKING:
    from typing_extensions import Buffer

DOT = 72 / 203  # points; the dot of a 203 dpi label printer
LEAST_DOTS = 2  # 0.25 mm, the thinnest bar that scanners read reliably
QUIET_1D = 10  # modules left and right
QUIET_QR = 4  # modules all round


@dataclass(frozen=True, slots=True)
class Bars:
    """A one-dimensional code without quiet zones: how many modules it is wide, and its bars as PDF rectangles one unit high."""

    modules: int
    path: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A square code without quiet zones: modules per side, and its black areas as PDF rectangles with y down, merged so that
    few are left."""

    modules: int
    path: str


def _pixels(content: str, kind: zxingcpp.BarcodeFormat) -> tuple[bytes, int, int]:
    options = {"ec_level": "M"} if kind == zxingcpp.BarcodeFormat.QRCode else {}
    image = zxingcpp.create_barcode(content, kind, **options).to_image(scale=1, add_quiet_zones=False)
    view = memoryview(cast("Buffer", image))  # the stub does not know that images are buffers
    height, width = cast("tuple[int, int]", view.shape)
    return view.tobytes(), width, height


def _runs(row: bytes) -> list[tuple[int, int]]:
    found = []
    start = row.find(b"\x00")
    while start >= 0:
        end = row.find(b"\xff", start)
        end = len(row) if end < 0 else end
        found.append((start, end - start))
        start = row.find(b"\x00", end)
    return found


@lru_cache(maxsize=4096)
def code128(content: str) -> Bars:
    raw, width, _height = _pixels(content, zxingcpp.BarcodeFormat.Code128)
    return Bars(width, " ".join(f"{at} 0 {long} 1 re" for at, long in _runs(raw[:width])))


@lru_cache(maxsize=4096)
def qr(content: str) -> Matrix:
    """A real QR code (never Micro QR, which courier scanners may not read), error correction M."""
    raw, width, height = _pixels(content, zxingcpp.BarcodeFormat.QRCode)
    open_runs: dict[tuple[int, int], tuple[int, int]] = {}  # (x, width) -> (first row, rows)
    done: list[str] = []
    for y in range(height):
        here = set(_runs(raw[y * width : (y + 1) * width]))
        for run in [run for run in open_runs if run not in here]:
            first, rows = open_runs.pop(run)
            done.append(f"{run[0]} {first} {run[1]} {rows} re")
        for run in here:
            first, rows = open_runs.get(run, (y, 0))
            open_runs[run] = (first, rows + 1)
    done.extend(f"{x} {first} {wide} {rows} re" for (x, wide), (first, rows) in open_runs.items())
    return Matrix(width, " ".join(done))


def dots_for(modules: int, quiet: int, room: float, *, most: int = 4) -> int:
    """How many whole dots wide a module may be in `room` points with its quiet zones; at least `LEAST_DOTS`, even if it is tight."""
    return max(LEAST_DOTS, min(most, int(room / DOT / (modules + 2 * quiet))))
