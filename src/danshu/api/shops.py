"""Shops: which there are, and which take orders from here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as noop
from ninja import Router

from danshu.api import shapes
from danshu.api.access import bearer_of
from danshu.api.errors import say
from danshu.api.routing import endpoint
from danshu.channels import registry, shops

router = Router(tags=["shops"])


@endpoint(
    router, "GET /shops", "", name="shop-list", summary=noop("店铺"), answer={200: shapes.Shops},
    description=noop("这个令牌看得到的店铺。任何令牌都能看，适合用来试令牌。"),
)  # fmt: skip
def listed(request: HttpRequest) -> HttpResponse:
    rows = shops.visible(bearer_of(request).shop_ids).values("id", "name", "platform", "is_active")
    items = [{**row, "takes_orders": row["is_active"] and registry.takes_orders(row["platform"])} for row in rows]
    return say({"items": items})
