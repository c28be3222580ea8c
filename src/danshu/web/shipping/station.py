"""/print/: what waits per courier, the queue of one courier, the paper as it will look; and the print button."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.fulfilment import checks, contents, couriers, queries
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel, Printer
from danshu.orders import queries as orders
from danshu.orders.models import Order
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.shipping import parts

MOST_CHOSEN = 500  # ids in an address
SHOWN = 60  # rows of the queue; the button prints all of the courier


@requires("ship.print")
def station(request: StaffRequest) -> HttpResponse:
    """`?courier=` opens a group (`none` = without a courier), `?v=due-today` what must leave today, `?ids=` a selection of orders
    (other pages post it), `?order=` previews one."""
    if request.method == "POST":
        ids = parts.chosen(request.POST, "ids")[:MOST_CHOSEN]
        return redirect(f"{reverse('shipping-print')}?ids={','.join(map(str, ids))}")
    now = clock.now()
    shop_ids = parts.shops(request.user)
    groups = queries.courier_groups(shop_ids, now=now)
    code = request.GET.get("courier")
    code = "" if code == "none" else code if code is not None else (groups[0].code if groups else "")
    ids = parts.chosen(request.GET, "ids")
    queue = _queue(request, code, ids)
    rows = list(queue[:SHOWN])
    return render(
        request,
        "shipping/station.html",
        {
            "nav": "print",
            "groups": groups,
            "group": next((group for group in groups if group.code == code), None),
            "code": code,
            "ids": ids,
            "rows": _with_reasons(rows),
            "total": sum(group.count for group in groups),
            "more": max(0, queue.count() - SHOWN) if len(rows) == SHOWN else 0,
            "batches": queries.batches(clock.business_day(now))[:6],
            "printers": Printer.objects.order_by("-is_default", "id"),
            "preview": _preview(request, rows),
            "opened": request.GET.get("order", ""),
            "is_due": _is_due(request),
        },
    )


def _queue(request: StaffRequest, code: str, ids: Sequence[int]) -> QuerySet[Order]:
    shop_ids = parts.shops(request.user)
    if ids:
        rows = orders.scope(request.user).filter(pk__in=ids, merged_into=None)
    elif _is_due(request):
        rows = queries.printable(shop_ids).filter(ship_by__lt=_tonight())
    else:
        rows = queries.printable(shop_ids).filter(courier_code=code)
    return queries.by_urgency(rows).select_related("shop").prefetch_related("lines__sku", "parcels")


def _is_due(request: StaffRequest) -> bool:
    return request.GET.get("v") == "due-today"


def _tonight() -> datetime:
    return clock.day_bounds(clock.business_day(clock.now()))[1]


def _with_reasons(rows: Sequence[Order]) -> list[tuple[Order, str]]:
    """Orders with the reason why they would be left out; "" for those that go."""
    found = contents.groups([order.pk for order in rows])
    reasons = []
    for order in rows:
        code = next((c for one in found[order.pk] if (c := checks.of_order(one))), "")
        code = code or ("" if order.courier_code else "no_courier")
        reasons.append((order, str(checks.REASONS[code]) if code else ""))
    return reasons


def _preview(request: StaffRequest, rows: Sequence[Order]) -> parts.Preview | None:
    wanted = parts.chosen(request.GET, "order")
    order = next((row for row in rows if row.pk in wanted), rows[0] if rows else None)
    if order is None:
        return None
    parcel = next((p for p in order.parcels.all() if p.state != Parcel.State.VOID), None)
    parcel = parcel or Parcel(order=order, courier_code=order.courier_code, warehouse_id=order.warehouse_id)
    return parts.preview(request.user, parcel)


@require_POST
@requires("ship.print")
def start(request: StaffRequest) -> HttpResponse:
    """Print the ticked orders, or with `all` the whole group; then show the batch."""
    data = request.POST
    ids = parts.chosen(data, "id")
    scope = orders.scope(request.user)
    if data.get("all"):
        waiting = queries.printable(parts.shops(request.user))
        waiting = waiting.filter(ship_by__lt=_tonight()) if data["all"] == "due" else waiting.filter(courier_code=data.get("courier", ""))
        ids = list(waiting.values_list("pk", flat=True))
    known = set(scope.filter(pk__in=ids).values_list("pk", flat=True))
    ids = [order_id for order_id in ids if order_id in known]
    if not ids:
        raise DomainError(_("没有勾选订单。请勾选要打印的订单，或点「打印全部」。"), "print.nothing")
    printer = Printer.objects.filter(pk__in=parts.chosen(data, "printer")).first()
    now = clock.now()
    with_numbers = bool(data.get("numbers")) and request.user.may("ship.waybill")
    parcel_ids = fulfilment.open_parcels(ids, by=request.user.actor, now=now)
    if with_numbers:
        fulfilment.take_numbers(parcel_ids, by=request.user.actor, now=now)
    batch = fulfilment.print_papers(
        parcel_ids,
        order_ids=ids,
        papers=data.getlist("paper") or ["label"],
        printer_id=printer.pk if printer else None,
        size=data.get("size", ""),
        plain=_plain(request, printer),
        prices=_prices(request, printer),
        accept_changed=bool(data.get("changed")),
        by=request.user.actor,
        now=now,
    )
    told = _("%(no)s：%(count)s 张，正在生成。")
    toast(request, told % {"no": batch.no, "count": batch.parcel_count})
    return redirect("shipping-batch", batch.pk)


def _plain(request: StaffRequest, printer: Printer | None) -> bool:
    """Full receivers only when asked for (by the switch or the printer's profile) and allowed."""
    asked = bool(request.POST.get("plain")) or bool(printer and printer.is_plain)
    return asked and request.user.may("people.reveal")


def _prices(request: StaffRequest, printer: Printer | None) -> bool:
    asked = bool(request.POST.get("prices")) or bool(printer and printer.shows_prices)
    return asked and request.user.may("orders.amounts")


def courier_choices() -> list[tuple[str, str]]:
    return [(courier.code, courier.name) for courier in couriers.table().values() if courier.is_active]
