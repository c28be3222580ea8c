"""Stock numbers: `inventory.syncSkuStock` sets a SKU's total, `inventory.getSkuStock` reads it.

The total holds what waits for payment and what campaigns have; buyers see what is left, `available`, and that is our number. So the total
is said as if nothing were held, and where the answer shows something held, once more with it: in between buyers see less, never more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import ListingKey, PushResult, Refusal, ShownStock, StockUpdate
from danshu.channels.connector_errors import BadAnswer
from danshu.connectors.xiaohongshu.client import Api, Data, Denied, error_of

KEPT = -9028  # the total was set, but what waits for payment could not be taken off
Shown = tuple[int, int]  # available, total


def push(api: Api, updates: Sequence[StockUpdate]) -> list[PushResult]:
    """One call for each, two where pieces are held; what a call says of its SKU is that SKU's alone."""
    return [_push(api, update) for update in updates]


def _push(api: Api, update: StockUpdate) -> PushResult:
    try:
        available, total = _set(api, update.key, update.quantity)
        if available != update.quantity:
            available, total = _set(api, update.key, update.quantity + max(total - available, 0))
    except Denied as denied:
        unknown = "不存在" in denied.message
        return PushResult(update.key, Refusal.UNKNOWN_ITEM if unknown else Refusal.REJECTED, denied.message)
    if available != update.quantity:  # somebody bought in between
        said = _("小红书显示 %(shown)d，不是 %(wanted)d。稍后会再试。") % {"shown": available, "wanted": update.quantity}
        return PushResult(update.key, Refusal.TEMPORARY, said)
    return PushResult(update.key)


def _set(api: Api, key: ListingKey, total: int) -> Shown:
    return _shown(api.asked("inventory.syncSkuStock", {"skuId": _sku(key), "qty": total}))


def read(api: Api, keys: Sequence[ListingKey]) -> list[ShownStock]:
    """A SKU that the platform does not tell hides no other one; when it tells none, that is a refusal."""
    shown: list[ShownStock] = []
    refused: list[Denied] = []
    for key in keys:
        try:
            number: int | None = _shown(api.asked("inventory.getSkuStock", {"skuId": _sku(key)}))[0]
        except Denied as denied:
            number = None
            refused += [] if "不存在" in denied.message else [denied]
        shown.append(ShownStock(key, number))
    if refused and len(refused) == len(keys):
        raise refused[0]
    return shown


def _sku(key: ListingKey) -> str:
    return key.sku_id or key.item_id


def _shown(data: Data) -> Shown:
    """The answer holds a judgement of its own, beside the numbers."""
    verdict = data.get("response")
    if isinstance(verdict, dict):
        code = verdict.get("code")
        number = code if isinstance(code, int) and not isinstance(code, bool) else 0
        if verdict.get("success") is not True or number not in {0, KEPT}:
            raise error_of(number, str(verdict.get("message") or verdict.get("msg") or "")[:200])
    stock: Any = data.get("skuStock")
    if not isinstance(stock, dict):
        raise _no_stock()
    return _number(stock, "available"), _number(stock, "total")


def _number(stock: Data, name: str) -> int:
    number = stock.get(name)
    if isinstance(number, bool) or not isinstance(number, int):
        raise _no_stock()
    return number


def _no_stock() -> BadAnswer:
    return BadAnswer(_("小红书的回答里没有库存。"))
