"""The key file outside the database, and what is derived from it. Needs no Django: settings load it first."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


@dataclass(frozen=True)
class Keyring:
    """One 256-bit root secret; every use derives its own key with HMAC-SHA256(root, purpose), so no two uses share one."""

    root: bytes

    def derive(self, purpose: str) -> bytes:
        return hmac.new(self.root, purpose.encode(), hashlib.sha256).digest()

    def derive_text(self, purpose: str) -> str:
        return urlsafe_b64encode(self.derive(purpose)).decode()

    @cached_property
    def cipher(self) -> AESGCM:
        return AESGCM(self.derive("fields.v1"))

    @cached_property
    def index_key(self) -> bytes:
        return self.derive("blind-index.v1")


def load(path: Path) -> Keyring:
    """Read the key file, or make it on first use (mode 0600). `DANSHU_SECRET_KEY` (base64, 32 bytes) stands in for several hosts."""
    given = os.environ.get("DANSHU_SECRET_KEY", "").strip()
    if given:
        try:
            root = b64decode(given, validate=True)
        except ValueError:
            root = b""
        if len(root) != 32:
            raise SystemExit("DANSHU_SECRET_KEY is not usable: expected 32 bytes in base64 (`openssl rand -base64 32`).")
        return Keyring(root)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(b64encode(secrets.token_bytes(32)).decode())
        try:
            os.link(fresh, path)  # the first process wins; the others read what it made
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return Keyring(b64decode(path.read_text().strip()))
