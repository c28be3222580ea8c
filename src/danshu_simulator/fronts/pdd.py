"""Pinduoduo's open platform (拼多多开放平台), as its published documents have it: one address, POST, a signed form; orders newest change
first, up to three minutes ago, half an hour at once; receivers as cipher text, and only while an order waits to be shipped.

Not confirmed by any public document: what the business behind the gateway says no with (code 50001 and a text were seen, the sub-codes and
most texts are ours), that a parcel is refused while the buyer wants the money back, how after-sales are sorted, that 3 stands both for a
wish to send goods back and for goods that came back (then with their number), and that a detail of an after-sale counts in fen.
Orders are shown once they are paid: before that nothing is agreed. There is no call with which a seller refuses.

`shop.options`: {"review_minutes": how long the platform looks at a paid order (审核中), "is_told": messages of the shop go over the line of
its app, see `pdd_messages`}. A message that nobody acknowledged goes out again after 10 seconds and more, and when the app opens a line.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, ClassVar

from danshu_simulator import ordering
from danshu_simulator.fronts import pdd_after_sales as after_sales
from danshu_simulator.fronts import pdd_calls as calls
from danshu_simulator.fronts import pdd_messages
from danshu_simulator.fronts.front import Call, Front, find_shop, redirect, whole_number
from danshu_simulator.moods import Trouble
from danshu_simulator.things import Event, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request
from danshu_simulator.world import World

GATEWAY = "/api/router"
AUTHORIZE = "/service-market/auth"
MINUTES = 10  # a time stamp may be off by
METHODS = {**calls.METHODS, **after_sales.METHODS, **pdd_messages.METHODS}


class Pinduoduo(Front):
    platform = "pdd"
    retries: ClassVar[tuple[float, ...]] = (10, 30, 60, 300, 600, 1800)
    has_lines = True

    def authorize(self, world: World, request: Request) -> Answer | None:
        """The owner of the app's first shop says yes."""
        if request.path != AUTHORIZE:
            return None
        query = request.query
        shop = find_shop(world, self.platform, app_key=query.get("client_id", ""))
        if not shop or not query.get("redirect_uri") or query.get("response_type") != "code":
            return Answer(400, "授权链接不正确".encode(), "text/html; charset=utf-8")
        return redirect(query["redirect_uri"], code=ordering.grant_code(world, shop.key), state=query.get("state", ""))

    def read(self, world: World, request: Request) -> Call:
        if request.path.rstrip("/") != GATEWAY or request.method != "POST":
            raise Refuse(Answer(404, b"404 page not found", "text/plain"))
        args = {**request.query, **_body(request)}
        name = str(args.get("type", ""))
        call = Call(request, name, world, args, _shop_of(world, args))
        if name == "pdd.logistics.online.send":
            call.more["ships"] = str(args.get("order_sn", ""))
        return call

    def verify(self, call: Call) -> None:
        args, world = call.args, call.world
        for name in ("type", "client_id", "timestamp", "sign"):
            if not args.get(name):
                raise Refuse(calls.failed(calls.PUBLIC, name))
        for name, fitting in (("data_type", {"JSON"}), ("version", {"V1"})):
            if args.get(name, next(iter(fitting))) not in fitting:
                raise Refuse(calls.failed(calls.PUBLIC, name))
        owner = find_shop(world, self.platform, app_key=str(args["client_id"]))
        if not owner:
            raise Refuse(calls.failed(calls.CLIENT))
        if call.name not in METHODS:
            raise Refuse(calls.failed(calls.TYPE))
        second = whole_number(args["timestamp"])
        if second is None or not call.is_timely(second * 1000, MINUTES):
            raise Refuse(calls.failed(calls.PUBLIC, "timestamp"))
        if not hmac.compare_digest(sign(args, owner.app_secret).encode(), str(args["sign"]).encode()):
            raise Refuse(calls.failed(calls.SIGN))
        if METHODS[call.name][1]:
            self._check_token(call)

    def _check_token(self, call: Call) -> None:
        if not call.args.get("access_token"):
            raise Refuse(calls.failed(calls.PUBLIC, "access_token"))
        shop = call.shop
        if not shop or shop.access_token != call.args["access_token"]:
            raise Refuse(calls.failed(calls.TOKEN))
        if shop.app_key != call.args["client_id"]:
            raise Refuse(calls.failed(calls.MISMATCH))
        if shop.token_ends_ms <= call.now_ms:
            raise Refuse(calls.failed(calls.TOKEN))

    def run(self, call: Call) -> Answer:
        return METHODS[call.name][0](call)

    def trouble(self, trouble: Trouble, call: Call) -> Answer:
        if trouble == Trouble.RATE_LIMITED:
            return calls.failed(calls.LIMIT)
        return calls.failed(calls.TOKEN if trouble == Trouble.EXPIRED else calls.SYSTEM)

    def messages(self, world: World, shop: Shop, event: Event) -> list[Message]:
        return pdd_messages.messages(world, shop, event)

    def is_taken(self, shop: Shop, message: Message, status: int, body: bytes) -> bool:
        return status == 200 and pdd_messages.is_taken(message, body)

    def line(self, world: World, request: Request) -> str:
        return pdd_messages.app(world, self.platform, request)

    def beat(self, world: World, text: bytes) -> bytes | None:
        return pdd_messages.beat(world, text)


def sign(args: dict[str, Any], secret: str) -> str:
    """Over the text that was sent: names in order, each with its value, the secret before and behind."""
    pairs = "".join(f"{name}{_text(args[name])}" for name in sorted(args) if name != "sign")
    return hashlib.md5(f"{secret}{pairs}{secret}".encode()).hexdigest().upper()


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _body(request: Request) -> dict[str, Any]:
    if "json" not in request.headers.get("content-type", ""):
        return dict(request.form)
    return request.json if isinstance(request.json, dict) else {}


def _shop_of(world: World, args: dict[str, Any]) -> Shop | None:
    """By token; by refresh token; by code; else the app's first one."""
    client = str(args.get("client_id", ""))
    if args.get("access_token"):
        by_token = find_shop(world, Pinduoduo.platform, access_token=str(args["access_token"]))
        return by_token or find_shop(world, Pinduoduo.platform, app_key=client)
    if args.get("refresh_token"):
        return find_shop(world, Pinduoduo.platform, app_key=client, refresh_token=str(args["refresh_token"]))
    mine = [shop for shop in world.shops.values() if shop.platform == Pinduoduo.platform and shop.app_key == client]
    return next((shop for shop in mine if args.get("code") in shop.codes), next(iter(mine), None))


FRONT = Pinduoduo()
