"""Messages that Xiaohongshu pushes to the one address of the app: a list of `{msgTag, sellerId, data}`, signed in the headers.

Official: docDetailId 41 (应用消息推送) and the documents of each `msgTag`. Tokens that ended stop them, so they only hurry what is polled.
"""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Call, Pointer, Received, ShopAccess, Stream
from danshu.channels.connector_errors import BadCall
from danshu.connectors.xiaohongshu import signing

THANKS = b'{"success":true,"error_code":0,"error_msg":""}'
ORDER_TAGS, REFUND_TAGS = "msg_fulfillment_", "msg_after_sale_"


def receive(shop: ShopAccess, call: Call) -> Received:
    messages = _parsed(call.body)
    if messages == {"test": True}:  # the console tries the address; it says nothing, so it needs no signature
        return Received(body=THANKS)
    _check(shop, call)
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise _unreadable()
    own = shop.credentials.get("platform_shop_id", "")
    pointers = [pointer for message in messages if not own or message.get("sellerId") in {own, None} for pointer in _pointers(message)]
    return Received(tuple(dict.fromkeys(pointers)), body=THANKS)


def _check(shop: ShopAccess, call: Call) -> None:
    app_id, secret = shop.credentials.get("app_id", ""), shop.credentials.get("app_secret", "")
    timestamp, given = call.headers.get("timestamp", ""), call.headers.get("sign", "")
    wanted = signing.of_message(call.path, call.query, app_id=app_id, timestamp=timestamp, secret=secret)
    if not secret or call.headers.get("app-key") != app_id or not signing.same(given, wanted):
        raise BadCall(_("这条小红书消息的签名不对，没有收。"))


def _pointers(message: dict[str, Any]) -> list[Pointer]:
    """Messages about goods and services point at nothing."""
    tag = str(message.get("msgTag") or "")
    if not tag.startswith((ORDER_TAGS, REFUND_TAGS)):
        return []
    data = message.get("data")
    if isinstance(data, str):
        data = _parsed(data.encode(errors="replace"))
    if not isinstance(data, dict):
        raise _unreadable()
    order_no, refund_no = _no(data, "orderId") or _no(data, "packageId"), _no(data, "returnsId")
    named = [(Stream.ORDERS, order_no)]
    if tag.startswith(REFUND_TAGS):
        named.insert(0, (Stream.REFUNDS, refund_no))
    if not named[0][1]:
        raise BadCall(_("小红书消息“%(tag)s”里没有单号。") % {"tag": tag[:60]})
    return [Pointer(stream, no) for stream, no in named if no]


def _no(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value.encode(errors="replace").decode().strip() if isinstance(value, str) else ""


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise _unreadable() from None


def _unreadable() -> BadCall:
    return BadCall(_("这条小红书消息不是文档里的样子，读不懂。"))
