"""The working day that is running: some parcels have left, some are printed and checked, and there is something of everything to do."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from danshu.channels.contract import Progress, Refund
from danshu.cli.demo import OFFICE, PICKER, life, sheet
from danshu.cli.demo.life import House
from danshu.core import clock
from danshu.flows import intake
from danshu.fulfilment import contents
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.orders import fields
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.stock import operations as stock

MOST_CHECKED = 4  # parcels that went over the packing table already
BIGGEST_BATCH = 40
CLOSED: dict[str, Any] = {"progress": Progress.CLOSED, "refund": Refund.REFUNDED}
HELD = (("客户要改地址，等回复", None), ("缺一件赠品，下午到", timedelta(hours=5)), ("客户说先别发", None))


def leave(house: House, now: datetime) -> None:
    """Leave the desk as it stands at `now`."""
    _bring_file(house, now)
    settled = _settled(house, now)
    third = max(len(settled) // 3, 1)
    if settled[:third]:
        life.send(house, settled[:third], now - timedelta(minutes=20))
    batch = settled[third : third + min(BIGGEST_BATCH, third)]
    if batch:
        _check(_print(house, batch, now - timedelta(minutes=15)), now - timedelta(minutes=10))
    _merge(now)
    _hold([pk for pk in life.ready() if pk not in house.forgotten], now)
    _ask_back(house, now)
    stock.expire_due(now)


def _bring_file(house: House, now: datetime) -> None:
    """The shop that was out of reach last night: its orders come as the file of the platform's seller pages."""
    if not house.by_file:
        return
    yesterday = now - timedelta(days=1)
    name = f"拼多多订单_{clock.local(yesterday):%Y%m%d}.csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        sheet.write(path, house.by_file, day=yesterday)
        intake.import_file(path, shop_id=house.shops[life.LOST_CONTACT].pk, file_name=name, by=OFFICE, now=now)


def _settled(house: House, now: datetime) -> list[int]:
    """What was here an hour and a half ago and nobody forgot: it can have been packed by now."""
    early = set(Order.objects.filter(created_at__lte=now - timedelta(minutes=90)).values_list("id", flat=True))
    return [pk for pk in life.ready() if pk in early and pk not in house.forgotten]


def _print(house: House, order_ids: Sequence[int], now: datetime) -> list[int]:
    """Two batches: labels alone for most, slips too for the last few."""
    opened = life.pack(house, order_ids, now)
    cut = len(opened) * 3 // 4
    for part, papers in ((opened[:cut], ("label",)), (opened[cut:], ("slip", "label"))):
        if part:
            fulfilment.print_papers(part, papers=papers, by=PICKER, now=now)
    return opened


def _check(parcel_ids: Sequence[int], now: datetime) -> None:
    """The first parcels beep through, one of them with a wrong thing in hand at first; the next has a torn barcode."""
    count = min(MOST_CHECKED, max(len(parcel_ids) // 3, 1))
    found = contents.of(list(Parcel.objects.filter(pk__in=parcel_ids[:count]).select_related("order", "warehouse")))
    fulfilment.scan(parcel_ids[0], "6901234999994", by=PICKER, now=now)
    for parcel_id in parcel_ids[:count]:
        for need in found[parcel_id].needs:
            fulfilment.scan(parcel_id, need.barcode or need.code, quantity=need.quantity, by=PICKER, now=now)
    if len(parcel_ids) > count + 1:
        fulfilment.force_check(parcel_ids[count], "条码破损，人工核对过", by=PICKER, now=now)


def _hold(waiting: Sequence[int], now: datetime) -> None:
    for (reason, pause), order_id in zip(HELD, waiting[-len(HELD) * 2 :: 2], strict=False):
        orders.hold([order_id], reason=reason, until=now + pause if pause else None, by=OFFICE, now=now)


def _merge(now: datetime) -> None:
    """One pair goes into one parcel; others of the kind wait for somebody to see them. What has a waybill number travels as it is."""
    pairs: dict[tuple[int, str, int | None], list[int]] = {}
    for order in Order.objects.filter(fields.mergeable(), issues=0).exclude(parcels__waybill_no__gt="").order_by("id"):
        pairs.setdefault((order.shop_id, order.merge_hash, order.warehouse_id), []).append(order.pk)
    pair = next((ids for ids in pairs.values() if len(ids) > 1), None)
    if pair:
        orders.merge(pair, by=OFFICE, now=now)


def _ask_back(house: House, now: datetime) -> None:
    """Buyers changed their mind this morning: one before and one after the parcel left want their money back, one closed the order."""
    by_no = {sale.order.platform_no: sale for _when, sale in house.travelling}
    left = Order.objects.filter(platform_no__in=by_no, shipped_at__isnull=False, refund=Refund.NONE).order_by("-id")[:1]
    here = Order.objects.filter(
        platform_no__in=by_no, fulfilment="waiting", payment="paid", refund=Refund.NONE, merged_into=None, merged=None, is_held=False
    ).order_by("id")[:2]
    wishes: list[dict[str, Any]] = [{"refund": Refund.REQUESTED}, {"refund": Refund.REQUESTED}, CLOSED]
    for order, changes in zip((*left, *here), wishes, strict=False):
        sale = by_no[order.platform_no]
        told = replace(sale.order, modified_at=now, **changes)
        if order.shipped_at:
            told = replace(told, progress=Progress.SHIPPED)
        orders.ingest(order.shop_id, [told], source="api", by=OFFICE, now=now)
