"""Refunds: what buyers ask back, as their platforms tell it. They are answered in the house, where the goods are looked at."""

from __future__ import annotations

from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from ninja import Path, Query, Router

from danshu.accounts.operations import Bearer
from danshu.api import lists, shapes
from danshu.api.access import bearer_of
from danshu.api.errors import say
from danshu.api.routing import endpoint
from danshu.api.shapes import Id
from danshu.core.errors import DomainError
from danshu.orders import refund_outward
from danshu.orders.models import Refund

router = Router(tags=["refunds"])


@endpoint(
    router, "GET /refunds", "orders:read", name="refund-list", summary=noop("售后申请列表"), answer={200: shapes.Refunds},
    description=noop("平台上的退款、退货、换货申请，新的在前。"),
)  # fmt: skip
def listed(request: HttpRequest, wanted: Query[shapes.RefundFilter]) -> HttpResponse:
    found = _visible(bearer_of(request)).filter(**wanted.dict(include={"shop_id", "order_id", "state"}, exclude_none=True))
    page = lists.page(found.values(*refund_outward.COLUMNS), ("-id",), wanted)
    return say({"items": [refund_outward.told(row) for row in page.rows], "next": page.next})


@endpoint(router, "GET /refunds/{int:refund_id}", "orders:read", name="refund", summary=noop("看一个售后申请"), answer={200: shapes.Refund})
def one(request: HttpRequest, refund_id: Annotated[Id, Path()]) -> HttpResponse:
    row = _visible(bearer_of(request)).filter(pk=refund_id).values(*refund_outward.COLUMNS).first()
    if row is None:
        raise DomainError(_("没有售后申请 %d，或者这个令牌看不到。") % refund_id, "refund.not_found")
    return say(refund_outward.told(row))


def _visible(bearer: Bearer) -> QuerySet[Refund]:
    return Refund.objects.all() if bearer.shop_ids is None else Refund.objects.filter(shop__in=bearer.shop_ids)
