"""/today/"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from danshu.accounts.models import User
from danshu.accounts.queries import shops_of
from danshu.channels.platforms import PLATFORMS
from danshu.core import clock
from danshu.insights import charts, daily, todo, warnings
from danshu.orders import queries as orders
from danshu.orders.models import Order
from danshu.web.access import StaffRequest, requires
from danshu.web.home import drawing

HANDLING_TARGET_HOURS = 24
MIS_SHIP_TARGET_PERCENT = 0.5


@requires("today.view")
def today(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    scope = orders.scope(request.user)
    by_days = request.GET.get("chart") == "7d"
    chart = charts.orders_by_day(scope, now) if by_days else charts.orders_by_hour(scope, now)
    slots = charts.deadlines(scope, now)
    tasks = todo.tasks(scope, now, shop_ids=shops_of(request.user))
    return render(
        request,
        "home/today.html",
        {
            "nav": "today",
            "now": now,
            "day_part": _day_part(now),
            **_greeting(scope, now),
            **_kpis(scope, now),
            "tasks": tasks,
            "work": [(task, *_action(task, request.user)) for task in tasks],
            "chart": drawing.stack(chart),
            "chart_platforms": [PLATFORMS[code] for code in chart.platforms],
            "by_days": by_days,
            "due_columns": list(zip(drawing.deadline_columns(slots), _labels(slots, now), strict=True)),
            "due_width": drawing.COLUMN * len(slots),
            "unshipped": sum(slot.count for slot in slots),
            "warnings": warnings.stock_warnings(now, most=3),
        },
    )


def _day_part(now: datetime) -> str:
    hour = clock.local(now).hour
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


def _action(task: todo.Task, user: User) -> tuple[str, str]:
    """Where a task is done, and what its button says: what the person may do, else the orders to look at."""
    listed = f"{reverse('orders-list')}?v={task.view}" if task.view else ""
    ids = ",".join(map(str, task.order_ids))
    places = {
        "unmapped": ("products.edit", reverse("products-mapping"), _("去对码")),
        "mergeable": ("orders.merge", listed, _("检查并合单")),
        "unpushed": ("stock.view", f"{reverse('stock-list')}?v=failed", _("去看推送")),
        "untold": ("ship.send", reverse("shipping-files"), _("去看回传")),
        "no_trace": ("ship.send", listed, _("催揽收")),
        "rejects": ("import.run", reverse("imports-list"), _("看退回的行")),
    }
    if task.shop_id:
        places |= {
            "refused": ("settings.shops", reverse("settings-shop-connect", args=[task.shop_id]), _("重新授权")),
            "ending": ("settings.shops", reverse("settings-shop-connect", args=[task.shop_id]), _("去续期")),
            "quarantined": ("settings.shops", reverse("settings-shop-health", args=[task.shop_id]), _("去看看")),
            "missing": ("settings.shops", reverse("settings-shop-health", args=[task.shop_id]), _("去补拉")),
        }
    if ids:
        places["deadline"] = ("ship.print", f"{reverse('shipping-print')}?ids={ids}", _("打印这 %d 单") % len(task.order_ids))
    permission, url, text = places.get(task.code, ("orders.edit", listed, _("去处理")))
    if user.may(permission):
        return url, text
    return (listed, _("看订单")) if listed and user.may("orders.view") else ("", "")


def _labels(slots: Sequence[charts.Slot], now: datetime) -> list[str]:
    """`已超时`, `16 点前`, `明早` … under the columns of the deadline chart."""
    today = clock.local(now).date()
    return [_label(slot, today) for slot in slots]


def _label(slot: charts.Slot, today: date) -> str:
    if slot.start is None:
        return _("已超时")
    end = clock.local(slot.end)
    if clock.local(slot.start).date() == today:
        return _("%d 点前") % (end.hour or 24)
    if end - slot.start > timedelta(hours=12):
        return _("后天")
    return _("明早") if end.hour == 12 else _("明晚")


def _greeting(scope: QuerySet[Order], now: datetime) -> dict[str, Any]:
    """How many must leave before today's last deadline, and how today compares with the same hours a week ago."""
    day = clock.business_day(now)
    start, end = clock.day_bounds(day)
    due = charts.due_before(scope, end)
    new, before = charts.sold_between(scope, start, now), charts.sold_between(scope, start - timedelta(days=7), now - timedelta(days=7))
    week = charts.orders_by_day(scope, now, 14)
    return {
        "due": due,
        "new": new,
        "new_fen": charts.amount_between(scope, start, now),
        "growth": round((new - before) * 100 / before) if before else None,
        "day_orders": [sum(bar.values()) for bar in week.bars],
    }


def _kpis(scope: QuerySet[Order], now: datetime) -> dict[str, Any]:
    day = clock.business_day(now)
    week = daily.report(scope, day - timedelta(days=6), day).total
    handling = charts.handling(scope, now)
    mis_ships = charts.mis_ship_percents(scope, now)
    stages = charts.today_by_stage(scope, now)
    parts = [("shipped", "green"), ("printed", "violet"), ("waiting", "amber"), ("late", "rose")]
    return {
        "handling_hours": week.handling_hours,
        "handling_ok": week.handling_hours is not None and week.handling_hours < HANDLING_TARGET_HOURS,
        "handling_target": HANDLING_TARGET_HOURS,
        "handling_days": [day.handling_hours for day in handling if day.handling_hours is not None],
        "mis_ship_percent": week.mis_ship_percent,
        "mis_ship_ok": week.mis_ship_percent is not None and week.mis_ship_percent < MIS_SHIP_TARGET_PERCENT,
        "mis_ship_target": MIS_SHIP_TARGET_PERCENT,
        "mis_ship_days": [value for value in mis_ships if value is not None],
        "stages": stages,
        "stage_total": sum(stages.values()),
        "shares": drawing.shares([(code, tone, stages[code]) for code, tone in parts]),
        "done_at": charts.expected_end(scope, stages, now),
        "week_first": day - timedelta(days=6),
        "week_last": day,
    }
