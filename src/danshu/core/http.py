"""The only HTTP client of the house: time-outs, retries of passing errors, a rate per connection, nothing secret in errors or logs.

    client = http.Client("taobao:17", rate=10, burst=20)
    answer = client.request("POST", url, data=..., idempotent=True)

It refuses while a transaction is open: a slow service must not hold locks in our database.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx
import stamina
from django.db import connection, transaction
from django.utils.translation import gettext as _

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.core.logs import redact
from danshu.core.models import RateBucket

log = logging.getLogger(__name__)
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
PASSING = frozenset({429, 500, 502, 503, 504})
LONGEST_QUEUE = 30.0  # seconds a call waits for its turn
LONGEST_PAUSE = 5.0  # … and between two tries; what wants more rest is tried by somebody else, later
LONGEST_REST = 3600.0  # of what a service may order: a mistake of theirs must not silence a shop for days
MOST_BYTES = 32 * 1024 * 1024


class OpenTransactionError(RuntimeError):
    """A mistake of ours: the network was called while a transaction was open."""


class _AnswerError(Exception):
    """An answer that is none: 5xx or 429."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(str(answer.status_code))
        self.answer = answer


class _PassingError(_AnswerError):
    """It may be better in a moment."""


class _RestError(_AnswerError):
    """The service said that it will not be better for a while."""


@dataclass(frozen=True, slots=True)
class Client:
    """Calls one service in the name of one connection (a shop, a courier account, a robot).

    `name` keys the token bucket, which all processes and hosts share through the database: `rate` calls per second on average, at most
    `burst` at once; `rate` 0 = unlimited. A client with a `floor` leaves that many tokens for those without: background work never
    takes the turn of what a person waits for.
    """

    name: str
    rate: float = 0
    burst: int = 10
    floor: int = 0
    attempts: int = 3
    transport: httpx.BaseTransport | None = None

    def request(
        self,
        method: str,
        url: str,
        *,
        idempotent: bool | None = None,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer, whatever its status below 500 and not 429.

        Connections that were never made are tried again always; broken answers only when `idempotent` (default: GET and HEAD). Raises
        `DomainError`: `http.unreachable` (no connection, no answer in time), `http.failing` (5xx), `http.busy` (429, with the seconds of
        its `Retry-After` in `details["wait"]`, 0 when it has none; or our own turn did not come in 30 s), `http.too_big`.
        """
        refuse_in_transaction()
        again = method.upper() in {"GET", "HEAD"} if idempotent is None else idempotent
        passing = (httpx.TransportError, _PassingError) if again else (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
        body = {"params": params, "data": data, "json": json, "content": content, "headers": headers}
        began = time.monotonic()
        try:
            for attempt in stamina.retry_context(on=passing, attempts=self.attempts, wait_initial=0.3, wait_max=LONGEST_PAUSE, timeout=60):
                with attempt:
                    return self._once(method, url, {key: value for key, value in body.items() if value is not None})
        except httpx.TransportError as error:
            raise self._unreachable(method, url, error, began) from None
        except _AnswerError as error:
            raise self._failing(method, url, error.answer, began) from None
        raise AssertionError("unreachable")

    def _once(self, method: str, url: str, body: dict[str, Any]) -> httpx.Response:
        if self.rate:
            self._take_turn()
        how: dict[str, Any] = {"timeout": TIMEOUT, "follow_redirects": False, "trust_env": has_proxies(), "verify": trust()}
        with httpx.Client(transport=self.transport, **how) as client:
            answer = self._read(client, method, url, body)
        if answer.status_code in PASSING:
            raise (_RestError if _advised(answer) > LONGEST_PAUSE else _PassingError)(answer)
        return answer

    def _read(self, client: httpx.Client, method: str, url: str, body: dict[str, Any]) -> httpx.Response:
        with client.stream(method, url, **body) as answer:
            parts, size = [], 0
            for part in answer.iter_bytes():
                size += len(part)
                if size > MOST_BYTES:
                    raise DomainError(_("%(host)s 的回答太大，没有读完。") % {"host": _host(url)}, "http.too_big")
                parts.append(part)
            kept = [(key, value) for key, value in answer.headers.multi_items() if key not in {"content-encoding", "transfer-encoding"}]
            return httpx.Response(answer.status_code, headers=kept, content=b"".join(parts), request=answer.request)

    def _take_turn(self) -> None:
        """Wait until the connection's bucket has a token, and take it."""
        give_up_at = time.monotonic() + LONGEST_QUEUE
        while (pause := take_token(self.name, rate=self.rate, burst=self.burst, floor=self.floor)) > 0:
            if time.monotonic() + pause > give_up_at:
                raise DomainError(_("对 %(name)s 的请求太多，排队超过 30 秒。请稍后再试。") % {"name": self.name}, "http.busy")
            time.sleep(pause)

    def _unreachable(self, method: str, url: str, error: httpx.TransportError, began: float) -> DomainError:
        self._note(method, url, type(error).__name__, began)
        return DomainError(
            _("连不上 %(host)s：没有连接，或者没有按时回答。请检查网络，稍后会再试。") % {"host": _host(url)},
            "http.unreachable",
            details={"error": type(error).__name__},
        )

    def _failing(self, method: str, url: str, answer: httpx.Response, began: float) -> DomainError:
        self._note(method, url, str(answer.status_code), began)
        if answer.status_code == 429:
            details = {"status": 429, "wait": _advised(answer)}
            return DomainError(_("%(host)s 说请求太多。请稍后再试。") % {"host": _host(url)}, "http.busy", details=details)
        return DomainError(
            _("%(host)s 出错了（%(status)d）。这是对方的问题，请稍后再试。") % {"host": _host(url), "status": answer.status_code},
            "http.failing",
            details={"status": answer.status_code},
        )

    def _note(self, method: str, url: str, what: str, began: float) -> None:
        """Address without its query: signatures and tokens stand there."""
        place = redact(urlsplit(url)._replace(query="", fragment="").geturl())
        log.warning("%s %s %s: %s after %.1f s", self.name, method, place, what, time.monotonic() - began)


def take_token(name: str, *, rate: float, burst: int, floor: int = 0) -> float:
    """Take one token and return 0, or the seconds until there is one above the floor. One short transaction."""
    needed = 1 + max(0, min(floor, burst - 1))
    with transaction.atomic():
        now = clock.now()
        locked = RateBucket.objects.select_for_update().filter(pk=name)
        bucket = next(iter(locked), None)
        if bucket is None:
            RateBucket.objects.bulk_create([RateBucket(name=name, tokens=burst, filled_at=now)], ignore_conflicts=True)
            bucket = locked.get()
        passed = max((now - bucket.filled_at) / timedelta(seconds=1), 0.0)
        tokens = min(bucket.tokens + passed * rate, float(burst))
        if tokens < needed:
            return (needed - tokens) / rate
        RateBucket.objects.filter(pk=name).update(tokens=tokens - 1, filled_at=max(now, bucket.filled_at))
    return 0.0


def buckets(names: Sequence[str]) -> dict[str, tuple[float, datetime]]:
    """(tokens, when) as each bucket was left; those that nobody used are missing."""
    return {name: (tokens, at) for name, tokens, at in RateBucket.objects.filter(pk__in=names).values_list("pk", "tokens", "filled_at")}


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates count. Read once: reading them takes as long as many a call."""
    return httpx.create_ssl_context()


@cache
def has_proxies() -> bool:
    """Whether calls go through somebody else. httpx looks through the whole environment for it, each time."""
    return bool(getproxies())


def refuse_in_transaction() -> None:
    """The transaction that a test case wraps around everything does not count."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise OpenTransactionError("The network was called inside a transaction: read first, call, then write.")


def _advised(answer: httpx.Response) -> float:
    """Seconds of a 429's `Retry-After`, which is a number or a date; 0 when it has none that can be read."""
    said = answer.headers.get("retry-after", "").strip() if answer.status_code == 429 else ""
    if said.isascii() and said.isdigit():
        return min(float(said[:9]), LONGEST_REST)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - clock.now()
    return min(max(wait / timedelta(seconds=1), 0.0), LONGEST_REST)


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
