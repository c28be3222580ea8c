"""库存预警: what runs out next, with the arithmetic: days of cover = sellable ÷ average daily sales of the last seven days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from danshu.catalogue.models import Sku
from danshu.orders.models import OrderLine
from danshu.stock.models import Balance, LedgerEntry

WINDOW_DAYS = 7
SHORT_COVER_DAYS = 5


@dataclass(frozen=True, slots=True)
class StockWarning:
    sku: Sku
    sellable: int
    incoming: int
    per_day: float
    cover_days: int | None  # None: nothing was sold in the window
    waiting: int = 0  # open orders that are short of it

    @property
    def is_out(self) -> bool:
        return self.sellable <= 0


def stock_warnings(now: datetime, *, most: int = 6) -> list[StockWarning]:
    """SKUs that are out, below their safety stock, or covered for less than five days; the soonest first. Three statements."""
    balances = Balance.objects.filter(sku=OuterRef("pk")).order_by().values("sku")
    sold = dict(
        LedgerEntry.objects.filter(kind=LedgerEntry.Kind.SHIP, at__gte=now - timedelta(days=WINDOW_DAYS))
        .order_by()
        .values("sku")
        .annotate(n=Sum("on_hand_delta"))
        .values_list("sku", "n")
    )
    candidates = (
        Sku.objects.filter(is_active=True, is_bundle=False)
        .annotate(
            left=_sum(balances, F("on_hand") - F("locked") - F("buffer")),
            coming=_sum(balances, F("incoming")),
        )
        .filter(Q(left__lt=F("safety_stock")) | Q(pk__in=[sku for sku, n in sold.items() if n]))
    )
    warnings = [_judge(sku, -sold.get(sku.pk, 0) / WINDOW_DAYS) for sku in candidates]
    urgent = [
        w for w in warnings if w.is_out or w.sellable < w.sku.safety_stock or (w.cover_days is not None and w.cover_days < SHORT_COVER_DAYS)
    ]
    shown = sorted(urgent, key=lambda w: (not w.is_out, w.cover_days if w.cover_days is not None else 999, -w.per_day, w.sku.code))[:most]
    waiting = _waiting([warning.sku.pk for warning in shown])
    return [replace(warning, waiting=waiting.get(warning.sku.pk, 0)) for warning in shown]


def _waiting(sku_ids: list[int]) -> dict[int, int]:
    """SKU → open orders that wait for it. Parts of a bundle wait under the bundle's own line."""
    short = OrderLine.objects.filter(is_short=True, sku__in=sku_ids, order__is_open=True)
    return dict(short.order_by().values("sku").annotate(n=Count("order", distinct=True)).values_list("sku", "n"))


def _sum(balances: QuerySet[Balance, Any], expression: Combinable) -> Coalesce:
    return Coalesce(Subquery(balances.annotate(n=Sum(expression)).values("n"), output_field=IntegerField()), 0)


def _judge(sku: Sku, per_day: float) -> StockWarning:
    left, coming = sku.left, sku.coming  # type: ignore[attr-defined]  # annotated above
    return StockWarning(sku, left, coming, round(per_day, 1), int(max(left, 0) / per_day) if per_day > 0 else None)
