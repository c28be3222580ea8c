"""Plain receivers (`pdd.open.decrypt.batch`, at most 100 cipher texts a call; outside 多多云 once in ten seconds)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from danshu.channels import bodies, calling
from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadAnswer, BadPayload
from danshu.channels.contract import Receiver
from danshu.connectors.pdd import mapping
from danshu.connectors.pdd.client import Router

MOST = 100


def decrypt(router: Router, orders: Sequence[Body]) -> list[Receiver | None]:
    """Aligned. A receiver is told whole or not at all."""
    try:
        wanted = [(bodies.needed(body, "order_sn"), mapping.receiver(body), mapping.ciphers(body)) for body in orders]
    except BadPayload as error:
        raise BadAnswer(str(error)) from None
    pairs = list(dict.fromkeys((no, cipher) for no, _receiver, found in wanted for cipher in found.values()))
    plain: dict[tuple[str, str], str] = {}
    for start in range(0, len(pairs), MOST):
        plain |= _ask(router, pairs[start : start + MOST])
    return [_plain(no, receiver, found, plain) for no, receiver, found in wanted]


def _ask(router: Router, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    params = {"data_list": [{"data_tag": no, "encrypted_data": cipher} for no, cipher in pairs]}
    found = router.call("pdd.open.decrypt.batch", "open_decrypt_batch_response", params)
    if not isinstance(found.get("data_decrypt_list"), list):
        raise calling.incomplete("data_decrypt_list")
    try:
        return {
            (bodies.text(row, "data_tag"), bodies.text(row, "encrypted_data")): _text(row)
            for row in bodies.items(found, "data_decrypt_list")
            if not bodies.number(row, "error_code")
        }
    except BadPayload as error:
        raise BadAnswer(str(error)) from None


def _text(row: Body) -> str:
    """A virtual number is written with its extension, as it is dialled and printed."""
    plain, extension = bodies.text(row, "decrypted_data"), bodies.text(row, "virtual_identify_number")
    is_bare = bodies.number(row, "virtual_number_type") == 1 and extension and "-" not in plain
    return f"{plain}-{extension}" if is_bare else plain


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
