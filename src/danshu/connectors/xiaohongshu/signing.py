"""MD5 of calls to the platform and of messages from it; neither covers what is said, only who says it, what it asks for and when.

A call: `method?appId=…&timestamp=…&version=2.0` and the app's secret, no access token, no business fields (docDetailId 39). A message:
the path of the address, its parameters with `app-key` and `timestamp` sorted by name, and the secret (docDetailId 41, whose sample the
tests hold).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

VERSION = "2.0"


def of_call(method: str, *, app_id: str, timestamp: str, secret: str) -> str:
    return _md5(f"{method}?appId={app_id}&timestamp={timestamp}&version={VERSION}{secret}")


def of_message(path: str, query: Mapping[str, str], *, app_id: str, timestamp: str, secret: str) -> str:
    named = {**query, "app-key": app_id, "timestamp": timestamp}
    return _md5(f"{path}?{'&'.join(f'{name}={named[name]}' for name in sorted(named))}{secret}")


def same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.lower().encode(errors="replace"), wanted.encode())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(errors="replace"), usedforsecurity=False).hexdigest()
