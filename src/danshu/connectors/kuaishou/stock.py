"""Stock. The platform takes differences only ([D] 更新在线商品库存), the contract says whole numbers: read, then say the difference.

A piece that is sold between the two is not lost: what is shown comes out one lower than what we said, which is what it will be when
the order arrives here. A repetition reads first and says what is left to say, so a lost answer does no harm; for the same reason these
calls are never repeated blindly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from django.utils.translation import gettext as _

from danshu.channels import bodies
from danshu.channels.connecting import ListingKey, PushResult, Refusal, ShownStock, StockUpdate
from danshu.channels.connector_errors import BadAnswer, BadPayload, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.connectors.kuaishou.client import Client, NoSuch, unreadable

T = TypeVar("T")
MORE, LESS = 1, 2  # [D] changeType


def read(client: Client, keys: Sequence[ListingKey]) -> list[ShownStock]:
    shown = {item: _skus(client, item) for item in dict.fromkeys(key.item_id for key in keys)}
    return [ShownStock(key, _number(shown[key.item_id], key)) for key in keys]


def push(client: Client, updates: Sequence[StockUpdate]) -> list[PushResult]:
    """One bad item never blocks the others; what holds for the whole shop (access, limits) does."""
    shown: dict[str, dict[str, int] | PushResult] = {}
    for update in updates:
        if update.key.item_id not in shown:
            shown[update.key.item_id] = _tried(update.key, partial(_skus, client, update.key.item_id))
    return [_result(client, update, shown[update.key.item_id]) for update in updates]


def _result(client: Client, update: StockUpdate, shown: dict[str, int] | PushResult) -> PushResult:
    if isinstance(shown, PushResult):
        return PushResult(update.key, shown.refusal, shown.message)
    return _say(client, update, shown)


def _say(client: Client, update: StockUpdate, shown: dict[str, int]) -> PushResult:
    key, before = update.key, _number(shown, update.key)
    if update.quantity < 0:
        return PushResult(key, Refusal.REJECTED, _("库存不能是负数。"))
    if before is None:
        return PushResult(key, Refusal.UNKNOWN_ITEM, _("快手上没有这个商品或规格，可能已经删除。请检查对码。"))
    if before == update.quantity:
        return PushResult(key)
    sku = key.sku_id or next(iter(shown))
    param = {
        "kwaiItemId": int(key.item_id),
        "skuId": int(sku),
        "changeType": MORE if update.quantity > before else LESS,
        "skuChangeStock": abs(update.quantity - before),
    }
    said = _tried(key, partial(client.call, "open.item.sku.stock.update", param, post=True, idempotent=False))
    if isinstance(said, PushResult):
        return said
    shown[sku] = update.quantity
    return PushResult(key)


def _tried(key: ListingKey, ask: Callable[[], T]) -> T | PushResult:
    """What `ask` gives, or why this listing was refused. Raises what holds for the whole shop."""
    try:
        return ask()
    except NoSuch as error:
        return PushResult(key, Refusal.UNKNOWN_ITEM, error.message)
    except (CredentialsExpired, RateLimited):
        raise
    except Refused as error:
        return PushResult(key, Refusal.REJECTED, error.message)
    except (TemporaryFailure, BadAnswer) as error:
        return PushResult(key, Refusal.TEMPORARY, error.message)


def _skus(client: Client, item: str) -> dict[str, int]:
    """Every SKU of an item with what it shows; empty where there is no such item."""
    if not (item.isascii() and item.isdigit()):
        return {}
    method = "open.item.sku.list.get"
    try:
        data = client.data(method, {"kwaiItemId": int(item), "skuStatus": 1})
    except NoSuch:
        return {}
    rows = data.get("skuList")
    if not isinstance(rows, list):
        raise unreadable(method)
    try:
        shown = {bodies.digits(row, "kwaiSkuId"): row["skuStock"] for row in rows}
        return {sku: bodies.number({"skuStock": stock}, "skuStock") for sku, stock in shown.items() if stock is not None}
    except (BadPayload, AttributeError, KeyError):
        raise unreadable(method) from None


def _number(shown: dict[str, int], key: ListingKey) -> int | None:
    """An item without variants has one SKU of its own."""
    if not key.sku_id:
        return next(iter(shown.values())) if len(shown) == 1 else None
    return shown.get(key.sku_id)
