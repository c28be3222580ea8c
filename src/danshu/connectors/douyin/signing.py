"""How Doudian signs. Sources: op.jinritemai.com, guide-docs/148/814 (calls; the tests reproduce its example) and 153/99 (pushes)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


def param_json(params: Mapping[str, Any]) -> str:
    """The body of a call: names sorted at every depth, no spaces, characters as they are."""
    return json.dumps(params, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sign(app_key: str, method: str, body: str, timestamp: str, secret: str) -> str:
    """HMAC-SHA256, lower-case hex; neither `access_token` nor `sign_method` is signed."""
    told = f"{secret}app_key{app_key}method{method}param_json{body}timestamp{timestamp}v2{secret}"
    return hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()


def event_sign(app_key: str, body: bytes, secret: str) -> str:
    """What `event-sign` of a push has to be, over the bytes that came."""
    return hashlib.md5(app_key.encode() + body + secret.encode(), usedforsecurity=False).hexdigest()
