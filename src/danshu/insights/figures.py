"""What each number of the daily report means, said once: as a condition on orders, and as a sentence for the reader.

A figure belongs to the moment it happened: orders and amounts to the payment, shipped and handling time to the shipping, late to
the deadline. Ranges are half-open, `[start, end)`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, TextField
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from danshu.core import clock
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment, Issue, Payment

MIS_SHIP_TAGS = ("错发", "漏发")  # an order carries the tag once somebody found it out
SOLD = Q(payment__in=[Payment.PAID, Payment.COD, Payment.DEPOSIT])
NOT_SHIPPED = Q(is_open=True)  # the generated column: SQLite finds its partial index by it alone
WAITED = ExpressionWrapper(F("shipped_at") - F("paid_at"), output_field=DurationField())

Condition = Callable[[datetime, datetime], Q]


@dataclass(frozen=True, slots=True)
class Figure:
    """One column of the report; `unit` is said in its head where the bare number would not tell."""

    code: str
    label: str | Promise
    meaning: str | Promise
    orders: Condition
    unit: str | Promise = ""


def prepared(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders with what the conditions below look at beside plain columns."""
    return orders.annotate(
        tags_text=Cast("tags", TextField()),
        short_bit=F("issues").bitand(int(Issue.SHORT)),
    )


def shifted(field: str) -> ExpressionWrapper[CombinedExpression]:
    """A moment moved by the day cut, so that its calendar day in Shanghai is its business day."""
    return ExpressionWrapper(F(field) - timedelta(hours=settings.DAY_CUT_HOUR), output_field=DateTimeField())


def sold_in(start: datetime, end: datetime) -> Q:
    """Paid in the range; cash on delivery counts from the order."""
    return SOLD & (Q(paid_at__gte=start, paid_at__lt=end) | Q(paid_at=None, placed_at__gte=start, placed_at__lt=end))


def shipped_in(start: datetime, end: datetime) -> Q:
    return Q(shipped_at__gte=start, shipped_at__lt=end)


def handled_in(start: datetime, end: datetime) -> Q:
    """Shipped in the range and paid before: what handling time is measured on."""
    return shipped_in(start, end) & Q(paid_at__isnull=False)


def late_in(start: datetime, end: datetime) -> Q:
    """The deadline lay in the range, and the goods left after it or are still here although it is over."""
    due = SOLD & Q(ship_by__gte=start, ship_by__lt=end) & ~Q(fulfilment=Fulfilment.CANCELLED)
    return due & (Q(shipped_at__gt=F("ship_by")) | (NOT_SHIPPED & Q(ship_by__lt=clock.now())))


def mis_shipped_in(start: datetime, end: datetime) -> Q:
    tagged = Q()
    for tag in MIS_SHIP_TAGS:
        # SQLite keeps JSON text as Python wrote it (escaped), PostgreSQL spells the characters out
        tagged |= Q(tags_text__contains=json.dumps(tag)) | Q(tags_text__contains=f'"{tag}"')
    return shipped_in(start, end) & tagged


def issues_in(start: datetime, end: datetime) -> Q:
    return sold_in(start, end) & ~Q(fulfilment=Fulfilment.CANCELLED) & (Q(issues__gt=0) | Q(is_held=True))


def short_in(start: datetime, end: datetime) -> Q:
    return sold_in(start, end) & ~Q(fulfilment=Fulfilment.CANCELLED) & Q(short_bit__gt=0)


FIGURES: dict[str, Figure] = {
    figure.code: figure
    for figure in (
        Figure("orders", pgettext_lazy("figure", "订单"), _("这段时间付款的订单；货到付款按下单时间算。"), sold_in),
        Figure("amount", _("金额"), _("这些订单的实付金额合计，单位元。"), sold_in, _("元")),
        Figure("shipped", _("已发货"), _("这段时间发出的订单。"), shipped_in),
        Figure(
            "handling", _("订单处理时效"), _("Σ（发货时间 − 付款时间）÷ 单数，单位小时；按这段时间发出的订单算。"), handled_in, _("小时")
        ),
        Figure("mis_shipped", _("错发漏发率"), _("标了「错发」或「漏发」标签的订单 ÷ 这段时间发出的订单。"), mis_shipped_in),
        Figure("late", _("超时"), _("截单时间在这段时间内，晚发或过了时间还没发的订单。"), late_in),
        Figure("issues", _("异常"), _("这段时间付款，现在带异常或被挂起的订单。"), issues_in),
        Figure("short", _("缺货"), _("这段时间付款，现在缺货的订单。"), short_in),
    )
}
