"""Reads of the orders room."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from danshu.accounts import queries as accounts
from danshu.accounts.models import User
from danshu.audit import verbs
from danshu.audit.models import Entry
from danshu.core import clock
from danshu.orders import receiver
from danshu.orders.models import Order, OrderLine
from danshu.orders.verbs import MANY, NAMES, VALUES

LAST = "\U0010ffff"  # sorts after everything a name holds
MOST_FOUND = 200  # a search is for one order, not for a report
SHORT_NO = re.compile(r"\d{4}-\d{4,7}(-\d+)?")


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of an order's timeline. `who` is empty for what the platform told."""

    at: datetime
    text: str
    who: str = ""
    note: str = ""
    tone: str = "grey"


def scope(user: User) -> QuerySet[Order]:
    """The orders of the shops that a person may see."""
    shop_ids = accounts.shops_of(user)
    return Order.objects.all() if shop_ids is None else Order.objects.filter(shop__in=shop_ids)


def find(text: str, within: QuerySet[Order]) -> QuerySet[Order]:
    """Orders by what people type or scan: order number (with or without the year), platform number, waybill, phone or its last four
    digits; else the beginning of the buyer's nick. Each is an exact lookup by an index; text that is none of them finds nothing."""
    text = text.strip()
    if not text:
        return within.none()
    found: set[int] = set()
    for branch in _branches(text):  # one by one: an OR over several columns would use none of their indexes
        found.update(within.filter(branch).order_by("-pk").values_list("pk", flat=True)[:MOST_FOUND])
    return within.filter(pk__in=sorted(found, reverse=True)[:MOST_FOUND])


@dataclass(frozen=True, slots=True)
class Alike:
    """An order of the same phone with the same SKU."""

    order_id: int
    no: str
    created_at: datetime

    @property
    def short_no(self) -> str:
        return self.no[2:]


def alike(wanted: Sequence[tuple[str, Collection[int]]], within: QuerySet[Order], *, since: datetime) -> list[list[Alike]]:
    """(phone, SKUs) → living orders made since then that have the phone and one of the SKUs, newest first, aligned; one statement."""
    hashes = [receiver.phone_index(phone) for phone, _sku_ids in wanted]
    sku_ids = {sku_id for _phone, some in wanted for sku_id in some}
    found: dict[tuple[str, int], list[Alike]] = {}
    rows = (
        OrderLine.objects.filter(order__in=within, order__phone_hash__in=set(hashes) - {""}, order__created_at__gte=since, sku__in=sku_ids)
        .exclude(order__fulfilment="cancelled").order_by("-order_id")
        .values_list("order__phone_hash", "sku_id", "order_id", "order__no", "order__created_at")
    )  # fmt: skip
    for phone, sku_id, order_id, no, created_at in rows if sku_ids else ():
        found.setdefault((phone, sku_id or 0), []).append(Alike(order_id, no, created_at))
    return [
        list(dict.fromkeys(each for sku_id in sorted(some) for each in found.get((phone, sku_id), ())))
        for phone, (_phone, some) in zip(hashes, wanted, strict=True)
    ]


def _branches(text: str) -> list[Q]:
    branches = [Q(no=text), Q(platform_no=text), Q(pk__in=Order.objects.filter(parcels__waybill_no=text).values("pk"))]
    if SHORT_NO.fullmatch(text):
        year = clock.local(clock.now()).year % 100
        branches.append(Q(no__in=[f"{year:02d}{text}", f"{year - 1:02d}{text}"]))
    digits = "" if any(char.isalpha() for char in text) else receiver.phone_digits(text)
    if len(digits) == 4 and text.isdigit():
        branches.append(Q(phone_tail=digits))
    elif 7 <= len(digits) <= 12:
        branches.append(Q(phone_hash=receiver.phone_index(digits), phone_hash__gt=""))
    if not text.isdigit():
        branches.append(_nick(text))
    return branches


def _nick(text: str) -> Q:
    if connection.vendor == "postgresql":
        return Q(buyer_nick__startswith=text)
    return Q(buyer_nick__gte=text, buyer_nick__lt=text + LAST)  # SQLite's LIKE ignores case, and therefore the index


def group(head: Order) -> list[Order]:
    """The orders of one parcel: the head first, then those that travel with it. A member gives its whole group."""
    head_id = head.merged_into_id or head.pk
    return sorted(Order.objects.filter(Q(pk=head_id) | Q(merged_into=head_id)), key=lambda order: (order.pk != head_id, order.pk))


def timeline(order: Order, *, couriers: Mapping[str, str] | None = None) -> list[Moment]:
    """What happened to an order, newest first, in the seller's words: its own moments and the entries about it. `couriers` are the names
    people say for the codes."""
    batch = order.batch
    word = "" if order.status_text.isascii() else order.status_text  # `WAIT_SELLER_SEND_GOODS`, `3`: words for programs
    source = " · ".join(part for part in (order.get_source_display(), batch.file_name if batch else "") if part)
    moments = [
        Moment(at, str(text), who, note)
        for at, text, who, note in (
            (order.placed_at, _("买家下单"), "", ""),
            (order.paid_at, _("买家付款"), "", word),
            (order.created_at, _("收进单枢"), batch.actor_name if batch else "", source),
            (order.finished_at, _("交易结束"), "", word),
            (order.shipped_at if not order.printed_at else None, _("已发货"), "", ""),
            (order.cancelled_at if order.progress == "closed" else None, _("平台关闭了订单"), "", word),
        )
        if at is not None
    ]
    entries = Entry.objects.filter(target_kind="order", target_id=order.pk).order_by("id")
    moments += [Moment(entry.at, said(entry), entry.actor_name, entry.note or _changes(entry, couriers or {})) for entry in entries]
    newest_first = list(enumerate(moments))  # of one moment, the later told stands first
    newest_first.sort(key=lambda pair: (pair[1].at, pair[0]), reverse=True)
    return [moment for _place, moment in newest_first]


def said(entry: Entry) -> str:
    """An entry's verb as the seller would say it."""
    return verbs.short(entry.verb)


def _changes(entry: Entry, couriers: Mapping[str, str]) -> str:
    """`快递: 中通 → 顺丰; 打印批次: B-0313`: what was changed, and facts of the deed. Names that people have no word for are left out."""
    parts = []
    for name, value in entry.changes.items():
        if name not in NAMES or value in ("", None, []):
            continue
        if isinstance(value, list) and len(value) == 2 and name not in MANY:
            text = " → ".join(_word(couriers.get(str(one), one) if name == "courier_code" else one) for one in value)
        else:
            text = _("、").join(map(_word, value if isinstance(value, list) else [value]))
        parts.append(f"{NAMES[name]}: {text}")
    return "; ".join(parts)


def _word(value: object) -> str:
    return str(VALUES.get(str(value), value)) if value not in ("", None) else "–"
