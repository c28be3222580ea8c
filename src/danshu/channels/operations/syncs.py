"""Who pushes for which shop, what waits to be gathered, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from danshu.channels.connector_errors import ConnectorError, RateLimited
from danshu.channels.events import OrderStreamsStale
from danshu.channels.models import ShopSync, StockWait
from danshu.core import bulk, database, events

LEASE = timedelta(seconds=90)
GATHERED = timedelta(seconds=2)
FIRST_WAIT, LONGEST_WAIT = 5, 600  # seconds a shop rests after a call that failed as a whole; four times as long after each


def take(shop_id: int, *, now: datetime) -> bool:
    """Be the only one who pushes for this shop, for 90 seconds; False while somebody else is."""
    _ensure([shop_id])
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    return bool(ShopSync.objects.filter(free, pk=shop_id).update(busy_until=now + LEASE))


def _ensure(shop_ids: Sequence[int]) -> None:
    bulk.insert(ShopSync, ("shop_id", "failures", "error_code", "error"), [(pk, 0, "", "") for pk in shop_ids], conflict=())


def keep(shop_id: int, *, now: datetime) -> None:
    ShopSync.objects.filter(pk=shop_id).update(busy_until=now + LEASE)


def let_go(shop_id: int) -> None:
    ShopSync.objects.filter(pk=shop_id).update(busy_until=None)


def answered(shop_id: int) -> None:
    """The platform speaks to us (again)."""
    ShopSync.objects.filter(pk=shop_id).exclude(failures=0, error_code="").update(failures=0, error_code="", error="", paused_until=None)


def stumbled(shop_id: int, error: ConnectorError, *, now: datetime) -> None:
    """A whole call failed: this shop rests, the others go on."""
    _ensure([shop_id])
    sync = ShopSync.objects.get(pk=shop_id)
    wait = max(min(LONGEST_WAIT, FIRST_WAIT * 4 ** min(sync.failures, 6)), error.wait if isinstance(error, RateLimited) else 0)
    ShopSync.objects.filter(pk=shop_id).update(
        failures=sync.failures + 1, error_code=error.code[:40], error=str(error)[:200], paused_until=now + timedelta(seconds=wait)
    )


def resume(shop_ids: Sequence[int]) -> None:
    """A person looked after it: try at once."""
    ShopSync.objects.filter(pk__in=shop_ids).update(paused_until=None)


def compared(shop_id: int, *, now: datetime) -> None:
    """The platform's numbers were all looked at, so it speaks to us."""
    _ensure([shop_id])
    ShopSync.objects.filter(pk=shop_id).update(compared_at=now)


def set_stale(stale: Mapping[int, datetime | None]) -> list[int]:
    """Shop → since when its order stream is silent, None = it is not. Publishes `OrderStreamsStale` for those that fell silent; returns
    all shops for which this changed."""
    if not stale:
        return []
    with database.joined():
        _ensure(sorted(stale))
        before = dict(ShopSync.objects.select_for_update().filter(pk__in=stale).order_by("pk").values_list("pk", "stale_since"))
        moved = [pk for pk, since in stale.items() if (since is None) != (before[pk] is None)]
        bulk.update(ShopSync, ["shop_id"], ["stale_since"], [(pk, stale[pk]) for pk in moved], lock=False)
        if silent := tuple(sorted(pk for pk in moved if stale[pk] is not None)):
            events.publish(OrderStreamsStale(silent))
    return sorted(moved)


def gather(sku_ids: Mapping[int, datetime]) -> None:
    """SKU → when its number moved. Each waits 2 seconds from the first move, however many follow."""
    bulk.insert(StockWait, ("sku_id", "since", "due_at"), [(pk, at, at + GATHERED) for pk, at in sorted(sku_ids.items())], conflict=())


def waiting() -> dict[int, tuple[datetime, datetime]]:
    """SKU → since when it waits, and until when."""
    return {sku_id: (since, due_at) for sku_id, since, due_at in StockWait.objects.values_list("sku_id", "since", "due_at")}


def done_waiting(sku_ids: Sequence[int]) -> None:
    """Take them off the list, before their numbers are read: a move that comes later puts them on again."""
    StockWait.objects.filter(sku_id__in=sku_ids).delete()
