"""The seal of WeChat's push messages: SHA-1 over sorted parts, AES-256-CBC around the text. Calls to WeChat are not signed.

Sealed text = base64(AES(16 random bytes + length of the text as 4 bytes, big-endian + text + receiver's AppID, padded to 32 bytes)); the
key is the console's EncodingAESKey, 43 characters of base64 without its last `=`, and its first 16 bytes are the start vector.
Checked with the vectors of `wechatpy` and with `wechatpy` itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.utils.translation import gettext as _

from danshu.channels.connector_errors import BadCall

BLOCK = 32


def signature(*parts: str) -> str:
    """Of (token, timestamp, nonce), and for sealed messages the sealed text as well."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def check(given: str, *parts: str) -> None:
    """Raises `BadCall` unless `given` is the signature of the parts."""
    if not parts[0] or not hmac.compare_digest(signature(*parts).encode(), given.encode(errors="replace")):
        raise BadCall(_("这条微信消息的签名不对，没有收。"))


def open_sealed(sealed: str, *, key: str, app_id: str) -> bytes:
    """The text within; raises `BadCall` for anything that was not sealed with this key for this AppID."""
    try:
        plain = _crypt(_key(key), base64.b64decode(sealed, validate=True), seals=False)
    except (ValueError, binascii.Error):
        raise _unreadable() from None
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
        raise _unreadable()
    plain = plain[:-padding]
    size = int.from_bytes(plain[16:20], "big")
    message, owner = plain[20 : 20 + size], plain[20 + size :]
    if len(message) != size or owner != app_id.encode():
        raise _unreadable()
    return message


def seal(message: bytes, *, key: str, app_id: str, random: bytes = b"") -> str:
    plain = (random or secrets.token_bytes(16)) + len(message).to_bytes(4, "big") + message + app_id.encode()
    padding = BLOCK - len(plain) % BLOCK
    return base64.b64encode(_crypt(_key(key), plain + bytes([padding]) * padding, seals=True)).decode()


def _key(text: str) -> bytes:
    key = base64.b64decode(text + "=", validate=True)
    if len(key) != BLOCK:
        raise ValueError("an EncodingAESKey has 43 characters")
    return key


def _crypt(key: bytes, data: bytes, *, seals: bool) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
    worker = cipher.encryptor() if seals else cipher.decryptor()
    return worker.update(data) + worker.finalize()


def _unreadable() -> BadCall:
    return BadCall(_("这条微信消息解不开：加密密钥或 AppID 和后台填的不一样。"))
