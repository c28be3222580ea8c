"""Couriers' number ranges, parcels, print batches, printers, scan checks, ship-file templates."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from danshu.channels.models import Shop
from danshu.orders.models import Order, OrderLine
from danshu.stock.models import Warehouse


class CourierSetting(models.Model):
    """A courier this seller uses; names and codes come from `fulfilment/couriers.py`."""

    code = models.CharField(max_length=20, primary_key=True)
    adapter = models.CharField(max_length=40, default="elsewhere")  # loaded by name from danshu.couriers
    account = models.CharField(max_length=60, default="", blank=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=10)

    def __str__(self) -> str:
        return self.code


class NumberRange(models.Model):
    """A block of waybill numbers bought from a courier's branch: `prefix` + a number of fixed width, from `first` to `last`."""

    courier_code = models.CharField(max_length=20)
    prefix = models.CharField(max_length=10, default="", blank=True)
    width = models.PositiveSmallIntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    next = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(next__lte=models.F("last") + 1), name="fulfilment_range_end")]

    def __str__(self) -> str:
        return f"{self.courier_code} {self.prefix}{self.first}–{self.last}"


class Parcel(models.Model):
    """One box. `order` is the head; merged orders travel with it (`Order.merged_into`)."""

    class State(models.TextChoices):
        OPEN = "open", _("待打印")
        PRINTED = "printed", _("已打印")
        CHECKED = "checked", _("已复核")
        SHIPPED = "shipped", _("已发货")
        VOID = "void", _("作废")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="parcels")
    sequence = models.PositiveSmallIntegerField(default=1)  # 1, 2 … of the order's parcels
    courier_code = models.CharField(max_length=20, default="")
    waybill_no = models.CharField(max_length=40, default="", db_index=True)
    waybill_source = models.CharField(max_length=10, default="")  # typed, scanned, range, file, platform
    warnings = models.JSONField(default=list)  # codes of fulfilment/waybills.py
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    warehouse = models.ForeignKey(Warehouse, null=True, on_delete=models.PROTECT)
    weight_g = models.PositiveIntegerField(default=0)
    print_count = models.PositiveSmallIntegerField(default=0)
    printed_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=80, default="")
    is_forced = models.BooleanField(default=False)
    force_reason = models.CharField(max_length=120, default="")
    refund_forced_at = models.DateTimeField(null=True)  # somebody sends it although the buyer asks for a refund; later news stops it again
    shipped_at = models.DateTimeField(null=True)
    traced_at = models.DateTimeField(null=True)  # first sign of life from the courier
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "sequence"], name="fulfilment_parcel_once")]
        indexes = [
            models.Index(fields=["state", "courier_code", "id"]),
            models.Index(fields=["-shipped_at"], condition=Q(shipped_at__isnull=False), name="fulfilment_shipped"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.sequence}"


class ParcelLine(models.Model):
    """What of a line lies in this parcel, when an order travels in several; a parcel without rows holds everything."""

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="contents")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.parcel_id}: {self.line_id} × {self.quantity}"


class Printer(models.Model):
    """A paper size with the offsets that this one device needs, in tenths of a millimetre."""

    name = models.CharField(_("名称"), max_length=40, unique=True)
    is_plain = models.BooleanField(_("打印完整收件信息"), default=False)  # own delivery needs the address; asks for people.reveal
    shows_prices = models.BooleanField(_("发货单显示价格"), default=False)
    size = models.CharField(_("纸张"), max_length=10, default="100x180")  # 100x180, 76x130, A4
    offset_x = models.SmallIntegerField(_("左右偏移"), default=0)
    offset_y = models.SmallIntegerField(_("上下偏移"), default=0)
    is_default = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class PrintBatch(models.Model):
    """One press of the print button: papers in the order they come out."""

    class State(models.TextChoices):
        WAITING = "waiting", _("排队")
        READY = "ready", _("已生成")
        FAILED = "failed", _("失败")

    no = models.CharField(max_length=12, unique=True)  # B-0313
    papers = models.JSONField(default=list)  # ["slip", "pick", "label"]
    size = models.CharField(max_length=10)
    printer = models.ForeignKey(Printer, null=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    parcel_count = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list)  # [{"order": "1122-0379", "code": "held", "reason": "…"}]
    is_plain = models.BooleanField(default=False)  # full receiver instead of the mask
    shows_prices = models.BooleanField(default=False)
    first = models.PositiveIntegerField(default=1)  # the PDF begins here: after a paper jam it goes on from the middle
    error = models.TextField(default="")
    path = models.CharField(max_length=300, default="")  # the PDF, under MEDIA_ROOT
    run_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80, default="")
    actor_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"])]

    def __str__(self) -> str:
        return self.no


class PrintBatchParcel(models.Model):
    batch = models.ForeignKey(PrintBatch, on_delete=models.CASCADE, related_name="members")
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT)
    position = models.PositiveIntegerField()
    reprint = models.PositiveSmallIntegerField(default=0)  # 0 = first print, n = 补打 n

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="fulfilment_batch_position")]

    def __str__(self) -> str:
        return f"{self.batch_id} #{self.position}"


class Scan(models.Model):
    """One beep of a scan check, right or wrong: what was scanned for which parcel, by whom."""

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="scans")
    code = models.CharField(max_length=80)
    sku_id = models.BigIntegerField(null=True)
    quantity = models.PositiveIntegerField(default=1)
    is_right = models.BooleanField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80, default="")

    def __str__(self) -> str:
        return f"{self.parcel_id}: {self.code}"


class ShipTemplate(models.Model):
    """The platform's own bulk-ship file as the seller handed it over, with where order, courier and waybill go."""

    shop = models.ForeignKey(Shop, null=True, on_delete=models.CASCADE)
    platform = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    path = models.CharField(max_length=300)
    layout = models.JSONField()  # sheet, header row, first data row, columns, courier spellings
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ShipFile(models.Model):
    """A bulk-ship file that was made: which parcels it tells the platform about."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT)
    path = models.CharField(max_length=300)
    file_name = models.CharField(max_length=200)
    parcel_count = models.PositiveIntegerField(default=0)
    actor_name = models.CharField(max_length=80, default="")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.file_name


class ShipFileParcel(models.Model):
    ship_file = models.ForeignKey(ShipFile, on_delete=models.CASCADE, related_name="members")
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ship_file", "parcel"], name="fulfilment_ship_file_once")]

    def __str__(self) -> str:
        return f"{self.ship_file_id}: {self.parcel_id}"


class Confirmation(models.Model):
    """What one platform order is to hear, or has heard, of one parcel: 回传. Merged orders have one each, a split order one per parcel.

    Two facts: `told_at`, the platform took the number; `confirmed_at`, it says itself that the order is shipped with it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待回传")
        TOLD = "told", _("已回传，等平台确认")
        CONFIRMED = "confirmed", _("平台已确认")
        REFUSED = "refused", _("平台没有接受")

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, db_index=False)
    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="confirmations", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="confirmations")  # a part of a split order stands for itself
    platform_no = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    courier_code = models.CharField(max_length=20)
    waybill_no = models.CharField(max_length=40)  # as told, or to be told
    is_change = models.BooleanField(default=False)
    old_waybill_no = models.CharField(max_length=40, default="")  # what a change replaces
    attempts = models.PositiveIntegerField(default=0)  # written before the call: a worker that died may have told it
    error_code = models.CharField(max_length=40, default="")
    error = models.CharField(max_length=200, default="")
    told_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)  # when to tell it, or to look whether the platform shows it; None = not by itself
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parcel", "platform_no"], name="fulfilment_confirmed_once")]
        indexes = [
            models.Index(fields=["shop", "retry_at"], condition=Q(retry_at__isnull=False), name="fulfilment_confirm_due"),
            models.Index(fields=["shop", "id"], condition=~Q(state="confirmed"), name="fulfilment_unconfirmed"),
            models.Index(fields=["platform_no", "shop"], name="fulfilment_told_of"),
        ]

    def __str__(self) -> str:
        return f"{self.platform_no} {self.waybill_no}: {self.state}"


class ShopDispatch(models.Model):
    """How telling one shop's platform stands: who is at it, what keeps it."""

    shop = models.OneToOneField(Shop, on_delete=models.CASCADE, primary_key=True)
    busy_until = models.DateTimeField(null=True)  # a worker tells this platform; passed = it died
    paused_until = models.DateTimeField(null=True)  # a call failed as a whole
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, default="")
    error = models.CharField(max_length=200, default="")

    def __str__(self) -> str:
        return str(self.shop_id)
