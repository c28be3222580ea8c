"""Who asks: Basic over TLS, one-legged OAuth 1.0a (RFC 5849) without it; and who calls: the signature of a webhook."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import quote

from danshu.core import clock


def basic(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def oauth(method: str, url: str, params: Mapping[str, str], key: str, secret: str) -> dict[str, str]:
    """What joins the query of a call over plain HTTP, so that the secret never travels. A time more than 15 minutes off is refused."""
    own = {
        "oauth_consumer_key": key,
        "oauth_timestamp": str(int(clock.now().timestamp())),
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA256",
    }
    return {**own, "oauth_signature": signature(method, url, {**params, **own}, secret)}


def signature(method: str, url: str, params: Mapping[str, str], secret: str) -> str:
    """Base64 HMAC-SHA256 over method, address without query, and the sorted parameters; the key is the secret and an `&`."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in params.items())
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join(_encoded(text) for text in (method.upper(), url, joined))
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), base.encode(), hashlib.sha256)).decode()


def webhook(body: bytes, secret: str) -> str:
    """`X-WC-Webhook-Signature`: Base64 HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="~")
