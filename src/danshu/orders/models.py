"""Orders and their lines. Receiver data is sealed; what lists show is the mask.

`is_open` and `is_ready` are computed by the database from the axes: no code writes them, and partial indexes over them keep the
first page of every built-in list flat. SQLite matches a partial index only with a bare boolean column, not with an `IN` list. No index
starts with `fulfilment` on purpose: SQLite would take it for `IN` and sort the whole table.
"""

from __future__ import annotations

from django.db import models
from django.db.models import ExpressionWrapper, Q, Value
from django.utils.translation import gettext_lazy as _

from danshu.catalogue.models import Listing, Sku
from danshu.channels.models import ImportBatch, Shop
from danshu.orders import states
from danshu.orders.indexes import LastFirst
from danshu.orders.states import ANSWERABLE, LIVING, OPEN, PAYABLE, Flag, Fulfilment, Payment, RefundKind, RefundState
from danshu.stock.models import Warehouse


class Order(models.Model):
    class Source(models.TextChoices):
        FILE = "file", _("文件导入")
        API = "api", _("接口")
        MANUAL = "manual", _("手工")
        PASTE = "paste", _("聊天粘贴")

    no = models.CharField(_("订单号"), max_length=20)  # ours: yymmdd-nnnn of the day it was placed
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, db_index=False)
    platform = models.CharField(max_length=16)
    platform_no = models.CharField(_("平台单号"), max_length=64)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.FILE)
    batch = models.ForeignKey(ImportBatch, null=True, on_delete=models.SET_NULL, db_index=False)

    payment = models.CharField(max_length=8, choices=Payment.choices, default=Payment.UNPAID)
    fulfilment = models.CharField(max_length=10, choices=Fulfilment.choices, default=Fulfilment.WAITING)
    refund = models.CharField(max_length=10, choices=states.Refund.choices, default=states.Refund.NONE)
    refund_word = models.JSONField(null=True)  # {refund, lines: {oid: refund}}: what the order stream says, once requests say more
    progress = models.CharField(max_length=12, default="waiting", db_default="waiting")  # the platform's: channels.contract.Progress
    issues = models.IntegerField(default=0)  # bits of states.Issue
    is_held = models.BooleanField(default=False, db_default=False)
    hold_reason = models.CharField(max_length=120, default="", db_default="")
    hold_until = models.DateTimeField(null=True)
    is_urgent = models.BooleanField(default=False, db_default=False)
    status_text = models.CharField(max_length=60, default="")

    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    ship_by = models.DateTimeField(null=True)
    printed_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    modified_at = models.DateTimeField(null=True)  # the platform's
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    digest = models.CharField(max_length=65, default="")  # of the last IncomingOrder; of two when one source has lines and one has none

    goods_fen = models.BigIntegerField(default=0)
    freight_fen = models.BigIntegerField(default=0)
    discount_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)

    buyer_nick = models.CharField(max_length=80, default="")
    buyer_message = models.TextField(default="")
    seller_memo = models.TextField(default="")
    flag = models.CharField(max_length=6, choices=Flag.choices, default=Flag.NONE, blank=True)
    tags = models.JSONField(default=list, db_default=Value([], models.JSONField()))

    receiver_sealed = models.BinaryField(null=True)  # JSON {name, phone, address}, see orders/receiver.py
    receiver_name = models.CharField(max_length=40, default="")  # masked: 王*婷
    receiver_phone = models.CharField(max_length=40, default="")  # masked: 186****2290
    receiver_address = models.CharField(max_length=120, default="")  # masked detail
    province = models.CharField(max_length=20, default="")
    city = models.CharField(max_length=30, default="")
    district = models.CharField(max_length=30, default="")
    phone_hash = models.CharField(max_length=32, default="")  # blind index of the full phone
    phone_tail = models.CharField(max_length=4, default="")
    merge_hash = models.CharField(max_length=32, default="")  # same shop + same person + same address, or the platform's merge key

    courier_code = models.CharField(max_length=20, default="")
    warehouse = models.ForeignKey(Warehouse, null=True, on_delete=models.PROTECT, db_index=False)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False)
    split_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="split_off", db_index=False)
    kind_count = models.PositiveSmallIntegerField(default=0)
    item_count = models.PositiveIntegerField(default=0)
    custom = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    is_open = models.GeneratedField(
        expression=ExpressionWrapper(Q(fulfilment__in=OPEN), models.BooleanField()), output_field=models.BooleanField(), db_persist=True
    )
    is_ready = models.GeneratedField(  # someone may pack it: open, payable, no refund asked for, not travelling in another parcel
        expression=ExpressionWrapper(
            Q(fulfilment__in=OPEN, payment__in=PAYABLE, merged_into__isnull=True) & ~Q(refund__in=["requested", "refunded"]),
            models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["no"], name="orders_no_once"),  # `unique=True` would cost PostgreSQL a second index
            # split-off parts carry their head's number with a suffix (`…-2`), so one platform order is one row per part
            models.UniqueConstraint(fields=["platform_no", "shop"], name="orders_once_per_shop"),
        ]
        indexes = [
            models.Index(fields=["ship_by", "id"], condition=Q(is_ready=True), name="orders_by_deadline"),
            models.Index(fields=["-id"], condition=Q(is_open=True), name="orders_open"),
            models.Index(fields=["-id"], condition=Q(is_open=True, issues__gt=0), name="orders_issues"),
            models.Index(fields=["-id"], condition=Q(refund="requested"), name="orders_refunding"),
            LastFirst(fields=["-shipped_at", "-id"], condition=Q(shipped_at__isnull=False), name="orders_by_shipping"),
            models.Index(fields=["updated_at", "id"], name="orders_by_change"),
            models.Index(fields=["paid_at"], name="orders_by_payment"),
            models.Index(fields=["ship_by"], name="orders_by_promise"),
            models.Index(fields=["hold_until"], condition=Q(is_held=True), name="orders_held"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="orders_merged"),
            models.Index(fields=["split_from"], condition=Q(split_from__isnull=False), name="orders_split"),
            models.Index(fields=["phone_hash"], condition=Q(phone_hash__gt=""), name="orders_by_phone"),
            models.Index(fields=["phone_tail", "-id"], name="orders_by_tail"),
            models.Index(fields=["buyer_nick"], name="orders_by_nick", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["merge_hash"], condition=Q(is_open=True), name="orders_mergeable"),
        ]

    def __str__(self) -> str:
        return self.no

    @property
    def short_no(self) -> str:
        """`261122-0379` → `1122-0379`, as people say it."""
        return self.no[2:] if self.no[:6].isdigit() else self.no


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    oid = models.CharField(max_length=64)
    listing = models.ForeignKey(Listing, null=True, on_delete=models.SET_NULL, db_index=False)
    sku = models.ForeignKey(Sku, null=True, on_delete=models.PROTECT, db_index=False)
    sku_quantity = models.PositiveIntegerField(default=0)  # quantity × listing.quantity: pieces of `sku`
    title = models.CharField(max_length=300)
    spec = models.CharField(max_length=200, default="")
    merchant_code = models.CharField(max_length=80, default="")
    picture = models.CharField(max_length=300, default="")
    quantity = models.PositiveIntegerField()
    price_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)
    refund = models.CharField(max_length=10, choices=states.Refund.choices, default=states.Refund.NONE)
    is_gift = models.BooleanField(default=False)
    is_short = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "oid"], name="orders_line_once")]
        indexes = [
            models.Index(fields=["sku", "-id"]),
            models.Index(fields=["listing"], condition=Q(sku__isnull=True), name="orders_unmapped_lines"),
            models.Index(fields=["sku"], condition=Q(is_short=True), name="orders_short_lines"),
        ]

    def __str__(self) -> str:
        return f"{self.title} × {self.quantity}"


class Refund(models.Model):
    """One request for money, goods or both, as its platform tells it. It may come before its order, and then waits for it."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, db_index=False)
    refund_no = models.CharField(_("售后单号"), max_length=64)
    platform_no = models.CharField(_("平台单号"), max_length=64)
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="refunds", db_index=False)  # the head of a split
    kind = models.CharField(max_length=12, choices=RefundKind.choices)
    state = models.CharField(max_length=16, choices=RefundState.choices)
    oids = models.JSONField(default=list)  # empty = the whole order
    amount_fen = models.BigIntegerField(default=0)
    quantity = models.PositiveIntegerField(default=0)  # pieces asked about; 0 = not said
    is_before_shipping = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, default="")
    status_text = models.CharField(max_length=60, default="")  # the platform's own word
    asked_at = models.DateTimeField(null=True)
    modified_at = models.DateTimeField(null=True)  # the platform's
    answer_by = models.DateTimeField(null=True)  # the platform decides by itself afterwards
    return_courier = models.CharField(max_length=40, default="")
    return_waybill_no = models.CharField(max_length=40, default="")
    answering_until = models.DateTimeField(null=True)  # somebody is telling the platform an answer right now
    digest = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "refund_no"], name="orders_refund_once")]
        indexes = [
            models.Index(fields=["platform_no", "shop"], name="orders_refunds_of"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="orders_refunds_by_order"),
            models.Index(fields=["answer_by", "id"], condition=Q(state__in=["asked", "returned"]), name="orders_refunds_to_answer"),
        ]

    def __str__(self) -> str:
        return self.refund_no

    @property
    def is_living(self) -> bool:
        return self.state in LIVING

    @property
    def is_answerable(self) -> bool:
        return self.state in ANSWERABLE


class DayCounter(models.Model):
    """The last order number given out for a day."""

    day = models.CharField(max_length=6, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}-{self.last:04d}"


class ImportedOrder(models.Model):
    """What one import batch did to one order, so that the batch can be undone: `before` is empty for a new one."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, db_index=False)  # found by the unique pair
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    before = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "order"], name="orders_imported_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.order_id}"
