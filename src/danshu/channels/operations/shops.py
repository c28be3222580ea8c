"""Shops: opening one, changing what it promises, closing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels.models import Shop
from danshu.channels.platforms import PLATFORMS
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

LONGEST_HOURS = 24 * 60
LONGEST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class ShopDraft:
    """A shop as its form says it. `ship_hours` counts from payment; unpaid orders keep their stock for `unpaid_minutes`."""

    name: str
    platform: str
    courier_code: str = ""
    warehouse_id: int | None = None
    ship_hours: int = 48
    unpaid_minutes: int = 30


def open_shops(drafts: Sequence[ShopDraft], *, by: Actor, now: datetime) -> list[Shop]:
    """Open shops. Raises `shop.name_taken`, `shop.platform`, `shop.hours`."""
    for draft in drafts:
        _check(draft)
    with transaction.atomic():
        _check_names([draft.name.strip() for draft in drafts], but=None)
        made = Shop.objects.bulk_create(Shop(**_values(draft), created_at=now) for draft in drafts)
        audit.record([Deed("shop.created", "shop", shop.pk, shop.name) for shop in made], by=by, now=now)
    return made


def change(shop_id: int, draft: ShopDraft, *, by: Actor, now: datetime) -> Shop:
    """Give one shop the draft's values. The platform stays: orders were read by its rules."""
    _check(draft)
    with transaction.atomic():
        shop = Shop.objects.select_for_update().get(pk=shop_id)
        _check_names([draft.name.strip()], but=shop_id)
        values = _values(draft) | {"platform": shop.platform}
        changes = {field: [getattr(shop, field), value] for field, value in values.items() if getattr(shop, field) != value}
        for field, value in values.items():
            setattr(shop, field, value)
        shop.save(update_fields=list(values))
        if changes:
            audit.record([Deed("shop.changed", "shop", shop.pk, shop.name, changes)], by=by, now=now)
    return shop


def set_active(shop_ids: Sequence[int], *, active: bool, by: Actor, now: datetime) -> list[Shop]:
    """Close shops (their orders stay) or open them again."""
    verb = "shop.activated" if active else "shop.deactivated"
    with transaction.atomic():
        shops = list(Shop.objects.select_for_update().filter(pk__in=shop_ids).exclude(is_active=active).order_by("pk"))
        Shop.objects.filter(pk__in=[shop.pk for shop in shops]).update(is_active=active)
        audit.record([Deed(verb, "shop", shop.pk, shop.name) for shop in shops], by=by, now=now)
    return shops


def _values(draft: ShopDraft) -> dict[str, Any]:
    return asdict(draft) | {"name": draft.name.strip()}


def _check(draft: ShopDraft) -> None:
    if not draft.name.strip():
        raise DomainError(_("请写店铺名，订单和面单上靠它认店。"), "shop.name")
    if draft.platform not in PLATFORMS:
        raise DomainError(_("没有「%s」这个平台。请从列表里选一个。") % draft.platform, "shop.platform")
    if not 1 <= draft.ship_hours <= LONGEST_HOURS:
        raise DomainError(_("发货时限要在 1 到 %d 小时之间。") % LONGEST_HOURS, "shop.hours")
    if not 1 <= draft.unpaid_minutes <= LONGEST_MINUTES:
        raise DomainError(_("待付款锁定要在 1 到 %d 分钟之间。") % LONGEST_MINUTES, "shop.minutes")


def _check_names(names: Sequence[str], *, but: int | None) -> None:
    others = Shop.objects.filter(name__in=names)
    if but is not None:
        others = others.exclude(pk=but)
    taken = others.values_list("name", flat=True).first()
    double = next((name for name in names if names.count(name) > 1), None)
    if taken or double:
        raise DomainError(_("已经有一家店叫「%s」。请换一个名字，分得清就行。") % (taken or double), "shop.name_taken")
