"""Messages that the platform pushes. Who can seal them knows the app's key; nothing else vouches for them, and they say only what to
pull. Every flaw of a message is answered in the same words, so that nobody learns from the answer."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels import bodies
from danshu.channels.connecting import Call, Pointer, Received, ShopAccess, Stream
from danshu.channels.connector_errors import BadCall, BadPayload
from danshu.connectors.kuaishou import signing

TAKEN = Received(body=b'{"result":1}')
STREAMS = {"kwaishop_order_": (Stream.ORDERS, "oid"), "kwaishop_aftersales_": (Stream.REFUNDS, "refundId")}


def receive(shop: ShopAccess, call: Call) -> Received:
    if call.method != "POST":
        raise _not_theirs()
    if _json(call.body) == {"test": True}:
        return TAKEN  # the heart beat says nothing and changes nothing
    try:
        message = _json(signing.open_message(call.body, shop.credentials.get("message_key", "")))
    except ValueError:
        raise _not_theirs() from None
    events = message if isinstance(message, list) else [message]
    if not all(isinstance(event, dict) for event in events):
        raise _not_theirs()
    pointers = [pointer for event in events if (pointer := _pointer(shop, event))]
    return Received(tuple(dict.fromkeys(pointers)), body=TAKEN.body)


def _pointer(shop: ShopAccess, event: dict[str, Any]) -> Pointer | None:
    """None for heart beats, for what we do not read, and for other shops of the same app."""
    ours = shop.credentials
    if event.get("test") is True:
        return None
    if event.get("appKey") not in (None, "", ours.get("app_key", "")):
        raise _not_theirs()
    if event.get("openId") and ours.get("platform_shop_id") and event["openId"] != ours["platform_shop_id"]:
        return None
    for prefix, (stream, name) in STREAMS.items():
        if str(event.get("event")).startswith(prefix):
            info = event.get("info")
            info = _json(info.encode()) if isinstance(info, str) else info
            no = (info.get(name) if isinstance(info, dict) else None) or event.get("bizId")
            try:
                return Pointer(stream, bodies.digits({name: no}, name))
            except BadPayload:
                return None
    return None


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _not_theirs() -> BadCall:
    return BadCall(_("这不是快手发来的消息，或者解密密钥填错了。没有收下。"))
