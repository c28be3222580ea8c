"""Doudian's goods and stock: whole numbers or differences, of one SKU or of several of one item, these all or none."""

from __future__ import annotations

from danshu_simulator import ordering
from danshu_simulator.fronts import douyin_bodies as bodies
from danshu_simulator.fronts import douyin_calls as calls
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import Item, Sku
from danshu_simulator.web import Answer


def _find(call: Call) -> tuple[Item, Sku] | None:
    sku_id, code = str(call.args.get("sku_id") or ""), str(call.args.get("code") or "")
    if not sku_id and not code:
        return None
    book, item_id = call.world.books[call.owner.key], str(call.args.get("product_id") or "")
    return book.find_sku(sku_id=sku_id, item_id=item_id, merchant_code="" if sku_id else code)


def sync(call: Call) -> Answer:
    hit, number = _find(call), whole_number(call.args.get("stock_num"))
    is_change = str(call.args.get("incremental", "")).lower() == "true"
    if not hit:
        raise calls.invalid(5, f"sku_id: {call.args.get('sku_id')}, 找不到对应的sku")
    if number is None or (is_change and not call.args.get("idempotent_id")):
        raise calls.missing(2010004, "参数缺失")
    item, sku = hit
    target = sku.stock + number if is_change else number
    if target < 0:
        raise calls.refused(2010012, "更新库存数失败: 库存不足")
    ordering.set_stock(call.world, call.owner.key, item.item_id, sku.sku_id, target)
    return calls.done()


def sync_batch(call: Call) -> Answer:
    item, rows = call.world.books[call.owner.key].items.get(str(call.args.get("product_id") or "")), call.args.get("sku_sync_list")
    if not item:
        raise calls.refused(2010058, "商品不存在或已彻底删除")
    if not isinstance(rows, list) or not rows or not isinstance(call.args.get("incremental"), bool):
        raise calls.missing(2010004, "参数缺失")
    targets: list[tuple[Sku, int]] = []
    for row in rows:
        sku, number = item.sku(str(row.get("sku_id") or "")), whole_number(row.get("stock_num"))
        if not sku or whole_number(row.get("sku_type")) != 0:
            raise calls.invalid(2010013, "查询商品信息失败，请检查参数后重试")
        if number is None:
            raise calls.missing(2010004, "参数缺失")
        targets.append((sku, sku.stock + number if call.args["incremental"] else number))
    if any(target < 0 for _sku, target in targets):
        raise calls.refused(2010012, "更新库存数失败: 库存不足")
    for sku, target in targets:
        ordering.set_stock(call.world, call.owner.key, item.item_id, sku.sku_id, target)
    return calls.done()


def stock_of(call: Call) -> Answer:
    hit = _find(call)
    if not hit:
        raise calls.invalid(20050, f"code: {call.args.get('code') or call.args.get('sku_id') or ''}, 找不到对应的sku")
    return calls.done(bodies.stock(hit[1]))


def _item(call: Call) -> Item:
    item = call.world.books[call.owner.key].items.get(str(call.args.get("product_id") or ""))
    if not item:
        raise calls.refused(2010058, "商品不存在或已彻底删除")
    return item


def list_skus(call: Call) -> Answer:
    item = _item(call)
    return calls.done([bodies.sku_row(item.item_id, sku) for sku in item.skus])


def get_product(call: Call) -> Answer:
    item = _item(call)
    rows = [bodies.sku_row(item.item_id, sku) for sku in item.skus]
    own = {"product_id": int(item.item_id), "product_id_str": item.item_id, "name": item.title, "img": item.picture}
    return calls.done({**own, "status": 0 if item.is_on_sale else 1, "check_status": 3, "spec_prices": rows})


def list_products(call: Call) -> Answer:
    size, page = whole_number(call.args.get("size")), whole_number(call.args.get("page"))
    if size is None or page is None or not 1 <= size <= calls.LARGEST_PAGE or page < 1:
        raise calls.refused(20011, "20011:page参数格式错误")
    items = list(call.world.books[call.owner.key].items.values())[::-1]
    rows = [
        {"product_id": int(item.item_id), "name": item.title, "img": item.picture, "status": 0, "check_status": 3}
        for item in call.page(items, page, size)
    ]
    return calls.done({"data": rows, "total": len(items), "page": page, "size": size})


def brands(_call: Call) -> Answer:
    return calls.done({"auth_required": False, "auth_brand_list": [], "brand_list": []})


METHODS: dict[str, tuple[Run, bool]] = {
    "sku.syncStock": (sync, True),
    "sku.syncStockBatch": (sync_batch, True),
    "sku.stockNum": (stock_of, True),
    "sku.list": (list_skus, True),
    "product.detail": (get_product, True),
    "product.listV2": (list_products, True),
    "shop.brandList": (brands, True),
}
