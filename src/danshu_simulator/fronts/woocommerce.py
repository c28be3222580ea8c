"""WooCommerce 9, REST API v3, as its source has it (`class-wc-rest-authentication.php`, `class-wc-rest-crud-controller.php`,
`class-wc-webhook.php`): keys by HTTP Basic or in the query where the site has TLS, one-legged OAuth 1.0a everywhere; lists with totals in
headers, strict bounds of time; webhooks signed over the raw body, disabled after five failures in a row.

`shop.options["is_tls"]` (default true): the call counts as having come through TLS, for the simulator itself speaks plain HTTP.
`shop.options["permissions"]`: read, write or read_write. `shop.app_key`, `shop.app_secret` are the consumer key and secret.
`shop.callback`: {"url", "secret"}: both order topics go there; webhooks made by the API stand in "hooks".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from danshu_simulator import ordering
from danshu_simulator.fronts import woocommerce_bodies as bodies
from danshu_simulator.fronts import woocommerce_calls as calls
from danshu_simulator.fronts.front import Call, Front, find_shop
from danshu_simulator.moods import Trouble
from danshu_simulator.things import Event, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request, said
from danshu_simulator.world import World

V3 = "/wp-json/wc/v3"
OAUTH = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
OAUTH_MINUTES = 15
FAILURES = 5

ROUTES: tuple[tuple[str, str, Callable[[Call], Answer]], ...] = (
    ("GET", r"/orders", calls.list_orders),
    ("GET", r"/orders/(\d+)", calls.get_order),
    ("PUT|POST|PATCH", r"/orders/(\d+)", calls.change_order),
    ("GET", r"/orders/(\d+)/notes", calls.list_notes),
    ("POST", r"/orders/(\d+)/notes", calls.add_note),
    ("GET", r"/orders/(\d+)/refunds", calls.list_refunds),
    ("POST", r"/orders/(\d+)/refunds", calls.make_refund),
    ("GET", r"/orders/(\d+)/shipment-trackings", calls.list_trackings),
    ("POST", r"/orders/(\d+)/shipment-trackings", calls.add_tracking),
    ("GET", r"/products", calls.list_products),
    ("POST", r"/products/batch", calls.batch_products),
    ("GET", r"/products/(\d+)", calls.get_product),
    ("PUT|POST|PATCH", r"/products/(\d+)", calls.change_product),
    ("GET", r"/products/(\d+)/variations", calls.list_variations),
    ("POST", r"/products/(\d+)/variations/batch", calls.batch_variations),
    ("GET", r"/products/(\d+)/variations/(\d+)", calls.get_variation),
    ("PUT|POST|PATCH", r"/products/(\d+)/variations/(\d+)", calls.change_variation),
    ("GET", r"/system_status", calls.system_status),
    ("GET", r"/webhooks", calls.list_webhooks),
    ("POST", r"/webhooks", calls.make_webhook),
    ("DELETE", r"/webhooks/(\d+)", calls.drop_webhook),
)


def _denied(message: str, code: str = "woocommerce_rest_authentication_error") -> Refuse:
    return Refuse(calls.error(401, code, message))


class WooCommerce(Front):
    platform = "woocommerce"

    def read(self, world: World, request: Request) -> Call:
        path = request.path.replace("/wp-json/wc-shipment-tracking/v3", V3).rstrip("/")
        if not path.startswith(V3):
            raise Refuse(calls.error(404, "rest_no_route", "No route was found matching the URL and request method."))
        key = _oauth(request).get("oauth_consumer_key") or _basic(request)[0]
        for methods, pattern, run in ROUTES:
            match = re.fullmatch(V3 + pattern, path)
            if match and request.method in methods.split("|"):
                name = f"{request.method} {pattern.replace(chr(92) + 'd+', 'id')}"
                shop = find_shop(world, self.platform, app_key=key)
                call = Call(request, name, world, {**request.query, **_json(request)}, shop, match.groups(), {"run": run})
                if run is calls.change_order and call.args.get("status") == "completed":
                    call.more["ships"] = match.group(1)
                return call
        raise Refuse(calls.error(404, "rest_no_route", "No route was found matching the URL and request method."))

    def verify(self, call: Call) -> None:
        oauth, (key, secret) = _oauth(call.request), _basic(call.request)
        is_tls = not call.shop or call.shop.options.get("is_tls", True)
        if any(oauth.values()):
            self._verify_oauth(call, oauth)
        elif not key or not call.shop or not is_tls:  # a key that nobody has is nobody's: as if there were none
            raise _denied("Sorry, you cannot list resources.", "woocommerce_rest_cannot_view")
        elif not hmac.compare_digest(secret, call.shop.app_secret):
            raise _denied("Consumer secret is invalid.")
        word = "read" if call.request.method == "GET" else "write"
        if word not in str(call.owner.options.get("permissions", "read_write")):
            raise _denied(f"The API key provided does not have {word} permissions.")
        if call.request.body and call.request.json is None and "json" in call.request.headers.get("content-type", ""):
            raise Refuse(calls.error(400, "rest_invalid_json", "Invalid JSON body passed."))

    def _verify_oauth(self, call: Call, oauth: dict[str, str]) -> None:
        missing = [name for name in OAUTH if not oauth.get(name)]
        if missing:
            raise _denied(f"Missing OAuth parameter {', '.join(missing)}", "woocommerce_rest_authentication_missing_parameter")
        if not call.shop:
            raise _denied("Consumer key is invalid.")
        method = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}.get(oauth["oauth_signature_method"])
        if not method:
            raise _denied("Invalid signature - signature method is invalid.")
        address = f"http://{call.request.headers.get('host', '')}{call.request.target.partition('?')[0]}"
        pairs = {**call.request.query, **oauth}
        pairs.pop("oauth_signature")
        joined = "&".join(f"{_rfc3986(name)}={_rfc3986(pairs[name])}" for name in sorted(pairs))
        base = f"{call.request.method}&{quote(address, safe='~')}&{quote(joined, safe='~')}"
        own = base64.b64encode(hmac.new(f"{call.shop.app_secret}&".encode(), base.encode(), method).digest()).decode()
        if not hmac.compare_digest(own, unquote(oauth["oauth_signature"].replace(" ", "+"))):
            raise _denied("Invalid signature - provided signature does not match.")
        moment = int(oauth["oauth_timestamp"]) * 1000 if oauth["oauth_timestamp"].isdigit() else 0
        if not call.is_timely(moment, OAUTH_MINUTES):
            raise _denied("Invalid timestamp.")
        used = self._nonces.setdefault(call.shop.key, [])
        if oauth["oauth_nonce"] in used:
            raise _denied("Invalid nonce - nonce has already been used.")
        used.append(oauth["oauth_nonce"])
        del used[:-5000]

    def __init__(self) -> None:
        self._nonces: dict[str, list[str]] = {}

    def run(self, call: Call) -> Answer:
        run: Callable[[Call], Answer] = call.more["run"]
        return run(call)

    def trouble(self, trouble: Trouble, call: Call) -> Answer:
        """WooCommerce itself knows no limit and no expiry: hosts answer 429, and a revoked key is a wrong one."""
        if trouble == Trouble.RATE_LIMITED:
            return Answer(429, b"<html><body>429 Too Many Requests</body></html>", "text/html", {"Retry-After": "1"})
        if trouble == Trouble.EXPIRED:
            return calls.error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        broken = {"code": "internal_server_error", "message": "<p>此站点遇到了致命错误。</p>", "data": {"status": 500}}
        return said(broken)

    # --- webhooks ---------------------------------------------------------------------------------------------------------

    def messages(self, world: World, shop: Shop, event: Event) -> list[Message]:
        order_no = event.no if event.kind.startswith("order.") else event.more.get("order_no", "")
        if not order_no or (event.kind.startswith("refund.") and event.more.get("status") != "done"):
            return []  # what buyers wish stands in no WooCommerce order; the money that went back does
        topic = "order.created" if event.kind == "order.placed" else "order.updated"
        body = json.dumps(bodies.order(world, world.order(shop.key, order_no)), ensure_ascii=False).encode()
        hooks = [hook for hook in calls.hooks(shop) if hook["topic"] == topic and hook["status"] == "active"]
        return [_message(hook, topic, body, f"{topic} {order_no}", event) for hook in hooks]

    def is_taken(self, shop: Shop, message: Message, status: int, body: bytes) -> bool:
        return 200 <= status < 300 or status in {301, 302}

    def delivered(self, world: World, shop: Shop, message: Message, *, is_taken: bool) -> None:
        kept = list(shop.callback.get("hooks", []))
        for hook in kept:
            if str(hook["id"]) == message.hook:
                hook["failures"] = 0 if is_taken else hook.get("failures", 0) + 1
                if hook["failures"] > FAILURES:
                    hook["status"] = "disabled"
                ordering.change_shop(world, shop.key, callback={**shop.callback, "hooks": kept})


def _message(hook: dict[str, Any], topic: str, body: bytes, about: str, event: Event) -> Message:
    resource, _, deed = topic.partition(".")
    signature = base64.b64encode(hmac.new(str(hook["secret"]).encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "WooCommerce/9.8.5 Hookshot (WordPress/6.8)",
        "X-WC-Webhook-Source": "https://shop.example/",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": deed,
        "X-WC-Webhook-Signature": signature,
        "X-WC-Webhook-ID": str(hook["id"]),
        "X-WC-Webhook-Delivery-ID": hashlib.md5(f"{hook['id']}{event.seq}".encode()).hexdigest(),
    }
    return Message(hook["delivery_url"], body, headers, hook=str(hook["id"]), about=about)


def _oauth(request: Request) -> dict[str, str]:
    """From the Authorization header, else from the query."""
    header = request.headers.get("authorization", "").strip()
    if header.startswith("OAuth "):
        return {name: unquote(value) for name, value in re.findall(r'(oauth_[a-z_-]*)="([^"]*)"', header)}
    return {name: request.query.get(name, "") for name in OAUTH if name in request.query}


def _basic(request: Request) -> tuple[str, str]:
    """From the query, else from the Authorization header."""
    if request.query.get("consumer_key") and request.query.get("consumer_secret"):
        return request.query["consumer_key"], request.query["consumer_secret"]
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        key, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return key, secret


def _json(request: Request) -> dict[str, Any]:
    return request.json if isinstance(request.json, dict) else {}


def _rfc3986(text: str) -> str:
    return quote(unquote(text), safe="~")


FRONT = WooCommerce()
