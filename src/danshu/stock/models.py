"""Balances, reservations, the ledger. Only this room's operations write them.

Reservations and ledger entries are written with a balance, many a second, under its lock. The balance's own foreign keys keep its SKU and
its warehouse; asking again for each row, or keeping indexes that nobody reads, would only hold the lock longer.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from danshu.catalogue.models import Sku


class Warehouse(models.Model):
    name = models.CharField(_("仓库名"), max_length=40, unique=True)
    priority = models.PositiveSmallIntegerField(_("发货顺序"), default=10)
    sender_name = models.CharField(max_length=40, default="", blank=True)
    sender_phone = models.CharField(max_length=30, default="", blank=True)
    sender_address = models.CharField(max_length=200, default="", blank=True)
    is_active = models.BooleanField(default=True)
    regions = models.CharField(max_length=200, default="", db_default="", blank=True)  # provinces it serves first: `regions.stored`
    is_emptied_first = models.BooleanField(default=False, db_default=False)  # gives what it has even where another has all of it

    def __str__(self) -> str:
        return self.name


class Balance(models.Model):
    """The counters of one SKU in one warehouse: caches of reservations and ledger, recomputed by `danshu check stock`."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="balances")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    on_hand = models.BigIntegerField(default=0)
    locked = models.BigIntegerField(default=0)
    defective = models.BigIntegerField(default=0)
    inspecting = models.BigIntegerField(default=0, db_default=0)
    incoming = models.BigIntegerField(default=0)  # bought, on its way here
    in_transit = models.BigIntegerField(default=0, db_default=0)  # sent by another warehouse, on its way here
    buffer = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sku", "warehouse"], name="stock_balance_once"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="stock_on_hand_not_negative"),
            models.CheckConstraint(condition=Q(locked__gte=0), name="stock_locked_not_negative"),
            models.CheckConstraint(condition=Q(on_hand__gte=F("locked")), name="stock_never_oversold"),
            models.CheckConstraint(condition=Q(defective__gte=0, incoming__gte=0, buffer__gte=0), name="stock_buckets_not_negative"),
            models.CheckConstraint(condition=Q(inspecting__gte=0, in_transit__gte=0), name="stock_ways_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}@{self.warehouse_id}: {self.on_hand} − {self.locked}"


class Reservation(models.Model):
    """What one order line holds of one SKU in one warehouse. `demand_id` is the line's id, `owner_id` the order's."""

    class Kind(models.TextChoices):
        UNPAID = "unpaid", _("待付款")
        PAID = "paid", _("已付款")
        PRESALE = "presale", _("预售")
        MANUAL = "manual", _("手工")
        EXCHANGE = "exchange", _("换货")

    class State(models.TextChoices):
        HELD = "held", _("锁定中")
        CONSUMED = "consumed", _("已出库")
        RELEASED = "released", _("已释放")
        EXPIRED = "expired", _("超时释放")

    owner_id = models.BigIntegerField()
    demand_id = models.BigIntegerField()
    label = models.CharField(max_length=60, default="")  # what a person calls the owner: the order number
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quantity = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PAID)
    state = models.CharField(max_length=8, choices=State.choices, default=State.HELD)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["demand_id", "sku", "warehouse"], condition=Q(state="held"), name="stock_held_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stock_reservation_positive"),
        ]
        indexes = [
            models.Index(fields=["owner_id"]),
            models.Index(fields=["sku", "warehouse"], condition=Q(state="held"), name="stock_held_of_sku"),
            models.Index(fields=["demand_id"]),
            models.Index(fields=["expires_at"], condition=Q(state="held", expires_at__isnull=False), name="stock_expiring"),
            models.Index(fields=["-closed_at"], condition=Q(state="expired"), name="stock_expired_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.label or self.owner_id}: {self.quantity} × {self.sku_id}"


class LedgerEntry(models.Model):
    """One movement, never changed: what, how much, what the counters were after it, why, and who."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("期初")
        RECEIVE = "receive", _("入库")
        ADJUST = "adjust", _("调整")
        COUNT = "count", _("盘点")
        MOVE_OUT = "move_out", _("移出")
        MOVE_IN = "move_in", _("移入")
        LOCK = "lock", _("锁定")
        RELEASE = "release", _("释放")
        EXPIRE = "expire", _("超时释放")
        SHIP = "ship", _("发货出库")
        RETURN = "return", _("退货入库")
        UNSHIP = "unship", _("撤销发货")
        REPAIR = "repair", _("修复")
        EXPECT = "expect", _("采购下单")
        ARRIVE = "arrive", _("到货")
        SEND = "send", _("调拨发出")
        LOSE = "lose", _("调拨丢失")
        CALL_OFF = "call_off", _("取消未到")
        SHIFT = "shift", _("转区")

    at = models.DateTimeField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    on_hand_delta = models.BigIntegerField(default=0)
    locked_delta = models.BigIntegerField(default=0)
    defective_delta = models.BigIntegerField(default=0)
    inspecting_delta = models.BigIntegerField(default=0, db_default=0)
    incoming_delta = models.BigIntegerField(default=0, db_default=0)
    in_transit_delta = models.BigIntegerField(default=0, db_default=0)
    on_hand_after = models.BigIntegerField()
    locked_after = models.BigIntegerField()
    reason = models.CharField(max_length=120, default="")
    cause_kind = models.CharField(max_length=20, default="")  # order, receipt, count, import …
    cause_id = models.BigIntegerField(null=True)
    cause_label = models.CharField(max_length=60, default="")
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80, default="")

    class Meta:
        indexes = [
            models.Index(fields=["sku", "-id"]),
            models.Index(fields=["cause_kind", "cause_id"]),
            # how fast things sell is read from the index alone, of one SKU and of all; SQLite wants the condition's column in it for that
            models.Index(fields=["kind", "sku", "at", "on_hand_delta"], condition=Q(kind="ship"), name="stock_shipped"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand_delta:+}/{self.locked_delta:+}"


class Inbound(models.Model):
    """Goods on their way to a warehouse: bought (到货单) or sent by another warehouse (调拨单). They arrive in parts."""

    class State(models.TextChoices):
        OPEN = "open", _("在途")
        DONE = "done", _("已到齐")
        CLOSED = "closed", _("已结束")

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="inbounds")
    source = models.ForeignKey(Warehouse, null=True, on_delete=models.PROTECT, related_name="outbounds")  # of a transfer
    supplier = models.CharField(max_length=60, default="")
    expected_on = models.DateField(null=True)
    note = models.CharField(max_length=200, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    actor_name = models.CharField(max_length=80, default="")

    class Meta:
        indexes = [models.Index(fields=["expected_on", "id"], condition=Q(state="open"), name="stock_expected")]

    def __str__(self) -> str:
        return self.no

    @property
    def no(self) -> str:
        """What people call it: DH-00012, or DB-00012 for a transfer."""
        return f"{'DB' if self.source_id else 'DH'}-{self.pk:05d}"


class InboundLine(models.Model):
    inbound = models.ForeignKey(Inbound, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    good = models.PositiveIntegerField(default=0)
    defective = models.PositiveIntegerField(default=0)
    inspecting = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    called_off = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbound", "sku"], name="stock_inbound_sku_once")]

    def __str__(self) -> str:
        return f"{self.inbound_id}: {self.sku_id} × {self.quantity}"

    @property
    def rest(self) -> int:
        """Pieces still on their way."""
        return max(0, self.quantity - self.good - self.defective - self.inspecting - self.lost - self.called_off)


class CountSheet(models.Model):
    """盘点单: what lies on a shelf, counted while orders go on; a permitted person looks at the differences before they count."""

    class State(models.TextChoices):
        OPEN = "open", _("盘点中")
        REVIEW = "review", _("待审核")
        POSTED = "posted", _("已入账")
        CANCELLED = "cancel", _("已作废")

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    shelf = models.CharField(max_length=30, default="")  # its beginning; empty: the whole warehouse
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    opened_by = models.CharField(max_length=80, default="")
    closed_by = models.CharField(max_length=80, default="")

    class Meta:
        indexes = [models.Index(fields=["state", "-id"])]

    def __str__(self) -> str:
        return self.no

    @property
    def no(self) -> str:
        return f"PD-{self.pk:05d}"


class CountLine(models.Model):
    """`expected` is what the book said when the sheet was opened, `book` what it said when somebody counted: the difference is to that."""

    sheet = models.ForeignKey(CountSheet, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    expected = models.BigIntegerField()
    counted = models.PositiveIntegerField(null=True)
    book = models.BigIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    counted_by = models.CharField(max_length=80, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "sku"], name="stock_count_sku_once")]

    def __str__(self) -> str:
        return f"{self.sheet_id}: {self.sku_id} {self.counted}"

    @property
    def difference(self) -> int:
        """Pieces more (or fewer) than the book said when they were counted; 0 while nobody counted."""
        return 0 if self.counted is None or self.book is None else self.counted - self.book

    @property
    def moved(self) -> int:
        """What orders and hands moved between the opening of the sheet and the counting."""
        return 0 if self.book is None else self.book - self.expected


class Presale(models.Model):
    """How many pieces (or sets) of a SKU may be sold before they are here, and when they are promised. `taken` are those sold so."""

    sku = models.OneToOneField(Sku, on_delete=models.PROTECT, related_name="presale")
    quota = models.PositiveIntegerField()
    taken = models.IntegerField(default=0)
    promised_on = models.DateField()
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(taken__gte=0, taken__lte=F("quota")), name="stock_presale_within_quota")]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.taken} / {self.quota}"

    @property
    def left(self) -> int:
        return self.quota - self.taken if self.is_open else 0


class Promise(models.Model):
    """What one order line was sold of a presale quota: open → kept (its goods came and are held now) or released."""

    class State(models.TextChoices):
        OPEN = "open", _("等货")
        KEPT = "kept", _("已锁货")
        RELEASED = "released", _("已释放")

    owner_id = models.BigIntegerField()
    demand_id = models.BigIntegerField()
    label = models.CharField(max_length=60, default="")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["demand_id"], condition=Q(state="open"), name="stock_promised_once")]
        indexes = [models.Index(fields=["owner_id"], condition=Q(state="open"), name="stock_promises_of_owner")]

    def __str__(self) -> str:
        return f"{self.label or self.owner_id}: {self.quantity} × {self.sku_id}"
