"""The append-only book of who did what."""

from django.db import models


class Entry(models.Model):
    """One deed. `verb` is dotted (`order.held`) and has a sentence in `audit/verbs.py`; `changes` is `{field: [before, after]}`."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80)
    verb = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=30)
    target_id = models.BigIntegerField(null=True)
    target_label = models.CharField(max_length=120, default="")
    changes = models.JSONField(default=dict)
    note = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(fields=["target_kind", "target_id", "id"]),
            models.Index(fields=["verb", "id"]),
            models.Index(fields=["actor_id", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_label}"
