"""Kuaishou's shops (快手小店): a signed form at the method's own address, its business one JSON text, cursors, pushes in AES.

Not confirmed by any public document: the numbers of errors but 11, 21, 24, 2001, the 100200xxx and the 300xxx; how far a time stamp may
be off (10 minutes here); what `deliveryStatus` of a split must say (here: wholly exactly when nothing is left), the most parcels (10);
whether a span holds its end (so here); the status of an exchange whose goods the seller has (40 here, 45 being sent). Two public SDKs
differ in whether refunds are asked for by GET or POST: both are taken where nothing changes.

The new refresh token of a renewal ends when the old one would have; old access tokens stay good until their own end, as documented.
`shop.options`: {"sign_secret" (else the app secret), "is_revoked": the seller took the app's permission back}. `shop.callback`: {"url",
"key": 16 or 32 bytes in base64}. A push not taken is sent again five times; a heart beat comes when the callback is set, and what it
meets holds nothing back.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, ClassVar

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from danshu_simulator import ordering
from danshu_simulator.fronts import kuaishou_bodies as bodies
from danshu_simulator.fronts import kuaishou_calls as calls
from danshu_simulator.fronts import kuaishou_parcels, kuaishou_refunds
from danshu_simulator.fronts.front import Call, Front, Run, find_shop, lookup, redirect, whole_number
from danshu_simulator.moods import Trouble
from danshu_simulator.things import Event, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request, said
from danshu_simulator.world import World

MINUTES = 10
CODE_MS = 2 * 60_000
ACCESS, REFRESH, AUTHORIZE = "/oauth2/access_token", "/oauth2/refresh_token", "/oauth/authorize"
SIGNED = ("access_token", "appkey", "method", "param", "signMethod", "timestamp", "version")
CALLS = {**calls.CALLS, **kuaishou_parcels.CALLS, **kuaishou_refunds.CALLS}
ASKING = {
    "open.order.cursor.list", "open.order.detail", "open.user.seller.get", "open.item.get", "open.item.sku.list.get",
    "open.seller.order.refund.pcursor.list", "open.seller.order.refund.detail", "open.refund.reject.reason", "open.order.decrypt.batch",
}  # fmt: skip
SHIPS = {"open.seller.order.goods.deliver": "orderId", "open.order.goods.split.deliver": "mainOrderId"}
EVENTS = {
    "order.placed": ("kwaishop_order_addOrder",),
    "order.paid": ("kwaishop_order_paySuccess",),
    "order.shipped": ("kwaishop_order_delivering",),
    "order.finished": ("kwaishop_order_deliverySuccess", "kwaishop_order_orderSuccess"),
    "order.closed": ("kwaishop_order_orderFail",),
    "refund.asked": ("kwaishop_aftersales_addRefund",),
    "refund.changed": ("kwaishop_aftersales_updateRefund",),
}


class Kuaishou(Front):
    platform = "kuaishou"
    retries: ClassVar[tuple[float, ...]] = (300, 600, 1200, 1800, 3600)

    def authorize(self, world: World, request: Request) -> Answer | None:
        if request.path != AUTHORIZE:
            return None
        query = request.query
        shop = find_shop(world, self.platform, app_key=query.get("app_id", ""))
        if not shop or query.get("response_type") != "code" or not query.get("redirect_uri") or not query.get("scope"):
            return Answer(400, b"Invalid url", "text/html; charset=utf-8")
        code = ordering.grant_code(world, shop.key)
        with world.changing():
            shop.codes[code] = world.now() + CODE_MS
            world.put_shop(shop)
        return redirect(query["redirect_uri"], code=code, state=query.get("state", ""))

    def read(self, world: World, request: Request) -> Call:
        args = {**request.query, **request.form}
        if request.path in {ACCESS, REFRESH}:
            shop = find_shop(world, self.platform, app_key=args.get("app_id", ""))
            return Call(request, request.path.removeprefix("/"), world, args, shop, more={"run": token})
        name = request.path.removeprefix("/").replace("/", ".")
        run = lookup(CALLS, name, lambda: calls.failed(calls.UNKNOWN_CALL, "method not exist"))
        shop = shop_of(world, args.get("access_token", "")) or find_shop(world, self.platform, app_key=args.get("appkey", ""))
        business = _object(args.get("param", "{}"))
        call = Call(request, name, world, business or {}, shop, more={"run": run, "system": args, "is_json": business is not None})
        if name in SHIPS:
            call.more["ships"] = str(call.args.get(SHIPS[name], ""))
        return call

    def verify(self, call: Call) -> None:
        if call.name.startswith("oauth2/"):
            return
        args: dict[str, str] = call.more["system"]
        _check_form(call, args)
        app = find_shop(call.world, self.platform, app_key=args["appkey"])
        moment = whole_number(args["timestamp"])
        if moment is None or not call.is_timely(moment, MINUTES):
            raise Refuse(calls.failed(calls.BAD, "timestamp无效"))
        if not app or not hmac.compare_digest(signature(args, sign_secret(app)).encode(), args["sign"].encode()):
            raise Refuse(calls.failed(calls.SIGN, "签名校验失败"))
        shop = shop_of(call.world, args["access_token"])
        if not shop or shop.app_key != app.app_key or _token_end(shop, args["access_token"]) <= call.now_ms:
            raise Refuse(calls.failed(calls.DENIED, "鉴权失败", error="access_denied"))
        if shop.options.get("is_revoked"):
            raise Refuse(calls.failed(calls.REVOKED, "AUTHORIZATION_REVOKED"))
        if not call.more["is_json"]:
            raise Refuse(calls.failed(calls.BAD, "param无效"))

    def run(self, call: Call) -> Answer:
        run: Run = call.more["run"]
        return run(call)

    def trouble(self, trouble: Trouble, call: Call) -> Answer:
        if trouble == Trouble.RATE_LIMITED:
            about = f"Exceed qps limit, KEY [apiId:{call.name};appkey:{call.owner.app_key}], MAX_QPS [300.0]"
            return calls.failed(calls.QPS, about)
        if trouble == Trouble.EXPIRED:
            return calls.failed(calls.DENIED, "TOKEN过期", error="access_denied")
        return calls.failed(calls.SYSTEM, "系统繁忙，请稍后重试")

    # --- messages ---------------------------------------------------------------------------------------------------------

    def messages(self, world: World, shop: Shop, event: Event) -> list[Message]:
        if not shop.callback.get("url") or not shop.callback.get("key"):
            return []
        if event.kind == "shop.callback_set":
            return [_message(shop, {"test": True}, "test")]
        if event.kind == "order.shipped" and len(world.order(shop.key, event.no).parcels) > 1:
            return []  # the order's status has moved already
        return [
            _message(shop, _event(world, shop, event, name, place), f"{name} {event.no}")
            for place, name in enumerate(EVENTS.get(event.kind, ()))
        ]

    def is_taken(self, shop: Shop, message: Message, status: int, body: bytes) -> bool:
        told = _object(body)
        return status == 200 and bool(told) and (told or {}).get("result") == 1


def _check_form(call: Call, args: dict[str, str]) -> None:
    for name in ("appkey", "method", "version", "access_token", "timestamp", "signMethod", "sign"):
        if not args.get(name):
            raise Refuse(calls.failed(calls.BAD, f"{name} not exist"))
    if call.request.method not in ({"GET", "POST"} if call.name in ASKING else {"POST"}):
        raise Refuse(calls.failed(calls.BAD, "http method not supported"))
    if call.request.body and "application/x-www-form-urlencoded" not in call.request.headers.get("content-type", ""):
        raise Refuse(calls.failed(calls.BAD, "content type not supported"))
    if args["method"] != call.name or args["version"] != "1":
        raise Refuse(calls.failed(calls.UNKNOWN_CALL, "method not exist"))


def _object(raw: str | bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


# --- signatures and tokens -----------------------------------------------------------------------------------------------------


def sign_secret(shop: Shop) -> str:
    return str(shop.options.get("sign_secret") or shop.app_secret)


def signature(args: dict[str, str], secret: str) -> str:
    joined = "&".join(f"{name}={args[name]}" for name in SIGNED if name in args) + f"&signSecret={secret}"
    if args.get("signMethod") == "HMAC_SHA256":
        return base64.b64encode(hmac.new(secret.encode(), joined.encode(), hashlib.sha256).digest()).decode()
    return hashlib.md5(joined.encode()).hexdigest()


def shop_of(world: World, access_token: str) -> Shop | None:
    """By its newest token, or by one that is not over yet."""
    shops = [shop for shop in world.shops.values() if shop.platform == Kuaishou.platform]
    return next((shop for shop in shops if access_token and _token_end(shop, access_token)), None)


def _token_end(shop: Shop, access_token: str) -> int:
    """0 = never this shop's."""
    return shop.token_ends_ms if access_token == shop.access_token else int(shop.options.get("old_tokens", {}).get(access_token, 0))


def token(call: Call) -> Answer:
    """A code by GET, a refresh token by POST."""
    args, is_first = call.args, call.name.endswith("access_token")
    app = find_shop(call.world, Kuaishou.platform, app_key=str(args.get("app_id", "")))
    if call.request.method != ("GET" if is_first else "POST"):
        return _no_token(100200100, "invalid_request", "http method not supported")
    if not app or args.get("app_secret") != app.app_secret:
        return _no_token(100200101, "unauthorized_client", "app_id or app_secret is wrong")
    if args.get("grant_type") != ("code" if is_first else "refresh_token"):
        return _no_token(100200104, "unsupported_grant_type", "grant_type")
    if is_first:
        shop = ordering.take_code(call.world, app.app_key, str(args.get("code", "")))
        return _granted(call, _renewed(call, shop)) if shop else _no_token(100200105, "invalid_grant", "code is invalid or expired")
    told = str(args.get("refresh_token", ""))
    shop = find_shop(call.world, Kuaishou.platform, app_key=app.app_key, refresh_token=told)
    if not shop:
        used = any(told in one.options.get("discarded", []) for one in call.world.shops.values() if one.app_key == app.app_key)
        return _no_token(calls.DENIED, "access_denied", "refreshToken.discarded" if used else "refreshToken.invalid")
    if shop.refresh_ends_ms <= call.now_ms:
        return _no_token(calls.DENIED, "access_denied", "refreshToken.expired")
    return _granted(call, _renewed(call, shop, ends_ms=shop.refresh_ends_ms))


def _renewed(call: Call, shop: Shop, *, ends_ms: int = 0) -> Shop:
    """A new permission starts a new life of the refresh token, a renewal goes on with the old one's."""
    world, now = call.world, call.now_ms
    with world.changing():
        old = {one: ends for one, ends in shop.options.get("old_tokens", {}).items() if ends > now}
        old[shop.access_token] = shop.token_ends_ms
        discarded = [*shop.options.get("discarded", []), shop.refresh_token]
        ordering.change_shop(world, shop.key, options={**shop.options, "old_tokens": old, "discarded": discarded, "is_revoked": False})
        shop = ordering.renew_token(world, shop.key)
        return ordering.change_shop(world, shop.key, refresh_ends_ms=ends_ms) if ends_ms else shop


def _no_token(number: int, error: str, why: str) -> Answer:
    return said({"result": number, "error": error, "error_msg": why})


def _granted(call: Call, shop: Shop) -> Answer:
    return said(
        {
            "result": 1,
            "access_token": shop.access_token,
            "expires_in": (shop.token_ends_ms - call.now_ms) // 1000,
            "refresh_token": shop.refresh_token,
            "refresh_token_expires_in": (shop.refresh_ends_ms - call.now_ms) // 1000,
            "open_id": bodies.open_id(shop),
            "scopes": ["merchant_order", "merchant_item", "merchant_refund", "merchant_logistics", "user_info"],
            "token_type": "bearer",
        }
    )


# --- pushes --------------------------------------------------------------------------------------------------------------------


def _message(shop: Shop, told: dict[str, Any], about: str) -> Message:
    body = encrypt(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), shop.callback["key"])
    return Message(shop.callback["url"], body, {"Content-Type": "text/plain;charset=utf-8"}, about=about)


def encrypt(text: bytes, key: str) -> bytes:
    filler = PKCS7(128).padder()
    worker = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(bytes(16))).encryptor()
    return base64.b64encode(worker.update(filler.update(text) + filler.finalize()) + worker.finalize())


def _event(world: World, shop: Shop, event: Event, name: str, place: int) -> dict[str, Any]:
    return {
        "eventId": f"{243 + place}_{event.seq}_{shop.number}",
        "msgId": f"84_{event.seq}{place}",
        "bizId": int(event.no),
        "userId": int(shop.number),
        "openId": bodies.open_id(shop),
        "appKey": shop.app_key,
        "event": name,
        "info": json.dumps(_info(world, shop, event), ensure_ascii=False, separators=(",", ":")),
        "status": 2,
        "createTime": event.at_ms,
        "updateTime": event.at_ms,
        "test": False,
    }


def _info(world: World, shop: Shop, event: Event) -> dict[str, Any]:
    if event.kind.startswith("refund."):
        refund = world.refund(shop.key, event.no)
        told: dict[str, Any] = {"orderId": int(refund.order_no), "refundId": int(refund.no), "handlingWay": bodies.WAYS[refund.kind]}
        told |= {"specialRefundType": 0, "status": bodies.REFUND_STATUSES[refund.status]}
        return told | ({"createTime": event.at_ms} if event.kind == "refund.asked" else {"eventType": 1, "updateTime": event.at_ms})
    order = world.order(shop.key, event.no)
    who = {"oid": int(order.no), "sellerId": int(shop.number), "openId": bodies.open_id(shop), "buyerOpenId": order.buyer_id}
    if event.kind == "order.placed":
        return {**who, "createTime": order.placed_ms}
    return {**who, "status": bodies.STATUSES[order.status], "updateTime": event.at_ms}


FRONT = Kuaishou()
