"""Small drawings as SVG geometry, so that pages need neither script nor inline style for them."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT = 300, 52


def spark(values: Sequence[float], target: float | None = None) -> tuple[str, str, float | None]:
    """(points of the line, points of the area under it, height of the target's level); empty for fewer than two values."""
    if len(values) < 2:
        return "", "", None
    seen = [*values, *([target] if target is not None else [])]
    low, high = min(seen), max(seen)
    room = (high - low) or 1

    def y(value: float) -> float:
        return round(HEIGHT - 4 - (value - low) / room * (HEIGHT - 10), 1)

    step = (WIDTH - 8) / (len(values) - 1)
    points = [f"{2 + i * step:.1f},{y(value)}" for i, value in enumerate(values)]
    area = f"2,{HEIGHT} {' '.join(points)} {2 + (len(values) - 1) * step:.1f},{HEIGHT}"
    return " ".join(points), area, None if target is None else y(target)
