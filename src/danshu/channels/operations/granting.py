"""Access that a platform grants: it comes, is prolonged, ends, is refused.

Some platforms kill the refresh token with its use, so of all processes one alone may ask for a new one: a lease in the database. Others
prolong nothing until shortly before the end: whatever comes back unchanged is asked for again after half of the time that is left.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels import connections, registry
from danshu.channels.connecting import Connector, Grant, ShopAccess
from danshu.channels.connector_errors import ConnectorError, CredentialsExpired, Refused, TemporaryFailure
from danshu.channels.events import ShopAuthorisationsEnding, ShopAuthorisationsRefused
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.operations import credentials
from danshu.core import bulk, clock, database, events
from danshu.core.actor import SYSTEM, Actor
from danshu.core.errors import DomainError

log = logging.getLogger(__name__)
T = TypeVar("T")
State = ShopConnection.State
LEASE = timedelta(minutes=3)
EARLIEST = timedelta(hours=24)  # before its end a token is prolonged, or in the last quarter of its life
SHORTEST = timedelta(minutes=1)
AGAIN = timedelta(minutes=5)  # after a try that failed
DOUBTED = "connection.doubted"  # access that came just now was not taken, once
LEVELS = (1, 3, 7)  # days before the end at which people hear of it


def grant(shop_id: int, granted: Grant, *, by: Actor, now: datetime) -> ShopConnection:
    """A person authorised the shop on the platform's page. Raises `connection.other_shop`, `connection.shop_taken`."""
    with transaction.atomic():
        shop, connection = credentials.hold(shop_id)
        credentials.identify(shop, connection, granted.platform_shop_id, granted.platform_shop_name)
        connection.connected_at = now
        _take(shop, connection, granted, now=now)
        audit.record([Deed("shop.authorised", "shop", shop.pk, shop.name)], by=by, now=now)
    return connection


def refresh(shop_id: int, *, now: datetime, seen: ShopAccess | None = None) -> bool:
    """Ask for a new access token. Calls the network. True when there is one, also when another process got it after `seen` was read;
    False when the platform grants none. What may pass is raised, also that another process is asking just now."""
    connector = credentials.connector_of(Shop.objects.get(pk=shop_id))
    if not connector.abilities.can_refresh:
        return False
    if not _lease(shop_id, now=now):
        if _is_newer(shop_id, seen):
            return True
        raise TemporaryFailure(_("正在续期授权，马上再试。"))
    try:
        return _is_newer(shop_id, seen) or _refresh(shop_id, connector)
    except DomainError as error:
        _stumbled(shop_id, error, now=clock.now())
        if isinstance(error, Refused):
            return False
        raise
    finally:
        ShopConnection.objects.filter(pk=shop_id).update(refreshing_until=None)


def call(shop_id: int, ask: Callable[[ShopAccess], T], *, is_urgent: bool = True, tick: Callable[[], datetime] = clock.now) -> T:
    """What the platform answers, never inside a transaction. When it says that access has ended, new access is got once and it is asked
    again; where there is none the shop is refused, and `CredentialsExpired` raised. A platform that does not take what it gave a moment ago
    has trouble of its own the first time (its machines have not all heard of the new token); the second time, with no call answered in
    between, the shop is refused. Raises `ConnectorError`."""
    access = connections.access(Shop.objects.get(pk=shop_id), is_urgent=is_urgent)
    try:
        return ask(access)
    except CredentialsExpired as error:
        was_doubted = ShopConnection.objects.filter(pk=shop_id, error_code=DOUBTED).exists()
        if not refresh(shop_id, now=tick(), seen=access):
            refused(shop_id, error, seen=access, now=tick())
            raise
    access = connections.access(Shop.objects.get(pk=shop_id), is_urgent=is_urgent)
    try:
        return ask(access)
    except CredentialsExpired as error:
        if was_doubted:
            refused(shop_id, error, seen=access, now=tick())
            raise
        ShopConnection.objects.filter(pk=shop_id).update(error_code=DOUBTED, error=str(error)[:200])
        raise TemporaryFailure(_("平台刚续期的授权马上又说失效，稍后再试。")) from error


def _refresh(shop_id: int, connector: Connector) -> bool:
    access = connections.access(Shop.objects.get(pk=shop_id), is_urgent=True)
    try:
        granted = connector.refresh(access)
    except CredentialsExpired as error:
        refused(shop_id, error, seen=access, now=clock.now())
        return False
    with transaction.atomic():
        shop, connection = credentials.hold(shop_id)
        if connections.access(shop).credentials == access.credentials:  # else a person authorised it meanwhile: theirs is newer
            credentials.identify(shop, connection, granted.platform_shop_id, granted.platform_shop_name)
            _take(shop, connection, granted, now=clock.now())
    return True


def _lease(shop_id: int, *, now: datetime) -> bool:
    free = Q(refreshing_until=None) | Q(refreshing_until__lte=now)
    return bool(ShopConnection.objects.filter(free, pk=shop_id).update(refreshing_until=now + LEASE))


def _is_newer(shop_id: int, seen: ShopAccess | None) -> bool:
    """Whether the shop has another access token than the caller saw."""
    if seen is None:
        return False
    current = connections.access(Shop.objects.get(pk=shop_id)).credentials.get("access_token")
    return bool(current) and current != seen.credentials.get("access_token")


def _take(shop: Shop, connection: ShopConnection, granted: Grant, *, now: datetime) -> None:
    before = connections.access(shop).credentials
    is_same = before.get("access_token") == granted.access_token
    news = {
        "access_token": granted.access_token,
        "refresh_token": granted.refresh_token or before.get("refresh_token", ""),
        "platform_shop_id": granted.platform_shop_id or before.get("platform_shop_id", ""),
    }
    credentials.keep_credentials(shop, {**before, **{name: text for name, text in news.items() if text}})
    connection.granted_at = connection.granted_at if is_same else now
    connection.expires_at = granted.expires_at
    connection.refresh_expires_at = granted.refresh_expires_at or connection.refresh_expires_at
    connection.refresh_at = None
    if registry.abilities(shop.platform).can_refresh and granted.expires_at:
        left = max(granted.expires_at - now, timedelta())
        wait = left / 2 if is_same else left - min(EARLIEST, left / 4)
        connection.refresh_at = now + max(SHORTEST, wait)
    connection.last_call_at = now
    connection.state = State.CONNECTED
    ends = connections.ends_at(connection, registry.abilities(shop.platform))
    if ends is None or ends - now > timedelta(days=max(LEVELS)):
        connection.alerted_days = None
    credentials.settle(shop, connection, now=now)


def _stumbled(shop_id: int, error: DomainError, *, now: datetime) -> None:
    log.warning("Access of shop %d was not prolonged: %s", shop_id, error.code)
    ShopConnection.objects.filter(pk=shop_id).update(refresh_at=now + AGAIN, error_code=error.code[:40], error=str(error)[:200])


def refused(shop_id: int, error: ConnectorError, *, seen: ShopAccess, now: datetime) -> bool:
    """The platform takes these credentials no more: the shop rests until a person authorises it again. Said once; nothing happens when
    the shop has other credentials by now than those that were `seen`. Returns whether this changed the state."""
    with transaction.atomic():
        shop, connection = credentials.hold(shop_id)
        if connections.access(shop).credentials != seen.credentials:
            return False
        was = connection.state
        connection.error_code, connection.error = error.code[:40], str(error)[:200]
        connection.refresh_at = None
        if was in {State.CONNECTED, State.EXPIRING}:
            connection.state, connection.refused_at = State.REFUSED, now
            audit.record([Deed("shop.refused", "shop", shop.pk, shop.name, note=str(error)[:200])], by=SYSTEM, now=now)
            events.publish(ShopAuthorisationsRefused((shop_id,)))
        connection.save()
    return connection.state != was


def refreshes_due(*, now: datetime) -> list[int]:
    """Shops whose access is to be prolonged now, and that nobody is at."""
    free = Q(refreshing_until=None) | Q(refreshing_until__lte=now)
    found = ShopConnection.objects.filter(free, refresh_at__lte=now, shop__is_active=True).exclude(state=State.REFUSED)
    return list(found.order_by("pk").values_list("pk", flat=True))


def alert(*, now: datetime) -> dict[int, list[int]]:
    """Announce authorisations that end within 7, 3 and 1 days, each level once, and mark them. Returns level → shops."""
    told: dict[int, list[int]] = defaultdict(list)
    rows = []
    with database.joined():
        found = ShopConnection.objects.select_for_update(of=("self",)).filter(state__in=[State.CONNECTED, State.EXPIRING])
        for one in found.filter(shop__is_active=True).select_related("shop").order_by("pk"):
            ends = connections.ends_at(one, registry.abilities(one.shop.platform))
            level = next((level for level in LEVELS if ends is not None and ends - now <= timedelta(days=level)), None)
            state = State.CONNECTED if level is None else State.EXPIRING
            if level is not None and (one.alerted_days is None or level < one.alerted_days):
                told[level].append(one.pk)
            if (state, level) != (one.state, one.alerted_days):
                rows.append((one.pk, state.value, level))
        bulk.update(ShopConnection, ["shop_id"], ["state", "alerted_days"], rows, lock=False)
        events.publish(*(ShopAuthorisationsEnding(tuple(ids), level) for level, ids in sorted(told.items())))
    return dict(told)


def call_answered(shop_id: int, *, now: datetime) -> None:
    """The platform answered a call of ours."""
    doubt = When(error_code=DOUBTED, then=Value(""))
    ShopConnection.objects.filter(pk=shop_id).update(
        last_call_at=now, error=Case(doubt, default=F("error")), error_code=Case(doubt, default=F("error_code"))
    )


def hook_heard(shop_id: int, *, now: datetime) -> None:
    """The platform called at the shop's address, and signed it."""
    ShopConnection.objects.filter(pk=shop_id).update(last_hook_at=now)
