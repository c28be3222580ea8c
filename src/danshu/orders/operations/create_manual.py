"""Orders that people enter themselves. Own entry points never sell what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.catalogue.models import Sku
from danshu.catalogue.operations import Resolved
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Receiver
from danshu.channels.models import Shop
from danshu.core import events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders import prepared
from danshu.orders.arrival import Arrived, Intake
from danshu.orders.events import OrdersChanged
from danshu.orders.models import Order
from danshu.orders.operations import ingest_fresh


@dataclass(frozen=True, slots=True)
class DraftLine:
    """So many pieces of an own SKU (bundles too) for so much each."""

    sku_id: int
    quantity: int
    price_fen: int = 0
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as a person enters it. `platform_no` is the number the buyer knows, empty for none; `paid_fen` None means goods +
    freight − discount."""

    shop_id: int
    lines: tuple[DraftLine, ...]
    receiver: Receiver = field(default_factory=Receiver)
    platform_no: str = ""
    payment: Payment = Payment.PAID
    buyer_nick: str = ""
    buyer_message: str = ""
    seller_memo: str = ""
    flag: str = ""
    freight_fen: int = 0
    discount_fen: int = 0
    paid_fen: int | None = None
    source: str = Order.Source.MANUAL


@transaction.atomic
def create_manual(drafts: Sequence[Draft], *, by: Actor, now: datetime) -> list[int]:
    """Save the drafts and lock their stock; all or none. Returns the orders' ids, aligned.

    Raises `DomainError`: "stock.short" (库存不足) naming what is left, "order.no_receiver" for incomplete addresses, "order.sku" for
    unknown or inactive goods, "order.known" when the shop has the number already, and the codes of `prepared.refusal`.
    """
    skus = goods_of(drafts)
    by_shop: dict[int, list[int]] = {}
    for at, draft in enumerate(drafts):
        by_shop.setdefault(draft.shop_id, []).append(at)
    ids: dict[int, int] = {}
    for shop_id, places in sorted(by_shop.items()):
        shop = Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
        mine = [drafts[at] for at in places]
        some = [arrived(draft, skus, now) for draft in mine]
        for refused in refusals(shop, some).values():
            raise refused
        placed = ingest_fresh.place(Intake(shop, mine[0].source, None, now), some, by=by, strict=True)
        ids |= zip(places, placed.order_ids, strict=True)
    order_ids = [ids[at] for at in range(len(drafts))]
    note_created(order_ids, by=by, now=now)
    return order_ids


def note_created(order_ids: Sequence[int], *, by: Actor, now: datetime) -> None:
    numbers = dict(Order.objects.filter(pk__in=order_ids).values_list("pk", "no"))
    audit.record([Deed("order.created", "order", order_id, numbers[order_id]) for order_id in order_ids], by=by, now=now)
    events.publish(OrdersChanged(tuple(order_ids), "intake"))


def goods_of(drafts: Iterable[Draft]) -> dict[int, Sku]:
    return Sku.objects.in_bulk({line.sku_id for draft in drafts for line in draft.lines})


def arrived(draft: Draft, skus: dict[int, Sku], now: datetime) -> Arrived:
    """The draft as intake takes it. Raises `DomainError("order.sku")`."""
    lines, found = [], []
    for at, line in enumerate(draft.lines, start=1):
        sku = skus.get(line.sku_id)
        if sku is None or not sku.is_active:
            raise DomainError(_("第 %(at)d 行的商品不存在或已停用。请重新选择。") % {"at": at}, "order.sku", details={"line": at})
        lines.append(IncomingLine(
            str(at), sku.name, line.quantity, spec=sku.spec, merchant_code=sku.code, picture=sku.picture,
            price_fen=line.price_fen, paid_fen=line.price_fen * line.quantity, is_gift=line.is_gift,
        ))  # fmt: skip
        found.append(Resolved(0, sku.pk, 1, is_ignored=False))
    goods_fen = sum(line.paid_fen for line in lines)
    paid_fen = goods_fen + draft.freight_fen - draft.discount_fen if draft.paid_fen is None else draft.paid_fen
    order = IncomingOrder(
        draft.platform_no.strip(), tuple(lines), draft.receiver, payment=draft.payment, placed_at=now,
        paid_at=now if draft.payment == Payment.PAID else None, buyer_nick=draft.buyer_nick, buyer_message=draft.buyer_message,
        seller_memo=draft.seller_memo, flag=draft.flag, goods_fen=goods_fen, freight_fen=draft.freight_fen,
        discount_fen=draft.discount_fen, paid_fen=paid_fen,
    )  # fmt: skip
    made = Arrived(order, "")
    made.found = found
    return made


def refusals(shop: Shop, some: Sequence[Arrived]) -> dict[int, DomainError]:
    """Place → why that one cannot be saved."""
    numbers = [each.order.platform_no for each in some]
    known = Order.objects.filter(platform_no__in=[number for number in numbers if number], shop_id=shop.pk)
    seen = set(known.values_list("platform_no", flat=True))
    found: dict[int, DomainError] = {}
    for at, (each, number) in enumerate(zip(some, numbers, strict=True)):
        if number in seen:
            text = _("「%(shop)s」已有订单 %(no)s，没有再建一单。") % {"shop": shop.name, "no": number}
            found[at] = DomainError(text, "order.known", details={"platform_no": number})
        elif refused := prepared.refusal(each.order, needs_number=False):
            found[at] = DomainError(refused.reason, refused.code)
        elif _lacks(each.order.receiver):
            found[at] = DomainError(_("收件信息不全：要有姓名、电话、省市区和详细地址。"), "order.no_receiver")
        elif number:
            seen.add(number)
    return found


def _lacks(to: Receiver) -> bool:
    return prepared.lacks_address(to.name, to.phone, to.address, to.province)
