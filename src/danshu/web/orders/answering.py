"""The seller's answer to a buyer's request."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from danshu.core.errors import DomainError
from danshu.flows import after_sales
from danshu.orders import queries
from danshu.orders.models import Refund
from danshu.web import shell
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import detail, links


@require_POST
@requires("orders.refund")
def answer(request: StaffRequest, no: str, refund_id: int) -> HttpResponse:
    """Agree or refuse (`agrees`), and say what the platform made of it."""
    order = detail.find(request, no)
    group = [order, *(other for other in queries.group(order) if other.pk != order.pk)]
    heads = {each.split_from_id or each.pk for each in group}
    refund = get_object_or_404(Refund, pk=refund_id, order__in=heads)
    agrees = request.POST.get("agrees") == "1"
    try:
        after = after_sales.answer(refund.pk, agrees=agrees, reason=request.POST.get("reason", ""), by=request.user.actor)
    except DomainError as refusal:
        shell.toast(request, refusal.message, error=True)
    else:
        told = _("已经告诉平台。售后 %(no)s 现在是「%(state)s」。")
        shell.toast(request, told % {"no": after.refund_no, "state": after.get_state_display()})
    return links.back(request) if request.POST.get("next") else detail.goto(order)
