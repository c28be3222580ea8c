"""What a token may do, each scope with the permission that a person must hold as well when the token acts in their name."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Scope:
    label: str | Promise
    permission: str


SCOPES: dict[str, Scope] = {
    "orders:read": Scope(_("看订单（收件信息打码）"), "orders.view"),
    "orders:write": Scope(_("建订单，改备注、旗标、地址，挂起和取消"), "orders.edit"),
    "stock:read": Scope(_("看商品编码和库存"), "stock.view"),
    "stock:write": Scope(_("入库和调整库存"), "stock.edit"),
    "shipments:read": Scope(_("看包裹和运单号"), "orders.view"),
    "shipments:write": Scope(_("填运单号并发货"), "ship.send"),
    "people:reveal": Scope(_("看完整收件信息（会留痕）"), "people.reveal"),
    "webhooks": Scope(_("管理 Webhook"), "settings.api"),
}
