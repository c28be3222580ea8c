"""JD's open platform (宙斯, routerjson): six signed parameters, one of them the business's JSON, answers whose name ends in `_responce`.

Not confirmed by any public document: the business's own numbers of errors but 10400001 (sent already); the order of cancellations (newest
first here); whether a number told by `ware.stock.sku.set` is what buyers can
still order (so here) or holds what is reserved; how many SKUs one call takes (30 here); the names inside the list of couriers; which
amounts `couponDetailList` tells of each SKU. Refreshing early changes nothing here; a token can be renewed on its last day only, as
documented.

Parcels of an order go together: there is no part of an order, and no other number afterwards. Goods that come back are another system
(服务单) and not here: cancellations before shipping alone are.
"""

from __future__ import annotations

import hashlib
import hmac

from danshu_simulator import ordering
from danshu_simulator.fronts import jd_calls as calls
from danshu_simulator.fronts.front import Call, Front, Run, find_shop, lookup, redirect
from danshu_simulator.moods import Trouble
from danshu_simulator.things import Event, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request, said
from danshu_simulator.world import World

MINUTES = 6
LAST_DAY_MS = 86_400_000
JSON = "360buy_param_json"
TOKENS = {"/oauth2/access_token", "/oauth2/refresh_token"}


class Jd(Front):
    platform = "jd"

    def authorize(self, world: World, request: Request) -> Answer | None:
        if request.path != "/oauth2/to_login":
            return None
        query = request.query
        shop = find_shop(world, self.platform, app_key=query.get("app_key", ""))
        if not shop or query.get("response_type") != "code" or not query.get("redirect_uri"):
            return Answer(400, "授权参数错误".encode(), "text/html; charset=utf-8")
        return redirect(query["redirect_uri"], code=ordering.grant_code(world, shop.key), state=query.get("state", ""))

    def read(self, world: World, request: Request) -> Call:
        args = {**request.query, **request.form}
        if request.path in TOKENS:
            shop = find_shop(world, self.platform, app_key=args.get("app_key", ""))
            return Call(request, request.path.removeprefix("/"), world, args, shop, more={"run": token, "system": args})
        if request.path != "/routerjson":
            raise Refuse(Answer(404, b"<html><body>404 Not Found</body></html>", "text/html"))
        name = args.get("method", "")
        shop = find_shop(world, self.platform, access_token=args.get("access_token", ""))
        shop = shop or find_shop(world, self.platform, app_key=args.get("app_key", ""))
        run = lookup(calls.METHODS, name, lambda: calls.failed("15" if name else "14"))
        business = calls.unpacked(args.get(JSON, ""))
        call = Call(request, name, world, business or {}, shop, more={"run": run, "system": args, "is_json": business is not None})
        if name == "jingdong.pop.order.shipment":
            call.more["ships"] = str((business or {}).get("orderId", ""))
        return call

    def verify(self, call: Call) -> None:
        if call.name.startswith("oauth2/"):
            return
        args: dict[str, str] = call.more["system"]
        app = find_shop(call.world, self.platform, app_key=args.get("app_key", ""))
        if not app:
            raise Refuse(calls.failed("21" if args.get("app_key") else "20"))
        if args.get("v") != "2.0":
            raise Refuse(calls.failed("5" if args.get("v") else "4"))
        moment = calls.moment_ms(args.get("timestamp", ""))
        if moment is None or not call.is_timely(moment, MINUTES):
            raise Refuse(calls.failed("8" if args.get("timestamp") else "7"))
        if not hmac.compare_digest(signature(args, app.app_secret).encode(), args.get("sign", "").encode()):
            raise Refuse(calls.failed("12" if args.get("sign") else "11"))
        shop = find_shop(call.world, self.platform, access_token=args.get("access_token", ""), app_key=app.app_key)
        if not shop or shop.token_ends_ms <= call.now_ms:
            raise Refuse(calls.failed("19" if args.get("access_token") else "18"))
        if not call.more["is_json"]:
            raise Refuse(calls.failed("62"))

    def run(self, call: Call) -> Answer:
        run: Run = call.more["run"]
        return run(call)

    def trouble(self, trouble: Trouble, call: Call) -> Answer:
        if call.name.startswith("oauth2/"):
            return said({"code": 500, "msg": "系统繁忙", "requestId": "0"})
        return calls.failed({Trouble.RATE_LIMITED: "2", Trouble.EXPIRED: "19"}.get(trouble, "43"))

    def messages(self, world: World, shop: Shop, event: Event) -> list[Message]:
        return []

    def is_taken(self, shop: Shop, message: Message, status: int, body: bytes) -> bool:
        return status == 200


def signature(args: dict[str, str], secret: str) -> str:
    joined = "".join(f"{name}{args[name]}" for name in sorted(args) if name != "sign")
    return hashlib.md5(f"{secret}{joined}{secret}".encode()).hexdigest().upper()


# --- tokens --------------------------------------------------------------------------------------------------------------------


def token(call: Call) -> Answer:
    args = call.args
    app = find_shop(call.world, Jd.platform, app_key=str(args.get("app_key", "")))
    if not app or args.get("app_secret") != app.app_secret:
        return _no_token(1004, "app_key 或 app_secret 不正确")
    if call.name.endswith("access_token"):
        shop = (
            ordering.take_code(call.world, app.app_key, str(args.get("code", "")))
            if args.get("grant_type") == "authorization_code"
            else None
        )
        return _granted(call, ordering.renew_token(call.world, shop.key)) if shop else _no_token(1006, "code 无效或已过期")
    shop = find_shop(call.world, Jd.platform, app_key=app.app_key, refresh_token=str(args.get("refresh_token", "")))
    if not shop or args.get("grant_type") != "refresh_token":
        return _no_token(2012, "refresh_token不存在")
    if shop.token_ends_ms <= call.now_ms:
        return _no_token(2011, "refresh_token过期")
    is_early = shop.token_ends_ms - call.now_ms > LAST_DAY_MS
    return _granted(call, shop if is_early else ordering.renew_token(call.world, shop.key))


def _no_token(code: int, why: str) -> Answer:
    return said({"code": code, "msg": why, "requestId": "0"})


def _granted(call: Call, shop: Shop) -> Answer:
    return said(
        {
            "access_token": shop.access_token,
            "refresh_token": shop.refresh_token,
            "expires_in": (shop.token_ends_ms - call.now_ms) // 1000,
            "scope": "snsapi_base",
            "open_id": f"o{shop.number}",
            "uid": shop.number,
            "xid": f"x{shop.number}",
            "time": call.now_ms,
            "token_type": "bearer",
            "code": 0,
        }
    )


FRONT = Jd()
