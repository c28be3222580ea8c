"""How a call is signed and a message is opened. Source: documents 401853 (API 调用说明) and 401854 (消息服务说明)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SIGNED = ("access_token", "appkey", "method", "param", "signMethod", "timestamp", "version")


def to_sign(params: Mapping[str, str], sign_secret: str) -> str:
    """`k=v` sorted by name and joined by `&`, before any URL encoding, then the sign secret, which is not the app secret."""
    return "&".join(f"{name}={params[name]}" for name in sorted(SIGNED) if name in params) + f"&signSecret={sign_secret}"


def sign(params: Mapping[str, str], sign_secret: str) -> str:
    """HMAC_SHA256: Base64 of HMAC-SHA256 under the sign secret; MD5: lower hex. `params["signMethod"]` says which."""
    text = to_sign(params, sign_secret).encode()
    if params["signMethod"] == "MD5":
        return hashlib.md5(text, usedforsecurity=False).hexdigest()
    return base64.b64encode(hmac.digest(sign_secret.encode(), text, hashlib.sha256)).decode()


def open_message(body: bytes, key: str) -> bytes:
    """Base64(AES-CBC, PKCS#5, IV of 16 zero bytes) → plain. Raises `ValueError` for whatever was not sealed under this key."""
    decryptor = Cipher(algorithms.AES(base64.b64decode(key, validate=True)), modes.CBC(bytes(16))).decryptor()
    padded = decryptor.update(base64.b64decode(body.strip(), validate=True)) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def seal_message(plain: bytes, key: str) -> bytes:
    """What the platform does: for tests and demonstrations."""
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(bytes(16))).encryptor()
    return base64.b64encode(encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize())
