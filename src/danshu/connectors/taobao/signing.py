"""How a TOP request is signed: open.taobao.com, docId 101617."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

METHODS = ("md5", "hmac", "hmac-sha256")


def sign(params: Mapping[str, str], secret: str, how: str = "md5") -> str:
    """Upper-case hex over all text parameters but `sign` itself, sorted by name, name and value joined; empty ones do not count."""
    plain = "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign" and name and params[name])
    if how == "md5":
        return hashlib.md5(f"{secret}{plain}{secret}".encode(), usedforsecurity=False).hexdigest().upper()
    digest = {"hmac": "md5", "hmac-sha256": "sha256"}[how]
    return hmac.new(secret.encode(), plain.encode(), digest).hexdigest().upper()
