"""From parcels to what papers say: masked by default, plain only when the batch was made that way."""

from __future__ import annotations

from collections.abc import Iterable

from danshu.fulfilment import couriers
from danshu.fulfilment.contents import Contents
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.papers.content import Box, Item
from danshu.orders import receiver
from danshu.orders.models import Order


def box(found: Contents, *, plain: bool, reprint: int = 0, part: str = "") -> Box:
    """`part` is `2/3` when the order travels in several parcels.

    Plain receivers are unsealed here; asking for them is logged by the caller.
    """
    parcel, head = found.parcel, found.orders[0]
    name, phone, address = _receiver(head, plain=plain)
    return Box(
        order_no=head.no,
        platform_nos=[order.platform_no for order in found.orders],
        shop=head.shop.name,
        courier=couriers.name(parcel.courier_code) if parcel.courier_code else "",
        waybill_no=parcel.waybill_no,
        name=name,
        phone=phone,
        address=address,
        sender=_sender(parcel),
        sold=[
            Item("", line.merchant_code, line.title, line.spec, count, line.price_fen, is_gift=line.is_gift) for line, count in found.sold
        ],
        picked=[Item(need.shelf, need.code, need.name, need.spec, need.quantity) for need in found.needs],
        buyer_message=_joined(order.buyer_message for order in found.orders),
        seller_memo=_joined(order.seller_memo for order in found.orders),
        part=part,
        reprint=reprint,
        paid_fen=sum(order.paid_fen for order in found.orders),
    )


def _receiver(head: Order, *, plain: bool) -> tuple[str, str, str]:
    if plain:
        known = receiver.plain(head)
        region = _region(known.province, known.city, known.district)
        return known.name, known.phone, (region + known.address).strip()
    return (
        head.receiver_name,
        head.receiver_phone,
        (_region(head.province, head.city, head.district) + head.receiver_address).strip(),
    )


def _region(*names: str) -> str:
    """省 市 区 without saying 上海市 twice."""
    kept: list[str] = []
    for name in names:
        if name and name not in kept:
            kept.append(name)
    return "".join(kept)


def _sender(parcel: Parcel) -> str:
    house = parcel.warehouse
    if house is None:
        return ""
    return " ".join(part for part in (house.sender_name, house.sender_phone, house.sender_address) if part)


def _joined(texts: Iterable[str]) -> str:
    seen: list[str] = []
    for text in texts:
        if text.strip() and text.strip() not in seen:
            seen.append(text.strip())
    return " / ".join(seen)
