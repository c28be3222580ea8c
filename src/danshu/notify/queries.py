"""Reads about webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from danshu.core import secrets
from danshu.notify.models import Delivery, Webhook

BODY = "webhook.body"
ORDER = ["-id"]


def webhooks() -> QuerySet[Webhook]:
    """All, in the order they were added, with the numbers of what waits and of what did not get through."""
    of = {state: Count("deliveries", filter=Q(deliveries__state=state)) for state in (Delivery.State.WAITING, Delivery.State.FAILED)}
    return Webhook.objects.annotate(waiting=of[Delivery.State.WAITING], failed=of[Delivery.State.FAILED]).order_by("pk")


def listening() -> list[Webhook]:
    """Those that are told of facts."""
    return list(Webhook.objects.filter(is_active=True).order_by("pk"))


def due(*, now: datetime) -> list[int]:
    """Webhooks that have something to hear now."""
    waiting = Delivery.objects.filter(webhook=OuterRef("pk"), state=Delivery.State.WAITING, next_at__lte=now)
    resting = Q(rest_until__gt=now)
    return list(Webhook.objects.filter(Exists(waiting), is_active=True).exclude(resting).order_by("pk").values_list("pk", flat=True))


def within(webhook: Webhook, shop_id: int | None) -> bool:
    """Whether the webhook hears of this shop; None is a fact that no shop owns."""
    return not webhook.shop_ids or shop_id is None or shop_id in webhook.shop_ids


def visible(shop_ids: Sequence[int] | None) -> QuerySet[Webhook]:
    """Those that a token bound to shops may look after: made for some of them, and for nothing beyond."""
    found = Webhook.objects.order_by("pk")
    if shop_ids is None:
        return found
    mine = [hook.pk for hook in found if hook.shop_ids and set(hook.shop_ids) <= set(shop_ids)]
    return found.filter(pk__in=mine)


def body_of(delivery: Delivery) -> str:
    """What is sent, as text."""
    return secrets.unseal(delivery.body, BODY)
