"""Receivers, opened: for printing and shipping, and for people, who leave their names. `sealing` makes what is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.core import secrets
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders.models import Order
from danshu.orders.sealing import (
    CIPHER,
    COLUMNS,
    HIDDEN,
    MASKED,
    PLAIN,
    PURPOSE,
    columns,
    mask_address,
    mask_name,
    mask_phone,
    phone_digits,
    phone_index,
)

__all__ = [
    "CIPHER", "COLUMNS", "HIDDEN", "MASKED", "PLAIN", "PlainReceiver", "columns", "mask_address", "mask_name", "mask_phone", "opened",
    "phone_digits", "phone_index", "plain", "reveal",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlainReceiver:
    """Who gets the goods, opened. `kind` says what the platform gave us: plain, masked or cipher."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    address: str
    kind: str = PLAIN

    @property
    def region(self) -> str:
        return " ".join(part for part in (self.province, self.city, self.district) if part)


def plain(order: Order) -> PlainReceiver:
    """Opened for printing and shipping. What people read goes through `reveal`."""
    if order.receiver_sealed is None:
        return PlainReceiver("", "", order.province, order.city, order.district, "")
    name, phone, address, kind = opened(order.receiver_sealed)
    return PlainReceiver(name, phone, order.province, order.city, order.district, address, kind)


def opened(sealed: bytes | memoryview) -> tuple[str, str, str, str]:
    """(name, phone, address, kind) of `Order.receiver_sealed`."""
    name, phone, address, kind = json.loads(secrets.unseal(sealed, PURPOSE))
    return name, phone, address, kind


def reveal(order_ids: Sequence[int], *, by: Actor, now: datetime) -> dict[int, PlainReceiver]:
    """Open receivers for a person and write down who looked. Raises `DomainError("order.missing")` when one does not exist."""
    orders = list(Order.objects.filter(pk__in=order_ids).order_by("pk"))
    if len(orders) != len(set(order_ids)):
        raise DomainError(_("有订单找不到了，可能导入已被撤销。请刷新页面。"), "order.missing")
    audit.record([Deed("people.revealed", "order", order.pk, order.no) for order in orders], by=by, now=now)
    return {order.pk: plain(order) for order in orders}
