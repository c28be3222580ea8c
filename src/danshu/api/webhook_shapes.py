"""What travels about webhooks."""

from __future__ import annotations

from typing import Annotated, Literal

from django.utils.translation import gettext_noop as noop
from ninja import Schema
from pydantic import AwareDatetime, Field

from danshu.api.shapes import MOST_ITEMS, Given, Id, Ids, Paged, text
from danshu.notify.kinds import KINDS


class WebhookGiven(Given):
    name: Annotated[str, text(60, 1)]
    url: Annotated[str, text(500, 1)] = Field(description=noop("https 地址"))
    kinds: list[str] = Field(min_length=1, max_length=len(KINDS), json_schema_extra={"items": {"type": "string", "enum": list(KINDS)}})
    shop_ids: list[Id] = Field([], max_length=MOST_ITEMS, description=noop("只听这些店铺；空的是令牌看得到的全部"))


class Webhook(Schema):
    id: int
    name: str
    url: str
    kinds: list[str]
    shop_ids: list[int]
    is_plain: bool = Field(description=noop("收件信息不打码：只有老板能在设置里打开"))
    is_active: bool
    failing_since: AwareDatetime | None
    created_at: AwareDatetime


class WebhookMade(Webhook):
    secret: str = Field(description=noop("签名密钥 whsec_…，只显示这一次"))


class Webhooks(Schema):
    items: list[Webhook]


class Queued(Schema):
    delivery_id: int


class DeliveryFilter(Paged):
    state: Literal["waiting", "done", "failed"] | None = None


class DeliveryIds(Given):
    delivery_ids: Ids


class Attempt(Schema):
    at: AwareDatetime
    status: int = Field(description=noop("对方的状态码；0 是没有连上"))
    error: str
    ms: int


class Delivery(Schema):
    id: int
    message_id: str
    webhook_id: int
    kind: str
    subject: str
    state: Literal["waiting", "done", "failed"]
    attempts: int
    next_at: AwareDatetime
    log: list[Attempt]
    created_at: AwareDatetime
    done_at: AwareDatetime | None


class Deliveries(Schema):
    items: list[Delivery]
    next: str
