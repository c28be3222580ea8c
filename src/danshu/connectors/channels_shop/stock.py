"""Stock numbers: `product/stock/update` sets one SKU's common stock, `product/stock/batchget` reads those of many products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from danshu.channels.connecting import ListingKey, PushResult, Refusal, ShownStock, StockUpdate
from danshu.channels.connector_errors import BadAnswer
from danshu.connectors.channels_shop.client import Answer, Api, Denied

SET = 3  # diff_type: 1 adds, 2 takes away
UNKNOWN = {10020052, 10020289}  # no such product; it was never on sale
LATER = {10020112, 10020217}  # this SKU too often; its draft is being reviewed

Numbers = dict[tuple[str, str], int]


def push(api: Api, updates: Sequence[StockUpdate]) -> list[PushResult]:
    """One call for each; what a call says of its SKU is that SKU's alone."""
    return [_push(api, update) for update in updates]


def _push(api: Api, update: StockUpdate) -> PushResult:
    key = update.key
    body = {"product_id": key.item_id, "sku_id": key.sku_id, "diff_type": SET, "num": update.quantity}
    try:
        api.post("/channels/ec/product/stock/update", body)
    except Denied as denied:
        code = denied.errcode
        refusal = Refusal.UNKNOWN_ITEM if code in UNKNOWN else Refusal.TEMPORARY if code in LATER else Refusal.REJECTED
        return PushResult(key, refusal, denied.message)
    return PushResult(key)


def read(api: Api, keys: Sequence[ListingKey]) -> list[ShownStock]:
    """The common stock (`normal_stock_num`), which is what `push` sets; stock of regions and campaigns is not ours to say."""
    numbers: Numbers = {}
    items = list(dict.fromkeys(key.item_id for key in keys))
    try:
        numbers = _read_many(api.post("/channels/ec/product/stock/batchget", {"product_id": items})) if items else {}
    except Denied:  # one of them is not there any more; which one, only asking for each tells
        for key in dict.fromkeys(keys):
            if (number := _read_one(api, key)) is not None:
                numbers[key.item_id, key.sku_id] = number
    return [ShownStock(key, _of(numbers, key)) for key in keys]


def _of(numbers: Numbers, key: ListingKey) -> int | None:
    if key.sku_id:
        return numbers.get((key.item_id, key.sku_id))
    own = [number for (item_id, _sku_id), number in numbers.items() if item_id == key.item_id]
    return own[0] if len(own) == 1 else None


def _read_many(answer: Answer) -> Numbers:
    data = answer.get("data")
    products = data.get("spu_stock_list") if isinstance(data, dict) else None
    if not isinstance(products, list):
        raise _no_list()
    numbers: Numbers = {}
    for product in products:
        skus = product.get("sku_stock") if isinstance(product, dict) else None
        if not isinstance(skus, list) or not all(isinstance(sku, dict) for sku in skus):
            raise _no_list()
        for sku in skus:
            numbers[str(product.get("product_id")), str(sku.get("sku_id"))] = _number(sku)
    return numbers


def _read_one(api: Api, key: ListingKey) -> int | None:
    try:
        answer = api.post("/channels/ec/product/stock/get", {"product_id": key.item_id, "sku_id": key.sku_id})
    except Denied:
        return None
    data = answer.get("data")
    if not isinstance(data, dict):
        raise _no_list()
    return _number(data)


def _number(stock: Mapping[str, object]) -> int:
    number = stock.get("normal_stock_num")
    if isinstance(number, bool) or not isinstance(number, int):
        raise _no_list()
    return number


def _no_list() -> BadAnswer:
    return BadAnswer(_("微信小店的回答里没有库存。"))
