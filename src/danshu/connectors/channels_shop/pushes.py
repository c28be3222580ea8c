"""Messages that WeChat pushes: the check of the address, and events in JSON or XML, plain or sealed → pointers.

Official: developers.weixin.qq.com/doc/store/shop/ 消息推送. An event names its order; it is never read for more than that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext as _

from danshu.channels.connecting import Call, Pointer, Received, ShopAccess, Stream
from danshu.channels.connector_errors import BadCall
from danshu.connectors.channels_shop import signing

THANKS = Received(content_type="text/plain; charset=utf-8", body=b"success")
PLACES = {  # what is read of an event, and where it stands
    "Event": "Event",
    "Encrypt": "Encrypt",
    "order": "order_info/order_id",
    "refund": "finder_shop_aftersale_status_update/after_sale_order_id",
    "refund_order": "finder_shop_aftersale_status_update/order_id",
}


def receive(shop: ShopAccess, call: Call) -> Received:
    query, token = call.query, shop.credentials.get("push_token", "")
    seen = (token, query.get("timestamp", ""), query.get("nonce", ""))
    if call.method.upper() == "GET":
        signing.check(query.get("signature", ""), *seen)
        return Received(content_type=THANKS.content_type, body=query.get("echostr", "").encode(errors="replace"))
    found = _fields(call.body)
    if sealed := found["Encrypt"]:
        signing.check(query.get("msg_signature", ""), *seen, sealed)
        credentials = shop.credentials
        found = _fields(signing.open_sealed(sealed, key=credentials.get("push_key", ""), app_id=credentials.get("app_id", "")))
    else:
        signing.check(query.get("signature", ""), *seen)
    return Received(_pointers(found), content_type=THANKS.content_type, body=THANKS.body)


def _pointers(found: Mapping[str, str]) -> tuple[Pointer, ...]:
    """Events that are about neither orders nor after-sales point at nothing."""
    event = found["Event"]
    if event == "channels_ec_aftersale_update":
        named = [(Stream.REFUNDS, found["refund"]), (Stream.ORDERS, found["refund_order"])]
    elif event.startswith("channels_ec_order_"):
        named = [(Stream.ORDERS, found["order"])]
    else:
        return ()
    if not named[0][1]:
        raise BadCall(_("微信消息“%(event)s”里没有单号。") % {"event": event[:60]})
    return tuple(Pointer(stream, no) for stream, no in named if no)


def _fields(body: bytes) -> dict[str, str]:
    """The few texts we look at, empty where there is none. Raises `BadCall` for what is neither JSON nor XML."""
    try:
        return _from_xml(body) if body.lstrip()[:1] == b"<" else _from_json(body)
    except (ValueError, TypeError, RecursionError, ParseError, DefusedXmlException, LookupError):
        raise BadCall(_("这条微信消息既不是 JSON，也不是 XML。")) from None


def _from_json(body: bytes) -> dict[str, str]:
    whole = json.loads(body)
    if not isinstance(whole, dict):
        raise TypeError("not an object")
    found = {}
    for name, place in PLACES.items():
        value: Any = whole
        for key in place.split("/"):
            value = value.get(key) if isinstance(value, dict) else None
        is_id = isinstance(value, (str, int)) and not isinstance(value, bool)
        found[name] = _clean(str(value)) if is_id else ""
    return found


def _from_xml(body: bytes) -> dict[str, str]:
    root = fromstring(body)
    return {name: _clean(root.findtext(place) or "") for name, place in PLACES.items()}


def _clean(value: str) -> str:
    return value.encode(errors="replace").decode().strip()
