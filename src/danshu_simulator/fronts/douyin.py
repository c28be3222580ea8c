"""Doudian (抖店开放平台), as its published documents have it: an address for each method, the signature in it, sorted JSON as body; orders
by creation or change, ten thousand rows deep; people in cipher; messages as a JSON array.

Not confirmed by any public document: the tolerance of time stamps (10 minutes here), the sub-code of a limit, what `order_amount` leaves
out (here it is what the buyer pays), how freight is shared among lines (here it stands with the order alone), the numbers of
`afterSale.operate` (201 and 202 were seen; goods sent again have none here), and that masks (`mask_post_…`) stand beside cipher text.
Ten thousand rows are what the document of `order.searchList` says, fifty thousand what its table of errors says: the smaller one holds.

`shop.options`: "review_minutes" of every paid order (then 105), "is_virtual" for phones that are decrypted into virtual ones, "service_id"
and "redirect_uri" of the page on which the seller says yes. `shop.callback`: {"url"}; a test message (tag "0") goes there first.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from danshu_simulator import ordering
from danshu_simulator.fronts import douyin_after_sales as after_sales
from danshu_simulator.fronts import douyin_bodies as bodies
from danshu_simulator.fronts import douyin_calls as calls
from danshu_simulator.fronts import douyin_goods as goods
from danshu_simulator.fronts.front import Call, Front, find_shop, lookup, redirect, whole_number
from danshu_simulator.moods import Trouble
from danshu_simulator.numbering import CHINA
from danshu_simulator.things import Event, OrderStatus, Refund, RefundKind, RefundStatus, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request
from danshu_simulator.world import World

MINUTES = 10  # a time stamp may be off by
METHODS = {**calls.METHODS, **after_sales.METHODS, **goods.METHODS}
SHIPS = {"order.logisticsAdd", "order.logisticsAddMultiPack"}
TAGS = {
    "order.placed": "100",
    "order.paid": "110",
    "order.finished": "103",
    "order.waybill_changed": "104",
    "order.address_changed": "105",
    "order.closed": "106",
    "order.memo_changed": "113",
    "refund.asked": "200",
}
REFUND_TAGS = {
    RefundStatus.ASKED: "208",
    RefundStatus.WAITING_RETURN: "202",
    RefundStatus.RETURNED: "203",
    RefundStatus.REFUSED: "204",
    RefundStatus.DONE: "206",
    RefundStatus.CLOSED: "207",
}


class Douyin(Front):
    platform = "douyin"
    retries = (60.0, 300.0)

    def authorize(self, world: World, request: Request) -> Answer | None:
        """The shop whose service this is says yes; the address to come back to is the service's own."""
        if request.path != "/authorize":
            return None
        mine = [shop for shop in world.shops.values() if shop.platform == self.platform]
        wanted = request.query.get("service_id", "")
        shop = next((shop for shop in mine if wanted and shop.options.get("service_id") == wanted), None)
        if not shop or not shop.options.get("redirect_uri"):
            return Answer(400, "授权链接不正确".encode(), "text/html; charset=utf-8")
        code = ordering.grant_code(world, shop.key)
        return redirect(shop.options["redirect_uri"], code=code, state=request.query.get("state", ""))

    def read(self, world: World, request: Request) -> Call:
        query = request.query
        name = query.get("method") or request.path.strip("/").replace("/", ".")
        args: dict[str, Any] = request.json if isinstance(request.json, dict) else {}
        more = {"app_key": query.get("app_key", ""), "is_json": isinstance(request.json, dict) or not request.body}
        call = Call(request, name, world, args, _shop_of(world, query, args), more=more)
        if name in SHIPS:
            call.more["ships"] = str(args.get("order_id", ""))
        return call

    def verify(self, call: Call) -> None:
        query, world = call.request.query, call.world
        if call.request.method != "POST":
            raise Refuse(Answer(405, b"method not allowed", "text/plain"))
        run, is_mine = self._known(call)
        owner = find_shop(world, self.platform, app_key=query.get("app_key", ""))
        if not owner:
            raise Refuse(calls.failed(40001, "isv.app-id-missing", "认证失败，app_key不存在"))
        if not query.get("sign"):
            raise Refuse(calls.failed(40001, "isv.signature-missing", "获取签名失败，请根据文档确保参数拼装正确"))
        if not call.more["is_json"]:
            raise Refuse(calls.failed(40003, "isv.parameter-format-invalid", "业务参数json解析失败"))
        stamp = _stamp(query.get("timestamp", ""))
        if stamp is None:
            raise Refuse(calls.failed(40003, "isv.timestamp-format-error", "时间戳格式错误"))
        if not call.is_timely(stamp, MINUTES):
            raise Refuse(calls.failed(40003, "isv.timestamp-invalid", "时间戳不合法"))
        expected = sign(query, canonical(call.args), owner.app_secret)
        if query.get("v") != "2" or not hmac.compare_digest(expected.encode(), query["sign"].lower().encode()):
            raise Refuse(calls.failed(40003, "isv.signature-invalid", "签名校验失败"))
        if is_mine:
            _check_token(call, query.get("access_token", ""))
        call.more["run"] = run

    def _known(self, call: Call) -> tuple[Any, bool]:
        """The method and its address say the same."""
        gone = calls.failed(70000, "isp.api-service-off", "API不存在或API已下线")
        if call.request.path.strip("/").replace("/", ".") != call.name:
            raise Refuse(gone)
        table = {name: run for name, (run, _mine) in METHODS.items()}
        return lookup(table, call.name, lambda: gone), METHODS[call.name][1]

    def run(self, call: Call) -> Answer:
        run: Any = call.more["run"]
        answer: Answer = run(call)
        return answer

    def trouble(self, trouble: Trouble, call: Call) -> Answer:
        if trouble == Trouble.RATE_LIMITED:
            return calls.failed(60000, "isp.flow-limited", "触发限流，请稍后重试")
        if trouble == Trouble.EXPIRED:
            return calls.failed(40003, "isv.access-token-expired", "access_token已过期")
        return calls.failed(20000, "isp.service-error:20005", "系统繁忙，请稍后重试")

    # --- messages ---------------------------------------------------------------------------------------------------------

    def messages(self, world: World, shop: Shop, event: Event) -> list[Message]:
        if not shop.callback.get("url"):
            return []
        if event.kind == "shop.callback_set":
            return [_message(shop, "0", {"shop_id": int(shop.number)}, event)]
        tag, data = _about(world, shop, event)
        return [_message(shop, tag, data, event)] if tag else []

    def is_taken(self, shop: Shop, message: Message, status: int, body: bytes) -> bool:
        try:
            reply = json.loads(body)
        except ValueError:
            return False
        return status == 200 and isinstance(reply, dict) and str(reply.get("code")) == "0"


def canonical(args: dict[str, Any]) -> str:
    """Names in order at every depth, nothing between, whole floats as whole numbers."""
    return json.dumps(_whole(args), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def sign(query: dict[str, str], param_json: str, secret: str) -> str:
    """HMAC-SHA256 where it is asked for, else MD5, over the same text."""
    signed = {name: query.get(name, "") for name in ("app_key", "method", "timestamp", "v")} | {"param_json": param_json}
    text = f"{secret}{''.join(f'{name}{signed[name]}' for name in sorted(signed))}{secret}"
    if query.get("sign_method") == "hmac-sha256":
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return hashlib.md5(text.encode()).hexdigest()


def _stamp(text: str) -> int | None:
    """Seconds, or text of China."""
    second = whole_number(text)
    if second is not None:
        return second * 1000
    try:
        wall = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int((wall - CHINA).timestamp()) * 1000


def _check_token(call: Call, token: str) -> None:
    if not token:
        raise Refuse(calls.failed(40001, "isv.access-token-missing", "认证失败，access_token不能为空"))
    shop = call.shop
    if not shop or shop.access_token != token:
        raise Refuse(calls.failed(40003, "isv.access-token-no-existed", "access_token不存在，请使用最新的access_token访问"))
    if shop.app_key != call.more["app_key"]:
        raise Refuse(calls.failed(40003, "isv.access-token-invalid", "app_key和access_token不匹配，请仔细检查"))
    if shop.token_ends_ms <= call.now_ms:
        raise Refuse(calls.failed(40003, "isv.access-token-expired", "access_token已过期"))


def _shop_of(world: World, query: dict[str, str], args: dict[str, Any]) -> Shop | None:
    """By token; by refresh token; else the app's first one."""
    app_key, platform = query.get("app_key", ""), Douyin.platform
    by_token = find_shop(world, platform, access_token=query.get("access_token", ""))
    by_refresh = find_shop(world, platform, app_key=app_key, refresh_token=str(args.get("refresh_token") or ""))
    return by_token or by_refresh or find_shop(world, platform, app_key=app_key)


def _message(shop: Shop, tag: str, data: dict[str, Any], event: Event) -> Message:
    """An array of one; the signature is over the very bytes."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    one = {"tag": tag, "msg_id": f"{shop.number}:{tag}:{event.at_ms // 1000}:{event.seq}", "data": text}
    body = json.dumps([one], ensure_ascii=False).encode()
    signature = hashlib.md5(shop.app_key.encode() + body + shop.app_secret.encode()).hexdigest()
    headers = {"Content-Type": "application/json", "app-id": shop.app_key, "event-sign": signature, "sign-method": "md5"}
    return Message(shop.callback["url"], body, headers, about=f"{tag} {event.no}")


def _about(world: World, shop: Shop, event: Event) -> tuple[str, dict[str, Any]]:
    """Tag and data of an event; "" = nothing is told."""
    at = event.at_ms // 1000
    if event.kind.startswith("refund."):
        refund = world.refund(shop.key, event.no)
        tag = TAGS.get(event.kind) or _refund_tag(refund, event)
        return tag, _refund_data(shop, refund, at)
    order = world.books[shop.key].orders.get(event.no)
    if not order:
        return "", {}
    tag = TAGS.get(event.kind, "")
    if event.kind == "order.shipped":
        tag = "108" if order.status == OrderStatus.PART_SHIPPED else "102"
    data: dict[str, Any] = {"p_id": int(order.no), "shop_id": int(shop.number)}
    if event.kind == "order.memo_changed":
        return tag, {**data, "remark": order.seller_memo, "star": bodies.STARS[order.flag], "update_time": at}
    numbers = [int(line.oid) for line in order.lines]
    return tag, {**data, "s_ids": numbers, "order_status": bodies.status(order)[0], "order_type": 0, "biz": 2, "update_time": at}


def _refund_tag(refund: Refund, event: Event) -> str:
    tag = REFUND_TAGS.get(RefundStatus(event.more.get("status", refund.status)), "")
    return "205" if tag == "204" and refund.kind in {RefundKind.RETURN, RefundKind.EXCHANGE} else tag


def _refund_data(shop: Shop, refund: Refund, at: int) -> dict[str, Any]:
    first = next(iter(refund.pieces))
    return {
        "p_id": int(refund.order_no),
        "s_id": int(first) if len(refund.pieces) == 1 else int(refund.order_no),
        "shop_id": int(shop.number),
        "aftersale_id": refund.no,
        "aftersale_status": bodies.aftersale_status(refund),
        "aftersale_type": bodies.aftersale_type(refund),
        "refund_amount": refund.amount_fen,
        "refund_post_amount": 0,
        "reason_code": 1,
        "update_time": at,
        "refund_voucher_num": 0,
    }


FRONT = Douyin()
