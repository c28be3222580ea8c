"""Orders: made, read, changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from ninja import Path, Query, Router

from danshu.accounts.operations import Bearer
from danshu.api import lists, shapes
from danshu.api.access import bearer_of, require
from danshu.api.errors import say, shape, status_of
from danshu.api.routing import endpoint, once
from danshu.api.shapes import Id
from danshu.catalogue import queries as catalogue
from danshu.channels.contract import Payment, Receiver
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders import outward, receiver
from danshu.orders.models import Order
from danshu.orders.operations import Draft, DraftLine

router = Router(tags=["orders"])


def visible(bearer: Bearer) -> QuerySet[Order]:
    return Order.objects.all() if bearer.shop_ids is None else Order.objects.filter(shop__in=bearer.shop_ids)


@endpoint(
    router, "POST /orders", "orders:write", name="order-create", summary=noop("建一张订单"), answer={201: shapes.Order}, body=True,
    description=noop("马上锁库存。库存不够时返回 409 stock.short，details 里有每个商品还剩几件，什么都不会留下。"),
)  # fmt: skip
def create(request: HttpRequest, data: shapes.OrderGiven) -> HttpResponse:
    def story() -> HttpResponse:
        [made] = _create(bearer_of(request), [data])
        if isinstance(made, DomainError):
            raise made
        return say(made, 201)

    return once(request, story)


@endpoint(
    router, "POST /orders/batch", "orders:write", name="order-create-many", summary=noop("建一批订单，最多 100 张"), body=True,
    answer={200: shapes.OrderResults},
    description=noop("每一张各有各的结果：能建的都建好，不能建的说明原因，互不影响。同一批里先写的先拿库存。"),
)  # fmt: skip
def create_many(request: HttpRequest, data: shapes.OrdersGiven) -> HttpResponse:
    def story() -> HttpResponse:
        results = [result(at, made, 201, "order") for at, made in enumerate(_create(bearer_of(request), data.orders))]
        return say({"results": results})

    return once(request, story)


@endpoint(
    router, "GET /orders", "orders:read", name="order-list", summary=noop("订单列表"), answer={200: shapes.Orders},
    description=noop("不带时间时新的在前；带 updated_since 或 created_since 时按更新时间从旧到新，一页接一页，适合同步。收件信息打码。"),
)  # fmt: skip
def listed(request: HttpRequest, wanted: Query[shapes.OrderFilter]) -> HttpResponse:
    bearer = bearer_of(request)
    found = visible(bearer).filter(**wanted.dict(include={"shop_id", "payment", "fulfilment", "refund", "is_held"}, exclude_none=True))
    if wanted.number:
        found = found.filter(platform_no=wanted.number)
    if wanted.created_since:
        found = found.filter(created_at__gte=wanted.created_since)
    since = max(filter(None, (wanted.updated_since, wanted.created_since)), default=None)  # what was made since then was changed since then
    if since:
        found = found.filter(updated_at__gte=since)
    page = lists.page(found.values(*outward.COLUMNS), ("updated_at", "id") if since else ("-id",), wanted)
    return say({"items": _told(bearer, page.rows, reveal=wanted.reveal), "next": page.next})


@endpoint(
    router, "GET /orders/{int:order_id}", "orders:read", name="order", summary=noop("看一张订单"), answer={200: shapes.Order},
    description=noop("收件信息打码。带 reveal=true 得到完整的，要有 people:reveal 权限，并且会留痕。"),
)  # fmt: skip
def one(request: HttpRequest, order_id: Annotated[Id, Path()], wanted: Query[shapes.Reveal]) -> HttpResponse:
    bearer = bearer_of(request)
    rows = list(visible(bearer).filter(pk=order_id).values(*outward.COLUMNS))
    if not rows:
        raise _missing([order_id])
    return say(_told(bearer, rows, reveal=wanted.reveal)[0])


@endpoint(
    router, "POST /orders/pay", "orders:write", name="order-pay", summary=noop("记为已付款"), answer={200: shapes.Changed}, body=True,
    description=noop("待付款的订单付了钱：锁定不再到期，发货时限从现在算起。付过的不变。"),
)  # fmt: skip
def pay(request: HttpRequest, data: shapes.OrderIds) -> HttpResponse:
    return _change(request, data, lambda ids, by: orders.pay(ids, by=by.actor, now=clock.now()))


@endpoint(
    router, "POST /orders/hold", "orders:write", name="order-hold", summary=noop("挂起"), answer={200: shapes.Changed}, body=True,
    description=noop("挂起的订单不打印、不发货。要么全部挂起，要么都不挂。"),
)  # fmt: skip
def hold(request: HttpRequest, data: shapes.HoldGiven) -> HttpResponse:
    return _change(request, data, lambda ids, by: orders.hold(ids, reason=data.reason, until=data.until, by=by.actor, now=clock.now()))


@endpoint(
    router, "POST /orders/release", "orders:write", name="order-release", summary=noop("解除挂起"), answer={200: shapes.Changed}, body=True,
)  # fmt: skip
def release(request: HttpRequest, data: shapes.OrderIds) -> HttpResponse:
    return _change(request, data, lambda ids, by: orders.unhold(ids, by=by.actor, now=clock.now()))


@endpoint(
    router, "POST /orders/cancel", "orders:write", name="order-cancel", summary=noop("取消订单"), answer={200: shapes.Changed}, body=True,
    description=noop("马上放开库存。已发货的不能取消：返回 409，一张都不取消。"),
)  # fmt: skip
def cancel(request: HttpRequest, data: shapes.CancelGiven) -> HttpResponse:
    return _change(request, data, lambda ids, by: orders.cancel(ids, reason=data.reason, by=by.actor, now=clock.now()))


@endpoint(
    router, "POST /orders/flag", "orders:write", name="order-flag", summary=noop("改旗标"), answer={200: shapes.Changed}, body=True,
)  # fmt: skip
def flag(request: HttpRequest, data: shapes.FlagGiven) -> HttpResponse:
    return _change(request, data, lambda ids, by: orders.set_flag(ids, data.flag, by=by.actor, now=clock.now()))


@endpoint(
    router, "POST /orders/memo", "orders:write", name="order-memo", summary=noop("改卖家备注"), answer={200: shapes.Changed}, body=True,
)  # fmt: skip
def memo(request: HttpRequest, data: shapes.MemoGiven) -> HttpResponse:
    return _change(request, data, lambda ids, by: orders.set_memo(ids, data.memo, by=by.actor, now=clock.now()))


@endpoint(
    router, "POST /orders/receiver", "orders:write", name="order-receiver", summary=noop("改收件信息"), answer={200: shapes.Changed},
    body=True, description=noop("已打印的订单会标成「打印后有变更」。已发货、已取消和合单中的不能改。"),
)  # fmt: skip
def address(request: HttpRequest, data: shapes.AddressGiven) -> HttpResponse:
    to = Receiver(**data.receiver.dict())
    return _change(request, data, lambda ids, by: orders.edit_receiver(ids, to, by=by.actor, now=clock.now()))


def _change(request: HttpRequest, data: shapes.OrderIds, story: Callable[[list[int], Bearer], int]) -> HttpResponse:
    """One domain call about orders that the token sees; all of them or none."""
    bearer, ids = bearer_of(request), list(dict.fromkeys(data.order_ids))
    seen = set(visible(bearer).filter(pk__in=ids).values_list("pk", flat=True))
    if len(seen) < len(ids):
        raise _missing([pk for pk in ids if pk not in seen])
    return once(request, lambda: say({"changed": story(ids, bearer)}))


def _missing(ids: Sequence[int]) -> DomainError:
    shown = "、".join(map(str, ids[:5]))
    text = _("没有订单 %(ids)s，或者这个令牌看不到。什么都没有做。") % {"ids": shown}
    return DomainError(text, "order.not_found", details={"order_ids": list(ids)})


def _create(bearer: Bearer, given: Sequence[shapes.OrderGiven]) -> list[dict[str, Any] | DomainError]:
    """Each order as it stands now, masked, or why it was not made."""
    skus = catalogue.by_codes({line.sku for one in given for line in one.lines})
    drafts = [_draft(one, skus, sees=bearer.shop_ids is None or one.shop_id in bearer.shop_ids) for one in given]
    made = orders.create_each(drafts, by=bearer.actor, now=clock.now())
    rows = Order.objects.filter(pk__in=[pk for pk in made if isinstance(pk, int)]).values(*outward.COLUMNS)
    told = {row["id"]: row for row in outward.told(list(rows))}
    return [told[one] if isinstance(one, int) else one for one in made]


def _draft(given: shapes.OrderGiven, skus: dict[str, int], *, sees: bool) -> Draft:
    lines = tuple(DraftLine(skus.get(line.sku, 0), line.quantity, line.price_fen, line.is_gift) for line in given.lines)
    return Draft(
        given.shop_id if sees else 0, lines, Receiver(**given.receiver.dict()), given.number, Payment(given.payment), given.buyer_nick,
        given.buyer_message, given.seller_memo, given.flag, given.freight_fen, given.discount_fen, given.paid_fen, Order.Source.API,
    )  # fmt: skip


def result(at: int, made: dict[str, Any] | DomainError, status: int, name: str) -> dict[str, Any]:
    """What became of one thing of many."""
    if isinstance(made, DomainError):
        return {"index": at, "status": status_of(made), name: None, "error": shape(made)}
    return {"index": at, "status": status, name: made, "error": None}


def _told(bearer: Bearer, rows: list[dict[str, Any]], *, reveal: bool) -> list[dict[str, Any]]:
    if not reveal:
        return outward.told(rows)
    require(bearer, "people:reveal")
    return outward.told(rows, receiver.reveal([row["id"] for row in rows], by=bearer.actor, now=clock.now()))
