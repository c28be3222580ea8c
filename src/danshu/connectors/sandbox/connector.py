"""The sandbox's adapter: the contract word by word, against a shelf instead of a network."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Abilities, Connector, ListingKey, PushResult, Refusal, ShopAccess, ShownStock, StockUpdate
from danshu.channels.connector_errors import CredentialsExpired, RateLimited, TemporaryFailure
from danshu.connectors.sandbox.shelf import Shelf


class Sandbox(Connector):
    abilities = Abilities(can_push_stock=True, can_read_stock=True, batch_size=50)

    def shelf(self, shop_id: int) -> Shelf:
        """The platform's own memory of a shop: for demonstrations and tests."""
        return Shelf(shop_id)

    def push_stock(self, shop: ShopAccess, updates: Sequence[StockUpdate]) -> list[PushResult]:
        shelf = Shelf(shop.shop_id)
        manner = _answer(shelf)
        results = [_judge(update, manner) for update in updates]
        shelf.put([update for update, result in zip(updates, results, strict=True) if result.refusal is None])
        return results

    def read_stock(self, shop: ShopAccess, keys: Sequence[ListingKey]) -> list[ShownStock]:
        shelf = Shelf(shop.shop_id)
        _answer(shelf)
        return [ShownStock(key, number) for key, number in zip(keys, shelf.show(keys), strict=True)]


def _answer(shelf: Shelf) -> dict[str, Any]:
    """How the platform is today; raises where it answers nothing at all."""
    manner = shelf.manner()
    time.sleep(float(manner.get("slow", 0)))
    match manner.get("fail"):
        case "rate_limited":
            raise RateLimited(_("演练店说请求太多。请稍后再试。"), wait=float(manner.get("wait", 0)))
        case "expired":
            raise CredentialsExpired(_("演练店的授权过期了。请重新授权，然后再推。"))
        case "timeout":
            raise TemporaryFailure(_("演练店没有按时回答。稍后会再试。"))
    return manner


def _judge(update: StockUpdate, manner: dict[str, Any]) -> PushResult:
    if update.key.item_id in manner.get("unknown", ()):
        return PushResult(update.key, Refusal.UNKNOWN_ITEM, _("演练店里没有这个商品。"))
    if update.key.item_id in manner.get("refuse", ()):
        return PushResult(update.key, Refusal.REJECTED, _("演练店不收这个商品的库存。"))
    if update.quantity < 0:
        return PushResult(update.key, Refusal.REJECTED, _("库存不能是负数。"))
    return PushResult(update.key)


CONNECTOR = Sandbox()
