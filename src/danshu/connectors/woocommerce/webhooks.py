"""Webhooks. A site signs each with the secret that was typed there; when one is set up, it sends a ping without a signature first, and
refuses the address unless that is answered with 200."""

from __future__ import annotations

import hmac
import json
import re

from django.utils.translation import gettext as _

from danshu.channels import bodies
from danshu.channels.connecting import Call, Pointer, Received, ShopAccess, Stream
from danshu.channels.connector_errors import BadCall, BadPayload
from danshu.connectors.woocommerce import signing

TAKEN = Received(body=b"{}")
PING = re.compile(rb"webhook_id=\d{1,20}")
EVENTS = {"order.created", "order.updated", "order.deleted", "order.restored"}


def receive(shop: ShopAccess, call: Call) -> Received:
    """Refunds come by their orders' change, so an order is pointed at whatever happened."""
    if call.method != "POST":
        raise _not_theirs()
    signature, secret = call.headers.get("x-wc-webhook-signature", ""), shop.credentials.get("webhook_secret", "")
    if not signature and PING.fullmatch(call.body.strip()):
        return TAKEN  # says nothing and changes nothing
    own = signing.webhook(call.body, secret)
    if not secret or not hmac.compare_digest(own.encode(), signature.encode(errors="replace")):
        raise _not_theirs()
    if call.headers.get("x-wc-webhook-topic", "") not in EVENTS:
        return TAKEN
    try:
        body = json.loads(call.body)
        no = bodies.digits(body if isinstance(body, dict) else {}, "id")
    except (ValueError, RecursionError, BadPayload):
        raise _not_theirs() from None
    return Received((Pointer(Stream.ORDERS, no),), body=TAKEN.body)


def _not_theirs() -> BadCall:
    return BadCall(_("这不是网站发来的通知，或者 Webhook 的密钥填错了。没有收下。"))
