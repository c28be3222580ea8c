"""Lines to platforms that tell us over a connection which we open: which there are to be, who holds each, how it stands.

A line is an app of a platform; its shops share it. One process of all holds it, by a lease in the database that it keeps while it lives:
two would each get a part of the messages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from danshu.channels import connections, registry
from danshu.channels.connecting import ShopAccess
from danshu.channels.models import AppLine, Shop, ShopConnection
from danshu.channels.operations import connecting, granting, streams
from danshu.core import bulk
from danshu.core.errors import DomainError

LEASE = timedelta(seconds=30)
COLUMNS = ("platform", "gateway", "app", "odd_count", "error_code", "error")


@dataclass(slots=True)
class Lease:
    """The right to hold one line open until a moment."""

    line_id: int
    until: datetime
    heard_at: datetime | None = None

    def keep(self, *, now: datetime) -> bool:
        """Go on; cheap while most of the time is left. False when it ran out and another process holds the line."""
        if self.until - now > LEASE * 2 / 3:
            return True
        fresh = now + LEASE
        news = {"busy_until": fresh} | ({} if self.heard_at is None else {"heard_at": self.heard_at})
        if not _mine(self).update(**news):
            return False
        self.until = fresh
        return True

    def let_go(self) -> None:
        _mine(self).update(busy_until=None, opened_at=None)


def wanted() -> dict[connections.LineKey, list[ShopAccess]]:
    """Every line that is to stand, with its shops as their adapter sees them: open ones whose platform may be asked."""
    found = Shop.objects.filter(platform__in=registry.listening_platforms(), is_active=True, connection__state__in=streams.OPEN)
    lines: dict[connections.LineKey, list[ShopAccess]] = defaultdict(list)
    for shop in found.order_by("pk"):
        access = connections.access(shop, is_urgent=True)
        if key := connections.line_key(access):
            lines[key].append(access)
    return dict(lines)


def take(key: connections.LineKey, *, now: datetime) -> Lease | None:
    """Be the only one who holds this line; None while somebody else does."""
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    found = AppLine.objects.filter(platform=key.platform, gateway=key.gateway, app=key.app)
    until = now + LEASE
    if not found.filter(free).update(busy_until=until, opened_at=None):
        if found.exists():
            return None
        bulk.insert(AppLine, COLUMNS, [(key.platform, key.gateway, key.app, 0, "", "")], conflict=("platform", "gateway", "app"))
        if not found.filter(free).update(busy_until=until):
            return None
    return Lease(found.values_list("pk", flat=True).get(), until)


def opened(lease: Lease, *, now: datetime) -> None:
    """The line stands."""
    _mine(lease).update(opened_at=now, heard_at=now, error_code="", error="")


def broke(lease: Lease, error: DomainError) -> None:
    """It does not stand any more, or could not be opened."""
    _mine(lease).update(opened_at=None, error_code=error.code[:40], error=str(error)[:200])


def odd(lease: Lease, count: int) -> None:
    """Frames came that nobody understands."""
    AppLine.objects.filter(pk=lease.line_id).update(odd_count=F("odd_count") + count)


def _mine(lease: Lease) -> QuerySet[AppLine]:
    return AppLine.objects.filter(pk=lease.line_id, busy_until=lease.until)


def owners(platform: str, platform_shop_ids: Iterable[str]) -> Mapping[str, int]:
    """Our shops by the platform's numbers of them; those that are connected."""
    found = ShopConnection.objects.filter(shop__platform=platform, shop__is_active=True, platform_shop_id__in=set(platform_shop_ids))
    return dict(found.exclude(state=ShopConnection.State.NONE).values_list("platform_shop_id", "shop_id"))


def untold() -> list[int]:
    """Connected shops of which their platform does not tell us, and could."""
    found = Shop.objects.filter(platform__in=registry.listening_platforms(), is_active=True, connection__state__in=streams.OPEN)
    return list(found.filter(connection__subscribed_at=None).order_by("pk").values_list("pk", flat=True))


def subscribe(shop_id: int, *, now: datetime) -> None:
    """Have the platform tell of this shop on its app's line; messages name it by the platform's number, which a typed token did not tell.
    Calls the network. Raises what the platform says, which then stands in the shop's connection."""
    adapter = registry.listening(Shop.objects.get(pk=shop_id).platform)
    if adapter is None:
        return
    found = ShopConnection.objects.filter(pk=shop_id)
    try:
        if found.filter(platform_shop_id="").exists():
            connecting.test(shop_id, now=now)
        granting.call(shop_id, adapter.subscribe, is_urgent=False)
    except DomainError as error:
        found.update(subscribed_at=None, subscribe_error=str(error)[:200])
        raise
    found.update(subscribed_at=now, subscribe_error="")
