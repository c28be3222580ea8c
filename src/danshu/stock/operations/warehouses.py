"""Warehouses and what is kept back in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.catalogue import rows
from danshu.core import events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.stock import regions
from danshu.stock.book import ensure, in_one_go
from danshu.stock.events import StockArrived, StockChanged
from danshu.stock.models import Warehouse
from danshu.stock.operations.receiving import record


@dataclass(frozen=True, slots=True)
class WarehouseDraft:
    """`id` None makes a new one. The sender is printed on labels; `regions` are the provinces it serves before others do."""

    name: str
    id: int | None = None
    priority: int = 10
    sender_name: str = ""
    sender_phone: str = ""
    sender_address: str = ""
    is_active: bool = True
    regions: tuple[str, ...] = ()
    is_emptied_first: bool = False


def save_warehouses(drafts: Sequence[WarehouseDraft], *, by: Actor, now: datetime) -> list[int]:
    """Make or change warehouses; returns their ids, aligned. The last active one cannot be switched off."""
    names = [draft.name.strip() for draft in drafts]
    with transaction.atomic():
        ids = [draft.id for draft in drafts if draft.id]
        taken = Warehouse.objects.filter(name__in=names).exclude(pk__in=ids).values_list("name", flat=True).first()
        if taken or len(set(names)) < len(names):
            raise DomainError(_("已经有叫「%(name)s」的仓库，请换个名字。") % {"name": taken or names[0]}, "warehouse.name_taken")
        if not all(names):
            raise DomainError(_("仓库要有名字。"), "warehouse.nameless")
        _check_active(drafts, ids)
        made = [_warehouse(draft) for draft in drafts]
        Warehouse.objects.bulk_create([item for item, draft in zip(made, drafts, strict=True) if not draft.id])
        fields = ["name", "priority", "sender_name", "sender_phone", "sender_address", "is_active", "regions", "is_emptied_first"]
        Warehouse.objects.bulk_update([item for item, draft in zip(made, drafts, strict=True) if draft.id], fields)
        audit.record([audit.Deed("warehouse.saved", "warehouse", item.pk, item.name) for item in made], by=by, now=now)
    return [item.pk for item in made]


def _check_active(drafts: Sequence[WarehouseDraft], ids: Sequence[int]) -> None:
    others = Warehouse.objects.filter(is_active=True).exclude(pk__in=ids).exists()
    if not others and not any(draft.is_active for draft in drafts):
        raise DomainError(_("至少要留一个启用的仓库，不然订单没有地方出货。"), "warehouse.last")


def _warehouse(draft: WarehouseDraft) -> Warehouse:
    return Warehouse(
        pk=draft.id, name=draft.name.strip()[:40], priority=draft.priority, sender_name=draft.sender_name.strip()[:40],
        sender_phone=draft.sender_phone.strip()[:30], sender_address=draft.sender_address.strip()[:200], is_active=draft.is_active,
        regions=regions.stored(draft.regions), is_emptied_first=draft.is_emptied_first,
    )  # fmt: skip


@in_one_go
def set_buffers(buffers: Sequence[tuple[int, int, int]], *, by: Actor, now: datetime) -> None:
    """(SKU, warehouse, pieces kept back): they stay on the shelf and are never sold."""
    if any(kept < 0 for *_pair, kept in buffers):
        raise DomainError(_("缓冲数要是 0 或更大的整数。"), "stock.quantity")
    ensure((sku_id, warehouse_id) for sku_id, warehouse_id, _kept in buffers)
    table = rows.table(("sku", "warehouse", "kept"))
    rows.run(
        f"UPDATE stock_balance SET buffer = v.kept FROM {table} WHERE sku_id = v.sku AND warehouse_id = v.warehouse",  # noqa: S608 -- our own fragment
        rows.columns(buffers),
    )
    sku_ids = tuple(sorted({sku_id for sku_id, *_rest in buffers}))
    record("stock.buffered", [(sku_id, kept) for sku_id, _warehouse, kept in buffers], by=by, now=now)
    events.publish(StockChanged(sku_ids), StockArrived(sku_ids))
