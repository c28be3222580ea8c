"""SKUs, bundles, listings."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from danshu.channels.models import Shop


class Sku(models.Model):
    code = models.CharField(_("商家编码"), max_length=80, unique=True)
    loose_code = models.CharField(max_length=80, db_index=True)  # upper case, no spaces or separators: `catalogue.codes.loose`
    name = models.CharField(_("名称"), max_length=120)
    spec = models.CharField(_("规格"), max_length=120, default="", blank=True)
    barcode = models.CharField(_("条码"), max_length=40, default="", blank=True, db_index=True)
    cost_fen = models.BigIntegerField(_("成本"), default=0)
    weight_g = models.PositiveIntegerField(_("重量（克）"), default=0)
    shelf = models.CharField(_("库位"), max_length=30, default="", blank=True)
    tags = models.JSONField(_("标签"), default=list)
    picture = models.CharField(_("图片"), max_length=300, default="", blank=True)  # path under MEDIA_ROOT or /static/
    safety_stock = models.PositiveIntegerField(_("安全库存"), default=0)
    is_bundle = models.BooleanField(_("组合装"), default=False)
    is_active = models.BooleanField(_("在售"), default=True)
    custom = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["is_active", "code"]), models.Index(fields=["shelf", "code"])]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class BundlePart(models.Model):
    bundle = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="parts")
    part = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="bundles")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bundle", "part"], name="catalogue_part_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="catalogue_part_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.bundle_id}: {self.part_id} × {self.quantity}"


class Listing(models.Model):
    """One thing as a platform calls it.

    `key` is the strongest name we know: `item:<id>/sku:<id>`, `code:<merchant code>`, `title:<hash>`.
    """

    class MappedBy(models.TextChoices):
        NONE = "", _("未对码")
        EXACT = "exact", _("编码相同")
        LOOSE = "loose", _("编码近似")
        BARCODE = "barcode", _("条码相同")
        HAND = "hand", _("人工")

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    key = models.CharField(max_length=160)
    platform_item_id = models.CharField(max_length=64, default="")
    platform_sku_id = models.CharField(max_length=64, default="")
    merchant_code = models.CharField(max_length=80, default="")
    barcode = models.CharField(max_length=40, default="")
    title = models.CharField(max_length=300, default="")
    title_hash = models.CharField(max_length=32, default="")  # `catalogue.codes.title_hash`
    spec = models.CharField(max_length=200, default="")
    picture = models.CharField(max_length=300, default="")
    sku = models.ForeignKey(Sku, null=True, on_delete=models.SET_NULL, related_name="listings")
    mapped_by = models.CharField(max_length=8, choices=MappedBy.choices, default=MappedBy.NONE)
    quantity = models.PositiveIntegerField(default=1)  # one platform item holds so many of the SKU
    is_ignored = models.BooleanField(default=False)  # 运费链接, 补差价: needs no goods
    seen_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="catalogue_listing_once")]
        indexes = [
            models.Index(fields=["-seen_at"], condition=Q(sku=None, is_ignored=False), name="catalogue_unmapped"),
            models.Index(fields=["merchant_code"]),
            models.Index(fields=["shop", "title_hash"], name="catalogue_listing_title"),
        ]

    def __str__(self) -> str:
        return self.title or self.merchant_code or self.key
