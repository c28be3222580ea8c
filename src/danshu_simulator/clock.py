"""The simulated time: the real one by default; it can be set, moved on, and run faster."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

HALF_SECOND_MS = 500


def real_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Clock:
    """`moment_ms` was shown when the real time was `real_ms`; since then `speed` simulated seconds pass in one real second (0 = stands)."""

    moment_ms: int
    real_ms: int
    speed: float = 1.0

    @classmethod
    def real(cls) -> Clock:
        now = real_ms()
        return cls(now, now)

    @classmethod
    def load(cls, kept: dict[str, Any]) -> Clock:
        return cls(int(kept["moment_ms"]), int(kept["real_ms"]), float(kept["speed"]))

    def keep(self) -> dict[str, Any]:
        return asdict(self)

    def now(self) -> int:
        return self.moment_ms + int((real_ms() - self.real_ms) * self.speed)

    def set(self, moment_ms: int, *, speed: float | None = None) -> None:
        self.moment_ms, self.real_ms = moment_ms, real_ms()
        if speed is not None:
            self.speed = speed

    @property
    def is_real(self) -> bool:
        return self.speed == 1 and abs(self.moment_ms - self.real_ms) < HALF_SECOND_MS
