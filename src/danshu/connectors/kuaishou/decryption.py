"""Plain receivers. [D] At most 100 cipher texts in one question; each order counts once against the shop's quota of the day, and only
orders under way may be opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from danshu.channels import bodies
from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import Receiver
from danshu.connectors.kuaishou.client import Client, unreadable

METHOD = "open.order.decrypt.batch"
MOST = 100
FIELDS = ("encryptedConsignee", "encryptedMobile", "encryptedAddress")


def decrypt(client: Client, bodies: Sequence[Body]) -> list[Receiver | None]:
    wanted = [_sealed(body) for body in bodies]
    asks = list(dict.fromkeys(ask for order in wanted for ask in order))
    opened: dict[tuple[str, str], str] = {}
    for start in range(0, len(asks), MOST):
        opened |= _ask(client, asks[start : start + MOST])
    return [_receiver(body, order, opened) for body, order in zip(bodies, wanted, strict=True)]


def _sealed(body: Body) -> tuple[tuple[str, str], ...]:
    """(order, cipher text) of name, phone and address; empty where the order has none."""
    try:
        no, address = bodies.digits(bodies.item(body, "orderBaseInfo"), "oid"), bodies.item(body, "orderAddress")
        return tuple((no, sealed) for field in FIELDS if (sealed := bodies.text(address, field)))
    except BadPayload:
        return ()


def _ask(client: Client, asks: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    param = {"batchDecryptList": [{"bizId": no, "encryptedData": sealed} for no, sealed in asks]}
    answer = client.call(METHOD, param, post=True, idempotent=True)
    found: Any = answer.get("batchDecryptResultList")
    if found is None and isinstance(answer.get("data"), dict):
        found = answer["data"].get("batchDecryptResultList")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise unreadable(METHOD)
    plain = {str(row.get("encryptedData")): row.get("decryptedData") for row in found if str(row.get("errorCode", 1)) == "1"}
    return {(no, sealed): value.strip() for no, sealed in asks if isinstance(value := plain.get(sealed), str) and value.strip()}


def _receiver(body: Body, order: tuple[tuple[str, str], ...], opened: dict[tuple[str, str], str]) -> Receiver | None:
    if len(order) != len(FIELDS) or any(ask not in opened for ask in order):
        return None
    name, phone, detail = (opened[ask] for ask in order)
    try:
        address = bodies.item(body, "orderAddress")
        town = bodies.text(address, "town")
        detail = detail if not town or detail.startswith(town) else town + detail
        where = (bodies.text(address, "province"), bodies.text(address, "city"), bodies.text(address, "district"))
        return Receiver(name, phone, *where, detail, merge_key=bodies.text(bodies.item(body, "orderDeliveryInfo"), "openAddressId"))
    except BadPayload:
        return None
