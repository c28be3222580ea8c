"""How a JOS request is signed: open.jd.com dev guide, listId 2643."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def sign(params: Mapping[str, str], secret: str) -> str:
    """MD5, upper-case hex, over all parameters but `sign` sorted by name, name and value joined, between two secrets."""
    plain = "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign" and params[name])
    return hashlib.md5(f"{secret}{plain}{secret}".encode(), usedforsecurity=False).hexdigest().upper()
