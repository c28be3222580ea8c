"""What is going to happen, and when: platforms close what nobody pays, buyers do what they planned."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any


@dataclass(order=True)
class Deed:
    """`what` names the story, `about` is its arguments."""

    at_ms: int
    seq: int
    what: str = field(compare=False)
    about: dict[str, Any] = field(compare=False)


class Agenda:
    """Deeds by time, equal moments in the order of planning."""

    def __init__(self) -> None:
        self._heap: list[Deed] = []

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, deed: Deed) -> None:
        heapq.heappush(self._heap, deed)

    def take(self, until_ms: int) -> Deed | None:
        """The next deed that is due by then."""
        return heapq.heappop(self._heap) if self._heap and self._heap[0].at_ms <= until_ms else None

    def drop(self, what: str, shop: str) -> list[Deed]:
        """Give up every deed of this kind of a shop; returns them."""
        dropped = [deed for deed in self._heap if deed.what == what and deed.about.get("shop") == shop]
        self._heap = [deed for deed in self._heap if deed not in dropped]
        heapq.heapify(self._heap)
        return dropped
