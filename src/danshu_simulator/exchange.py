"""One call from its first byte to its fate: understood, perhaps struck by a mood, judged, done, answered."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from danshu_simulator import refunding
from danshu_simulator.fronts.front import Call, Front
from danshu_simulator.moods import Gate, Trouble
from danshu_simulator.things import OrderStatus
from danshu_simulator.web import Answer, Refuse, Request
from danshu_simulator.world import Impossible, World

SAID = {Trouble.RATE_LIMITED, Trouble.EXPIRED, Trouble.SYSTEM_ERROR}
LOST = {Trouble.TIME_OUT_AFTER: "hang", Trouble.RESET_AFTER: "reset"}
NOT_DONE = {Trouble.TIME_OUT: "hang", Trouble.RESET: "reset"}
PAGE_500 = b"<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>"
PAGE_502 = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>"
GARBAGE = b"<!DOCTYPE html><html><body>\xe7\xb3\xbb\xe7\xbb\x9f\xe7\xb9\x81\xe5\xbf\x99</body></html>"


@dataclass(frozen=True)
class Fate:
    """What becomes of a call: an answer, after `wait` seconds; or none at all: `lost` is "hang" or "reset"."""

    answer: Answer | None = None
    lost: str = ""
    wait: float = 0


@dataclass
class Counts:
    """How often each call came: (shop, call, what became of it) → times. What became: "ok", "refused", or a trouble's name."""

    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, shop: str, call: str, became: str) -> None:
        with self.lock:
            self.calls[shop, call, became] += 1

    def all(self) -> list[dict[str, object]]:
        with self.lock:
            rows = sorted(self.calls.items())
        return [{"shop": shop, "call": call, "became": became, "times": times} for (shop, call, became), times in rows]

    def clear(self) -> None:
        with self.lock:
            self.calls.clear()


class Exchange:
    def __init__(self, world: World) -> None:
        self.world = world
        self.counts = Counts()
        self._gates: dict[str, Gate] = {}

    def call(self, front: Front, request: Request) -> Fate:
        world = self.world
        with world.lock:
            page = front.authorize(world, request)
            if page:
                self.counts.add("", "authorize", "ok")
                return Fate(page)
            try:
                call = front.read(world, request)
            except Refuse as refused:
                self.counts.add("", request.path, "refused")
                return Fate(refused.answer)
            trouble = self._strike(call)
            fate = _before(front, call, trouble) or self._do(front, call, trouble)
            self.counts.add(call.shop.key if call.shop else "", call.name, trouble or ("refused" if call.more.get("refused") else "ok"))
            return fate

    def _strike(self, call: Call) -> Trouble | None:
        if not call.shop:
            return None
        mood, key = call.mood, call.shop.key
        had = len(mood.strikes)
        trouble = mood.strike(call.name, self.world.chance(f"trouble/{key}"))
        if mood.strikes or had:
            with self.world.changing():
                self.world.put_mood(key, mood)
        if not self._gates.setdefault(key, Gate()).lets_in(mood.limit_per_second):
            return Trouble.RATE_LIMITED
        return None if trouble == Trouble.EXPIRED and "token" in call.name.lower() else trouble

    def _do(self, front: Front, call: Call, trouble: Trouble | None) -> Fate:
        try:
            front.verify(call)
            self._race(call)
            answer = front.run(call)
        except Refuse as refused:
            call.more["refused"] = True
            answer = refused.answer
        if trouble in LOST:
            return Fate(lost=LOST[trouble], wait=call.mood.hang_seconds)
        return Fate(_spoil(answer, trouble), wait=call.mood.slow_seconds if trouble == Trouble.SLOW else 0)

    def _race(self, call: Call) -> None:
        """A buyer asks for the money while the seller is telling of the parcel; fronts name the order in `more["ships"]`."""
        if not call.shop or not call.mood.refund_race or not (no := call.more.get("ships")):
            return
        order = self.world.books[call.shop.key].orders.get(no)
        if order and order.status == OrderStatus.PAID and self.world.chance("race").random() < call.mood.refund_race:
            try:
                refunding.ask(self.world, call.shop.key, no, reason="不想要了")
            except Impossible:
                return


def _before(front: Front, call: Call, trouble: Trouble | None) -> Fate | None:
    """The fate of a call that is not done at all."""
    if trouble in SAID:
        return Fate(front.trouble(trouble, call))
    if trouble in NOT_DONE:
        return Fate(lost=NOT_DONE[trouble], wait=call.mood.hang_seconds)
    if trouble == Trouble.HTTP_500:
        return Fate(Answer(500, PAGE_500, "text/html"))
    if trouble == Trouble.HTTP_502:
        return Fate(Answer(502, PAGE_502, "text/html"))
    return None


def _spoil(answer: Answer, trouble: Trouble | None) -> Answer:
    if trouble == Trouble.GARBAGE:
        return Answer(answer.status, GARBAGE, answer.content_type, answer.headers)
    if trouble == Trouble.TRUNCATED:
        return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.content_type, answer.headers)
    if trouble == Trouble.EMPTY:
        return Answer(answer.status, b"{}", answer.content_type, answer.headers)
    return answer
