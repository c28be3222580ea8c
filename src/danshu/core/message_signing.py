"""Signatures of Standard Webhooks (standardwebhooks.com, specification 1.0): HMAC-SHA256 over `id.timestamp.body`."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

BOTH = timedelta(days=1)  # the secret before a change holds so long beside the new one
TOLERANCE = timedelta(minutes=5)  # how far a message's moment of sending may be from now
PREFIX = "whsec_"
MOST_SIGNATURES = 10  # of one message that are looked at


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def headers(message_id: str, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers; one signature per secret, so that a receiver may change to a new one in its own time."""
    stamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{_sign(key, signed)}" for key in keys),
    }


def is_signed(message_id: str, stamp: str, body: bytes, signatures: str, keys: Sequence[str]) -> bool:
    """Whether one of the signatures, parted by blanks, is by one of the secrets. Kinds of signatures other than v1 say nothing."""
    signed = b".".join((message_id.encode(errors="replace"), stamp.encode(errors="replace"), body))
    ours = [f"v1,{_sign(key, signed)}".encode() for key in keys]
    theirs = [each.encode(errors="replace") for each in signatures.split(" ")[:MOST_SIGNATURES]]
    return any(hmac.compare_digest(one, other) for one in ours for other in theirs)


def _sign(key: str, signed: bytes) -> str:
    return b64encode(hmac.digest(b64decode(key.removeprefix(PREFIX)), signed, "sha256")).decode()
