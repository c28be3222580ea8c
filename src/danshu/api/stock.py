"""Stock: what is left of each SKU; goods that came, and corrections."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from ninja import Query, Router

from danshu.api import lists, shapes
from danshu.api.access import bearer_of, shop_seen
from danshu.api.errors import say
from danshu.api.routing import endpoint, once
from danshu.catalogue import queries as catalogue
from danshu.catalogue.models import Sku
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.flows import stock_sync_numbers as numbers
from danshu.stock import operations as stock
from danshu.stock import outward, queries
from danshu.stock.models import Warehouse
from danshu.stock.operations import Piece

router = Router(tags=["stock"])


@endpoint(
    router, "GET /stock", "stock:read", name="stock-list", summary=noop("每个商品的库存"), answer={200: shapes.Levels},
    description=noop(
        "按商家编码排序，一页接一页；带 sku 只看这几个。sellable 是现在还能卖的件数；带 shop_id 时 offered 是这家店按可售规则能显示的件数。"
    ),
)  # fmt: skip
def levels(request: HttpRequest, wanted: Query[shapes.LevelFilter]) -> HttpResponse:
    shop = None if wanted.shop_id is None else shop_seen(bearer_of(request), wanted.shop_id)
    found = Sku.objects.filter(code__in=wanted.sku) if wanted.sku else Sku.objects.filter(is_active=True)
    page = lists.page(found.values(*outward.COLUMNS), ("code",), wanted)
    offered = None if shop is None else numbers.offered(shop, [row["id"] for row in page.rows], now=clock.now())
    return say({"items": outward.told(page.rows, offered), "next": page.next})


@endpoint(router, "GET /warehouses", "stock:read", name="warehouse-list", summary=noop("仓库"), answer={200: shapes.Warehouses})
def warehouses(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the framework's signature
    return say({"items": list(queries.warehouses(with_closed=True).values("id", "name", "is_active"))})


@endpoint(
    router, "POST /stock/receive", "stock:write", name="stock-receive", summary=noop("入库"), answer={200: shapes.Changed}, body=True,
    description=noop("货到了，件数加上去。要么全部入库，要么都不入。请带 Idempotency-Key，重发才不会入两次。"),
)  # fmt: skip
def receive(request: HttpRequest, data: shapes.ReceiveGiven) -> HttpResponse:
    def story() -> HttpResponse:
        pieces = _pieces(data.pieces)
        changed = stock.receive(pieces, by=bearer_of(request).actor, now=clock.now(), reason=data.reason)
        return say({"changed": changed})

    return once(request, story)


@endpoint(
    router, "POST /stock/adjust", "stock:write", name="stock-adjust", summary=noop("调整库存"), answer={200: shapes.Changed}, body=True,
    description=noop("加或减几件，要写原因。被订单锁定的减不掉：返回 409 stock.locked。"),
)  # fmt: skip
def adjust(request: HttpRequest, data: shapes.AdjustGiven) -> HttpResponse:
    def story() -> HttpResponse:
        pieces = _pieces(data.pieces)
        stock.adjust(pieces, by=bearer_of(request).actor, now=clock.now(), reason=data.reason)
        return say({"changed": len(pieces)})

    return once(request, story)


def _pieces(given: Sequence[shapes.PieceGiven] | Sequence[shapes.ChangeGiven]) -> list[Piece]:
    skus = catalogue.by_codes({one.sku for one in given})
    open_places = list(Warehouse.objects.filter(is_active=True).order_by("priority", "pk").values_list("pk", flat=True))
    if unknown := sorted({one.sku for one in given} - skus.keys()):
        text = _("没有这些商家编码：%(skus)s。什么都没有做。") % {"skus": "、".join(unknown[:5])}
        raise DomainError(text, "sku.not_found", details={"skus": unknown})
    if not open_places or any(one.warehouse_id not in {None, *open_places} for one in given):
        raise DomainError(_("没有这个仓库，或者它已停用。什么都没有做。"), "warehouse.not_found")
    return [
        Piece(skus[one.sku], one.warehouse_id or open_places[0], one.quantity, is_defective=getattr(one, "is_defective", False))
        for one in given
    ]
