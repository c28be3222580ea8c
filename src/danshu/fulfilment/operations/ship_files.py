"""Files that tell a platform what was shipped: which parcels, which rows, one file or several."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment import contents, couriers, ship_sheets
from danshu.fulfilment.confirmations import pending
from danshu.fulfilment.models import Parcel, ShipFile, ShipFileParcel, ShipTemplate
from danshu.fulfilment.operations import confirmations
from danshu.fulfilment.ship_sheets import Line

PDD_LIMIT = 5000  # rows a file, as Pinduoduo's own template says
SUFFIXES = (".xlsx", ".csv")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: which parcel it stands for."""

    parcel_id: int
    line: Line


def save_template(shop_id: int, path: Path, name: str, *, by: Actor, now: datetime) -> ShipTemplate:
    """Keep a platform's own bulk-ship file for a shop; a new one takes the place of the old.

    Raises `DomainError`: "template.kind" (xls and others), "template.columns", and what `core.tables` refuses.
    """
    shop = Shop.objects.get(pk=shop_id)
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise DomainError(_("模板要是 xlsx 或 csv 文件。请用表格软件打开它，另存为 xlsx 后再上传。"), "template.kind")
    layout = ship_sheets.study(path)
    relative = f"ship-templates/{shop.pk}-{secrets.token_hex(6)}{suffix}"
    kept = Path(settings.MEDIA_ROOT) / relative
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(path.read_bytes())
    with transaction.atomic():
        old = list(ShipTemplate.objects.filter(shop=shop))
        ShipTemplate.objects.filter(pk__in=[one.pk for one in old]).delete()
        template = ShipTemplate.objects.create(
            shop=shop, platform=shop.platform, name=Path(name).name[:120], path=relative, layout=layout, created_at=now
        )
        record([Deed("template.saved", "shop", shop.pk, shop.name, {"file": template.name})], by=by, now=now)
    for one in old:
        (Path(settings.MEDIA_ROOT) / one.path).unlink(missing_ok=True)
    return template


def untold(shop_id: int) -> QuerySet[Parcel]:
    """Shipped parcels with a number that no file has told the shop's platform about yet, and that are not told by themselves."""
    told = ShipFileParcel.objects.filter(ship_file__shop=shop_id).values("parcel")
    shipped = Parcel.objects.filter(order__shop=shop_id, state=Parcel.State.SHIPPED).exclude(waybill_no="")
    return shipped.exclude(pk__in=told).exclude(pending())


def make_ship_files(
    shop_id: int,
    *,
    parcel_ids: Sequence[int] | None = None,
    export: Path | None = None,
    export_name: str = "",
    by: Actor,
    now: datetime,
) -> list[ShipFile]:
    """Fill the shop's template (Pinduoduo: the built-in one) with shipped parcels: the given ones, or all not told yet.

    `export` is a fresh file of waiting orders from the platform, filled in place of the saved template. Merged orders get a row each
    with their head's number, an order in several parcels a row per parcel. Raises `DomainError`: "ship_file.nothing",
    "ship_file.template" (none saved for this platform), "template.columns".
    """
    shop = Shop.objects.get(pk=shop_id)
    wanted = untold(shop_id) if parcel_ids is None else _given(shop_id, parcel_ids)
    parcels = list(wanted.select_related("order").order_by("order_id", "sequence"))
    if not parcels:
        raise DomainError(_("没有要告诉平台的包裹：已发货且有运单号的都写进过文件了。"), "ship_file.nothing")
    template = None if export else ShipTemplate.objects.filter(shop=shop).first()
    if template is None and export is None and shop.platform != "pdd":
        told = _("「%(shop)s」还没有发货模板。请在平台后台下载批量发货模板，上传一次就会记住。")
        raise DomainError(told % {"shop": shop.name}, "ship_file.template")
    source = export or (Path(settings.MEDIA_ROOT) / template.path if template else None)
    layout = ship_sheets.study(source) if source else None
    rows = _rows(parcels, shop, by_line=bool(layout and layout["by_line"]))
    made = _write(shop, source, rows, now, export_name)
    with transaction.atomic():
        files = [_kept(shop, path, rows_of, by, now) for path, rows_of in made]
        changes = {"files": [one.file_name for one in files], "parcels": len(parcels)}
        record([Deed("ship_file.made", "shop", shop.pk, shop.name, changes)], by=by, now=now)
    return files


def _given(shop_id: int, parcel_ids: Sequence[int]) -> QuerySet[Parcel]:
    mine = Q(order__shop=shop_id, state=Parcel.State.SHIPPED, pk__in=parcel_ids)
    return Parcel.objects.filter(mine).exclude(waybill_no="")


def _rows(parcels: Sequence[Parcel], shop: Shop, *, by_line: bool) -> list[Row]:
    found = contents.of(parcels)
    rows: list[Row] = []
    for parcel in parcels:
        some = found[parcel.pk]
        name = couriers.name(parcel.courier_code)
        for order in some.orders:
            if order.shop_id != shop.pk:
                continue
            number = order.split_from.platform_no if order.split_from else order.platform_no
            keys = [line.oid for line, _n in some.sold if line.order_id == order.pk] if by_line else [number]
            rows.extend(Row(parcel.pk, Line(key, parcel.courier_code, name, parcel.waybill_no)) for key in keys)
    return rows


def _write(shop: Shop, source: Path | None, rows: Sequence[Row], now: datetime, export_name: str) -> list[tuple[Path, Sequence[Row]]]:
    folder = Path(settings.MEDIA_ROOT) / "ship-files"
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{clock.local(now):%Y%m%d-%H%M}"
    suffix = Path(export_name).suffix.lower() or (source.suffix.lower() if source else ".xlsx")
    limit = PDD_LIMIT if shop.platform == "pdd" and not export_name else len(rows)
    slices = [rows[start : start + limit] for start in range(0, len(rows), limit)]
    made: list[tuple[Path, Sequence[Row]]] = []
    for number, some in enumerate(slices, start=1):
        part = f"-{number}" if len(slices) > 1 else ""
        target = folder / f"{_safe(shop.name)}-{stamp}{part}-{secrets.token_hex(4)}{suffix}"
        if source is None:
            ship_sheets.write_pdd(target, [row.line for row in some])
        else:
            ship_sheets.fill(source, target, [row.line for row in some])
        made.append((target, some))
    return made


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name)[:40]


def _kept(shop: Shop, path: Path, rows: Sequence[Row], by: Actor, now: datetime) -> ShipFile:
    stem, _dash, _random = path.stem.rpartition("-")
    parcel_ids = list(dict.fromkeys(row.parcel_id for row in rows))
    kept = ShipFile.objects.create(
        shop=shop, path=f"ship-files/{path.name}", file_name=f"{stem}{path.suffix}", parcel_count=len(parcel_ids),
        actor_name=by.name, created_at=now,
    )  # fmt: skip
    confirmations.told_by_file(parcel_ids)
    ShipFileParcel.objects.bulk_create([ShipFileParcel(ship_file=kept, parcel_id=pk) for pk in parcel_ids], batch_size=500)
    return kept
