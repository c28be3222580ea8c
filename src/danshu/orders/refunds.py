"""Reads about requests for refunds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Max, Q

from danshu.orders.models import Order, OrderLine, Refund
from danshu.orders.states import LIVING


def of(orders: Collection[Order]) -> list[Refund]:
    """The requests that speak of these orders, the newest first. A part of a split order has those of its lines and of the whole order.

    Two statements, the second only for parts.
    """
    heads = {order.pk: order.split_from_id or order.pk for order in orders}
    found = list(Refund.objects.filter(order__in=set(heads.values())).select_related("shop").order_by("-pk"))
    parts = {pk for pk, head in heads.items() if pk != head}
    if not found or not parts:
        return found
    oids: dict[int, set[str]] = {}
    for order_id, oid in OrderLine.objects.filter(order__in=parts).values_list("order_id", "oid"):
        oids.setdefault(heads[order_id], set()).add(oid)
    whole = {head for pk, head in heads.items() if pk == head}
    return [each for each in found if each.order_id in whole or not each.oids or oids.get(each.order_id or 0, set()) & {*each.oids}]


def heard_at(orders: Iterable[Order]) -> dict[int, datetime]:
    """Order → the last news of a request for it that may still end in a refund. One statement."""
    heads = {order.pk: order.split_from_id or order.pk for order in orders}
    living = Refund.objects.filter(order__in=set(heads.values()), state__in=LIVING)
    news = dict(living.order_by().values_list("order").annotate(at=Max("updated_at")).values_list("order", "at"))
    return {pk: news[head] for pk, head in heads.items() if head in news}


def goods(found: Collection[Refund]) -> dict[int, list[str]]:
    """Request → what it speaks of, as the buyer saw it; empty where it is the whole order, or lines that are not here. One statement."""
    wanted = {oid for each in found for oid in each.oids}
    heads = {each.order_id for each in found if each.oids}
    lines = OrderLine.objects.filter(Q(order__in=heads) | Q(order__split_from__in=heads), oid__in=wanted).select_related("order")
    titles: dict[tuple[int | None, str], str] = {}
    for line in lines if wanted else ():
        titles[line.order.split_from_id or line.order_id, line.oid] = f"{line.title} {line.spec}".strip()
    return {each.pk: [titles[each.order_id, oid] for oid in each.oids if (each.order_id, oid) in titles] for each in found}
