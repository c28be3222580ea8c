"""Hold orders back, and let them go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.core.actor import SYSTEM, Actor
from danshu.core.errors import DomainError
from danshu.orders.models import Order
from danshu.orders.operations import chosen
from danshu.orders.states import OPEN

AT_ONCE = 1000


@transaction.atomic
def hold(order_ids: Sequence[int], *, reason: str = "", until: datetime | None = None, by: Actor, now: datetime) -> int:
    """Nobody prints or ships a held order; those that travel with it are held too. With `until` it goes on by itself, as urgent.

    Raises `DomainError`: "order.not_open" for shipped and cancelled ones, "order.hold_past" for a moment that is over.
    """
    if until is not None and until <= now:
        raise DomainError(_("挂起的截止时间已经过了。请选一个以后的时间，或不填。"), "order.hold_past")
    orders = chosen.orders(order_ids, whole_parcels=True)
    chosen.refuse((o for o in orders if o.fulfilment not in OPEN), _("%(orders)s 已发货或已取消，不能挂起。"), "order.not_open")
    Order.objects.filter(pk__in=[o.pk for o in orders]).update(is_held=True, hold_reason=reason[:120], hold_until=until, updated_at=now)
    until_text = until.isoformat() if until else ""
    chosen.tell("order.held", orders, "hold", by=by, now=now, note=reason, changes=lambda _order: {"until": ["", until_text]})
    return len(orders)


@transaction.atomic
def unhold(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Let held orders go on; others stay as they are. Returns how many were held."""
    orders = [order for order in chosen.orders(order_ids, whole_parcels=True) if order.is_held]
    Order.objects.filter(pk__in=[o.pk for o in orders]).update(is_held=False, hold_reason="", hold_until=None, updated_at=now)
    chosen.tell("order.released", orders, "release", by=by, now=now)
    return len(orders)


@transaction.atomic
def release_due(*, now: datetime) -> int:
    """Holds whose moment has come end, and their orders are urgent now: they have waited."""
    due = list(
        Order.objects.filter(is_held=True, hold_until__lte=now).order_by("hold_until")
        .select_for_update(no_key=True, skip_locked=True, of=("self",))[:AT_ONCE]
    )  # fmt: skip
    if due:
        Order.objects.filter(pk__in=[o.pk for o in due]).update(
            is_held=False, hold_reason="", hold_until=None, is_urgent=True, updated_at=now
        )
        chosen.tell("order.released", due, "release", by=SYSTEM, now=now)
    return len(due)
