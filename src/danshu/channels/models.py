"""Shops, import batches, remembered column mappings, what each shop shows of the stock, and how each stands with its platform.

Catalogue and stock lie above: listings, SKUs and warehouses stand here as plain ids.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from danshu.channels.platforms import PLATFORMS


class Shop(models.Model):
    name = models.CharField(_("店铺名"), max_length=60, unique=True)
    platform = models.CharField(_("平台"), max_length=16, choices=[(p.code, p.name) for p in PLATFORMS.values()])
    is_active = models.BooleanField(_("启用"), default=True)
    ship_hours = models.PositiveSmallIntegerField(_("发货时限（小时）"), default=48)
    courier_code = models.CharField(_("默认快递"), max_length=20, default="", blank=True)
    warehouse_id = models.BigIntegerField(null=True)  # stock lies above: an id, not a foreign key
    unpaid_minutes = models.PositiveIntegerField(_("待付款锁定（分钟）"), default=30)
    settings = models.JSONField(default=dict)
    credentials = models.BinaryField(null=True)  # sealed
    last_intake_at = models.DateTimeField(null=True)  # when it brought orders, or surely had none to bring
    heard_until = models.DateTimeField(null=True)  # all orders that changed before are here; where an adapter pulls them
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ColumnMapping(models.Model):
    """Which column of a file means which field, as a person corrected it, remembered per shop and shape of header."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    fingerprint = models.CharField(max_length=32)  # of the normalised header names, sorted
    platform = models.CharField(max_length=16)
    columns = models.JSONField()  # {header: field}
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "fingerprint"], name="channels_mapping_once")]

    def __str__(self) -> str:
        return self.fingerprint


class ImportBatch(models.Model):
    """One file that was dropped: what it was taken for, what came of it, and how to undo it."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("待确认")
        RUNNING = "running", _("导入中")
        DONE = "done", _("完成")
        FAILED = "failed", _("失败")
        UNDONE = "undone", _("已撤销")

    shop = models.ForeignKey(Shop, null=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, default="orders")  # orders, products, stock, waybills
    file_name = models.CharField(max_length=200)
    path = models.CharField(max_length=300)  # under MEDIA_ROOT
    sha256 = models.CharField(max_length=64, db_index=True)
    platform = models.CharField(max_length=16, default="")
    encoding = models.CharField(max_length=20, default="")
    layout = models.JSONField(default=dict)  # sheet, header row, columns → fields, confidence
    state = models.CharField(max_length=8, choices=State.choices, default=State.PREVIEW)
    rows_count = models.PositiveIntegerField(default=0)
    order_count = models.PositiveIntegerField(default=0)
    new_count = models.PositiveIntegerField(default=0)
    updated_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    reject_count = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)  # orders already saved: a killed import goes on from here
    rejects = models.JSONField(default=list)  # [{"row": 17, "reason": "…", "code": "…", "cells": […]}]
    run_id = models.BigIntegerField(null=True)
    error = models.TextField(default="")
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80, default="")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"])]

    def __str__(self) -> str:
        return self.file_name


class OfferRule(models.Model):
    """What a shop may show of the stock; with a `listing_id` other than 0, what one of its listings may show instead."""

    class Mode(models.TextChoices):
        SHARED = "shared", _("共享：可售全部都能卖")
        SHARE = "share", _("按比例：可售的百分之几")
        QUOTA = "quota", _("定额：一共给这么多件")

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="offer_rules")
    listing_id = models.BigIntegerField(default=0)
    mode = models.CharField(max_length=6, choices=Mode.choices, default=Mode.SHARED)
    percent = models.PositiveSmallIntegerField(default=100)  # of SHARE
    quota = models.PositiveIntegerField(default=0)  # of QUOTA: pieces
    quota_from = models.DateTimeField(null=True)  # what was sold from here on is off the quota
    keep = models.PositiveIntegerField(default=0)  # pieces this shop leaves unshown, though orders may still take them
    cap = models.PositiveIntegerField(null=True)  # never show more than this
    stop_line = models.PositiveIntegerField(default=0)  # below it: 0
    warehouse_ids = models.JSONField(default=list)  # empty = all
    is_pushed = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "listing_id"], name="channels_rule_once")]

    def __str__(self) -> str:
        return f"{self.shop_id}/{self.listing_id}: {self.mode}"


class Offer(models.Model):
    """The number of one listing: what it should show, what we said last, what the platform showed when we looked."""

    listing_id = models.BigIntegerField(unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    wanted = models.IntegerField(default=0)
    wanted_at = models.DateTimeField()  # since when `wanted` is so
    pushed = models.IntegerField(null=True)
    pushed_at = models.DateTimeField(null=True)
    shown = models.IntegerField(null=True)  # read back
    read_at = models.DateTimeField(null=True)
    drift_since = models.DateTimeField(null=True)  # the platform's number is not ours since then
    is_due = models.BooleanField(default=True)
    error_code = models.CharField(max_length=30, default="", db_default="")
    error = models.CharField(max_length=200, default="", db_default="")
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["shop", "listing_id"], condition=Q(is_due=True), name="channels_offer_due"),
            models.Index(fields=["drift_since"], condition=Q(drift_since__isnull=False), name="channels_offer_drift"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id}: {self.wanted} / {self.pushed} / {self.shown}"


class StockPush(models.Model):
    """One number said to one listing, never changed: the log behind the replay of an oversell."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, db_index=False)
    listing_id = models.BigIntegerField()
    sku_id = models.BigIntegerField()
    quantity = models.IntegerField()
    before = models.IntegerField(null=True)
    is_taken = models.BooleanField()
    error = models.CharField(max_length=200, default="")
    wanted_at = models.DateTimeField()  # when the number had become right
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sku_id", "at"]), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.listing_id} → {self.quantity}"


class StockWait(models.Model):
    """A SKU whose number moved and is gathered until `due_at`."""

    sku_id = models.BigIntegerField(primary_key=True)
    since = models.DateTimeField()
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.sku_id)


class ShopSync(models.Model):
    """How pushing to one shop stands: who is at it, when all was compared, what keeps it."""

    shop = models.OneToOneField(Shop, on_delete=models.CASCADE, primary_key=True)
    busy_until = models.DateTimeField(null=True)  # a worker pushes for this shop; passed = it died
    compared_at = models.DateTimeField(null=True)
    stale_since = models.DateTimeField(null=True)  # its order stream is silent: numbers are conservative
    paused_until = models.DateTimeField(null=True)  # the platform asked for patience, or a person must act
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, default="")
    error = models.CharField(max_length=200, default="")

    def __str__(self) -> str:
        return str(self.shop_id)


class ShopConnection(models.Model):
    """How a shop stands with its platform: whether we may ask it, until when, and what it said last. Credentials stand sealed in `Shop`."""

    class State(models.TextChoices):
        NONE = "none", _("未连接")
        CONNECTED = "connected", _("已连接")
        EXPIRING = "expiring", _("授权快到期")
        REFUSED = "refused", _("需要重新授权")

    shop = models.OneToOneField(Shop, on_delete=models.CASCADE, primary_key=True, related_name="connection")
    state = models.CharField(max_length=9, choices=State.choices, default=State.NONE)
    platform_shop_id = models.CharField(max_length=64, default="", db_index=True)
    platform_shop_name = models.CharField(max_length=120, default="")
    connected_at = models.DateTimeField(null=True)  # when a person connected or authorised it last
    granted_at = models.DateTimeField(null=True)  # when the access token came
    expires_at = models.DateTimeField(null=True)  # of the access token; None = does not end
    refresh_expires_at = models.DateTimeField(null=True)
    refresh_at = models.DateTimeField(null=True)  # when to ask for a new one; None = it is not refreshed
    refreshing_until = models.DateTimeField(null=True)  # a worker asks for it; passed = it died
    alerted_days = models.PositiveSmallIntegerField(null=True)  # the nearest of 7, 3, 1 days that was announced
    refused_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, default="")
    error = models.CharField(max_length=200, default="")
    last_call_at = models.DateTimeField(null=True)  # when the platform answered us last
    hook_key = models.CharField(max_length=43)  # the part of the webhook's address that nobody can guess
    last_hook_at = models.DateTimeField(null=True)  # when a message of the platform came last, whichever way
    subscribed_at = models.DateTimeField(null=True)  # when the platform said that it tells of this shop; where we listen
    subscribe_error = models.CharField(max_length=200, default="", db_default="")  # why it does not

    def __str__(self) -> str:
        return f"{self.shop_id}: {self.state}"


class AppLine(models.Model):
    """The connection that one of our processes holds open to a platform, for all shops of one app."""

    platform = models.CharField(max_length=16)
    gateway = models.CharField(max_length=200, default="")
    app = models.CharField(max_length=100)
    busy_until = models.DateTimeField(null=True)  # a process holds it; passed = it died
    opened_at = models.DateTimeField(null=True)  # since when it stands; None = it does not
    heard_at = models.DateTimeField(null=True)  # when anything came on it last, signs of life too
    odd_count = models.PositiveIntegerField(default=0)  # frames that nobody understood
    error_code = models.CharField(max_length=40, default="")
    error = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "gateway", "app"], name="channels_line_once")]

    def __str__(self) -> str:
        return f"{self.platform} {self.app}"


class StreamCursor(models.Model):
    """How far one stream of one shop is read: whatever changed at the platform before `until` is saved here."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="cursors")
    stream = models.CharField(max_length=10)
    since = models.DateTimeField()  # where reading began
    until = models.DateTimeField()
    read_at = models.DateTimeField(null=True)  # when the question was asked whose answer moved `until`
    next_at = models.DateTimeField(db_index=True)  # when to read on; after a failure, when to try again
    paused_at = models.DateTimeField(null=True)  # a person wants it read no more for a while
    busy_until = models.DateTimeField(null=True)  # a worker reads it; passed = it died
    attempted_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)  # when a window was read to its end
    lag_seconds = models.PositiveIntegerField(null=True)  # from a change at the platform to here, median of the last that came
    failures = models.PositiveIntegerField(default=0)  # in a row
    error_code = models.CharField(max_length=40, default="")
    error = models.CharField(max_length=200, default="")
    rows_count = models.BigIntegerField(default=0)  # rows of lists
    new_count = models.BigIntegerField(default=0)
    updated_count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "stream"], name="channels_cursor_once")]

    def __str__(self) -> str:
        return f"{self.shop_id}/{self.stream}: {self.until}"


class RawPayload(models.Model):
    """One order or refund as the platform sent it last, sealed: it can be translated again. `body` None: only its number is known."""

    class State(models.TextChoices):
        TAKEN = "taken", _("已入库")
        WAITING = "waiting", _("等待重试")
        QUARANTINED = "quarantined", _("隔离")

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, db_index=False)
    stream = models.CharField(max_length=10)
    no = models.CharField(max_length=64)
    body = models.BinaryField(null=True)
    digest = models.CharField(max_length=32, default="")
    modified_at = models.DateTimeField(null=True)  # as the platform says
    fetched_at = models.DateTimeField(null=True)  # when the platform was asked
    state = models.CharField(max_length=11, choices=State.choices, default=State.WAITING)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    error_code = models.CharField(max_length=40, default="")
    error = models.CharField(max_length=300, default="")
    retry_at = models.DateTimeField(null=True)  # when to ask the platform for it (again)
    asks = models.PositiveSmallIntegerField(default=0)  # how often the platform said that it has no such number
    order_no = models.CharField(max_length=64, null=True)  # of a refund that a message named with its order

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "stream", "no"], name="channels_payload_once")]
        indexes = [
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="channels_payload_due"),
            models.Index(fields=["shop", "state"], condition=~Q(state="taken"), name="channels_payload_open"),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id}/{self.stream}/{self.no}: {self.state}"


class HeardMessage(models.Model):
    """A message that a shop's own program sent, by the id that it gave it: the same once more does nothing."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, db_index=False)
    message_id = models.CharField(max_length=200)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "message_id"], name="channels_heard_once")]

    def __str__(self) -> str:
        return f"{self.shop_id}: {self.message_id}"


class DayCount(models.Model):
    """Orders placed on one business day: the platform's number and ours, as the sentinel counted them ("昨日 412/412")."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    platform_count = models.PositiveIntegerField()
    our_count = models.PositiveIntegerField()  # after what was missing was fetched
    missing_count = models.PositiveIntegerField()  # before
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "day"], name="channels_day_once")]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.day}: {self.our_count}/{self.platform_count}"
