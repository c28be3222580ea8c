"""Xiaohongshu's open platform (小红书电商开放平台), as its published documents have it: one address for all methods, four signed system
parameters, lists by update time newest first, receivers as cipher text and only while an order waits to be shipped.

Not confirmed by any public document: the numbers of errors (-9013 for limits and -2000400 for parameters were seen; the others are ours,
their texts are not), the tolerance of time stamps (10 minutes here), and what a seller's parcel does to a wish for money before shipping:
the document says that shipping is the only way to refuse it, so here it does.

`shop.options["is_plain"]`: receivers in plain. `shop.callback`: {"url"}; nothing is pushed while the token has ended, as documented.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlsplit

from danshu_simulator import ordering
from danshu_simulator.fronts import xiaohongshu_after_sales as after_sales
from danshu_simulator.fronts import xiaohongshu_bodies as bodies
from danshu_simulator.fronts import xiaohongshu_calls as calls
from danshu_simulator.fronts.front import Call, Front, find_shop, lookup, redirect, whole_number
from danshu_simulator.moods import Trouble
from danshu_simulator.things import Event, RefundStatus, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request
from danshu_simulator.world import World

GATEWAY = "/ark/open_api/v3/common_controller"
OLD_TOKEN_MINUTES = 5
SYSTEM = ("appId", "method", "sign", "timestamp", "version")
METHODS = {**calls.METHODS, **after_sales.METHODS}
TAGS = {
    "order.placed": "msg_fulfillment_status_change",
    "order.paid": "msg_fulfillment_status_change",
    "order.shipped": "msg_fulfillment_status_change",
    "order.finished": "msg_fulfillment_status_change",
    "order.closed": "msg_fulfillment_status_change",
    "order.address_changed": "msg_fulfillment_receiver_change",
    "order.memo_changed": "msg_fulfillment_seller_remark_change",
    "refund.asked": "msg_after_sale_create",
}
REFUND_TAGS = {
    RefundStatus.ASKED: "msg_after_sale_update",
    RefundStatus.WAITING_RETURN: "msg_after_sale_audit_pass",
    RefundStatus.DONE: "msg_after_sale_refund_finished",
}


class Xiaohongshu(Front):
    platform = "xiaohongshu"
    retries = (300.0,)  # once again after five minutes

    def authorize(self, world: World, request: Request) -> Answer | None:
        """The seller of the first shop of the app says yes; with `sellerId` the one named."""
        if request.path != "/ark/authorization":
            return None
        shop = find_shop(world, self.platform, app_key=request.query.get("appId", ""), **_given(request, sellerId="number"))
        if not shop or not request.query.get("redirectUri"):
            return Answer(400, "授权链接不正确".encode(), "text/html; charset=utf-8")
        return redirect(request.query["redirectUri"], code=ordering.grant_code(world, shop.key), state=request.query.get("state", ""))

    def read(self, world: World, request: Request) -> Call:
        if request.path.rstrip("/") != GATEWAY or request.method != "POST":
            raise Refuse(Answer(404, b"404 page not found", "text/plain"))
        if not isinstance(request.json, dict):
            raise Refuse(calls.failed(calls.PARAMETERS, "请求参数错误：body 不是 JSON"))
        args: dict[str, Any] = request.json
        name = str(args.get("method", ""))
        app_key = str(args.get("appId", ""))
        shop = _shop_of(world, args)
        run = lookup(METHODS, name, lambda: calls.failed(calls.METHOD, f"method 不存在：{name}"))
        call = Call(request, name, world, args, shop, more={"run": run, "app_key": app_key})
        if name == "order.orderDeliver":
            call.more["ships"] = str(args.get("orderId", ""))
        return call

    def verify(self, call: Call) -> None:
        args, world = call.args, call.world
        missing = [name for name in SYSTEM if not isinstance(args.get(name), str) or not args[name]]
        if missing:
            raise Refuse(calls.failed(calls.PARAMETERS, f"系统参数缺失或类型错误：{', '.join(missing)}"))
        owner = find_shop(world, self.platform, app_key=args["appId"])
        if not owner:
            raise Refuse(calls.failed(calls.APP, "appId 不存在"))
        if args["version"] != "2.0":
            raise Refuse(calls.failed(calls.PARAMETERS, "version 不支持"))
        signed = f"{args['method']}?appId={args['appId']}&timestamp={args['timestamp']}&version={args['version']}{owner.app_secret}"
        if not hmac.compare_digest(hashlib.md5(signed.encode()).hexdigest(), args["sign"]):
            raise Refuse(calls.failed(calls.SIGN, "签名错误"))
        second = whole_number(args["timestamp"])
        if second is None or not call.is_timely(second * 1000, 10):
            raise Refuse(calls.failed(calls.TIMESTAMP, "timestamp 已过期"))
        if call.name.startswith("oauth."):
            return
        if not call.shop or call.shop.app_key != args["appId"]:
            raise Refuse(calls.failed(calls.TOKEN, "accessToken 无效"))
        if _ends_ms(call.shop, str(args.get("accessToken", ""))) <= call.now_ms:
            raise Refuse(calls.failed(calls.TOKEN, "accessToken 已过期"))

    def run(self, call: Call) -> Answer:
        run: Any = call.more["run"]
        answer: Answer = run(call)
        return answer

    def trouble(self, trouble: Trouble, call: Call) -> Answer:
        if trouble == Trouble.RATE_LIMITED:
            return calls.failed(calls.LIMIT, "触发Method维度的限流")
        if trouble == Trouble.EXPIRED:
            return calls.failed(calls.TOKEN, "accessToken 已过期")
        return calls.failed(calls.SYSTEM, "系统繁忙，请稍后再试")

    # --- messages ---------------------------------------------------------------------------------------------------------

    def messages(self, world: World, shop: Shop, event: Event) -> list[Message]:
        tag = REFUND_TAGS.get(event.more.get("status", "")) if event.kind == "refund.changed" else TAGS.get(event.kind)
        if not tag or not shop.callback.get("url") or shop.token_ends_ms <= world.now():
            return []
        data = _data(world, event)
        one = {"msgTag": tag, "sellerId": shop.number, "data": json.dumps(data, ensure_ascii=False, separators=(",", ":"))}
        body = json.dumps([one], ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **_signed(shop, shop.callback["url"], event.at_ms // 1000)}
        return [Message(shop.callback["url"], body, headers, about=f"{tag} {event.no}")]

    def is_taken(self, shop: Shop, message: Message, status: int, body: bytes) -> bool:
        try:
            reply = json.loads(body)
        except ValueError:
            return False
        return status == 200 and isinstance(reply, dict) and reply.get("success") is True


def _data(world: World, event: Event) -> dict[str, Any]:
    if event.kind.startswith("refund."):
        refund = world.refund(event.shop, event.no)
        return {
            "returnsId": refund.no,
            "orderId": refund.order_no,
            "packageId": refund.order_no,
            "returnType": bodies.return_type(refund),
            "requestFrom": 1,
            "refundFee": bodies.yuan(refund.amount_fen),
            "updateTime": event.at_ms,
        }
    order = world.order(event.shop, event.no)
    status = bodies.status(order)
    more: dict[str, Any] = {"orderStatus": status, "packageStatus": status}
    if event.kind == "order.memo_changed":
        more = {"sellerRemarkContent": order.seller_memo, "sellerRemarkOperator": "admin"}
    return {"orderId": order.no, "packageId": order.no, "updateTime": event.at_ms, **more}


def _signed(shop: Shop, url: str, second: int) -> dict[str, str]:
    """Over the path, then the query's and the system's parameters in order, then the secret; the body is not signed."""
    address = urlsplit(url)
    pairs = sorted([*filter(None, address.query.split("&")), f"app-key={shop.app_key}", f"timestamp={second}"])
    signed = f"{address.path}?{'&'.join(pairs)}{shop.app_secret}"
    return {"app-key": shop.app_key, "timestamp": str(second), "sign": hashlib.md5(signed.encode()).hexdigest()}


def _given(request: Request, **names: str) -> dict[str, str]:
    return {ours: request.query[theirs] for theirs, ours in names.items() if request.query.get(theirs)}


def _shop_of(world: World, args: dict[str, Any]) -> Shop | None:
    """By token, also by the one before the last refresh; by refresh token; by code; else the app's own."""
    front, app_key = Xiaohongshu.platform, str(args.get("appId", ""))
    token = str(args.get("accessToken", ""))
    if token:
        shops = [shop for shop in world.shops.values() if shop.platform == front and token in {shop.access_token, calls.old_token(shop)[0]}]
        return shops[0] if shops else None
    if args.get("refreshToken"):
        return find_shop(world, front, app_key=app_key, refresh_token=str(args["refreshToken"]))
    mine = [shop for shop in world.shops.values() if shop.platform == front and shop.app_key == app_key]
    by_code = [shop for shop in mine if args.get("code") in {*shop.codes, *shop.options.get("used_codes", {})}]
    return next(iter(by_code or mine), None)


def _ends_ms(shop: Shop, token: str) -> int:
    return shop.token_ends_ms if token == shop.access_token else calls.old_token(shop)[1]


FRONT = Xiaohongshu()
