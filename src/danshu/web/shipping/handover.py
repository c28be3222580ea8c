"""/print/handover/: parcels that are ready, the ship button, today's lists per courier."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.fulfilment import confirmations, couriers, queries
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.operations.shipping import UNDO_WITHIN
from danshu.web import typed
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.shipping import parts

SHOWN = 200


def _day(request: StaffRequest) -> date:
    return typed.day(request.GET.get("day", "")) or clock.business_day(clock.now())


@requires("ship.send")
def handover(request: StaffRequest) -> HttpResponse:
    shop_ids, day, now = parts.shops(request.user), _day(request), clock.now()
    ready = list(queries.shippable(shop_ids)[: SHOWN + 1])
    fresh = Parcel.objects.filter(state=Parcel.State.SHIPPED, shipped_at__gte=now - UNDO_WITHIN)
    if shop_ids is not None:
        fresh = fresh.filter(order__shop__in=shop_ids)
    context = {
        "nav": "print",
        "day": day,
        "troubled": confirmations.troubles(shop_ids, now=now).count(),
        "ready": [(parcel, couriers.name(parcel.courier_code)) for parcel in ready[:SHOWN]],
        "has_more": len(ready) > SHOWN,
        "taken": [(code, couriers.name(code), count) for code, count in queries.taken_counts(day, shop_ids)],
        "fresh": [(p, couriers.name(p.courier_code)) for p in fresh.select_related("order").order_by("-shipped_at", "-id")[:20]],
    }
    return render(request, "shipping/handover.html", context)


@requires("ship.send")
def handover_list(request: StaffRequest, courier: str) -> HttpResponse:
    day = _day(request)
    content = fulfilment.handover(courier, day, shops=parts.shops(request.user))
    return parts.pdf(content, f"{courier}-{day}.pdf")


@require_POST
@requires("ship.send")
def ship(request: StaffRequest) -> HttpResponse:
    """Ship the ticked parcels; more than a page's worth in the background."""
    ids = parts.own_parcels(request.user, parts.chosen(request.POST, "parcel"))
    if request.POST.get("all"):
        ids = list(queries.shippable(parts.shops(request.user)).values_list("pk", flat=True))
    if not ids:
        raise DomainError(_("没有勾选包裹。请勾选要发货的包裹。"), "ship.nothing")
    now = clock.now()
    if len(ids) > parts.AT_ONCE:
        run = fulfilment.ship_many(ids, by=request.user.actor, now=now)
        return redirect("jobs-run", run.pk)
    report = fulfilment.ship(ids, by=request.user.actor, now=now)
    if report.shipped:
        undo = reverse("shipping-unship") + "?parcel=" + ",".join(map(str, report.shipped))
        count = len(report.shipped)
        toast(request, ngettext("%(count)s 个包裹已发货。", "%(count)s 个包裹已发货。", count) % {"count": count}, undo)
    if report.refused:
        told = "；".join(f"{one.order_no} {one.reason}" for one in report.refused[:5])
        toast(request, _("%(count)s 个没有发：%(why)s。") % {"count": len(report.refused), "why": told}, error=True)
    return redirect("shipping-handover")


@require_POST
@requires("ship.send")
def unship(request: StaffRequest) -> HttpResponse:
    wanted = parts.chosen(request.POST, "parcel") or parts.chosen(request.GET, "parcel")
    count = fulfilment.unship(parts.own_parcels(request.user, wanted), by=request.user.actor, now=clock.now())
    told = ngettext("撤销了 %(count)s 个包裹的发货，库存已回到锁定。", "撤销了 %(count)s 个包裹的发货，库存已回到锁定。", count)
    toast(request, told % {"count": count})
    return redirect("shipping-handover")
