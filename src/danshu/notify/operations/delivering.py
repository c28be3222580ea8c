"""Messages out of the queue: claimed, called without a transaction, written down.

A claim lasts `LEASE`: a worker that dies leaves its messages to the next one, so a message may arrive twice, under the same id.
"""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.core import clock, events, http, message_signing
from danshu.core.actor import SYSTEM
from danshu.core.errors import DomainError
from danshu.core.guarded import Guarded
from danshu.notify import queries
from danshu.notify.events import WebhooksStopped
from danshu.notify.models import Delivery, Webhook
from danshu.notify.operations.endpoints import keys_of

# waits after the first, second … failed attempt, as the specification advises
SCHEDULE = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), *(timedelta(hours=h) for h in (2, 5, 10, 14, 20, 24))]
LEASE = timedelta(minutes=5)
AT_ONCE = 20
LONGEST_RUN = 50.0  # seconds: others wait for the worker too
MOST_FAILURES = 3  # in a row: then the rest is not even tried for a while
REST = timedelta(minutes=1)
GIVE_UP = timedelta(days=3)  # without one message that got through
LOGGED = 12
GONE = 410


def deliver(webhook_id: int) -> int:
    """Send what is due to one webhook, the oldest first. Returns how many got through."""
    started, through, failures = time.monotonic(), 0, 0
    while failures < MOST_FAILURES and time.monotonic() - started < LONGEST_RUN:
        hook = Webhook.objects.filter(pk=webhook_id, is_active=True).first()
        claimed = _claim(webhook_id, now=clock.now()) if hook else []
        if hook is None or not claimed:
            return through
        for at, delivery in enumerate(claimed):
            if _attempt(hook, delivery):
                through, failures = through + 1, 0
                continue
            failures += 1
            if failures >= MOST_FAILURES or not Webhook.objects.filter(pk=webhook_id, is_active=True).exists():
                _leave([one.pk for one in claimed[at + 1 :]], webhook_id, now=clock.now())
                return through
    return through


@transaction.atomic
def _claim(webhook_id: int, *, now: datetime) -> list[Delivery]:
    due = Delivery.objects.filter(webhook=webhook_id, state=Delivery.State.WAITING, next_at__lte=now)
    claimed = list(due.order_by("next_at", "pk").select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    Delivery.objects.filter(pk__in=[one.pk for one in claimed]).update(next_at=now + LEASE)
    return claimed


def _attempt(hook: Webhook, delivery: Delivery) -> bool:
    """One call, and what came of it."""
    at, began = clock.now(), time.monotonic()
    status, error = 0, ""
    try:
        status = _call(hook, delivery, at)
    except DomainError as refusal:
        status, error = int(refusal.details.get("status", 0)), str(refusal)
    entry = {"at": at.isoformat(), "status": status, "error": error[:300], "ms": round((time.monotonic() - began) * 1000)}
    if 200 <= status < 300:
        _note_done(hook, delivery, entry, now=clock.now())
        return True
    _note_failed(hook, delivery, entry, now=clock.now())
    return False


def _call(hook: Webhook, delivery: Delivery, at: datetime) -> int:
    body = queries.body_of(delivery).encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "Danshu-Webhooks/1",
        **message_signing.headers(delivery.message_id, at, body, keys_of(hook, now=at)),
    }
    client = http.Client(f"webhook:{hook.pk}", attempts=1, transport=Guarded(private=settings.WEBHOOKS_PRIVATE))
    return client.request("POST", hook.url, content=body, headers=headers, idempotent=False).status_code


@transaction.atomic
def _note_done(hook: Webhook, delivery: Delivery, entry: dict[str, Any], *, now: datetime) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.State.DONE, done_at=now, attempts=delivery.attempts + 1, log=[*delivery.log, entry][-LOGGED:]
    )
    Webhook.objects.filter(pk=hook.pk, failing_since__isnull=False).update(failing_since=None, rest_until=None)


@transaction.atomic
def _note_failed(hook: Webhook, delivery: Delivery, entry: dict[str, Any], *, now: datetime) -> None:
    attempts = delivery.attempts + 1
    is_over = attempts > len(SCHEDULE)
    wait = timedelta() if is_over else SCHEDULE[attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - jitter
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.State.FAILED if is_over else Delivery.State.WAITING, attempts=attempts, next_at=now + wait,
        log=[*delivery.log, entry][-LOGGED:],
    )  # fmt: skip
    Webhook.objects.filter(pk=hook.pk, failing_since=None).update(failing_since=now)
    since = Webhook.objects.values_list("failing_since", flat=True).get(pk=hook.pk)
    if entry["status"] == GONE or (since and now - since >= GIVE_UP):
        _stop(hook, now=now)


def _stop(hook: Webhook, *, now: datetime) -> None:
    if Webhook.objects.filter(pk=hook.pk, is_active=True).update(is_active=False):
        audit.record([Deed("webhook.stopped", "webhook", hook.pk, hook.name)], by=SYSTEM, now=now)
        events.publish(WebhooksStopped((hook.pk,)))


@transaction.atomic
def _leave(delivery_ids: list[int], webhook_id: int, *, now: datetime) -> None:
    """Untried ones wait with the webhook; they lose no attempt."""
    Delivery.objects.filter(pk__in=delivery_ids, state=Delivery.State.WAITING).update(next_at=now)
    Webhook.objects.filter(pk=webhook_id).update(rest_until=now + REST)
