"""Webhooks and what was delivered to them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Webhook(models.Model):
    """An address that is told of facts. `secret` is sealed; while `old_until` lasts, messages are signed with the old one as well."""

    name = models.CharField(_("名称"), max_length=60)
    url = models.CharField(_("地址"), max_length=500)
    secret = models.BinaryField()
    old_secret = models.BinaryField(null=True)
    old_until = models.DateTimeField(null=True)
    kinds = models.JSONField(default=list)
    shop_ids = models.JSONField(default=list, help_text="ids of the shops it hears of; empty = all")
    is_plain = models.BooleanField(default=False)  # receivers in full
    is_active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True)  # no message got through since then
    rest_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One fact for one webhook. `key` names the fact, so that it is queued once; `body` is the sealed JSON as it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        DONE = "done", _("已送到")
        FAILED = "failed", _("没送到")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=80, default="")  # what a person calls it: the order's number
    body = models.BinaryField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)  # of this round: a replay begins again
    next_at = models.DateTimeField()
    log = models.JSONField(default=list)  # the last attempts: [{"at", "status", "error", "ms"}]
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "key"], name="notify_delivery_once")]
        indexes = [
            models.Index(fields=["webhook", "next_at"], condition=Q(state="waiting"), name="notify_due"),
            models.Index(fields=["webhook", "-id"], name="notify_log"),
            models.Index(fields=["created_at"], name="notify_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def message_id(self) -> str:
        """The same for every attempt, so that receivers can tell a repetition."""
        return f"msg_{self.pk}"
