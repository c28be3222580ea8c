"""Orders as plain values, one JSON line each: for scripts of who owns the machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from danshu.core.actor import Actor
from danshu.fulfilment.models import Parcel
from danshu.orders import receiver
from danshu.orders.models import Order
from danshu.orders.states import Issue

CHUNK = 500
MOMENTS = ("placed_at", "paid_at", "ship_by", "printed_at", "checked_at", "shipped_at", "finished_at", "cancelled_at")
PLAIN = (
    "no", "platform", "platform_no", "source", "payment", "fulfilment", "refund", "is_held", "hold_reason", "is_urgent", "flag", "tags",
    "goods_fen", "freight_fen", "discount_fen", "paid_fen", "buyer_nick", "buyer_message", "seller_memo", "courier_code", "custom",
)  # fmt: skip
LINE = ("oid", "title", "spec", "merchant_code", "quantity", "price_fen", "paid_fen", "refund", "is_gift", "is_short")


def lines(orders: QuerySet[Order], *, reveal: bool, by: Actor, now: datetime) -> Iterator[dict[str, Any]]:
    """Oldest first, in chunks, so that any number of orders needs little memory. `reveal` opens receivers and writes that down."""
    last = 0
    while True:
        chunk = list(orders.filter(pk__gt=last).order_by("pk").select_related("shop").prefetch_related("lines__sku")[:CHUNK])
        if not chunk:
            return
        last = chunk[-1].pk
        opened = receiver.reveal([order.pk for order in chunk], by=by, now=now) if reveal else {}
        waybills = _waybills(chunk)
        for order in chunk:
            yield _order(order, opened.get(order.pk), waybills.get(order.pk, []))


def _waybills(orders: Sequence[Order]) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {}
    parcels = (
        Parcel.objects.filter(order__in=orders).exclude(state=Parcel.State.VOID).exclude(waybill_no="").order_by("order_id", "sequence")
    )
    for parcel in parcels:
        found.setdefault(parcel.order_id, []).append({"courier": parcel.courier_code, "no": parcel.waybill_no, "state": parcel.state})
    return found


def _order(order: Order, opened: receiver.PlainReceiver | None, waybills: list[dict[str, str]]) -> dict[str, Any]:
    region = {"province": order.province, "city": order.city, "district": order.district}
    who = (opened.name, opened.phone, opened.address) if opened else (order.receiver_name, order.receiver_phone, order.receiver_address)
    return {
        **_values(order, PLAIN),
        **{name: moment.isoformat() if (moment := getattr(order, name)) else None for name in MOMENTS},
        "shop": order.shop.name,
        "issues": [issue.name.lower() for issue in Issue if order.issues & issue],
        "receiver": {"name": who[0], "phone": who[1], **region, "address": who[2], "kind": opened.kind if opened else "masked"},
        "lines": [
            {**_values(line, LINE), "sku": line.sku.code if line.sku else None, "pieces": line.sku_quantity} for line in order.lines.all()
        ],
        "waybills": waybills,
    }


def _values(thing: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}
