"""Messages of the platforms to the shops' callbacks, and on lines that their apps opened: sent once something has happened, lost, repeated,
late and tried again as moods and platforms have it. Only to this machine."""

from __future__ import annotations

import heapq
import http.client
import itertools
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from danshu_simulator.fronts.front import Front
from danshu_simulator.lines import Key, Lines
from danshu_simulator.moods import Trouble
from danshu_simulator.things import Event, Shop
from danshu_simulator.web import Message
from danshu_simulator.world import World

HERE = {"127.0.0.1", "localhost", "::1"}
PATIENCE = 5.0  # seconds for a reply, as most platforms allow
MOST_PARKED = 2000
GARBAGE = b'{"commandType":"Common","message"'


@dataclass(order=True)
class Waiting:
    """One message on its way; `due` by the monotonic clock."""

    due: float
    place: int
    shop: str = field(compare=False)
    message: Message = field(compare=False)
    tries: int = field(default=0, compare=False)


@dataclass
class Sent:
    """What became of one try, newest last. `status` 0 = no connection or no answer."""

    shop: str
    about: str
    status: int
    is_taken: bool


class Pusher:
    def __init__(self, world: World, fronts: dict[str, Front]) -> None:
        self.world, self.fronts = world, fronts
        self.lines = Lines()
        self.lines.on_open = self.hurry
        self.sent: list[Sent] = []
        self._queue: list[Waiting] = []
        self._parked: list[Waiting] = []  # their app has no line open
        self._places = itertools.count()
        self._wake = threading.Condition()
        self._busy = 0
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="pusher", daemon=True)
        world.listeners.append(self.hear)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._wake:
            self._is_stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(PATIENCE + 1)

    def hear(self, event: Event) -> None:
        """Called by the world, inside its lock."""
        shop = self.world.shops.get(event.shop)
        front = self.fronts.get(shop.platform) if shop else None
        if not shop or not front or not (shop.callback or front.has_lines):
            return
        mood, rng = self.world.mood(shop.key), self.world.chance("push")
        for message in front.messages(self.world, shop, event):
            if rng.random() < mood.push_lost:
                continue
            for _ in range(2 if rng.random() < mood.push_repeated else 1):
                late = rng.uniform(0, mood.push_late_seconds) if rng.random() < mood.push_reordered else 0.0
                self.put(shop.key, message, late=late)

    def put(self, shop: str, message: Message, *, late: float = 0, tries: int = 0) -> None:
        with self._wake:
            heapq.heappush(self._queue, Waiting(time.monotonic() + late, next(self._places), shop, message, tries))
            self._wake.notify_all()

    def hurry(self, key: Key) -> None:
        """An app opened a line: what waits for it goes out."""
        with self._wake:
            ready = [one for one in (*self._parked, *self._queue) if (self.world.shops[one.shop].platform, one.message.line) == key]
            self._parked = [one for one in self._parked if one not in ready]
            self._queue = [one for one in self._queue if one not in ready] + ready
            for waiting in ready:
                waiting.due = 0
            heapq.heapify(self._queue)
            self._wake.notify_all()

    def flush(self, patience: float = 30) -> int:
        """Wait until everything that is on its way has arrived or failed for good, late ones and new tries at once; returns how many tries
        there were so far."""
        end = time.monotonic() + patience
        with self._wake:
            while (self._queue or self._busy) and time.monotonic() < end:
                for waiting in self._queue:
                    waiting.due = 0
                heapq.heapify(self._queue)
                self._wake.notify_all()
                self._wake.wait(0.05)
        return len(self.sent)

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._is_stopping and (not self._queue or self._queue[0].due > time.monotonic()):
                    self._wake.wait(max(0.01, self._queue[0].due - time.monotonic()) if self._queue else None)
                if self._is_stopping:
                    return
                waiting = heapq.heappop(self._queue)
                self._busy += 1
            try:
                self._try(waiting)
            finally:
                with self._wake:
                    self._busy -= 1
                    self._wake.notify_all()

    def _try(self, waiting: Waiting) -> None:
        shop = self.world.shops[waiting.shop]
        front = self.fronts[shop.platform]
        if waiting.message.line and not self.lines.newest((shop.platform, waiting.message.line)):
            with self._wake:
                self._parked = [*self._parked[-MOST_PARKED:], waiting]
            return
        status, body = self._say(front, shop, waiting.message) if waiting.message.line else send(waiting.message)
        is_taken = bool(status) and front.is_taken(shop, waiting.message, status, body)
        self.sent.append(Sent(shop.key, waiting.message.about, status, is_taken))
        if not is_taken and waiting.tries < len(front.retries):
            pause = front.retries[waiting.tries] / max(self.world.clock.speed, 1)
            self.put(shop.key, waiting.message, late=pause, tries=waiting.tries + 1)
            return
        with self.world.changing():
            front.delivered(self.world, shop, waiting.message, is_taken=is_taken)

    def _say(self, front: Front, shop: Shop, message: Message) -> tuple[int, bytes]:
        """As `send`, on the app's line."""
        line = self.lines.newest((shop.platform, message.line))
        if line is None:
            return 0, b""
        with self.world.changing():
            mood = self.world.mood(shop.key)
            had = len(mood.strikes)
            trouble = mood.strike_line(message.about, self.world.chance(f"line/{shop.key}"))
            if had:
                self.world.put_mood(shop.key, mood)
        if trouble == Trouble.GARBAGE:
            line.say(GARBAGE)
        if trouble == Trouble.RESET_AFTER:
            line.say(message.body)
        if trouble in {Trouble.RESET, Trouble.RESET_AFTER}:
            line.cut()
            return 0, b""
        reply = self.lines.ask(line, message.body, lambda text: front.is_taken(shop, message, 200, text), PATIENCE)
        return (0, b"") if reply is None else (200, reply)


def is_here(url: str) -> bool:
    address = urlsplit(url)
    return address.scheme == "http" and address.hostname in HERE


def send(message: Message) -> tuple[int, bytes]:
    """Status and body of the reply; 0 when there was none. An address that is not on this machine is never asked."""
    address = urlsplit(message.url)
    if not is_here(message.url):
        return 0, b""
    connection = http.client.HTTPConnection(str(address.hostname), address.port or 80, timeout=PATIENCE)
    target = f"{address.path or '/'}{'?' + address.query if address.query else ''}"
    try:
        connection.request(message.method, target, message.body, message.headers)
        reply = connection.getresponse()
        return reply.status, reply.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
