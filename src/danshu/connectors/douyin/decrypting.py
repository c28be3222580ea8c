"""Plain receivers (`order.batchDecrypt`, at most 50 cipher texts a call)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from danshu.channels import bodies, calling
from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadAnswer, BadPayload
from danshu.channels.contract import Receiver
from danshu.connectors.douyin import mapping
from danshu.connectors.douyin.client import Gate

MOST = 50
PARTLY = "isv.business-failed:300008"  # some were decrypted, some were not; the answer stands beside the error


def decrypt(gate: Gate, orders: Sequence[Body]) -> list[Receiver | None]:
    """Aligned. A receiver is told whole or not at all."""
    try:
        wanted = [(bodies.needed(body, "order_id"), mapping.receiver(body), mapping.ciphers(body)) for body in orders]
    except BadPayload as error:
        raise BadAnswer(str(error)) from None
    pairs = list(dict.fromkeys((no, cipher) for no, _receiver, found in wanted for cipher in found.values()))
    plain: dict[tuple[str, str], str] = {}
    for start in range(0, len(pairs), MOST):
        plain |= _ask(gate, pairs[start : start + MOST])
    return [_plain(no, receiver, found, plain) for no, receiver, found in wanted]


def _ask(gate: Gate, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    params = {"cipher_infos": [{"auth_id": no, "cipher_text": cipher} for no, cipher in pairs]}
    data = gate.call("order.batchDecrypt", params, partly=PARTLY)
    if not isinstance(data.get("decrypt_infos"), list):
        raise calling.incomplete("decrypt_infos")
    try:
        return {
            (bodies.text(row, "auth_id"), bodies.text(row, "cipher_text")): bodies.text(row, "decrypt_text")
            for row in bodies.items(data, "decrypt_infos")
            if not bodies.number(row, "err_no")
        }
    except BadPayload as error:
        raise BadAnswer(str(error)) from None


def _plain(no: str, receiver: Receiver, found: dict[str, str], plain: dict[tuple[str, str], str]) -> Receiver | None:
    if receiver.masked or not (receiver.name and receiver.phone and receiver.address):
        return None
    told = {name: plain.get((no, cipher), "") for name, cipher in found.items()}
    if not all(told.values()):
        return None
    return replace(
        receiver,
        name=told.get("name", receiver.name),
        phone=told.get("phone", receiver.phone),
        address=told.get("address", receiver.address),
        cipher=False,
    )
