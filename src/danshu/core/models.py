"""Tables of the kernel: facts, deliveries of facts, jobs of the SQLite engine, schedules, runs, preferences."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EventRow(models.Model):
    """One published fact. `kind` is `room.ClassName`; `payload` its plain values. Ids are not commit order on PostgreSQL."""

    kind = models.CharField(max_length=80)
    payload = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "core_event"
        indexes = [models.Index(fields=["kind", "id"]), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class FailedReaction(models.Model):
    """A fact that a reaction could not digest after all retries: kept with its error until a person retries or dismisses it."""

    reaction = models.CharField(max_length=160)
    event = models.ForeignKey(EventRow, on_delete=models.CASCADE, related_name="failures")
    error = models.TextField()
    attempts = models.PositiveIntegerField(default=1)
    failed_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "core_failed_reaction"
        constraints = [models.UniqueConstraint(fields=["reaction", "event"], name="core_failed_reaction_once")]

    def __str__(self) -> str:
        return f"{self.reaction} {self.event_id}"


class Job(models.Model):
    """A job of the SQLite engine. On PostgreSQL Procrastinate keeps its own tables and this one stays empty."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("已排程")
        READY = "ready", _("等待")
        RUNNING = "running", _("运行中")
        DONE = "done", _("完成")
        DEAD = "dead", _("失败")
        CANCELLED = "cancelled", _("已取消")

    name = models.CharField(max_length=160)
    queue = models.CharField(max_length=40, default="default")
    arguments = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    dedupe = models.CharField(max_length=200, null=True)
    language = models.CharField(max_length=10, default="")  # of the person who enqueued it
    attempts = models.PositiveIntegerField(default=0)  # runs that failed so far
    run_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        db_table = "core_job"
        indexes = [
            models.Index(fields=["state", "-priority", "id"], name="core_job_claim"),
            models.Index(fields=["state", "run_at"], name="core_job_due"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["dedupe"], condition=Q(state__in=["ready", "scheduled"]), name="core_job_one_waiting")
        ]

    def __str__(self) -> str:
        return self.name


class JobError(models.Model):
    """The last words of a job that died, on either engine (Procrastinate keeps none)."""

    job_key = models.CharField(max_length=60)
    name = models.CharField(max_length=160)
    arguments = models.JSONField(default=dict)
    error = models.TextField()
    attempts = models.PositiveIntegerField()
    at = models.DateTimeField()
    retried_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "core_job_error"

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """When a recurring job last ran and runs next; one row each, made by the worker from `flows/schedules.py`."""

    name = models.CharField(max_length=160, primary_key=True)
    next_run_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "core_schedule"

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """Bulk work that a person watches: `/jobs/<id>/`. Rows that could not be done stand in `results` with their reasons."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("进行中")
        DONE = "done", _("完成")
        FAILED = "failed", _("失败")

    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    results = models.JSONField(default=list)  # [{"label": "1122-0379", "ok": false, "message": "…", "url": "…"}]
    summary = models.JSONField(default=dict)
    arguments = models.JSONField(default=dict)
    result_url = models.CharField(max_length=300, default="")
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80, default="")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "core_run"
        indexes = [models.Index(fields=["-created_at"])]

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """What the owner decided for the whole house, by name: read and written through `core.preferences`."""

    name = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "core_preference"

    def __str__(self) -> str:
        return self.name


class RateBucket(models.Model):
    """How many calls one connection to somebody else's service may still make now; shared by all processes and hosts."""

    name = models.CharField(max_length=120, primary_key=True)
    tokens = models.FloatField()
    filled_at = models.DateTimeField()

    class Meta:
        db_table = "core_rate_bucket"

    def __str__(self) -> str:
        return self.name
