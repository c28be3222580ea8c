"""What Doudian calls us with: a JSON array of `{tag, msg_id, data}`, `data` an object or the text of one, ids as numbers or text.

Messages are lost, repeated and out of order, so each only points at what has to be read. A message about an after-sale points at the
order too, whose lines change with it. Source: op.jinritemai.com, guide-docs/153/99.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Call, Pointer, Received, ShopAccess, Stream
from danshu.channels.connector_errors import BadCall
from danshu.connectors.douyin import signing

TAKEN = b'{"code":0,"msg":"success"}'
LONGEST_NO = 64


def receive(shop: ShopAccess, call: Call) -> Received:
    key, secret = shop.credentials.get("app_key", ""), shop.credentials.get("app_secret", "")
    said = call.headers.get("event-sign", "").strip().lower()
    if not key or not secret or not hmac.compare_digest(said.encode(), signing.event_sign(key, call.body, secret).encode()):
        raise BadCall(_("这个消息不是抖店发的：签名对不上。"))
    pointers = [pointer for message in _messages(call.body) for pointer in _pointers(shop, message)]
    return Received(tuple(dict.fromkeys(pointers)), body=TAKEN)


def _messages(body: bytes) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise BadCall(_("抖店的消息不是 JSON，读不了。")) from None
    if not isinstance(found, list):
        raise BadCall(_("抖店的消息不是一组消息，读不了。"))
    return [one for one in found if isinstance(one, Mapping)]


def _pointers(shop: ShopAccess, message: Mapping[str, Any]) -> list[Pointer]:
    """Nothing for the test message (tag 0 without an order), for goods, and for another shop of the same app."""
    data = _data(message.get("data"))
    own, theirs = shop.credentials.get("platform_shop_id", ""), _no(data.get("shop_id"))
    if own and theirs and own != theirs:
        return []
    order, aftersale = _no(data.get("p_id")), _no(data.get("aftersale_id"))
    found = [Pointer(Stream.REFUNDS, aftersale)] if aftersale else []
    return [*found, Pointer(Stream.ORDERS, order)] if order else found


def _data(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def _no(value: object) -> str:
    """An id that can be one; anything else points nowhere."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    if isinstance(value, int) and not 0 < value < 10**30:
        return ""
    said = str(value).strip()
    return said if said.isascii() and said.isalnum() and len(said) <= LONGEST_NO else ""
