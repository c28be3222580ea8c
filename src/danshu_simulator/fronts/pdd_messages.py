"""Pinduoduo's messages: a WebSocket that the app opens, its address signed, frames of JSON that come again until they are acknowledged.

From public code that talks to the platform, its own Java client among it: address and signature, frames and their commands, the names of
types, `tid` and `refund_id` in the content. Not confirmed: how long an address is good (10 minutes here, as of calls), what a wrong one is
answered with (401 here), after how long and how often a message comes again, whether a second line of an app takes over (so here), and
which type tells that money went back (RefundAgreeAgreement here).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from danshu_simulator import ordering
from danshu_simulator.fronts import pdd_calls as calls
from danshu_simulator.fronts.front import Call, Run, find_shop, whole_number
from danshu_simulator.things import Event, RefundStatus, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request
from danshu_simulator.world import World

MINUTES = 10
TRADES = {
    "order.paid": "TradeConfirmed",
    "order.reviewed": "TradeRiskChanged",
    "order.address_changed": "TradeLogisticsAddressChanged",
    "order.memo_changed": "TradeMemoModified",
    "order.shipped": "TradeSellerShip",
    "order.finished": "TradeSuccess",
}
REFUNDS = {
    RefundStatus.ASKED: "RefundBuyerModifyAgreement",
    RefundStatus.RETURNED: "RefundBuyerReturnGoods",
    RefundStatus.CLOSED: "RefundClosed",
}


def permit(call: Call) -> Answer:
    """This shop's messages go to the app from now on: those named in `topics`, or all that there are."""
    topics = [name for name in str(call.args.get("topics") or "").split(",") if name]
    ordering.change_shop(call.world, call.owner.key, options={**call.owner.options, "is_told": True, "topics": topics})
    return calls.wrapped("pmc_user_permit_response", {"is_success": True})


METHODS: dict[str, tuple[Run, bool]] = {"pdd.pmc.user.permit": (permit, True)}


def app(world: World, platform: str, request: Request) -> str:
    """The client id that an address was signed for: /message/CLIENT_ID/MILLISECONDS/DIGEST."""
    parts = request.path.split("/")
    if len(parts) != 5 or parts[1] != "message":
        raise Refuse(Answer(404))
    client_id, moment = parts[2], whole_number(parts[3])
    shop = find_shop(world, platform, app_key=client_id)
    if not shop or moment is None or not world.is_timely(moment, MINUTES * 60_000):
        raise Refuse(Answer(401))
    if not hmac.compare_digest(digest(client_id, moment, shop.app_secret).encode(), parts[4].encode()):
        raise Refuse(Answer(401))
    return client_id


def digest(client_id: str, moment_ms: int, secret: str) -> str:
    """The hex text of the MD5, and that in base64."""
    return base64.b64encode(hashlib.md5(f"{client_id}{moment_ms}{secret}".encode()).hexdigest().encode()).decode()


def beat(world: World, text: bytes) -> bytes | None:
    told = _object(text)
    if told.get("commandType") != "HeartBeat":
        return None
    return json.dumps({"commandType": "HeartBeat", "time": world.now()}).encode()


def messages(world: World, shop: Shop, event: Event) -> list[Message]:
    """Of shops that were opened for messages (`pdd.pmc.user.permit`)."""
    if not shop.options.get("is_told"):
        return []
    kind, content = _told(world, shop, event)
    topics = shop.options.get("topics")
    if not kind or (topics and kind not in topics):
        return []
    told = {"type": kind, "mallID": int(shop.number), "content": json.dumps(content, ensure_ascii=False, separators=(",", ":"))}
    frame = {"id": event.seq * 1000, "commandType": "Common", "time": event.at_ms, "sendTime": event.at_ms, "message": told}
    body = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()
    return [Message("", body, {}, about=f"{kind} {event.no}", line=shop.app_key)]


def _told(world: World, shop: Shop, event: Event) -> tuple[str, dict[str, Any]]:
    mall = {"mall_id": int(shop.number)}
    if event.kind.startswith("order."):
        order, kind = world.order(shop.key, event.no), TRADES.get(event.kind, "")
        return (f"pdd_trade_{kind}" if kind and order.paid_ms else ""), {**mall, "tid": event.no}
    if not event.kind.startswith("refund."):
        return "", {}
    refund = world.refund(shop.key, event.no)
    kind = "RefundCreated" if event.kind == "refund.asked" else REFUNDS.get(RefundStatus(event.more["status"]), "RefundAgreeAgreement")
    numbers = {"tid": refund.order_no, "refund_id": int(refund.no), "refund_fee": refund.amount_fen}
    return f"pdd_refund_{kind}", {**mall, **numbers, "bill_type": 1, "operation": 1000, "modified": event.at_ms}


def is_taken(message: Message, body: bytes) -> bool:
    """An Ack that bears what the message bore."""
    sent, told = _object(message.body), _object(body)
    whole = (sent["id"], sent["sendTime"], sent["message"]["mallID"], sent["message"]["type"])
    return told.get("commandType") == "Ack" and (told.get("id"), told.get("sendTime"), told.get("mallID"), told.get("type")) == whole


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
