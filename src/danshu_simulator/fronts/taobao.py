"""TOP, the open platform of Taobao and Tmall: one address, all text parameters signed (md5, hmac, hmac-sha256), lists newest first.

Not confirmed by any public document: sub codes about refunds (`isv.refund-…`), that one unknown SKU refuses a whole
`skus.quantity.update`, the order of `refunds.receive.get` (newest change first here, as trades), which discounts platforms share out. A
seller's access token changes with a refresh here, and the old one ends.

`shop.options`: `is_tmall`, `sms_from_fen` (agreeing to this much needs a code from the seller's phone), `is_fixed_token` (an app of
the seller's own: no refresh). Nothing is pushed to an address: TOP's messages come over a long connection of the caller's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from email import message_from_bytes
from typing import Any
from urllib.parse import quote

from danshu_simulator import ordering
from danshu_simulator.fronts import taobao_calls as calls
from danshu_simulator.fronts import taobao_goods as goods
from danshu_simulator.fronts import taobao_refunds as refunds
from danshu_simulator.fronts.front import Call, Front, Run, find_shop, lookup, redirect
from danshu_simulator.fronts.taobao_answers import Body, done, failed, moment_ms, refused, text
from danshu_simulator.moods import Trouble
from danshu_simulator.things import Event, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request, said
from danshu_simulator.world import World

MINUTES = 10
SIGNED = {"md5", "hmac", "hmac-sha256"}


class Taobao(Front):
    platform = "taobao"

    def authorize(self, world: World, request: Request) -> Answer | None:
        if request.path != "/authorize":
            return None
        query = request.query
        shop = find_shop(world, self.platform, app_key=query.get("client_id", ""))
        if not shop or query.get("response_type") != "code" or not query.get("redirect_uri"):
            return Answer(400, "授权参数错误".encode(), "text/html; charset=utf-8")
        return redirect(query["redirect_uri"], code=ordering.grant_code(world, shop.key), state=query.get("state", ""))

    def read(self, world: World, request: Request) -> Call:
        form, files = _form(request)
        args: dict[str, Any] = {**request.query, **form}
        if request.path == "/token" and request.method == "POST":
            return Call(request, "token", world, args, _token_shop(world, args), more={"run": token, "files": files})
        if request.path != "/router/rest":
            raise Refuse(Answer(404, b"<html><body>404 Not Found</body></html>", "text/html"))
        name = str(args.get("method", ""))
        shop = find_shop(world, self.platform, access_token=str(args.get("session", "")))
        shop = shop or find_shop(world, self.platform, app_key=str(args.get("app_key", "")))
        run = lookup(METHODS, name, lambda: failed(args, 22 if name else 21))
        call = Call(request, name, world, args, shop, more={"run": run, "files": files})
        if name == "taobao.logistics.offline.send":
            call.more["ships"] = str(args.get("tid", ""))
        return call

    def verify(self, call: Call) -> None:
        if call.name == "token":
            return
        args = {name: str(value) for name, value in call.args.items()}

        def no(code: int, sub_code: str = "", sub_msg: str = "") -> Refuse:
            return Refuse(failed(args, code, sub_code=sub_code, sub_msg=sub_msg))

        app = find_shop(call.world, self.platform, app_key=args.get("app_key", ""))
        if not app:
            raise no(29 if args.get("app_key") else 28, "isv.appkey-not-exists", "AppKey 不存在")
        if args.get("format", "xml") not in {"json", "xml"}:
            raise no(23)
        moment = _stamp(args.get("timestamp", ""))
        if moment is None or not call.is_timely(moment, MINUTES):
            raise no(31 if args.get("timestamp") else 30)
        if args.get("v") != "2.0":
            raise no(33 if args.get("v") else 32)
        if args.get("sign_method") not in SIGNED or not hmac.compare_digest(
            signature(args, app.app_secret, args["sign_method"]).encode(), args.get("sign", "").encode()
        ):
            raise no(25 if args.get("sign") else 24)
        if call.name not in calls.OPEN_METHODS:
            self._verify_session(call, app, no)

    def _verify_session(self, call: Call, app: Shop, no: Any) -> None:
        session = str(call.args.get("session", ""))
        if not session:
            raise no(26)
        shop = find_shop(call.world, self.platform, access_token=session)
        if shop and shop.app_key != app.app_key:
            raise no(27, "sessionkey-not-generated-by-server", "RealSession don't belong app and user !")
        if not shop or shop.token_ends_ms <= call.now_ms:
            raise no(27, "invalid-sessionkey", "非法或过期的SessionKey参数，请使用有效的SessionKey参数")

    def run(self, call: Call) -> Answer:
        run: Run = call.more["run"]
        return run(call)

    def trouble(self, trouble: Trouble, call: Call) -> Answer:
        if call.name == "token":
            return said({"error": "server_error", "error_description": "system busy"}, status=400)
        if trouble == Trouble.RATE_LIMITED:
            sub_code, sub_msg = "accesscontrol.limited-by-api-access-count", "This ban will last for 1 more seconds"
            return failed(call.args, 7, sub_code=sub_code, sub_msg=sub_msg)
        if trouble == Trouble.EXPIRED:
            return failed(call.args, 27, sub_code="invalid-sessionkey", sub_msg="非法或过期的SessionKey参数，请使用有效的SessionKey参数")
        return failed(call.args, 15, sub_code="isp.top-remote-connection-timeout", sub_msg="服务不可用，请稍后重试")

    def messages(self, world: World, shop: Shop, event: Event) -> list[Message]:
        return []

    def is_taken(self, shop: Shop, message: Message, status: int, body: bytes) -> bool:
        return status == 200


def _form(request: Request) -> tuple[dict[str, str], set[str]]:
    """Text parameters, and the names of files, which are not signed."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return request.form, set()
    texts, files = {}, set()
    for part in message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body).walk():
        name = part.get_param("name", header="content-disposition")
        if part.is_multipart() or not isinstance(name, str):
            continue
        content = part.get_payload(decode=True)
        if part.get_filename():
            files.add(name)
        elif isinstance(content, bytes):
            texts[name] = content.decode("utf-8", "replace")
    return texts, files


def _stamp(text: str) -> int | None:
    """As documented, or milliseconds, as the platform's own SDK for Python writes."""
    return int(text) if text.isdecimal() else moment_ms(text)


def signature(args: dict[str, str], secret: str, method: str) -> str:
    """Names and values, in the order of names; what is empty is left out."""
    joined = "".join(f"{name}{args[name]}" for name in sorted(args) if name != "sign" and args[name])
    if method == "md5":
        return hashlib.md5(f"{secret}{joined}{secret}".encode()).hexdigest().upper()
    return hmac.new(secret.encode(), joined.encode(), "md5" if method == "hmac" else "sha256").hexdigest().upper()


# --- tokens --------------------------------------------------------------------------------------------------------------------


def _token_shop(world: World, args: dict[str, Any]) -> Shop | None:
    app_key, refresh = str(args.get("client_id", "")), str(args.get("refresh_token", ""))
    return find_shop(world, Taobao.platform, app_key=app_key, **({"refresh_token": refresh} if refresh else {}))


def token(call: Call) -> Answer:
    args = call.args
    app = find_shop(call.world, Taobao.platform, app_key=str(args.get("client_id", "")))
    if not app or args.get("client_secret") != app.app_secret:
        return _no_token("invalid_client", "client_id or client_secret is wrong")
    if args.get("grant_type") == "authorization_code":
        shop = ordering.take_code(call.world, app.app_key, str(args.get("code", ""))) if args.get("redirect_uri") else None
        return said(_tokens(call, shop)) if shop else _no_token("invalid_grant", "code is invalid or expired")
    if args.get("grant_type") == "refresh_token":
        shop = _renewable(call, app.app_key, str(args.get("refresh_token", "")))
        return said(_tokens(call, shop)) if shop else _no_token("invalid_grant", "refresh token is invalid or expired")
    return _no_token("unsupported_grant_type", "grant_type is not supported")


def _no_token(error: str, description: str) -> Answer:
    return said({"error": error, "error_description": description}, status=400)


def _renewable(call: Call, app_key: str, refresh: str) -> Shop | None:
    shop = find_shop(call.world, Taobao.platform, app_key=app_key, refresh_token=refresh)
    return shop if shop and shop.refresh_ends_ms > call.now_ms and not shop.options.get("is_fixed_token") else None


def _tokens(call: Call, shop: Shop) -> Body:
    shop, now = ordering.renew_token(call.world, shop.key), call.now_ms
    left = (shop.token_ends_ms - now) // 1000
    again = 0 if shop.options.get("is_fixed_token") else (shop.refresh_ends_ms - now) // 1000
    ends = {
        f"{name}_{what}": value
        for name in ("r1", "r2", "w1", "w2")
        for what, value in (("expires_in", left), ("valid", shop.token_ends_ms))
    }
    return {
        "access_token": shop.access_token,
        "token_type": "Bearer",
        "expires_in": left,
        "expire_time": shop.token_ends_ms,
        "refresh_token": shop.refresh_token,
        "re_expires_in": again,
        "refresh_token_valid_time": shop.refresh_ends_ms if again else now,
        **ends,
        "taobao_user_id": shop.number,
        "taobao_user_nick": quote(shop.name),
        "taobao_open_uid": f"AAG{shop.number}",
    }


def create_token(call: Call) -> Answer:
    shop = ordering.take_code(call.world, str(call.args["app_key"]), text(call, "code"))
    if not shop:
        raise refused(call, "isv.invalid-parameter:code", "code 无效或已过期")
    return done(call, {"token_result": json.dumps(_tokens(call, shop))})


def refresh_token(call: Call) -> Answer:
    shop = _renewable(call, str(call.args["app_key"]), text(call, "refresh_token"))
    if not shop:
        raise refused(call, "isv.invalid-parameter:refresh_token", "refresh_token 无效或已过期")
    return done(call, {"token_result": json.dumps(_tokens(call, shop))})


METHODS: dict[str, Run] = {
    **calls.METHODS,
    **goods.METHODS,
    **refunds.METHODS,
    "taobao.top.auth.token.create": create_token,
    "taobao.top.auth.token.refresh": refresh_token,
}
FRONT = Taobao()
