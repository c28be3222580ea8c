"""Messages into the queue: once each, and again when somebody asks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.core import bulk, secrets
from danshu.core.actor import Actor
from danshu.notify.kinds import TEST
from danshu.notify.models import Delivery, Webhook
from danshu.notify.queries import BODY

KEPT = timedelta(days=30)
COLUMNS = ("webhook_id", "key", "kind", "subject", "body", "state", "attempts", "next_at", "log", "created_at")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Letter:
    """One fact for one webhook. `key` is the fact's name: a second letter of that key is the first one. `at` is when it happened."""

    webhook_id: int
    key: str
    kind: str
    subject: str
    data: Mapping[str, Any]
    at: datetime


def queue(letters: Sequence[Letter], *, now: datetime) -> int:
    """Queue what is not queued yet, in one statement. Returns how many that were."""
    rows: list[tuple[Any, ...]] = [
        (one.webhook_id, one.key, one.kind, one.subject[:80], secrets.seal(_written(one), BODY), "waiting", 0, now, [], now)
        for one in letters
    ]
    return len(bulk.insert(Delivery, COLUMNS, rows, conflict=("webhook_id", "key"), returning=("id",)))


def _written(letter: Letter) -> str:
    at = letter.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return _encode({"type": letter.kind, "timestamp": at, "data": letter.data})


@transaction.atomic
def replay(delivery_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Send them again, whatever became of them, under the same message id. Returns how many."""
    found = list(Delivery.objects.filter(pk__in=delivery_ids).select_related("webhook").order_by("pk").defer("body"))
    Delivery.objects.filter(pk__in=[one.pk for one in found]).update(state=Delivery.State.WAITING, attempts=0, next_at=now, done_at=None)
    hooks = {one.webhook_id: one.webhook for one in found}
    Webhook.objects.filter(pk__in=hooks).update(rest_until=None)
    deeds = [
        Deed(
            "webhook.replayed", "webhook", hook.pk, hook.name, {"messages": [one.message_id for one in found if one.webhook_id == hook.pk]}
        )
        for hook in hooks.values()
    ]
    audit.record(deeds, by=by, now=now)
    return len(found)


def send_test(webhook_id: int, *, now: datetime) -> int:
    """Queue a message that says nothing but that messages arrive. Returns its id."""
    key = f"test:{uuid.uuid4().hex}"
    queue([Letter(webhook_id, key, TEST, "", {"webhook_id": webhook_id}, now)], now=now)
    return Delivery.objects.only("pk").get(webhook=webhook_id, key=key).pk


def forget_old(*, now: datetime) -> int:
    """A month is enough for replays; what still waits for a webhook that is on stays."""
    still = Q(state=Delivery.State.WAITING, webhook__is_active=True)
    return Delivery.objects.filter(created_at__lt=now - KEPT).exclude(still).delete()[0]
