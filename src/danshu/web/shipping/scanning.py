"""/scan/: the packing table, on the phone first. Scan a paper to open a parcel, then scan each thing."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.fulfilment import checks, contents, couriers, queries
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.orders import refunds
from danshu.web import typed
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.shipping import parts


@requires("ship.check")
def scan(request: StaffRequest) -> HttpResponse:
    """The start: a code in `?code=` opens its parcel, several possible ones are offered."""
    shop_ids = parts.shops(request.user)
    text = request.GET.get("code", "").strip()
    found = queries.find_parcels(text, shop_ids)
    if len(found) == 1:
        return redirect("shipping-scan-parcel", found[0].pk)
    context = {
        "nav": "scan",
        "text": text,
        "found": [(parcel, couriers.name(parcel.courier_code)) for parcel in found],
        "today": queries.checked_on(clock.business_day(clock.now()), shop_ids),
        "next": queries.next_to_check(shop_ids),
        "last": request.GET.get("done", ""),
    }
    return render(request, "shipping/scan.html", context)


@requires("ship.check")
def parcel(request: StaffRequest, parcel_id: int) -> HttpResponse:
    """One parcel: GET shows it, POST takes a beep (`code`). A code that opens another parcel opens it when this one is untouched."""
    row = parts.own_parcel(request.user, parcel_id)
    result = None
    if request.method == "POST":
        code = request.POST.get("code", "").strip()
        other = _other(request, row, code)
        if other is not None:
            return redirect("shipping-scan-parcel", other.pk)
        result = _take(request, row, code)
        if result is not None and result.verdict == "done":
            if not request.htmx:
                toast(request, f"{row.order.short_no} {result.message}")
            return redirect(f"{_home()}?done={row.pk}")
        row.refresh_from_db()
    return _show(request, row, result)


def _home() -> str:
    from django.urls import reverse  # noqa: PLC0415 - one use

    return reverse("shipping-scan")


def _other(request: StaffRequest, row: Parcel, code: str) -> Parcel | None:
    """Another parcel that a long code names for sure; four digits may be a thing's code, so they never switch."""
    if len(code) < 8:
        return None
    found = [one for one in queries.find_parcels(code, parts.shops(request.user)) if one.pk != row.pk]
    inside = contents.of([row])[row.pk]
    is_thing = any(code in (need.barcode, need.code) for need in inside.needs)
    return found[0] if len(found) == 1 and not is_thing else None


def _take(request: StaffRequest, row: Parcel, code: str) -> fulfilment.ScanResult | None:
    if code in {row.waybill_no, row.order.no} or not code:
        return None  # the paper again
    count = min(999, max(1, typed.number(request.POST.get("quantity", "")) or 1))
    now = clock.now()
    told = typed.moment(request.POST.get("at", ""))
    at = told if told is not None and told.tzinfo is not None and told <= now else now
    return fulfilment.scan(row.pk, code, quantity=count, by=request.user.actor, now=at)


def _show(request: StaffRequest, row: Parcel, result: fulfilment.ScanResult | None) -> HttpResponse:
    inside = contents.of([row])[row.pk]
    ticks = result.ticks if result else fulfilment.progress(inside)
    is_open = row.state in (Parcel.State.OPEN, Parcel.State.PRINTED)
    following = next((tick for tick in ticks if tick.left), None) if is_open else None
    remarks = [t for order in inside.orders for t in (order.buyer_message.strip(), order.seller_memo.strip()) if t]
    context = {
        "nav": "scan",
        "parcel": row,
        "order": row.order,
        "orders": inside.orders,
        "courier": couriers.name(row.courier_code) if row.courier_code else "",
        "ticks": [(tick, "ok" if not tick.left else "wait" if tick is following else "") for tick in ticks],
        "left": sum(tick.left for tick in ticks),
        "pieces": inside.pieces,
        "is_open": is_open,
        "requests": [each for each in refunds.of(inside.orders) if each.is_living],
        "is_refunding": any(map(checks.is_refunding, inside.orders)) and row.state in queries.IN_HOUSE,
        "remarks": list(dict.fromkeys(remarks)),
        "result": result,
        "sound": "" if result is None else "right" if result.verdict == "right" else "wrong",
        "today": queries.checked_on(clock.business_day(clock.now()), parts.shops(request.user)),
        "next": queries.next_to_check(parts.shops(request.user), after=row.pk) if not is_open else None,
    }
    response = render(request, "shipping/_scan_parcel.html" if request.htmx else "shipping/scan_parcel.html", context)
    response["Vary"] = "HX-Request"
    return response


@require_POST
@requires("ship.force")
def force(request: StaffRequest, parcel_id: int) -> HttpResponse:
    row = parts.own_parcel(request.user, parcel_id)
    fulfilment.force_check(row.pk, request.POST.get("reason", ""), by=request.user.actor, now=clock.now())
    toast(request, _("%(no)s 强制通过，已记录。") % {"no": row.order.short_no})
    return redirect(f"{_home()}?done={row.pk}")


@require_POST
@requires("ship.check")
def restart(request: StaffRequest, parcel_id: int) -> HttpResponse:
    row = parts.own_parcel(request.user, parcel_id)
    fulfilment.restart(row.pk, by=request.user.actor, now=clock.now())
    toast(request, _("%(no)s 重新开始复核。") % {"no": row.order.short_no})
    return redirect("shipping-scan-parcel", row.pk)


@requires("ship.check")
def by_code(request: StaffRequest, code: str) -> HttpResponse:
    """/scan/<code>/ as a link on other pages: opens the parcel of an order or waybill number."""
    found = queries.find_parcels(code, parts.shops(request.user))
    if not found:
        raise DomainError(_("没有单号是 %(code)s 的包裹。请核对单号，或先打印这单。") % {"code": code}, "parcel.not_found")
    return redirect("shipping-scan-parcel", found[0].pk)
