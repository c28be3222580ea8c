"""Encrypted text and blind indexes.

`seal` is AES-256-GCM with a random 96-bit nonce; the purpose is authenticated data, so a value moved to another column does not
open. Format: `b"\\x01" + nonce(12) + ciphertext + tag(16)`. `blind` is HMAC-SHA256 cut to 128 bits: equal texts of one purpose
have equal indexes, and without the key file nobody can test a guess.
"""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.utils.translation import gettext as _

from danshu.core.errors import DomainError

VERSION = b"\x01"


def seal(text: str, purpose: str) -> bytes:
    return seal_bytes(text.encode(), purpose)


def seal_bytes(data: bytes, purpose: str) -> bytes:
    nonce = os.urandom(12)
    return VERSION + nonce + bytes(settings.KEYRING.cipher.encrypt(nonce, data, purpose.encode()))


def unseal(sealed: bytes | memoryview, purpose: str) -> str:
    """Raises `DomainError("secrets.unreadable")` as `unseal_bytes` does."""
    return unseal_bytes(sealed, purpose).decode()


def unseal_bytes(sealed: bytes | memoryview, purpose: str) -> bytes:
    """Raises `DomainError("secrets.unreadable")` when the value was sealed with another key file or for another purpose."""
    raw = bytes(sealed)
    try:
        opened: bytes = settings.KEYRING.cipher.decrypt(raw[1:13], raw[13:], purpose.encode())
    except (InvalidTag, ValueError):
        raise DomainError(
            _("这份加密数据打不开：密钥文件和写入时的不同。请把原来的 secret.key 放回数据目录。"), "secrets.unreadable"
        ) from None
    return opened


def blind(text: str, purpose: str) -> str:
    """A keyed hash for exact search, 32 hex digits; empty text has the empty index."""
    if not text:
        return ""
    return hmac.digest(settings.KEYRING.index_key, f"{purpose}\0{text}".encode(), "sha256")[:16].hex()
