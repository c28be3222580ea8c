"""Stock numbers: one call for one number (`pdd.goods.quantity.update`), one call for all numbers of one item (`pdd.goods.detail.get`)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from danshu.channels import bodies, calling
from danshu.channels.connecting import ListingKey, PushResult, Refusal, ShownStock, StockUpdate
from danshu.channels.connector_errors import BadAnswer, BadPayload, ConnectorError, CredentialsExpired, Refused
from danshu.connectors.pdd.client import Router

GONE = ("不存在", "已删除", "已下架", "找不到")  # how refusals speak of items that are not there


def push(router: Router, updates: Sequence[StockUpdate]) -> list[PushResult]:
    """Numbers go out one by one; what fails in passing after the first keeps the others' results and waits for the next round."""
    results: list[PushResult] = []
    for update in updates:
        try:
            results.append(_push(router, update))
        except CredentialsExpired:
            raise
        except ConnectorError as error:
            if not results:
                raise
            late = updates[len(results) :]
            return results + [PushResult(one.key, Refusal.TEMPORARY, str(error)) for one in late]
    return results


def _push(router: Router, update: StockUpdate) -> PushResult:
    if not update.key.sku_id:
        return PushResult(update.key, Refusal.REJECTED, _("拼多多按规格收库存，这个商品没有规格编号。请在「商品与对码」里补上样式 ID。"))
    params = {"goods_id": update.key.item_id, "sku_id": update.key.sku_id, "quantity": update.quantity, "update_type": 1}
    try:
        found = router.call("pdd.goods.quantity.update", "goods_quantity_update_response", params)
    except Refused as error:
        is_gone = any(word in str(error) for word in GONE)
        return PushResult(update.key, Refusal.UNKNOWN_ITEM if is_gone else Refusal.REJECTED, str(error))
    if "is_success" not in found:
        raise calling.incomplete("is_success")
    return PushResult(update.key)


def read(router: Router, keys: Sequence[ListingKey]) -> list[ShownStock]:
    shown = {item_id: _shown(router, item_id) for item_id in dict.fromkeys(key.item_id for key in keys)}
    return [ShownStock(key, shown[key.item_id].get(key.sku_id)) for key in keys]


def _shown(router: Router, item_id: str) -> dict[str, int]:
    """Numbers of an item by SKU; none where the platform knows no such item."""
    try:
        found = router.call("pdd.goods.detail.get", "goods_detail_get_response", {"goods_id": item_id})
    except Refused as error:
        if any(word in str(error) for word in GONE):
            return {}
        raise
    if not isinstance(found.get("sku_list"), list):
        raise calling.incomplete("sku_list")
    try:
        rows = [row for row in bodies.items(found, "sku_list") if row.get("quantity") is not None]
        return {bodies.needed(row, "sku_id"): bodies.number(row, "quantity") for row in rows}
    except BadPayload as error:
        raise BadAnswer(str(error)) from None
