"""Messages by Standard Webhooks: who sent them, when, and what they tell. Three headers, and JSON of `type`, `timestamp`, `data`."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body, Call, Found, Received, ShopAccess
from danshu.channels.connector_errors import BadMessage, BadPayload, UnprovenCall
from danshu.connectors.own import mapping
from danshu.core import clock, message_signing

LONGEST_ID = 200
LONGEST_STAMP = 12  # digits


def receive(shop: ShopAccess, call: Call) -> Received:
    """What a signed message tells. Raises `UnprovenCall`, and `BadMessage` for what is wrong in itself."""
    now = clock.now()
    message_id = _proven(shop, call, now)
    body = _read(call.body)
    kind = body.get("type")
    if (
        not isinstance(kind, str) or kind not in mapping.KINDS
    ):  # events that we do not know are no mistake: more of them may be sent than somebody needs
        return Received(status=202, body=b'{"state":"ignored"}', message_id=message_id)
    try:
        order = mapping.order(body)
    except BadPayload as error:
        raise BadMessage(str(error)) from None
    if mapping.shop_of(body) not in {None, shop.shop_id}:
        raise BadMessage(_("data.shop_id 是 %(other)s，可这个推送地址属于店铺 %(shop)s。什么都没有做。")
                         % {"other": mapping.shop_of(body), "shop": shop.shop_id})  # fmt: skip
    if order.modified_at is not None and order.modified_at > now + message_signing.TOLERANCE:
        raise BadMessage(_("timestamp 在将来，更晚的消息就会被当成旧的。什么都没有做。请校准发送方的时钟。"))
    found = Found(order.platform_no, body, order.modified_at)
    return Received(body=b'{"state":"taken"}', orders=(found,), message_id=message_id)


def _proven(shop: ShopAccess, call: Call, now: datetime) -> str:
    """The id of a message that is signed, and was so just now."""
    message_id, stamp, signatures = (call.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if call.method != "POST" or not (message_id and stamp and signatures):
        raise UnprovenCall(_("没有签名。要有 webhook-id、webhook-timestamp、webhook-signature 三个请求头，用 POST 发送。"))
    if len(message_id) > LONGEST_ID or not message_id.isprintable():
        raise UnprovenCall(_("webhook-id 最多 %d 个字符，不能有看不见的字符。") % LONGEST_ID)
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= LONGEST_STAMP):
        raise UnprovenCall(_("webhook-timestamp 要是从 1970 年起的秒数。"))
    if not message_signing.is_signed(message_id, stamp, call.body, signatures, _keys(shop, now)):
        raise UnprovenCall(_("签名不对，什么都没有做。请检查密钥，并对请求的原文签名，不要先解析再拼回去。"))
    if abs(int(stamp) - now.timestamp()) > message_signing.TOLERANCE.total_seconds():
        raise UnprovenCall(_("webhook-timestamp 和现在差了 5 分钟以上，什么都没有做。请校准时钟；重发时用新的时间重新签名。"))
    return message_id


def _keys(shop: ShopAccess, now: datetime) -> list[str]:
    """The secrets that count now. The one before a change counts for a day."""
    kept = shop.credentials
    keys = [kept.get("hook_secret", "")]
    if kept.get("hook_secret_until") and datetime.fromisoformat(kept["hook_secret_until"]) > now:
        keys.append(kept.get("hook_secret_before", ""))
    return [key for key in keys if key]


def _read(raw: bytes) -> Body:
    try:
        body = json.loads(raw, parse_float=Decimal, parse_constant=_no_number)
        json.dumps(body, ensure_ascii=False, default=str).encode()  # half characters are valid JSON and no text
    except (ValueError, RecursionError, ArithmeticError):
        raise BadMessage(_("消息的内容不是 JSON，读不出来。什么都没有做。")) from None
    if not isinstance(body, dict):
        raise BadMessage(_("消息要是一个 JSON 对象：type、timestamp、data。什么都没有做。"))
    return body


def _no_number(text: str) -> Any:
    raise ValueError(text)
