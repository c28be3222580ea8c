"""One thread per web process looks for new facts while somebody listens, and wakes the streams."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque

from django.db import DatabaseError, connection
from django.db.models import Max

from danshu.core.models import EventRow
from danshu.web.live.kinds import Message, Scope, merged, messages

log = logging.getLogger(__name__)
LOOK_EVERY = 0.3
AFTER_TROUBLE = 2.0
LATE = 5.0  # seconds: PostgreSQL gives out ids before the commit, so a lower id can appear after a higher one
MOST_AT_ONCE = 900


def newest_id() -> int:
    return EventRow.objects.aggregate(newest=Max("id"))["newest"] or 0


def since(after: int, scope: Scope) -> list[Message] | None:
    """What the person missed after the given fact; None when it is more than a page should hear one by one."""
    rows = list(EventRow.objects.filter(id__gt=after).order_by("id")[: MOST_AT_ONCE + 1])
    if len(rows) > MOST_AT_ONCE:
        return None
    return merged(scope.narrow(messages(rows, with_shops=scope.shop_ids is not None)))


class Listener:
    """One open stream."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._waiting: deque[Message] = deque(maxlen=200)
        self._ready = threading.Event()

    def tell(self, heard: list[Message]) -> None:
        mine = merged(self.scope.narrow(heard))
        if mine:
            self._waiting.extend(mine)
            self._ready.set()

    def wait(self, seconds: float) -> list[Message]:
        """What came in, as soon as something did; empty after the time."""
        self._ready.wait(seconds)
        self._ready.clear()
        found = []
        while self._waiting:
            found.append(self._waiting.popleft())
        return found


class Hub:
    def __init__(self) -> None:
        self._guard = threading.Condition()
        self._listeners: set[Listener] = set()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self, listener: Listener, *, most: int) -> bool:
        """Let the listener hear what is written from now on. False when `most` listen already.

        Whatever the caller reads *after* joining and whatever the listener is told leave no gap between them.
        """
        with self._guard:
            if len(self._listeners) >= most:
                return False
            self._listeners.add(listener)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, args=(newest_id(),), name="live-hub", daemon=True)
                self._thread.start()
        return True

    def leave(self, listener: Listener) -> None:
        with self._guard:
            self._listeners.discard(listener)
            if not self._listeners:
                self._guard.notify_all()

    def close(self) -> None:
        """Send all listeners away and wait until the thread has ended: nothing reads the database for the streams after this."""
        with self._guard:
            self._listeners.clear()
            self._guard.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _look(self, floor: int) -> None:
        """Runs until nobody listens: ends at once when the last listener leaves."""
        seen: dict[int, float] = {}  # ids of the last seconds, so that late ones are found and none is told twice
        while True:
            with self._guard:
                if not self._listeners:
                    self._thread = None
                    break
                listeners = list(self._listeners)
            rest = LOOK_EVERY
            try:
                floor = self._tell(listeners, seen, floor)
            except DatabaseError as error:
                log.warning("The live pages could not look at the database: %s", error)
                connection.close()
                rest = AFTER_TROUBLE
            with self._guard:
                self._guard.wait_for(lambda: not self._listeners, rest)
        connection.close()

    @staticmethod
    def _tell(listeners: list[Listener], seen: dict[int, float], floor: int) -> int:
        """Tell the listeners what is new above `floor`, and return the floor of the next look."""
        now = time.monotonic()
        ids = EventRow.objects.filter(id__gt=floor).order_by("id").values_list("id", flat=True)
        unseen = [pk for pk in ids if pk not in seen][:MOST_AT_ONCE]
        fresh = list(EventRow.objects.filter(id__in=unseen).order_by("id")) if unseen else []
        if fresh:
            heard = messages(fresh, with_shops=any(one.scope.shop_ids is not None for one in listeners))
            for listener in listeners:
                listener.tell(heard)
            for row in fresh:
                seen[row.pk] = now
        old = [pk for pk, at in seen.items() if now - at > LATE]
        for pk in old:
            del seen[pk]
        return max([floor, *old])


HUB = Hub()
