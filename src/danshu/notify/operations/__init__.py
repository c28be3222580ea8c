"""The stories of the notify room."""

from danshu.notify.operations.delivering import deliver
from danshu.notify.operations.endpoints import WebhookDraft, add, change, remove, renew_secret, switch
from danshu.notify.operations.queueing import Letter, forget_old, queue, replay, send_test

__all__ = [
    "Letter", "WebhookDraft", "add", "change", "deliver", "forget_old", "queue", "remove", "renew_secret", "replay", "send_test", "switch",
]  # fmt: skip
