"""Stock numbers: `sku.syncStock` for one SKU, `sku.syncStockBatch` for several of one item, `sku.stockNum` to read one back.

A batch is taken whole or refused whole, so a refused one is told again SKU by SKU: one bad listing never blocks the others. No
`idempotent_id` is sent: it guards differences only, and whole numbers may be said twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from danshu.channels import bodies, calling
from danshu.channels.connecting import ListingKey, PushResult, Refusal, ShownStock, StockUpdate
from danshu.channels.connector_errors import BadAnswer, BadPayload, ConnectorError, CredentialsExpired, Refused
from danshu.connectors.douyin.client import Gate

GONE = ("不存在", "已删除", "找不到", "已下架", "正确sku_id")  # how refusals speak of items that are not there
PLAIN, REGIONAL = 0, 1  # sku_type 普通库存 / 区域库存


def push(gate: Gate, updates: Sequence[StockUpdate]) -> list[PushResult]:
    """What fails in passing after the first call keeps the others' results and waits for the next round."""
    groups: dict[str, list[StockUpdate]] = {}
    for update in updates:
        groups.setdefault(update.key.item_id if update.key.sku_id else "", []).append(update)
    results = {update.key: _without_sku(update) for update in groups.pop("", [])}
    for count, group in enumerate(groups.values()):
        try:
            results |= {result.key: result for result in _push(gate, group)}
        except CredentialsExpired:
            raise
        except ConnectorError as error:
            if not count:
                raise
            results |= {update.key: PushResult(update.key, Refusal.TEMPORARY, str(error)) for update in group}
    return [results[update.key] for update in updates]


def _without_sku(update: StockUpdate) -> PushResult:
    return PushResult(update.key, Refusal.REJECTED, _("抖店按规格收库存，这个商品没有规格编号。请在「商品与对码」里补上 SKU ID。"))


def _push(gate: Gate, group: Sequence[StockUpdate]) -> list[PushResult]:
    if len(group) == 1:
        return [_push_one(gate, group[0])]
    numbers = [{"sku_id": one.key.sku_id, "sku_type": PLAIN, "stock_num": one.quantity} for one in group]
    try:
        gate.call("sku.syncStockBatch", {"product_id": group[0].key.item_id, "incremental": False, "sku_sync_list": numbers})
    except Refused:
        return [_push_one(gate, one) for one in group]
    return [PushResult(one.key) for one in group]


def _push_one(gate: Gate, update: StockUpdate) -> PushResult:
    params = {"product_id": update.key.item_id, "sku_id": update.key.sku_id, "incremental": False, "stock_num": update.quantity}
    try:
        gate.call("sku.syncStock", params)
    except Refused as error:
        return PushResult(update.key, Refusal.UNKNOWN_ITEM if _is_gone(error) else Refusal.REJECTED, str(error))
    return PushResult(update.key)


def read(gate: Gate, keys: Sequence[ListingKey]) -> list[ShownStock]:
    return [ShownStock(key, _shown(gate, key.sku_id) if key.sku_id else None) for key in keys]


def _shown(gate: Gate, sku_id: str) -> int | None:
    try:
        data = gate.call("sku.stockNum", {"sku_id": sku_id})
    except Refused as error:
        if _is_gone(error):
            return None
        raise
    if data.get("stock_num") is None:
        raise calling.incomplete("stock_num")
    try:
        if bodies.number(data, "sku_type") == REGIONAL:  # numbers stand by warehouse
            places = bodies.item(data, "stock_num_map")
            return sum(bodies.number(places, name) for name in places)
        return bodies.number(data, "stock_num")
    except BadPayload as error:
        raise BadAnswer(str(error)) from None


def _is_gone(error: Refused) -> bool:
    return any(word in str(error) for word in GONE)
