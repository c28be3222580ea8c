"""Cipher text of receivers → plain, by `data.batchDecrypt`. A shop may do so for ten orders a day; labels take the cipher text itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import Receiver
from danshu.connectors.xiaohongshu import mapping
from danshu.connectors.xiaohongshu.client import Api, Denied, a_list

ONE_ORDER = "1"  # actionType: a person looks at an order
AT_ONCE = 33  # three fields of an order each, 100 in a call
Plain = dict[tuple[str, str], str]


def decrypt(api: Api, bodies: Sequence[Body]) -> list[Receiver | None]:
    known = [_receiver(body) for body in bodies]
    asked = [(no, receiver) for no, receiver in known if receiver.cipher]
    plain: Plain = {}
    for start in range(0, len(asked), AT_ONCE):
        plain |= _decrypt(api, asked[start : start + AT_ONCE])
    return [_told(no, receiver, plain) for no, receiver in known]


def _receiver(body: Body) -> tuple[str, Receiver]:
    try:
        return str(body.get("orderId") or ""), mapping.receiver(body)
    except BadPayload:
        return "", Receiver()


def _decrypt(api: Api, asked: Sequence[tuple[str, Receiver]]) -> Plain:
    infos = [
        {"dataTag": no, "encryptedData": value}
        for no, receiver in asked
        for value in (receiver.name, receiver.phone, receiver.address)
        if mapping.CIPHER.search(value)
    ]
    business = {"baseInfos": infos, "actionType": ONE_ORDER, "appUserId": str(api.shop.shop_id)}
    try:
        answers = a_list(api.asked("data.batchDecrypt", business), "dataInfoList")
    except Denied:
        return {}
    return {(str(one.get("dataTag")), str(one.get("encryptedData"))): value for one in answers if (value := _value(one))}


def _value(answer: Mapping[str, Any]) -> str:
    if answer.get("errorCode"):
        return ""
    virtual = answer.get("virtualNumber") if answer.get("virtualNumberFlag") in (True, "true") else ""
    value = virtual or answer.get("decryptedData")
    return value if isinstance(value, str) else ""


def _told(no: str, receiver: Receiver, plain: Plain) -> Receiver | None:
    """Whole or not at all: half a receiver is no address."""
    if not receiver.cipher:
        return receiver if receiver.phone and not receiver.masked else None
    name, phone, address = (
        plain.get((no, value), "") if mapping.CIPHER.search(value) else value for value in (receiver.name, receiver.phone, receiver.address)
    )
    return replace(receiver, name=name, phone=phone, address=address, cipher=False) if name and phone and address else None
