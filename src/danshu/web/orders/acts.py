"""What a person may do with orders, and the choices the forms offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.accounts.models import User
from danshu.fulfilment import couriers as table
from danshu.fulfilment.models import CourierSetting
from danshu.insights.figures import MIS_SHIP_TAGS
from danshu.orders.models import Order
from danshu.orders.states import GONE, Flag
from danshu.web.shell import address

CODES: dict[str, str | tuple[str, ...]] = {  # of several, any will do
    "print": "ship.print",
    "ship": "ship.send",
    "parcel": "ship.print",
    "hold": "orders.hold",
    "merge": "orders.merge",
    "courier": ("orders.edit", "ship.waybill"),
    "flag": "orders.edit",
    "memo": "orders.edit",
    "tag": "orders.edit",
    "receiver": "orders.edit",
    "urgent": "orders.edit",
    "cancel": "orders.edit",
    "reveal": "people.reveal",
    "map": "products.edit",
    "refund": "orders.refund",
}
MISTAKES = {"错发": _("错发"), "漏发": _("漏发")}
USUAL = 12  # couriers offered while nobody has chosen his own


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    name: str | Promise


def allowed(user: User) -> dict[str, bool]:
    return {act: any(map(user.may, (codes,) if isinstance(codes, str) else codes)) for act, codes in CODES.items()}


def couriers() -> Sequence[table.Courier]:
    """The couriers this seller uses, in his order; before he chose any, the usual ones."""
    chosen = CourierSetting.objects.filter(is_active=True).order_by("position", "code").values_list("code", flat=True)
    known = [courier for courier in map(table.get, chosen) if courier]
    return known or [courier for courier in table.table().values() if courier.is_active and courier.kind == "express"][:USUAL]


def flags() -> list[Choice]:
    return [Choice(flag.value, flag.label) for flag in Flag]


def mistakes(order: Order) -> list[Choice]:
    """Tags that say what went wrong with a parcel that has left: the daily report counts them."""
    return [Choice(tag, MISTAKES[tag]) for tag in MIS_SHIP_TAGS if order.fulfilment in GONE and tag not in order.tags]


def print_url() -> str:
    return address("shipping-print")
