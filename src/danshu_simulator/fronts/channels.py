"""WeChat's shops (微信小店, once 视频号小店), as developers.weixin.qq.com/doc/store/shop has them: a token in the address and no signature,
lists by cursor that name numbers only, receivers masked until they are decoded, messages encrypted.

Numbers of errors are those of the documents, but for a missing order (100002) and a wrong state (101100), which others saw; they are
not confirmed, nor is what becomes of a parcel told while the buyer wants all the money back (refused here).
`/channels/cgi-bin/stable_token` gives the same token until five minutes before its end; `force_refresh` at most 20 times a day and 30
seconds apart. `/channels/cgi-bin/token` gives another one each time; the one before it lives five minutes more, and the stable one on its
own. `shop.app_key`, `shop.app_secret` are appid and secret. `shop.options["ip_refused"]`: the address is not on the white list.
`shop.callback`: {"url", "token", "aes_key" (43 signs; empty = plain mode), "format" "json" or "xml"}.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from typing import Any, ClassVar
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from danshu_simulator import ordering
from danshu_simulator.fronts import channels_bodies as bodies
from danshu_simulator.fronts import channels_calls as calls
from danshu_simulator.fronts.front import Call, Front, find_shop
from danshu_simulator.moods import Trouble
from danshu_simulator.things import Event, Order, OrderStatus, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request, said
from danshu_simulator.world import World

EC = "/channels/ec/"
STABLE, PLAIN = "/cgi-bin/stable_token", "/cgi-bin/token"
SAME_UNTIL_MS, FORCED_APART_MS, FORCED_A_DAY = 5 * 60_000, 30_000, 20
OLD_LIVES_MS, PLAIN_LIVES_MS = 5 * 60_000, 7200 * 1000
EVENTS = {
    "order.placed": "channels_ec_order_new",
    "order.paid": "channels_ec_order_pay",
    "order.closed": "channels_ec_order_cancel",
    "order.shipped": "channels_ec_order_deliver",
    "order.waybill_changed": "channels_ec_order_ext_info_update",
    "order.finished": "channels_ec_order_confirm",
    "order.address_changed": "channels_ec_order_ext_info_update",
    "order.memo_changed": "channels_ec_order_ext_info_update",
    "refund.asked": "channels_ec_aftersale_update",
    "refund.changed": "channels_ec_aftersale_update",
}


class Channels(Front):
    platform = "channels"
    retries: ClassVar[tuple[float, ...]] = (0, 0, 10, 60, 300, 1800, 3600, 3600, 3600)

    def read(self, world: World, request: Request) -> Call:
        args: dict[str, Any] = request.json if isinstance(request.json, dict) else {}
        if request.path == STABLE:
            shop = find_shop(world, self.platform, app_key=str(args.get("appid", "")))
            return Call(request, "stable_token", world, args, shop)
        if request.path == PLAIN:
            shop = find_shop(world, self.platform, app_key=request.query.get("appid", ""))
            return Call(request, "token", world, dict(request.query), shop)
        name = request.path.removeprefix(EC)
        if not request.path.startswith(EC) or name not in calls.CALLS:
            raise Refuse(said({"errcode": 40066, "errmsg": "invalid url"}, status=404))
        shop, ends_ms = _holder(world, request.query.get("access_token", ""))
        call = Call(request, name, world, args, shop, more={"ends_ms": ends_ms})
        if name == "order/delivery/send":
            call.more["ships"] = str(args.get("order_id", ""))
        return call

    def verify(self, call: Call) -> None:
        if call.shop and call.shop.options.get("ip_refused"):
            raise Refuse(Answer(403, b"", "text/plain"))  # the one refusal without an errcode
        if call.name in {"stable_token", "token"}:
            return
        method = calls.CALLS[call.name][0]
        if call.request.method != method:
            raise Refuse(calls.failed(43001 if method == "GET" else 43002, f"require {method} method"))
        if not call.request.query.get("access_token"):
            raise Refuse(calls.failed(41001, "access_token missing"))
        if not call.shop:
            raise Refuse(calls.failed(40001, "invalid credential, access_token is invalid or not latest"))
        if call.more["ends_ms"] <= call.now_ms:
            raise Refuse(calls.failed(42001, "access_token expired"))
        if method == "POST" and not isinstance(call.request.json, dict):
            raise Refuse(calls.failed(47001, "data format error"))

    def run(self, call: Call) -> Answer:
        if call.name in {"stable_token", "token"}:
            shop = self._app(call)
            return self._stable(call, shop) if call.name == "stable_token" else self._plain(call, shop)
        return calls.CALLS[call.name][1](call)

    def _app(self, call: Call) -> Shop:
        args, shop = call.args, call.shop
        if args.get("grant_type") != "client_credential":
            raise Refuse(calls.failed(40002, "invalid grant_type"))
        if not shop:
            raise Refuse(calls.failed(40013, "invalid appid"))
        if args.get("secret") != shop.app_secret:
            raise Refuse(calls.failed(40125, "invalid appsecret"))
        return shop

    def _plain(self, call: Call, shop: Shop) -> Answer:
        now = call.now_ms
        token = f"pt{call.world.chance('plain').getrandbits(120):030x}"
        old = [[kept, min(ends, now + OLD_LIVES_MS)] for kept, ends in shop.options.get("plain_tokens", []) if ends > now]
        kept = [*old, [token, now + PLAIN_LIVES_MS]]
        ordering.change_shop(call.world, shop.key, options={**shop.options, "plain_tokens": kept})
        return said({"access_token": token, "expires_in": PLAIN_LIVES_MS // 1000})

    def _stable(self, call: Call, shop: Shop) -> Answer:
        args, now, world = call.args, call.now_ms, call.world
        with world.changing():
            if args.get("force_refresh") is True:
                forced = [moment for moment in shop.options.get("forced", []) if moment > now - 86_400_000]
                if len(forced) >= FORCED_A_DAY or (forced and forced[-1] > now - FORCED_APART_MS):
                    raise Refuse(calls.failed(45009, "reach max api daily quota limit"))
                ordering.change_shop(world, shop.key, options={**shop.options, "forced": [*forced, now]})
                ordering.renew_token(world, shop.key)
            elif shop.token_ends_ms - now <= SAME_UNTIL_MS:
                ordering.renew_token(world, shop.key)
        return said({"access_token": shop.access_token, "expires_in": (shop.token_ends_ms - now) // 1000})

    def trouble(self, trouble: Trouble, call: Call) -> Answer:
        if trouble == Trouble.RATE_LIMITED:
            return calls.failed(45011, "api minute-quota reach limit, must slower retry next minute")
        if trouble == Trouble.EXPIRED:
            return calls.failed(42001, "access_token expired")
        return calls.failed(-1, "system error")

    # --- messages ---------------------------------------------------------------------------------------------------------

    def messages(self, world: World, shop: Shop, event: Event) -> list[Message]:
        name, where = EVENTS.get(event.kind), shop.callback
        if not name or not where.get("url"):
            return []
        plain = {
            "ToUserName": f"gh_{shop.app_key}",
            "FromUserName": "OPENID",
            "CreateTime": event.at_ms // 1000,
            "MsgType": "event",
            "Event": name,
            **_about(world, event),
        }
        is_xml = where.get("format") == "xml"
        text = (_xml(plain) if is_xml else json.dumps(plain, ensure_ascii=False, separators=(",", ":"))).encode()
        second, nonce = str(event.at_ms // 1000), str(world.chance("nonce").randrange(10**9, 10**10))
        query = {"signature": _sha1(where.get("token", ""), second, nonce), "timestamp": second, "nonce": nonce}
        if where.get("aes_key"):
            sealed = encrypt(text, shop.app_key, where["aes_key"], world.chance("salt").randbytes(16))
            query |= {"encrypt_type": "aes", "msg_signature": _sha1(where.get("token", ""), second, nonce, sealed), "openid": "OPENID"}
            outer = {"ToUserName": plain["ToUserName"], "Encrypt": sealed}
            text = (_xml(outer) if is_xml else json.dumps(outer)).encode()
        url = f"{where['url']}{'&' if '?' in where['url'] else '?'}{urlencode(query)}"
        return [Message(url, text, {"Content-Type": "text/xml" if is_xml else "application/json"}, about=f"{name} {event.no}")]

    def is_taken(self, shop: Shop, message: Message, status: int, body: bytes) -> bool:
        return status == 200 and body.strip() in {b"success", b""}


def _holder(world: World, token: str) -> tuple[Shop | None, int]:
    """Whose token it is, and when it ends; both kinds."""
    shop = find_shop(world, Channels.platform, access_token=token)
    if shop:
        return shop, shop.token_ends_ms
    for shop in world.shops.values():
        for kept, ends_ms in shop.options.get("plain_tokens", []):
            if kept == token:
                return shop, int(ends_ms)
    return None, 0


def _about(world: World, event: Event) -> dict[str, Any]:
    """Order numbers are numbers in some messages and text in others, as in the documents' samples."""
    if event.kind.startswith("refund."):
        refund = world.refund(event.shop, event.no)
        told = {"status": bodies.after_sale_status(refund), "after_sale_order_id": refund.no, "order_id": refund.order_no}
        return {"finder_shop_aftersale_status_update": told}
    order: Order = world.order(event.shop, event.no)
    more: dict[str, Any] = {}
    if event.kind == "order.paid":
        more = {"pay_time": str(order.paid_ms // 1000)}
    elif event.kind == "order.closed":
        more = {"cancel_type": "1" if not order.paid_ms else "3"}
    elif event.kind == "order.shipped":
        more = {"finish_delivery": int(order.status == OrderStatus.SHIPPED)}
    elif event.kind == "order.finished":
        more = {"confirm_type": "1"}
    elif "changed" in event.kind:
        more = {"type": {"order.waybill_changed": 1, "order.address_changed": 2}.get(event.kind, 3)}
    is_text = event.kind in {"order.paid", "order.closed", "order.finished"}
    return {"order_info": {"order_id": order.no if is_text else int(order.no), **more}}


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def encrypt(text: bytes, app_id: str, aes_key: str, salt: bytes) -> str:
    """16 random bytes, the length, the text, the app's id; filled up to 32; AES-256-CBC with the key's first half as its beginning."""
    key = base64.b64decode(aes_key + "=")
    whole = salt + struct.pack(">I", len(text)) + text + app_id.encode()
    fill = 32 - len(whole) % 32
    worker = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(worker.update(whole + bytes([fill]) * fill) + worker.finalize()).decode()


def _xml(value: dict[str, Any]) -> str:
    def inside(pairs: dict[str, Any]) -> str:
        return "".join(f"<{name}>{inside(one) if isinstance(one, dict) else _word(one)}</{name}>" for name, one in pairs.items())

    return f"<xml>{inside(value)}</xml>"


def _word(value: object) -> str:
    return str(value) if isinstance(value, int) else f"<![CDATA[{value}]]>"


FRONT = Channels()
