"""The table of opening stock, and of any larger receipt: code, warehouse, quantity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.catalogue.codes import clean
from danshu.catalogue.columns import refuse, whole
from danshu.catalogue.importing import Importer, Plan, Problem
from danshu.catalogue.models import Sku
from danshu.core.actor import Actor
from danshu.stock import operations as stock
from danshu.stock.models import Balance
from danshu.stock.queries import warehouses

COLUMNS = {
    "code": ("商家编码", "SKU编码", "规格编码", "商品编码", "编码", "货号", "code", "sku"),
    "quantity": ("数量", "库存", "库存数量", "总库存", "现有库存", "盘点数", "quantity", "stock"),
    "warehouse": ("仓库", "仓库名", "warehouse"),
}


def _fill(plan: Plan, _extra: dict[str, Any]) -> None:
    """The number in the file is what is on the shelf: a count, so the same file twice changes nothing."""
    places = {place.name: place.pk for place in warehouses()}
    first = next(iter(places.values()), None)
    lines = plan.sheet.lines
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in=[clean(line.cells["code"]) for line in lines])}
    on_hand = {(row.sku_id, row.warehouse_id): row.on_hand for row in Balance.objects.filter(sku__in=[sku.pk for sku in skus.values()])}
    seen: set[tuple[int, int]] = set()
    for line in lines:
        try:
            item = _count(line.cells, skus, places, first)
            if (item.sku_id, item.warehouse_id) in seen:
                refuse(_("同一个仓库里这个编码出现了两次"))
        except ValueError as error:
            plan.problems.append(Problem(line, str(error)))
            continue
        key = item.sku_id, item.warehouse_id
        seen.add(key)
        if on_hand.get(key, 0) == item.counted:
            plan.unchanged += 1
            continue
        plan.new += key not in on_hand
        plan.changed += key in on_hand
        plan.ready.append((line, item))


def _count(cells: dict[str, str], skus: dict[str, Sku], places: dict[str, int], first: int | None) -> stock.Count:
    sku = skus.get(clean(cells["code"]))
    if sku is None:
        raise ValueError(_("没有编码是「%(code)s」的商品") % {"code": cells["code"][:80]})
    if sku.is_bundle:
        raise ValueError(_("组合装的库存记在子件上，请填子件"))
    name = cells.get("warehouse", "")
    place = places.get(name) if name else first
    if place is None:
        raise ValueError(_("没有叫「%(name)s」的仓库") % {"name": name[:40]} if name else _("还没有仓库"))
    if not cells["quantity"]:
        raise ValueError(_("没有写数量"))
    quantity = whole(cells["quantity"], _("数量"))
    if not 0 <= quantity <= 10_000_000:
        raise ValueError(_("数量要在 0 到 10,000,000 之间"))
    return stock.Count(sku.pk, place, quantity)


def _save(items: Sequence[Any], _extra: dict[str, Any], by: Actor, now: datetime) -> None:
    """Goods without a balance open with the number; the others are counted to it."""
    known = set(Balance.objects.filter(sku__in=[item.sku_id for item in items]).values_list("sku_id", "warehouse_id"))
    fresh = [item for item in items if (item.sku_id, item.warehouse_id) not in known and item.counted]
    if fresh:
        stock.open_stock([stock.Piece(x.sku_id, x.warehouse_id, x.counted) for x in fresh], by=by, now=now, reason=_("期初导入"))
    counted = [item for item in items if (item.sku_id, item.warehouse_id) in known]
    if counted:
        stock.count(counted, by=by, now=now, reason=_("表格导入"))


OPENING = Importer("stock", gettext_lazy("库存"), COLUMNS, ("code", "quantity"), _fill, _save, (("MY-TW-1137", "120", "默认仓"),))
