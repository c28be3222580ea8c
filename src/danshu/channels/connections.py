"""Reads about how shops are connected to their platforms, and how well their streams run."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet

from danshu.channels import registry, shops
from danshu.channels.connecting import Abilities, ShopAccess, Stream
from danshu.channels.models import AppLine, DayCount, RawPayload, Shop, ShopConnection, StreamCursor
from danshu.core import clock, http, secrets

PURPOSE = "shop-credentials"
LATE = timedelta(minutes=10)  # a stream that is read no further than this before now, and its platform's own lag


def access(shop: Shop, *, is_urgent: bool = False) -> ShopAccess:
    """What the shop's adapter gets to see. `Shop.credentials` is sealed JSON of plain texts by name; a gateway stands among the
    settings (`gateway`), and only the simulator's shops have one."""
    credentials = json.loads(secrets.unseal(shop.credentials, PURPOSE)) if shop.credentials else {}
    gateway = str(shop.settings.get("gateway", "")).rstrip("/")
    return ShopAccess(shop.pk, shop.platform, shop.name, shop.settings, credentials, gateway, is_urgent)


def can_connect(platform: str) -> bool:
    """Whether there is an adapter that a person can give credentials to."""
    connector = registry.load(platform)
    return connector is not None and bool(connector.fields)


def has_access(shop: Shop) -> bool:
    """Whether an access token is here, granted or typed."""
    return bool(access(shop).credentials.get("access_token"))


def is_hook(shop_id: int, key: str) -> bool:
    """Whether this is the secret part of the address at which an open shop's platform calls us."""
    known = ShopConnection.objects.filter(shop=shop_id, shop__is_active=True).values_list("hook_key", flat=True).first()
    return bool(known) and hmac.compare_digest(str(known).encode(), key.encode(errors="replace"))


def ends_at(connection: ShopConnection, abilities: Abilities) -> datetime | None:
    """When a person must have authorised the shop again; None = never, as far as the platform says."""
    if connection.expires_at is None or not abilities.can_refresh:
        return connection.expires_at
    return connection.refresh_expires_at and max(connection.expires_at, connection.refresh_expires_at)


def typed(shop: Shop) -> dict[str, bool | str]:
    """What the form of the shop's connection may show: plain fields as they are, of secret ones only whether there is something."""
    connector = registry.load(shop.platform)
    known: Mapping[str, str] = access(shop).credentials
    fields = connector.fields if connector else ()
    known = {**known, **{field.name: str(shop.settings.get(field.name, "")) for field in fields if field.is_setting}}
    return {field.name: bool(known.get(field.name)) if field.is_secret else known.get(field.name, "") for field in fields}


@dataclass(frozen=True, slots=True)
class LineKey:
    """By what shops share the connection on which their platform tells us things."""

    platform: str
    gateway: str
    app: str


def line_key(access: ShopAccess) -> LineKey | None:
    """None where the platform has no such connection, or the shop cannot have it yet."""
    adapter = registry.listening(access.platform)
    app = adapter.app(access) if adapter else ""
    return LineKey(access.platform, access.gateway, app) if app else None


@dataclass(frozen=True, slots=True)
class LineHealth:
    """How the connection stands on which the platform tells of a shop. `is_standing`: a living process of ours holds it open."""

    is_standing: bool
    opened_at: datetime | None = None
    heard_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """One stream of a shop. `waiting` rows are tried again by themselves, `quarantined` ones wait for a person. `is_late`: what changed
    at the platform more than ten minutes ago may not be here."""

    stream: Stream
    cursor: StreamCursor
    waiting: int
    quarantined: int
    is_late: bool

    @property
    def is_failing(self) -> bool:
        return bool(self.cursor.failures)

    @property
    def is_paused(self) -> bool:
        return self.cursor.paused_at is not None


@dataclass(frozen=True, slots=True)
class ShopHealth:
    """How a shop stands with its platform. `ends_at`, `days_left`: of its authorisation, None where it does not end or there is none.
    `quota` 0 … 1: what is left in its bucket of calls. `yesterday`: what the sentinel counted, None while it has not.
    `quarantined`: orders and refunds that wait for a person. `line`: where the platform tells over a connection of ours."""

    shop: Shop
    abilities: Abilities
    connection: ShopConnection
    streams: tuple[StreamHealth, ...]
    ends_at: datetime | None
    days_left: int | None
    quota: float
    yesterday: DayCount | None
    quarantined: int = 0
    line: LineHealth | None = None

    @property
    def is_connected(self) -> bool:
        return self.connection.state in {ShopConnection.State.CONNECTED, ShopConnection.State.EXPIRING}

    @property
    def tone(self) -> str:
        """ "grey" not connected, "red" a person must act, "amber" it is late, fails, or something waits for a person, "green"."""
        if self.connection.state == ShopConnection.State.NONE or not self.shop.is_active:
            return "grey"
        if self.connection.state == ShopConnection.State.REFUSED:
            return "red"
        is_off = self.yesterday is not None and self.yesterday.our_count < self.yesterday.platform_count
        is_shaky = is_off or self.quarantined > 0 or any(stream.is_late or stream.is_failing for stream in self.streams)
        return "amber" if is_shaky or self.connection.state == ShopConnection.State.EXPIRING else "green"


def health(shop_ids: Sequence[int] | None, *, now: datetime) -> list[ShopHealth]:
    """Shops whose platform has an adapter, active ones first; `shop_ids` None = all. Five statements, however many; six where shops
    have a line."""
    found = shops.visible(shop_ids).filter(platform__in=list(registry.CONNECTORS)).select_related("connection")
    rows = list(found.prefetch_related("cursors"))
    ids = [shop.pk for shop in rows]
    open_ = _open_payloads(ids)
    days = {count.shop_id: count for count in DayCount.objects.filter(shop__in=ids, day=yesterday(now))}
    buckets = http.buckets([access_name(shop) for shop in rows])
    lines = _lines(rows, now)
    return [_health(shop, open_, days.get(shop.pk), buckets, lines.get(shop.pk), now) for shop in rows]


def yesterday(now: datetime) -> date:
    return clock.business_day(now) - timedelta(days=1)


def access_name(shop: Shop) -> str:
    """The name of the shop's rate bucket."""
    return ShopAccess(shop.pk, shop.platform, shop.name).connection


def _lines(rows: Sequence[Shop], now: datetime) -> dict[int, LineHealth]:
    """Shop → how its line stands; shops that have one only."""
    keys = {shop.pk: key for shop in rows if registry.listening(shop.platform) and (key := line_key(access(shop)))}
    if not keys:
        return {}
    found = {LineKey(line.platform, line.gateway, line.app): line for line in AppLine.objects.all()}
    return {pk: _line_health(found.get(key), now) for pk, key in keys.items()}


def _line_health(line: AppLine | None, now: datetime) -> LineHealth:
    if line is None:
        return LineHealth(is_standing=False)
    is_held = line.busy_until is not None and line.busy_until > now
    return LineHealth(is_held and line.opened_at is not None, line.opened_at, line.heard_at, line.error)


def _open_payloads(shop_ids: Sequence[int]) -> dict[tuple[int, str, str], int]:
    """(shop, stream, state) → how many payloads are not taken."""
    found = RawPayload.objects.filter(shop__in=shop_ids).exclude(state=RawPayload.State.TAKEN)
    counted = found.values_list("shop_id", "stream", "state").annotate(count=Count("pk")).order_by()
    return {(shop_id, stream, state): count for shop_id, stream, state, count in counted}


def _health(
    shop: Shop,
    open_: dict[tuple[int, str, str], int],
    day: DayCount | None,
    buckets: dict[str, tuple[float, datetime]],
    line: LineHealth | None,
    now: datetime,
) -> ShopHealth:
    abilities = registry.abilities(shop.platform)
    connection = getattr(shop, "connection", None) or ShopConnection(shop=shop)
    streams = []
    for cursor in sorted(shop.cursors.all(), key=lambda cursor: cursor.stream):
        if (stream := Stream(cursor.stream)) in abilities.streams:
            waiting, quarantined = (open_.get((shop.pk, cursor.stream, state), 0) for state in ("waiting", "quarantined"))
            late = cursor.until < now - LATE - abilities.streams[stream].lag - abilities.streams[stream].every
            streams.append(StreamHealth(stream, cursor, waiting, quarantined, late))
    ends = ends_at(connection, abilities) if connection.state != ShopConnection.State.NONE else None
    tokens, filled_at = buckets.get(access_name(shop), (float(abilities.burst), now))
    filled = tokens + max(0.0, (now - filled_at).total_seconds()) * abilities.rate
    quota = min(1.0, filled / abilities.burst) if abilities.burst else 1.0
    days_left = None if ends is None else max(0, (ends - now).days)
    aside = sum(count for (shop_id, _stream, state), count in open_.items() if shop_id == shop.pk and state == "quarantined")
    return ShopHealth(shop, abilities, connection, tuple(streams), ends, days_left, quota, day, aside, line)


def day_counts(shop_id: int, *, most: int = 31) -> list[DayCount]:
    """What the sentinel counted, newest first."""
    return list(DayCount.objects.filter(shop=shop_id).order_by("-day")[:most])


def open_payloads(shop_ids: Sequence[int] | None) -> QuerySet[RawPayload]:
    """Orders and refunds that are not taken in: those that wait for a person first, then the newest."""
    found = RawPayload.objects.exclude(state=RawPayload.State.TAKEN).select_related("shop")
    found = found if shop_ids is None else found.filter(shop__in=shop_ids)
    return found.order_by("state", "-fetched_at", "-pk")
