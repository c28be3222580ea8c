"""How a shop's interface misbehaves: by rates, by a list of what strikes next, and by what is always so."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, fields
from enum import StrEnum
from random import Random
from typing import Any


class Trouble(StrEnum):
    """What may strike one call. Those that end in `_after` strike when the call has been done and its answer is lost."""

    RATE_LIMITED = "rate_limited"  # the platform's own words for "too many calls"
    EXPIRED = "expired"  # the platform says that the token ended (`expire` of the control interface really ends it); not to calls for one
    SYSTEM_ERROR = "system_error"  # HTTP 200 with the platform's error body for a failure of its own
    HTTP_500 = "http_500"
    HTTP_502 = "http_502"  # a gateway's page of HTML
    TIME_OUT = "time_out"  # no answer; the call was not done
    TIME_OUT_AFTER = "time_out_after"
    RESET = "reset"  # the connection breaks; the call was not done
    RESET_AFTER = "reset_after"
    GARBAGE = "garbage"  # done, but what comes back is no JSON
    TRUNCATED = "truncated"  # done, but half of the answer is missing
    EMPTY = "empty"  # done, but what comes back is `{}`
    SLOW = "slow"  # done and answered after `slow_seconds`


@dataclass
class Strike:
    """The next `times` calls whose name contains `call` meet this trouble."""

    trouble: str
    call: str = ""
    times: int = 1


@dataclass
class Mood:
    """Rates are between 0 and 1."""

    rates: dict[str, float] = field(default_factory=dict)  # Trouble → share of calls
    strikes: list[dict[str, Any]] = field(default_factory=list)
    limit_per_second: float = 0  # more calls than this in a second are refused; 0 = no limit
    hang_seconds: float = 60  # how long a time-out keeps the connection
    slow_seconds: float = 2
    skew_seconds: float = 0  # the platform's clock goes ahead (behind) by this
    duplicates: float = 0  # share of list pages that show a row twice
    shuffles: float = 0  # share of list pages with rows in another order
    moves: float = 0  # share of later pages before which an order of the span changes, and so leaves it
    stale: float = 0  # share of orders and refunds shown as they were before their last change
    lag_seconds: float = 0  # the interface knows of a change only then, though its message went out at once
    refund_race: float = 0  # share of ship calls just before which the buyer asks for a refund
    push_lost: float = 0
    push_repeated: float = 0
    push_reordered: float = 0  # share of messages that come up to `push_late_seconds` late, and so after later ones
    push_late_seconds: float = 3

    @classmethod
    def load(cls, kept: dict[str, Any]) -> Mood:
        """Raises `ValueError` for a name or trouble that does not exist."""
        known = {one.name for one in fields(cls)}
        unknown = set(kept) - known
        troubles = [*kept.get("rates", {}), *(strike.get("trouble", "") for strike in kept.get("strikes", []))]
        unknown |= {str(name) for name in troubles} - set(Trouble)
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        return cls(**kept)

    def strike(self, call: str, rng: Random) -> Trouble | None:
        """What this call meets; the listed ones first."""
        for number, listed in enumerate(self.strikes):
            strike = Strike(**listed)
            if strike.call in call:
                listed["times"] = strike.times - 1
                if listed["times"] < 1:
                    del self.strikes[number]
                return Trouble(strike.trouble)
        for name, rate in self.rates.items():
            if rate and rng.random() < rate:
                return Trouble(name)
        return None

    def strike_line(self, about: str, rng: Random) -> Trouble | None:
        """What a message on a line meets: listed troubles whose call begins with `line/`, and rates of those that a line can meet."""
        for number, listed in enumerate(self.strikes):
            strike = Strike(**listed)
            if strike.call.startswith("line/") and strike.call.removeprefix("line/") in about:
                listed["times"] = strike.times - 1
                if listed["times"] < 1:
                    del self.strikes[number]
                return Trouble(strike.trouble)
        for trouble in (Trouble.RESET, Trouble.RESET_AFTER, Trouble.GARBAGE):
            if (rate := self.rates.get(trouble, 0)) and rng.random() < rate:
                return trouble
        return None


class Gate:
    """Counts calls in the last second, for `limit_per_second`; by the real clock, for that is what callers wait by."""

    def __init__(self) -> None:
        self._calls: deque[float] = deque()

    def lets_in(self, limit: float) -> bool:
        if not limit:
            return True
        now = time.monotonic()
        window = max(1.0, 1 / limit)
        while self._calls and self._calls[0] < now - window:
            self._calls.popleft()
        if len(self._calls) >= max(1, int(limit)):
            return False
        self._calls.append(now)
        return True
