"""A platform in memory with an adapter, for the tests of the engine: pages that move, duplicates, caps, cursors, errors, kills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from danshu.channels.connecting import (
    Abilities,
    Basis,
    Call,
    Connector,
    CredentialField,
    Fetched,
    Found,
    Grant,
    Listed,
    Paging,
    Pointer,
    Reading,
    Received,
    ShopInfo,
    Stream,
)
from danshu.channels.connector_errors import BadCall, BadPayload, CredentialsExpired, Refused
from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingRefund, Payment, RefundKind, RefundState
from danshu.core import clock

READING = Reading(span=timedelta(minutes=30), reach=timedelta(days=90), page_size=3)


class Killed(BaseException):
    """The process is gone in the middle of something."""


@dataclass
class Platform:
    """What the platform knows. `before` is called with the name of each question before it is answered."""

    skew: timedelta = timedelta()  # its clock − ours
    hides: set[str] = field(default_factory=set)  # numbers that a message named and its interface does not know yet
    cap: int = 0  # a page beyond so many rows is refused
    names_only: bool = False
    tells_modified: bool = True
    tells_total: bool = True
    repeats: bool = False  # every row stands twice on its page
    newest_first: bool = True
    token: str = "T1"
    kills_tokens: bool = False
    life: timedelta | None = None
    rows: dict[Stream, dict[str, dict[str, Any]]] = field(default_factory=lambda: {stream: {} for stream in Stream})
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _name: None

    def now(self) -> datetime:
        return clock.now() + self.skew

    def change(self, no: str, stream: Stream = Stream.ORDERS, *, at: datetime | None = None, **facts: Any) -> None:
        """A row is made or changed now. Moments have whole seconds, as platforms have them."""
        moment = int((at or self.now()).timestamp())
        known = self.rows[stream].get(no, {"no": no, "created": moment, "version": 0})
        self.rows[stream][no] = known | {"modified": moment, "version": known["version"] + 1, "paid": Decimal("12.30")} | facts

    def asked(self, name: str) -> None:
        self.calls.append(name)
        self.before(name)

    def count(self, name: str) -> int:
        return sum(call == name for call in self.calls)

    def found(self, stream, span) -> list[dict[str, Any]]:
        name = "created" if span.basis is Basis.CREATED else "modified"
        start, end = span.start.timestamp(), span.end.timestamp()
        rows = [row for row in self.rows[stream].values() if start <= row[name] < end and row["no"] not in self.hides]
        return sorted(rows, key=lambda row: (row[name], row["no"]), reverse=self.newest_first)


class Adapter(Connector):
    fields = (CredentialField("app_key", "App Key", is_secret=False), CredentialField("app_secret", "App Secret", is_secret=True))

    def __init__(self, platform: Platform, **abilities: Any) -> None:
        self.platform = platform
        streams = {Stream.ORDERS: READING, Stream.REFUNDS: READING}
        self.abilities = Abilities(**{"streams": streams, "fetch_size": 2, "rate": 0, "can_receive": True} | abilities)

    def reads(self, stream: Stream = Stream.ORDERS, **terms: Any) -> None:
        streams = {**self.abilities.streams, stream: replace(self.abilities.streams[stream], **terms)}
        self.abilities = replace(self.abilities, streams=streams)

    def _enter(self, shop, name: str) -> None:
        self.platform.asked(name)
        if self.platform.token and shop.credentials.get("access_token", self.platform.token) != self.platform.token:
            raise CredentialsExpired("token expired")

    def check(self, shop) -> ShopInfo:
        self._enter(shop, "check")
        return ShopInfo("S1", "木屿旗舰店")

    def list_page(self, shop, stream, span, page) -> Listed:
        self._enter(shop, "list")
        reading = self.abilities.streams[stream]
        if not timedelta() < span.end - span.start <= reading.span:
            raise Refused(f"bad span {span}")
        found, size = self.platform.found(stream, span), reading.page_size
        if reading.paging is Paging.CURSOR:
            return self._by_cursor(found, page.cursor, size)
        if self.platform.cap and page.number * size > self.platform.cap:
            raise Refused("page too deep")
        rows = found[(page.number - 1) * size : page.number * size]
        total = len(found) if page.wants_total and self.platform.tells_total else None
        return Listed(self._rows(rows), total, has_more=page.number * size < len(found))

    def _by_cursor(self, found, cursor: str, size: int) -> Listed:
        found = sorted(found, key=lambda row: (row["modified"], row["no"]))
        left = [row for row in found if not cursor or f"{row['modified']}/{row['no']}" > cursor]
        rows = left[:size]
        return Listed(self._rows(rows), cursor=f"{rows[-1]['modified']}/{rows[-1]['no']}" if rows else "", has_more=len(left) > size)

    def _rows(self, rows) -> tuple[Found, ...]:
        named = [
            Found(
                row["no"],
                None if self.platform.names_only else row,
                datetime.fromtimestamp(row["modified"], UTC) if self.platform.tells_modified else None,
            )
            for row in rows
        ]
        return tuple(named * 2 if self.platform.repeats else named)

    def fetch(self, shop, stream, numbers) -> list[Fetched]:
        self._enter(shop, "fetch")
        assert 0 < len(numbers) <= self.abilities.fetch_size
        known = self.platform.rows[stream]
        return [Fetched(no, known[no]) if no in known and no not in self.platform.hides else Fetched(no, is_unknown=True) for no in numbers]

    def order(self, body) -> IncomingOrder:
        if body.get("poison"):
            raise BadPayload("看不懂这张单。")
        if body.get("bug"):
            raise KeyError("status")
        return IncomingOrder(
            body["no"], (IncomingLine("1", f"马克杯 {body['version']}", 1),), payment=Payment.PAID, paid_fen=int(body["paid"] * 100),
            placed_at=datetime.fromtimestamp(body["created"], UTC), modified_at=datetime.fromtimestamp(body["modified"], UTC),
            seller_memo=str(body["version"]),
        )  # fmt: skip

    def refund(self, body) -> IncomingRefund:
        if body.get("poison"):
            raise BadPayload("看不懂这张退款单。")
        moment = datetime.fromtimestamp(body["modified"], UTC)
        return IncomingRefund(body["no"], "P1", RefundKind.REFUND_ONLY, RefundState(body.get("state", "asked")), modified_at=moment)

    def refresh(self, shop) -> Grant:
        self.platform.asked("refresh")
        token = shop.credentials.get("access_token", "")
        if self.platform.kills_tokens and shop.credentials.get("refresh_token", "R1") != f"R{self.platform.token[1:]}":
            raise CredentialsExpired("refresh token used up")
        self.platform.token = f"T{int(self.platform.token[1:]) + 1}"
        assert token != self.platform.token
        return self.granted()

    def granted(self) -> Grant:
        ends = self.platform.life and clock.now() + self.platform.life
        return Grant(self.platform.token, f"R{self.platform.token[1:]}", ends, ends and ends + timedelta(days=7), "S1", "木屿旗舰店")

    def receive(self, shop, call: Call) -> Received:
        if call.headers.get("sign") != shop.credentials["app_secret"]:
            raise BadCall("签名不对。")
        numbers = [no for no in call.body.decode().split(",") if no]
        return Received(tuple(Pointer(Stream.ORDERS, no) for no in numbers), body=b'{"code":0}')


VALUES = {"app_key": "K1", "app_secret": "shh-1"}


def install(monkeypatch: Any, adapter: Connector, code: str = "own") -> None:
    """The adapter answers for the platform `code`."""
    from danshu.channels import registry  # noqa: PLC0415 - models can be imported only now

    real = registry.load
    monkeypatch.setitem(registry.CONNECTORS, code, "fake")
    monkeypatch.setattr(registry, "load", lambda platform: adapter if platform == code else real(platform))
