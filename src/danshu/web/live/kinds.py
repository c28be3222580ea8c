"""Which facts reach open pages, as what, and who may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from danshu.accounts import queries as accounts
from danshu.accounts.models import User
from danshu.core import reactions
from danshu.core.models import EventRow
from danshu.fulfilment.models import Parcel
from danshu.orders.models import Order, Refund

MOST_IDS = 500  # in one message; a page that is told of more reads itself anew

PERMISSIONS = {
    "orders.OrdersPlaced": "orders.view",
    "orders.OrdersPaid": "orders.view",
    "orders.OrdersShort": "orders.view",
    "orders.OrdersChanged": "orders.view",
    "orders.OrdersCancelled": "orders.view",
    "orders.OrdersShipped": "orders.view",
    "orders.RefundsRequested": "orders.view",
    "orders.RefundsChanged": "orders.view",
    "orders.LateJoiners": "orders.view",
    "stock.StockChanged": "stock.view",
    "stock.StockArrived": "stock.view",
    "channels.OffersPushed": "stock.view",
    "channels.OrderStreamsStale": "stock.view",
    "channels.ShopsConnected": "",
    "channels.ShopAuthorisationsEnding": "",
    "channels.ShopAuthorisationsRefused": "",
    "channels.StreamsChanged": "",
    "channels.PayloadsQuarantined": "today.view",
    "channels.MissedOrdersFound": "today.view",
    "fulfilment.PapersReady": "orders.view",
    "fulfilment.ParcelsShipped": "orders.view",
    "catalogue.ListingsMapped": "products.view",
    "notify.WebhooksStopped": "settings.api",
    "core.RunsChanged": "",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One fact for a page. `ids` are what the fact is about; `shop_of` (None = no shop owns them) says whose each of them is."""

    id: int
    kind: str
    ids: tuple[int, ...]
    shop_of: dict[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person may hear of."""

    kinds: frozenset[str]
    shop_ids: frozenset[int] | None

    @classmethod
    def of(cls, user: User) -> Scope:
        shops = accounts.shops_of(user)
        kinds = frozenset(kind for kind, code in PERMISSIONS.items() if not code or user.may(code))
        return cls(kinds, None if shops is None else frozenset(shops))

    def narrow(self, messages: Iterable[Message]) -> list[Message]:
        """The messages without what belongs to other people's shops."""
        heard = []
        for message in messages:
            if message.kind not in self.kinds:
                continue
            ids = message.ids
            if self.shop_ids is not None and message.shop_of is not None:
                ids = tuple(pk for pk in ids if message.shop_of.get(pk) in self.shop_ids)
                if not ids:
                    continue
            heard.append(Message(message.id, message.kind, ids))
        return heard


def messages(rows: Sequence[EventRow], *, with_shops: bool) -> list[Message]:
    """Facts as pages hear them, in their order. `with_shops`: somebody who listens sees a part of the shops only."""
    known = [(row, _ids(reactions.decode(row))) for row in rows if row.kind in PERMISSIONS]
    if not with_shops:
        return [Message(row.pk, row.kind, ids) for row, ids in known]
    owners = {owner: find({pk for row, ids in known if _owner(row.kind) == owner for pk in ids}) for owner, find in _OWNERS.items()}
    return [Message(row.pk, row.kind, ids, owners.get(_owner(row.kind))) for row, ids in known]


def merged(heard: Sequence[Message]) -> list[Message]:
    """One message per kind, with the newest id: a page that looks anew once has seen them all."""
    found: dict[str, Message] = {}
    for message in heard:
        before = found.pop(message.kind, None)
        ids = tuple(dict.fromkeys((*before.ids, *message.ids))) if before else message.ids
        found[message.kind] = Message(message.id, message.kind, ids)
    return list(found.values())


def body(message: Message) -> dict[str, Any]:
    """`{"ids": […]}`, or no ids where there are too many to name: then anything of this kind may have changed."""
    return {"ids": list(message.ids) if len(message.ids) <= MOST_IDS else []}


def _ids(event: Any) -> tuple[int, ...]:
    """What the fact is about: its first field that holds ids."""
    for field in fields(event):
        if field.name.endswith("_ids"):
            return tuple(getattr(event, field.name))
        if field.name.endswith("_id"):
            return (getattr(event, field.name),)
    return ()


def _owner(kind: str) -> str:
    if kind == "orders.RefundsChanged":
        return "refund"
    if kind.startswith("orders."):
        return "order"
    return "parcel" if kind == "fulfilment.ParcelsShipped" else ""


def _orders(ids: set[int]) -> dict[int, int]:
    return dict(Order.objects.filter(pk__in=ids).values_list("pk", "shop_id")) if ids else {}


def _refunds(ids: set[int]) -> dict[int, int]:
    return dict(Refund.objects.filter(pk__in=ids).values_list("pk", "shop_id")) if ids else {}


def _parcels(ids: set[int]) -> dict[int, int]:
    return dict(Parcel.objects.filter(pk__in=ids).values_list("pk", "order__shop_id")) if ids else {}


_OWNERS: dict[str, Callable[[set[int]], dict[int, int]]] = {"order": _orders, "refund": _refunds, "parcel": _parcels}
