"""Webhooks: a program looks after the addresses that are told of facts. Receivers in full only the owner can switch on, in the settings."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from ninja import Path, Query, Router

from danshu.accounts.operations import Bearer
from danshu.api import lists, shapes, webhook_shapes
from danshu.api.access import bearer_of
from danshu.api.errors import say
from danshu.api.routing import endpoint, once
from danshu.api.shapes import Id
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.notify import operations as notify
from danshu.notify import queries
from danshu.notify.models import Delivery, Webhook
from danshu.notify.operations import WebhookDraft
from danshu.orders.outward import moment

router = Router(tags=["webhooks"])
COLUMNS = ("id", "webhook_id", "kind", "subject", "state", "attempts", "next_at", "log", "created_at", "done_at")


@endpoint(router, "GET /webhooks", "webhooks", name="webhook-list", summary=noop("Webhook 列表"), answer={200: webhook_shapes.Webhooks})
def listed(request: HttpRequest) -> HttpResponse:
    return say({"items": [_told(hook) for hook in _visible(bearer_of(request))]})


@endpoint(
    router, "POST /webhooks", "webhooks", name="webhook-create", summary=noop("加一个 Webhook"), answer={201: webhook_shapes.WebhookMade},
    body=True,
    description=noop("返回签名密钥，只这一次。只限某些店铺的令牌，加的 Webhook 也只听这些店铺。"),
)  # fmt: skip
def create(request: HttpRequest, data: webhook_shapes.WebhookGiven) -> HttpResponse:
    bearer = bearer_of(request)
    shop_ids = tuple(data.shop_ids) or bearer.shop_ids or ()
    if bearer.shop_ids is not None and not (shop_ids and set(shop_ids) <= set(bearer.shop_ids)):
        raise DomainError(_("没有这家店铺，或者这个令牌看不到它。请检查 shop_id。"), "shop.not_found")

    def story() -> HttpResponse:
        draft = WebhookDraft(data.name, data.url, tuple(data.kinds), shop_ids)
        [(hook, secret)] = notify.add([draft], by=bearer.actor, now=clock.now())
        return say({**_told(hook), "secret": secret}, 201)

    return once(request, story)


@endpoint(
    router, "POST /webhooks/{int:webhook_id}/remove", "webhooks", name="webhook-remove", summary=noop("删掉一个 Webhook"),
    answer={200: shapes.Changed},
)  # fmt: skip
def remove(request: HttpRequest, webhook_id: Annotated[Id, Path()]) -> HttpResponse:
    bearer = bearer_of(request)
    _one(bearer, webhook_id)
    return once(request, lambda: say({"changed": notify.remove([webhook_id], by=bearer.actor, now=clock.now())}))


@endpoint(
    router, "POST /webhooks/{int:webhook_id}/test", "webhooks", name="webhook-test", summary=noop("发一条测试消息"),
    answer={200: webhook_shapes.Queued}, description=noop("排进队列，几秒内送出，类型是 webhook.test。"),
)  # fmt: skip
def test(request: HttpRequest, webhook_id: Annotated[Id, Path()]) -> HttpResponse:
    _one(bearer_of(request), webhook_id)
    return once(request, lambda: say({"delivery_id": notify.send_test(webhook_id, now=clock.now())}))


@endpoint(
    router, "GET /webhooks/{int:webhook_id}/deliveries", "webhooks", name="webhook-deliveries", summary=noop("投递记录"),
    answer={200: webhook_shapes.Deliveries}, description=noop("新的在前，保留 30 天。"),
)  # fmt: skip
def deliveries(request: HttpRequest, webhook_id: Annotated[Id, Path()], wanted: Query[webhook_shapes.DeliveryFilter]) -> HttpResponse:
    hook = _one(bearer_of(request), webhook_id)
    found = Delivery.objects.filter(webhook=hook, **wanted.dict(include={"state"}, exclude_none=True))
    page = lists.page(found.values(*COLUMNS), queries.ORDER, wanted)
    return say({"items": [_delivered(row) for row in page.rows], "next": page.next})


@endpoint(
    router, "POST /webhooks/{int:webhook_id}/replay", "webhooks", name="webhook-replay", summary=noop("重发"), answer={200: shapes.Changed},
    body=True, description=noop("编号不变，接收方能认出是同一条。"),
)  # fmt: skip
def replay(request: HttpRequest, webhook_id: Annotated[Id, Path()], data: webhook_shapes.DeliveryIds) -> HttpResponse:
    bearer = bearer_of(request)
    hook = _one(bearer, webhook_id)
    ids = list(Delivery.objects.filter(webhook=hook, pk__in=data.delivery_ids).values_list("pk", flat=True))
    return once(request, lambda: say({"changed": notify.replay(ids, by=bearer.actor, now=clock.now())}))


def _visible(bearer: Bearer) -> QuerySet[Webhook]:
    return queries.visible(bearer.shop_ids)


def _one(bearer: Bearer, webhook_id: int) -> Webhook:
    hook = _visible(bearer).filter(pk=webhook_id).first()
    if hook is None:
        raise DomainError(_("没有 Webhook %d，或者这个令牌看不到。") % webhook_id, "webhook.not_found")
    return hook


def _told(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.pk, "name": hook.name, "url": hook.url, "kinds": hook.kinds, "shop_ids": hook.shop_ids, "is_plain": hook.is_plain,
        "is_active": hook.is_active, "failing_since": moment(hook.failing_since), "created_at": moment(hook.created_at),
    }  # fmt: skip


def _delivered(row: dict[str, Any]) -> dict[str, Any]:
    moments = {name: moment(row[name]) for name in ("next_at", "created_at", "done_at")}
    return {**row, **moments, "message_id": f"msg_{row['id']}"}
