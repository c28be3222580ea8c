"""Bodies as platforms sent them: how they are kept. Sealed, for they hold people's data; compressed before, for they repeat themselves."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from danshu.channels.connecting import Body
from danshu.channels.models import RawPayload
from danshu.core import secrets

PURPOSE = "raw-payload"
EXACT = "$decimal"  # JSON knows no decimals: {"$decimal": "12.30"} stands for one


def encode(body: Body) -> bytes:
    """The body as JSON in one order of keys, so that equal bodies are equal bytes. Raises TypeError for what JSON cannot hold."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_exact).encode()


def digest(encoded: bytes) -> str:
    return hashlib.sha256(encoded).hexdigest()[:32]


def seal(encoded: bytes) -> bytes:
    return secrets.seal_bytes(zlib.compress(encoded), PURPOSE)


def unseal(sealed: bytes | memoryview) -> dict[str, Any]:
    """The body as it came. Raises `secrets.unreadable`."""
    opened = zlib.decompress(secrets.unseal_bytes(sealed, PURPOSE))
    return dict(json.loads(opened, object_hook=_restored))


def body(payload: RawPayload) -> dict[str, Any] | None:
    """What the platform sent; None while only the number is known."""
    return None if payload.body is None else unseal(payload.body)


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {EXACT: str(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is nothing that a platform sends as JSON.")


def _restored(found: dict[str, Any]) -> Any:
    return Decimal(found[EXACT]) if found.keys() == {EXACT} else found
