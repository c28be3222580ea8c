"""Marks that ask a person to look: changed after printing, another order of the same receiver, a doubtful waybill number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from danshu.core import bulk
from danshu.core.actor import Actor
from danshu.orders.models import Order
from danshu.orders.operations import chosen
from danshu.orders.states import Issue

LOOKED_AT = Issue.CHANGED.value | Issue.LATE_JOINER.value
REJECTED = Issue.REJECTED.value


@transaction.atomic
def mark_seen(order_ids: Sequence[int], *, issues: int = LOOKED_AT, by: Actor, now: datetime) -> int:
    """Somebody looked at what changed after printing, or printed it anew: those marks go, from every order of the parcel.

    `issues` are the bits to take off. Returns how many orders had one; looking twice changes nothing.
    """
    marked = [order for order in chosen.orders(order_ids, whole_parcels=True) if order.issues & issues]
    Order.objects.filter(pk__in=[order.pk for order in marked]).update(issues=F("issues").bitand(~issues), updated_at=now)
    chosen.tell("order.seen", marked, "seen", by=by, now=now)
    return len(marked)


@transaction.atomic
def set_doubtful(order_ids: Collection[int], doubtful_ids: Collection[int], *, now: datetime) -> list[int]:
    """Of `order_ids`, those in `doubtful_ids` carry a waybill number to be looked at, the others do not. Returns whom that is news."""
    held = Order.objects.filter(pk__in=order_ids).order_by("pk").select_for_update(no_key=True, of=("self",))
    found = held.values_list("pk", "issues")
    rows = [(pk, issues ^ REJECTED, now) for pk, issues in found if bool(issues & REJECTED) != (pk in doubtful_ids)]
    bulk.update(Order, ("id",), ("issues", "updated_at"), rows, lock=False)
    return [row[0] for row in rows]
