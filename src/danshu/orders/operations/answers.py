"""What is written while somebody answers a buyer's request."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.core import events
from danshu.core.actor import Actor
from danshu.orders.events import OrdersChanged
from danshu.orders.models import Refund

LEASE = timedelta(minutes=2)


def hold_answer(refund_id: int, *, now: datetime) -> bool:
    """Be the only one who answers this request, for two minutes; False while somebody else is."""
    free = Q(answering_until=None) | Q(answering_until__lte=now)
    return bool(Refund.objects.filter(free, pk=refund_id).update(answering_until=now + LEASE))


def drop_answer(refund_id: int) -> None:
    Refund.objects.filter(pk=refund_id).update(answering_until=None)


@transaction.atomic
def note_answer(refund_id: int, *, agrees: bool, reason: str, by: Actor, now: datetime) -> None:
    """The platform was told: it stands on the order's timeline. Without the amount, which not everybody who reads that may see."""
    refund = Refund.objects.select_related("order").get(pk=refund_id)
    order = refund.order
    verb = "refund.agreed" if agrees else "refund.refused"
    changes = {"refund_no": refund.refund_no}
    target = ("order", order.pk, order.no) if order else ("refund", refund.pk, refund.refund_no)
    audit.record([Deed(verb, *target, changes, reason)], by=by, now=now)
    if order:
        events.publish(OrdersChanged((order.pk,), "refund"))
