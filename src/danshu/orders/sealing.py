"""What is stored of a receiver: one sealed value per order, masks for lists, blind indexes for search and merging.

What a platform sent masked or as cipher text is sealed as it came and marked so: it is never shown as if it were the real thing.

Nothing here asks the database or knows models, so that a process that only reads a file can do this part of the work too (`prepared`).
"""

from __future__ import annotations

import json
import re

from danshu.channels.contract import Receiver
from danshu.core import secrets

PURPOSE = "order.receiver"
PHONE, MERGE = "order.phone", "order.merge"  # purposes of the blind indexes
PLAIN, MASKED, CIPHER = "plain", "masked", "cipher"
HIDDEN = "***"

# columns of an order that `columns` fills, in its order
COLUMNS = (
    "receiver_sealed", "receiver_name", "receiver_phone", "receiver_address", "province", "city", "district",
    "phone_hash", "phone_tail", "merge_hash",
)  # fmt: skip

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_not_digits = re.compile(r"\D+")


def columns(shop_id: int, receiver: Receiver) -> tuple[object, ...]:
    """The values of `COLUMNS` for a receiver; an empty receiver has empty values and no sealed one."""
    name, phone, address = receiver.name, receiver.phone, receiver.address
    region = (receiver.province[:20], receiver.city[:30], receiver.district[:30])
    merge = receiver.merge_key and secrets.blind(f"{shop_id}\0{receiver.merge_key}", MERGE)
    if not (name or phone or address):
        return (None, "", "", "", *region, "", "", merge)
    kind = CIPHER if receiver.cipher else MASKED if receiver.masked else PLAIN
    sealed = secrets.seal(_encode((name, phone, address, kind)), PURPOSE)
    if kind == CIPHER:
        return (sealed, HIDDEN if name else "", HIDDEN if phone else "", HIDDEN if address else "", *region, "", "", merge)
    if kind == MASKED:
        tail = phone[-4:]
        return (sealed, name[:40], phone[:40], address[:120], *region, "", tail if tail.isdigit() else "", merge)
    digits = phone_digits(phone)
    if not merge and name and phone and address:
        place = "".join(f"{receiver.province}{receiver.city}{receiver.district}{address}".split())
        merge = secrets.blind(f"{shop_id}\0{name}\0{digits}\0{place}", MERGE)
    return (
        sealed, mask_name(name), mask_phone(phone), mask_address(address), *region,
        secrets.blind(digits, PHONE), digits[-4:], merge,
    )  # fmt: skip


def phone_digits(phone: str) -> str:
    """The number people mean: no spaces, no +86, no extension: `+86 138-0000-0000-1234` → `13800000000`."""
    if len(phone) == 11 and phone.isdigit():
        return phone
    digits = _not_digits.sub("", phone)
    if len(digits) > 11 and digits.startswith("86"):
        digits = digits[2:]
    return digits[:11] if digits.startswith("1") else digits


def phone_index(phone: str) -> str:
    """The blind index that `Order.phone_hash` holds, for exact search."""
    return secrets.blind(phone_digits(phone), PHONE)


def mask_name(name: str) -> str:
    """`王小婷` → `王*婷`, `王婷` → `王*`."""
    if len(name) < 3:
        return name[:1] + "*" if name else ""
    return f"{name[0]}{'*' * min(len(name) - 2, 3)}{name[-1]}"


def mask_phone(phone: str) -> str:
    """`18612342290` → `186****2290`; others keep their last four digits at most."""
    digits = phone if len(phone) == 11 else phone_digits(phone)
    if len(digits) == 11:
        return f"{digits[:3]}****{digits[7:]}"
    return f"****{digits[-4:]}" if len(digits) > 6 else "****" if digits else ""


def mask_address(address: str) -> str:
    """The first characters, enough to tell two apart on a list: `文一西路 969 号` → `文一西路****`."""
    shown = min(6, len(address) // 2)
    return f"{address[:shown]}****" if address else ""
