"""One tap: goods that order A holds are for order B."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from danshu.catalogue.models import Sku
from danshu.core import clock
from danshu.flows import reallocation
from danshu.orders import queries as orders
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast


@require_POST
@requires("stock.edit")
def give(request: StaffRequest, sku_id: int) -> HttpResponse:
    """Fields `from` and `to`: orders that the person may see."""
    sku = get_object_or_404(Sku, pk=sku_id)
    scope = orders.scope(request.user)
    giver = get_object_or_404(scope, pk=_number(request.POST.get("from", "")))
    taker = get_object_or_404(scope, pk=_number(request.POST.get("to", "")))
    short = reallocation.reallocate([reallocation.Swap(sku.pk, giver.pk, taker.pk)], by=request.user.actor, now=clock.now())
    said = _("货从 %(giver)s 调给了 %(taker)s，%(giver)s 变成缺货。") if short else _("货从 %(giver)s 调给了 %(taker)s。")
    toast(request, said % {"giver": giver.short_no, "taker": taker.short_no})
    return HttpResponseRedirect(f"{reverse('stock-list')}?{urlencode({'open': sku.code, 'tab': 'locks'})}")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0
