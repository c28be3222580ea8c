"""Parcels that left before we knew of the order: its file names their waybills, so that search and tracking find them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from danshu.audit.operations import Deed, record
from danshu.channels.contract import IncomingOrder, Progress
from danshu.channels.models import Shop
from danshu.core import bulk, events
from danshu.core.actor import Actor
from danshu.fulfilment import couriers
from danshu.fulfilment.models import Parcel
from danshu.orders.events import OrdersChanged
from danshu.orders.models import ImportedOrder, Order

SOURCE = "platform"
GONE = frozenset({Progress.SHIPPED, Progress.PART_SHIPPED, Progress.DELIVERED})
COLUMNS = [field.attname for field in Parcel._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 -- public API


def note_platform_parcels(shop_id: int, incoming: Sequence[IncomingOrder], *, by: Actor, now: datetime) -> int:
    """Shipped parcels for those of the orders that have none of ours. Returns how many; doing it twice writes nothing new.

    One entry in the book for the whole batch: history comes by the thousand.
    """
    named = {order.platform_no: order for order in incoming if order.parcels and order.progress in GONE}
    if not named:
        return 0
    with transaction.atomic():
        heads = Order.objects.filter(shop_id=shop_id, platform_no__in=list(named), parcels__isnull=True, merged_into__isnull=True)
        found = heads.order_by("pk").values_list("pk", "platform_no", "warehouse_id", "shipped_at")
        fresh = [parcel for pk, no, warehouse_id, gone_at in found for parcel in _parcels(pk, named[no], warehouse_id, gone_at or now, now)]
        rows = [tuple(getattr(parcel, name) for name in COLUMNS) for parcel in fresh]
        bulk.insert(Parcel, COLUMNS, rows, conflict=("order_id", "sequence"))
        if fresh:
            shop_name = Shop.objects.values_list("name", flat=True).get(pk=shop_id)
            record([Deed("parcels.noted", "shop", shop_id, shop_name, {"count": len(fresh)})], by=by, now=now)
            events.publish(OrdersChanged(tuple(dict.fromkeys(parcel.order_id for parcel in fresh)), "parcel"))
    return len(fresh)


def _parcels(order_id: int, order: IncomingOrder, warehouse_id: int | None, gone_at: datetime, now: datetime) -> list[Parcel]:
    return [
        Parcel(
            order_id=order_id, sequence=sequence, courier_code=couriers.find(parcel.courier), waybill_no=parcel.waybill_no[:40],
            waybill_source=SOURCE, state=Parcel.State.SHIPPED, warehouse_id=warehouse_id, shipped_at=order.shipped_at or gone_at,
            created_at=now,
        )
        for sequence, parcel in enumerate(order.parcels, 1)
    ]  # fmt: skip


def forget_platform_parcels(batch_id: int, *, by: Actor, now: datetime) -> int:
    """Before an import is undone: the parcels that its new orders came with go, unless a later import has spoken of them."""
    with transaction.atomic():
        made = ImportedOrder.objects.filter(batch=batch_id, before__isnull=True).values("order_id")
        later = ImportedOrder.objects.filter(batch_id__gt=batch_id).values("order_id")
        mine = Parcel.objects.filter(order__in=made, waybill_source=SOURCE).exclude(order__in=later)
        count, _by_kind = mine.delete()
        if count:
            record([Deed("parcels.forgotten", "import", batch_id, str(batch_id), {"count": count})], by=by, now=now)
    return count
