"""How much of a SKU may be sold before it is here: a form in the drawer."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from danshu.catalogue.models import Sku
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.stock import operations as stock
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.stock.acts import whole


@require_POST
@requires("stock.edit")
def save(request: StaffRequest, sku_id: int) -> HttpResponse:
    """Fields `quota`, `promised_on` (a day) and `is_open`."""
    sku = get_object_or_404(Sku, pk=sku_id)
    try:
        promised_on = date.fromisoformat(request.POST.get("promised_on", "").strip())
    except ValueError:
        raise DomainError(_("承诺发货日要写成 2026-12-12 这样的日期。"), "stock.date") from None
    draft = stock.PresaleDraft(sku.pk, whole(request.POST.get("quota", ""), sku.code), promised_on, "is_open" in request.POST)
    stock.set_presales([draft], by=request.user.actor, now=clock.now())
    toast(request, _("%(code)s 的预售改好了。") % {"code": sku.code})
    return HttpResponseRedirect(f"{reverse('stock-list')}?{urlencode({'open': sku.code})}")
