"""Charts as SVG geometry, computed on the server: pages need no script and no inline style to show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from danshu.insights.charts import Slot, Stack

WIDTH, HEIGHT = 480, 236
LEFT, RIGHT, TOP, BOTTOM = 30, 6, 8, 24
COLUMN = 66  # from one deadline column to the next


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    tone: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class StackDrawing:
    width: int
    height: int
    left: int
    right: int
    boxes: list[Box]
    grid: list[Mark]
    labels: list[Mark]
    line: str  # points of the polyline of the week before


def steps(highest: int) -> list[int]:
    """Round grid values from 0 to at least `highest`, at most six of them."""
    step = 1
    for candidate in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000):
        step = candidate
        if highest <= candidate * 5:
            break
    top = -(-max(highest, 1) // step) * step
    return list(range(0, top + 1, step))


def stack(chart: Stack) -> StackDrawing:
    values = steps(chart.highest)
    room, top = HEIGHT - TOP - BOTTOM, values[-1]
    slot = (WIDTH - LEFT - RIGHT) / max(len(chart.labels), 1)
    bar = min(slot * 0.56, 34)
    boxes: list[Box] = []
    for i, counts in enumerate(chart.bars):
        foot = float(TOP + room)
        for platform in chart.platforms:
            count = counts.get(platform, 0)
            tall = count / top * room
            foot -= tall
            if count:
                x = LEFT + slot * i + (slot - bar) / 2
                boxes.append(Box(round(x, 1), round(foot, 1), round(bar, 1), round(tall, 1), platform, f"{chart.labels[i]} · {count}"))
    grid = [Mark(LEFT, round(TOP + room - value / top * room, 1), str(value)) for value in values]
    every = max(1, -(-len(chart.labels) // 12))
    labels = [Mark(round(LEFT + slot * (i + 0.5), 1), HEIGHT - 6, text) for i, text in enumerate(chart.labels) if i % every == 0]
    points = [f"{LEFT + slot * (i + 0.5):.1f},{TOP + room - n / top * room:.1f}" for i, n in enumerate(chart.before)]
    return StackDrawing(WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, boxes, grid, labels, " ".join(points))


@dataclass(frozen=True, slots=True)
class Column:
    slot: Slot
    tone: str
    x: int
    y: float
    height: float

    @property
    def text_y(self) -> float:
        return round(self.y - 6, 1)


def deadline_columns(slots: Sequence[Slot]) -> list[Column]:
    """Bars of the deadline chart: rose for what is over or due within hours, amber and sky for today, grey for later."""
    highest = max([1, *(slot.count for slot in slots)])
    columns = []
    for i, slot in enumerate(slots):
        tall = round(4 + slot.count / highest * 92, 1)
        columns.append(Column(slot, _tone(i, len(slots)), i * COLUMN + 8, round(118 - tall, 1), tall))
    return columns


def _tone(position: int, count: int) -> str:
    """The last four slots are tomorrow and later or tonight; before them urgency falls from left to right."""
    if position <= 1:
        return "rose"
    if position >= count - 3:
        return "grey"
    return "amber" if position <= (count - 3) // 2 else "sky"


@dataclass(frozen=True, slots=True)
class Share:
    code: str
    tone: str
    count: int
    x: float
    width: float


def shares(parts: Sequence[tuple[str, str, int]], width: int = 300) -> list[Share]:
    """One horizontal bar cut by counts; parts are (code, tone, count)."""
    whole = sum(count for _, _, count in parts) or 1
    found, x = [], 0.0
    for code, tone, count in parts:
        wide = count / whole * width
        found.append(Share(code, tone, count, round(x, 1), round(wide, 1)))
        x += wide
    return found
