"""Messages that the platform pushes over a WebSocket: its address, what is said on it, what a frame means. See README.md for what of it is
confirmed from where.

A message names an order or an after-sale of a shop. It comes again until it is acknowledged by the numbers it bears itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from danshu.channels import bodies, calling
from danshu.channels.connecting import Pointer, ShopAccess, Stream
from danshu.channels.connector_errors import BadPayload, Refused
from danshu.channels.listening import Heard, Line
from danshu.connectors.pdd.client import Router
from danshu.core import clock

HOST = "wss://message-api.pinduoduo.com"
BEAT_EVERY = timedelta(seconds=10)
SILENCE = timedelta(minutes=3)  # as the platform's own client has it
TRADE, REFUND, ANY = "pdd_trade_", "pdd_refund_", "pdd_"  # how the types of messages begin


def subscribe(router: Router) -> None:
    """Without a list of topics the shop gets all that the app subscribed to, which is what the document advises."""
    found = router.call("pdd.pmc.user.permit", "pmc_user_permit_response", {})
    if "is_success" not in found:
        raise calling.incomplete("is_success")


def line(shop: ShopAccess) -> Line:
    own = shop.credentials
    if not own.get("client_id") or not own.get("client_secret"):
        raise calling.failure(Refused, shop, _("还没有填 Client ID 和 Client Secret"))
    here = path(own["client_id"], own["client_secret"], _now_ms())
    return Line(re.sub(r"^http", "ws", calling.address(shop, HOST, here)), BEAT_EVERY, SILENCE)


def path(client_id: str, secret: str, at_ms: int) -> str:
    digest = hashlib.md5(f"{client_id}{at_ms}{secret}".encode(), usedforsecurity=False).hexdigest()
    return f"/message/{quote(client_id, safe='')}/{at_ms}/{quote(base64.b64encode(digest.encode()).decode(), safe='')}"


def beat() -> str:
    now = _now_ms()
    return json.dumps({"id": now, "commandType": "HeartBeat", "time": now})


def hear(frame: bytes) -> Heard:
    """A message that we cannot read is acknowledged too, for the next time it would be no better; one without numbers cannot be."""
    try:
        said = calling.decoded(frame)
    except ValueError:
        return Heard(is_odd=True)
    kind = said.get("commandType") if isinstance(said, Mapping) else None
    if kind in ("HeartBeat", "Ack"):
        return Heard()
    message = said.get("message") if kind == "Common" else None
    if not isinstance(message, Mapping):
        return Heard(is_odd=True)
    receipt = _receipt(said, message)
    try:
        pointers, mall = _pointers(message), bodies.identity(message, "mallID")
    except (BadPayload, ValueError):
        return Heard(receipt=receipt, is_odd=True)
    return Heard(pointers, mall, receipt, is_odd=not mall or (not pointers and not _is_of_no_concern(message)))


def _pointers(message: Mapping[str, Any]) -> tuple[Pointer, ...]:
    """The after-sales of an order stop its parcel, so their messages name the order as well. Raises `BadPayload`, `ValueError`."""
    kind = bodies.text(message, "type")
    if not kind.startswith((TRADE, REFUND)):
        return ()
    content = message.get("content")
    content = calling.decoded(content.encode()) if isinstance(content, str) else content
    if not isinstance(content, Mapping):
        raise bodies.missing("content")
    order_no = bodies.needed(content, "tid")
    of_order = Pointer(Stream.ORDERS, order_no)
    if kind.startswith(TRADE):
        return (of_order,)
    return (of_order, Pointer(Stream.REFUNDS, bodies.digits(content, "refund_id"), order_no))


def _is_of_no_concern(message: Mapping[str, Any]) -> bool:
    """Goods, chats, promises: an app may have subscribed to more than we read."""
    return bodies.text(message, "type").startswith(ANY)


def _receipt(said: Mapping[str, Any], message: Mapping[str, Any]) -> str:
    told = {"id": said.get("id"), "commandType": "Ack", "time": _now_ms(), "sendTime": said.get("sendTime")}
    told |= {"type": message.get("type"), "mallID": message.get("mallID")}
    is_whole = isinstance(told["id"], int | str) and all(value is None or isinstance(value, int | str) for value in told.values())
    return json.dumps(told, ensure_ascii=False) if is_whole else ""


def _now_ms() -> int:
    return int(clock.now().timestamp() * 1000)
