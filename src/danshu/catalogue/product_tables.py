"""The three tables of the catalogue: SKUs, bundles, mappings; in and out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.catalogue import operations as catalogue
from danshu.catalogue.codes import clean
from danshu.catalogue.columns import Line, refuse, whole
from danshu.catalogue.importing import Importer, Plan, Problem
from danshu.catalogue.models import BundlePart, Listing, Sku
from danshu.channels.models import Shop
from danshu.core import money, tables
from danshu.core.actor import Actor

SKU_COLUMNS = {
    "code": ("商家编码", "SKU编码", "规格编码", "商品编码", "编码", "货号", "code", "sku"),
    "name": ("名称", "商品名称", "品名", "商品", "name", "title"),
    "spec": ("规格", "规格名称", "颜色规格", "spec"),
    "barcode": ("条码", "条形码", "国际条码", "69码", "barcode", "ean"),
    "cost": ("成本", "成本价", "采购价", "进价", "cost"),
    "weight": ("重量（克）", "重量", "重量g", "克重", "weight"),
    "shelf": ("库位", "货位", "仓位", "shelf", "location"),
    "tags": ("标签", "分类", "tags"),
    "safety": ("安全库存", "库存下限", "safety stock"),
    "active": ("在售", "启用", "是否启用", "active"),
}
BUNDLE_COLUMNS = {
    "bundle": ("组合装编码", "组合编码", "套装编码", "bundle code"),
    "part": ("子件编码", "单品编码", "子商品编码", "part code"),
    "quantity": ("数量", "子件数量", "件数", "quantity"),
}
MAPPING_COLUMNS = {
    "shop": ("店铺", "店铺名", "shop"),
    "key": ("平台商品", "平台商品键", "listing"),
    "merchant": ("平台商家编码", "平台编码", "merchant code"),
    "title": ("平台标题", "商品标题", "title"),
    "title_spec": ("平台规格", "商品规格", "spec"),
    "code": ("对应商家编码", "本地编码", "SKU编码", "sku"),
    "quantity": ("件数", "数量", "quantity"),
}
NO = {"否", "停售", "停用", "no", "n", "0", "false"}


def _fill_skus(plan: Plan, _extra: dict[str, Any]) -> None:
    lines = plan.sheet.lines
    known = {sku.code: sku for sku in Sku.objects.filter(code__in=[clean(line.cells["code"]) for line in lines])}
    seen: set[str] = set()
    for line in lines:
        code = clean(line.cells["code"])
        try:
            if code in seen:
                refuse(_("编码 %(code)s 在文件里出现了两次，只取第一次") % {"code": code})
            draft = _sku_draft(line.cells, known.get(code))
        except ValueError as error:
            plan.problems.append(Problem(line, str(error)))
            continue
        seen.add(code)
        _sort(plan, line, draft, known.get(code))


def _sort(plan: Plan, line: Line, draft: catalogue.SkuDraft, before: Sku | None) -> None:
    if before is None:
        plan.new += 1
    elif _same(draft, before):
        plan.unchanged += 1
        return
    else:
        plan.changed += 1
    plan.ready.append((line, draft))


def _same(draft: catalogue.SkuDraft, sku: Sku) -> bool:
    names = ("name", "spec", "barcode", "cost_fen", "weight_g", "shelf", "safety_stock", "is_active")
    return all(getattr(draft, name) == getattr(sku, name) for name in names) and list(draft.tags) == sku.tags


def _sku_draft(cells: dict[str, str], before: Sku | None) -> catalogue.SkuDraft:
    """Columns the file does not have keep what we know."""
    code = clean(cells["code"])
    if not code:
        raise ValueError(_("没有商家编码"))
    if isinstance(cells["code"], tables.Damaged):
        refuse(_("编码的末几位被表格软件弄丢了，请把这一列改成文本格式重填"))

    def text(column: str, old: str) -> str:
        return cells.get(column, "") or old

    name = text("name", before.name if before else "")
    if not name:
        raise ValueError(_("新商品要有名称"))
    cost = _fen(cells["cost"]) if cells.get("cost") else (before.cost_fen if before else 0)
    tags = cells["tags"].replace("，", ",").replace("、", ",").split(",") if cells.get("tags") else (before.tags if before else [])
    return catalogue.SkuDraft(
        code=code, name=name, id=before.pk if before else None, spec=text("spec", before.spec if before else ""),
        barcode=text("barcode", before.barcode if before else ""), cost_fen=cost,
        weight_g=_least(cells.get("weight", ""), _("重量"), before.weight_g if before else 0),
        shelf=text("shelf", before.shelf if before else ""), tags=tuple(tag.strip() for tag in tags if tag.strip()),
        safety_stock=_least(cells.get("safety", ""), _("安全库存"), before.safety_stock if before else 0),
        is_active=cells["active"].casefold() not in NO if cells.get("active") else (before.is_active if before else True),
    )  # fmt: skip


def _fen(text: str) -> int:
    try:
        amount = money.fen(text)
    except ValueError:
        raise ValueError(_("成本「%(text)s」不是金额") % {"text": text[:40]}) from None
    if amount < 0:
        raise ValueError(_("成本不能是负数"))
    return amount


def _least(text: str, what: str, old: int) -> int:
    number = whole(text, what, default=old)
    if number < 0:
        raise ValueError(_("%(what)s不能是负数") % {"what": what})
    return number


def _fill_bundles(plan: Plan, _extra: dict[str, Any]) -> None:
    """Rows of one bundle belong together: one bad part spoils its bundle, and only that."""
    lines = plan.sheet.lines
    codes = {clean(line.cells[name]) for line in lines for name in ("bundle", "part")}
    known = {sku.code: sku for sku in Sku.objects.filter(code__in=codes)}
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(clean(line.cells["bundle"]), []).append(line)
    for code, members in groups.items():
        try:
            draft = _bundle_draft(code, members, known)
        except ValueError as error:
            plan.problems += [Problem(line, str(error)) for line in members]
            continue
        plan.changed += 1
        plan.ready.append((members[0], draft))


def _bundle_draft(code: str, members: Sequence[Line], known: dict[str, Sku]) -> catalogue.SkuDraft:
    bundle = known.get(code)
    if bundle is None:
        raise ValueError(_("没有编码是「%(code)s」的商品，请先建好组合装") % {"code": code})
    parts = []
    for line in members:
        part = known.get(clean(line.cells["part"]))
        if part is None or part.is_bundle or part.pk == bundle.pk:
            raise ValueError(_("子件「%(code)s」不存在，或它本身是组合装") % {"code": line.cells["part"][:80]})
        quantity = whole(line.cells["quantity"], _("数量"), default=1)
        if quantity < 1:
            raise ValueError(_("数量至少是 1"))
        parts.append((part.pk, quantity))
    names = ("name", "spec", "barcode", "cost_fen", "weight_g", "shelf", "safety_stock", "is_active")
    same: dict[str, Any] = {name: getattr(bundle, name) for name in names}
    return catalogue.SkuDraft(code=bundle.code, id=bundle.pk, tags=tuple(bundle.tags), parts=tuple(parts), **same)


def _fill_mappings(plan: Plan, _extra: dict[str, Any]) -> None:
    lines = plan.sheet.lines
    shops = dict(Shop.objects.values_list("name", "pk"))
    known = dict(Sku.objects.filter(code__in=[clean(line.cells["code"]) for line in lines]).values_list("code", "pk"))
    listings = {(row.shop_id, row.key): row for row in Listing.objects.filter(key__in=[_listing_key(line.cells) for line in lines])}
    for line in lines:
        listing = listings.get((shops.get(line.cells["shop"], 0), _listing_key(line.cells)))
        sku_id = known.get(clean(line.cells["code"]))
        try:
            quantity = whole(line.cells.get("quantity", ""), _("件数"), default=1)
            if listing is None:
                refuse(_("这家店还没有出现过这个平台商品"))
            if sku_id is None:
                refuse(_("没有编码是「%(code)s」的商品") % {"code": line.cells["code"][:80]})
        except ValueError as error:
            plan.problems.append(Problem(line, str(error)))
            continue
        if (listing.sku_id, listing.quantity) == (sku_id, quantity):
            plan.unchanged += 1
        else:
            plan.changed += 1
            plan.ready.append((line, (listing.pk, sku_id, quantity)))


def _listing_key(cells: dict[str, str]) -> str:
    if cells.get("key"):
        return cells["key"]
    want = catalogue.Want(merchant_code=cells.get("merchant", ""), title=cells.get("title", ""), spec=cells.get("title_spec", ""))
    return catalogue.key_of(want)


def _save_skus(drafts: Sequence[Any], _extra: dict[str, Any], by: Actor, now: datetime) -> None:
    catalogue.save_skus(drafts, by=by, now=now)


def _save_mappings(items: Sequence[Any], _extra: dict[str, Any], by: Actor, now: datetime) -> None:
    groups: dict[tuple[int, int], list[int]] = {}
    for listing_id, sku_id, quantity in items:
        groups.setdefault((sku_id, quantity), []).append(listing_id)
    for (sku_id, quantity), listing_ids in groups.items():
        catalogue.map_listings(listing_ids, sku_id=sku_id, quantity=quantity, by=by, now=now)


SKUS = Importer(
    "skus", gettext_lazy("商品"), SKU_COLUMNS, ("code",), _fill_skus, _save_skus,
    (("MY-TW-1137", "竹纤维毛巾三条装", "米白+灰绿", "6901234000013", "17.10", "320", "A-02-1", "热销", "20", "是"),),
)  # fmt: skip
BUNDLES = Importer(
    "bundles", gettext_lazy("组合装"), BUNDLE_COLUMNS, ("bundle", "part", "quantity"), _fill_bundles, _save_skus,
    (("GIFT-01", "MY-TW-1137", "2"),),
)  # fmt: skip
MAPPINGS = Importer("mappings", gettext_lazy("对码"), MAPPING_COLUMNS, ("shop", "code"), _fill_mappings, _save_mappings)
IMPORTERS = {importer.kind: importer for importer in (SKUS, BUNDLES, MAPPINGS)}


def export(path: Path, *, with_cost: bool) -> None:
    """The whole catalogue as a workbook whose sheets can be imported again. Costs only for who may see them."""
    heads = [[names[0] for names in importer.aliases.values()] for importer in (SKUS, BUNDLES, MAPPINGS)]
    sheets = {
        str(SKUS.title): _sku_rows(heads[0], with_cost=with_cost),
        str(BUNDLES.title): _bundle_rows(heads[1]),
        str(MAPPINGS.title): _mapping_rows(heads[2]),
    }
    tables.write_xlsx(path, sheets, text_columns=["商家编码", "条码", "组合装编码", "子件编码", "平台商品", "平台商家编码", "对应商家编码"])


def _sku_rows(head: list[str], *, with_cost: bool) -> Iterator[Sequence[object]]:
    cost = list(SKU_COLUMNS).index("cost")
    yield head if with_cost else [*head[:cost], *head[cost + 1 :]]
    for sku in Sku.objects.order_by("code").iterator(chunk_size=2000):
        row = [
            sku.code, sku.name, sku.spec, sku.barcode, money.yuan(sku.cost_fen), sku.weight_g, sku.shelf, "，".join(sku.tags),
            sku.safety_stock, "是" if sku.is_active else "否",
        ]  # fmt: skip
        yield row if with_cost else [*row[:cost], *row[cost + 1 :]]


def _bundle_rows(head: list[str]) -> Iterator[Sequence[object]]:
    yield head
    yield from BundlePart.objects.order_by("bundle__code", "pk").values_list("bundle__code", "part__code", "quantity")


def _mapping_rows(head: list[str]) -> Iterator[Sequence[object]]:
    yield head
    names = ("shop__name", "key", "merchant_code", "title", "spec", "sku__code", "quantity")
    yield from Listing.objects.exclude(sku=None).order_by("shop", "pk").values_list(*names)
