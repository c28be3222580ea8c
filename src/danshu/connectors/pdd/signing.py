"""How Pinduoduo signs a call. Source: open.pinduoduo.com, document 8EC06C399636041E, whose own example the tests reproduce."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def sign(params: Mapping[str, str], secret: str) -> str:
    """Upper-case MD5 of secret + every name and value by name + secret; the values are the very texts that are sent."""
    told = "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign")
    return hashlib.md5(f"{secret}{told}{secret}".encode(), usedforsecurity=False).hexdigest().upper()
