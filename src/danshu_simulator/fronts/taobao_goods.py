"""TOP's calls about items: numbers told whole or by difference, and read back."""

from __future__ import annotations

from danshu_simulator import ordering
from danshu_simulator.fronts import taobao_bodies as bodies
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.fronts.taobao_answers import done, invalid, missing, nested, number, pick, refused, text, written
from danshu_simulator.things import Item, Sku
from danshu_simulator.web import Answer, Refuse

MOST_SKUS, MOST_ITEMS = 20, 20
WHOLE, DIFFERENCE = 1, 2


def _item(call: Call) -> Item:
    number(call, "num_iid")
    item = call.world.books[call.owner.key].items.get(text(call, "num_iid"))
    if not item:
        tail = "-tmall" if bodies.is_tmall(call.owner) else ""
        raise refused(call, f"isv.item-not-exist:invalid-numIid-or-iid{tail}", "商品id对应的商品不存在")
    return item


def _no_sku(call: Call) -> Refuse:
    tail = "-tmall" if bodies.is_tmall(call.owner) else ""
    return refused(call, f"isv.invalid-parameter:sku-properties{tail}", "传入的sku的属性找不到对应的sku记录")


def _pairs(call: Call, name: str) -> list[tuple[str, int]]:
    """ "1:2;3:4" """
    pairs = []
    for part in str(call.args[name]).strip(";").split(";"):
        head, _, tail = part.rpartition(":")
        value = whole_number(tail)
        if not head or value is None:
            raise invalid(call, name, "格式为 skuId:库存修改值;skuId:库存修改值")
        pairs.append((head, value))
    if len(pairs) > MOST_SKUS:
        raise invalid(call, name, "最多支持20个SKU同时修改")
    return pairs


def update_skus(call: Call) -> Answer:
    """One unknown SKU refuses them all."""
    item, kind = _item(call), number(call, "type", WHOLE, low=WHOLE, high=DIFFERENCE)
    name = "skuid_quantities" if call.args.get("skuid_quantities") else "outerid_quantities"
    if not call.args.get(name):
        raise missing(call, "skuid_quantities")
    pairs = _pairs(call, name)
    if kind == WHOLE and any(value < 0 for _, value in pairs):
        raise invalid(call, name, "全量更新时库存不能为负数")
    told: list[tuple[Sku, int]] = []
    for head, value in pairs:
        field = "sku_id" if name == "skuid_quantities" else "merchant_code"
        skus = [sku for sku in item.skus if sku.sku_id and getattr(sku, field) == head]
        if not skus:
            raise _no_sku(call)
        told += [(sku, value) for sku in skus]
    return _told(call, item, told, kind)


def update_item(call: Call) -> Answer:
    """An item with variants is told by them alone."""
    item, kind, value = _item(call), number(call, "type", WHOLE, low=WHOLE, high=DIFFERENCE), number(call, "quantity")
    sku_id, outer_id = str(call.args.get("sku_id", "")), str(call.args.get("outer_id", ""))
    if sku_id or outer_id:
        found = [sku for sku in item.skus if sku.sku_id == sku_id] if sku_id else [s for s in item.skus if s.merchant_code == outer_id]
        if not found:
            raise _no_sku(call)
    elif any(sku.sku_id for sku in item.skus):
        raise refused(call, "isv.item-quantity-item-update-service-error", "宝贝含有销售属性，不能直接修改商品数量")
    else:
        found = item.skus
    if kind == WHOLE and value < 0:
        raise invalid(call, "quantity", "全量更新时库存不能为负数")
    return _told(call, item, [(sku, value) for sku in found], kind)


def _told(call: Call, item: Item, told: list[tuple[Sku, int]], kind: int) -> Answer:
    with call.world.changing():
        for sku, value in told:
            whole = value if kind == WHOLE else max(0, sku.stock + value)
            ordering.set_stock(call.world, call.owner.key, item.item_id, sku.sku_id, whole)
    modified = written(item.updated_ms)
    skus = [{"sku_id": int(sku.sku_id), "quantity": sku.stock, "modified": modified} for sku, _ in told if sku.sku_id]
    total = sum(sku.stock for sku in item.skus)
    return done(call, {"item": {"num_iid": int(item.item_id), "num": total, "modified": modified, **nested("skus", skus)}})


def list_items(call: Call) -> Answer:
    """Items that are not there, or not the seller's, are left out without a word."""
    fields, numbers = text(call, "fields"), [one.strip() for one in text(call, "num_iids").split(",") if one.strip()]
    if len(numbers) > MOST_ITEMS:
        raise invalid(call, "num_iids", "一次最多不超过20个")
    if any(whole_number(one) is None for one in numbers):
        raise invalid(call, "num_iids")
    wanted = ",".join("skus" if field.strip() == "sku" else field for field in fields.split(","))
    shelf = call.world.books[call.owner.key].items
    rows = [pick(bodies.item(shelf[one]), wanted) for one in numbers if one in shelf]
    return done(call, nested("items", rows))


METHODS: dict[str, Run] = {
    "taobao.skus.quantity.update": update_skus,
    "taobao.item.quantity.update": update_item,
    "taobao.items.seller.list.get": list_items,
}
