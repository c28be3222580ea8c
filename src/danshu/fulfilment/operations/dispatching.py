"""Who tells which shop's platform, and what keeps him from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from danshu.core import bulk
from danshu.fulfilment.models import Confirmation, ShopDispatch

LEASE = timedelta(seconds=120)
FIRST_WAIT, LONGEST_WAIT = 10, 1800  # seconds a shop, or a parcel, rests after a call that failed; four times as long after each


def take(shop_id: int, *, now: datetime) -> bool:
    """Be the only one who tells this shop's platform, for two minutes; False while somebody else is."""
    bulk.insert(ShopDispatch, ("shop_id", "failures", "error_code", "error"), [(shop_id, 0, "", "")], conflict=())
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    return bool(ShopDispatch.objects.filter(free, pk=shop_id).update(busy_until=now + LEASE))


def keep(shop_id: int, *, now: datetime) -> None:
    ShopDispatch.objects.filter(pk=shop_id).update(busy_until=now + LEASE)


def let_go(shop_id: int) -> None:
    ShopDispatch.objects.filter(pk=shop_id).update(busy_until=None)


def answered(shop_id: int) -> None:
    """The platform speaks to us (again)."""
    ShopDispatch.objects.filter(pk=shop_id).exclude(failures=0, error_code="").update(
        failures=0, error_code="", error="", paused_until=None
    )


def stumbled(shop_id: int, code: str, error: str, *, least: float = 0, now: datetime) -> None:
    """A whole call failed: this shop rests, at `least` seconds, and the others go on."""
    failures = ShopDispatch.objects.values_list("failures", flat=True).get(pk=shop_id)
    until = now + max(wait(failures), timedelta(seconds=least))
    ShopDispatch.objects.filter(pk=shop_id).update(failures=failures + 1, error_code=code[:40], error=error[:200], paused_until=until)


def resume(shop_ids: Sequence[int]) -> None:
    """A person looked after it: try at once."""
    ShopDispatch.objects.filter(pk__in=shop_ids).update(paused_until=None)


def wait(failures: int) -> timedelta:
    """How long to rest after so many failures before this one: 10 s … 30 min."""
    return timedelta(seconds=min(LONGEST_WAIT, FIRST_WAIT * 4 ** min(failures, 5)))


def is_paused(shop_id: int, *, now: datetime) -> bool:
    return ShopDispatch.objects.filter(pk=shop_id, paused_until__gt=now).exists()


def shops_due(*, now: datetime) -> list[int]:
    """Shops with something to tell or to look at, and nobody at it."""
    held = ShopDispatch.objects.filter(Q(busy_until__gt=now) | Q(paused_until__gt=now)).values("shop")
    due = Confirmation.objects.filter(retry_at__lte=now).exclude(shop__in=held)
    return sorted(due.order_by().values_list("shop", flat=True).distinct())
