"""Shipments: parcels and their numbers; sending parcels off."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from ninja import Path, Query, Router

from danshu.accounts.operations import Bearer
from danshu.api import lists, shapes
from danshu.api.access import bearer_of
from danshu.api.errors import say
from danshu.api.orders import result, visible
from danshu.api.routing import endpoint, once
from danshu.api.shapes import Id
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.flows import shipments as flow
from danshu.flows.shipments import Shipping
from danshu.fulfilment import outward
from danshu.fulfilment.models import Parcel

router = Router(tags=["shipments"])


@endpoint(
    router, "GET /shipments", "shipments:read", name="shipment-list", summary=noop("包裹列表"), answer={200: shapes.Shipments},
    description=noop("新的在前；带 shipped_since 时只看发出的，按发货时间从旧到新。"),
)  # fmt: skip
def listed(request: HttpRequest, wanted: Query[shapes.ShipmentFilter]) -> HttpResponse:
    equal = {"order__shop": wanted.shop_id, "order": wanted.order_id, "state": wanted.state, "shipped_at__gte": wanted.shipped_since}
    found = _visible(bearer_of(request)).filter(**{name: value for name, value in equal.items() if value is not None})
    page = lists.page(found.values(*outward.COLUMNS), ("shipped_at", "id") if wanted.shipped_since else ("-id",), wanted)
    return say({"items": [outward.told(row) for row in page.rows], "next": page.next})


@endpoint(
    router, "GET /shipments/{int:shipment_id}", "shipments:read", name="shipment", summary=noop("看一个包裹"),
    answer={200: shapes.Shipment},
)  # fmt: skip
def one(request: HttpRequest, shipment_id: Annotated[Id, Path()]) -> HttpResponse:
    row = _visible(bearer_of(request)).filter(pk=shipment_id).values(*outward.COLUMNS).first()
    if row is None:
        raise DomainError(_("没有包裹 %d，或者这个令牌看不到。") % shipment_id, "shipment.not_found")
    return say(outward.told(row))


@endpoint(
    router, "POST /shipments", "shipments:write", name="shipment-create", summary=noop("填运单号并发货，最多 100 个"), body=True,
    answer={200: shapes.ShipmentResults},
    description=noop("每一个各有各的结果：能发的都发出，不能发的说明原因（挂起、没付款、缺货……），什么都不会留下。"),
)  # fmt: skip
def create(request: HttpRequest, data: shapes.ShipmentsGiven) -> HttpResponse:
    bearer = bearer_of(request)

    def story() -> HttpResponse:
        seen = set(visible(bearer).filter(pk__in=[one.order_id for one in data.shipments]).values_list("pk", flat=True))
        items = [
            Shipping(one.order_id if one.order_id in seen else 0, one.courier, one.waybill_no, one.shipment_id) for one in data.shipments
        ]
        sent = flow.ship_each(items, by=bearer.actor, now=clock.now())
        rows = Parcel.objects.filter(pk__in=[pk for pk in sent if isinstance(pk, int)]).values(*outward.COLUMNS)
        told: dict[int, dict[str, Any]] = {row["id"]: outward.told(row) for row in rows}
        made = [told[one] if isinstance(one, int) else one for one in sent]
        return say({"results": [result(at, one, 201, "shipment") for at, one in enumerate(made)]})

    return once(request, story)


def _visible(bearer: Bearer) -> QuerySet[Parcel]:
    return Parcel.objects.all() if bearer.shop_ids is None else Parcel.objects.filter(order__shop__in=bearer.shop_ids)
