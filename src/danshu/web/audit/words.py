"""The book's machine words as people read them."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.accounts.permissions import Role
from danshu.audit.verbs import VERBS

FIELDS = {
    "role": gettext_lazy("角色"),
    "shop_ids": gettext_lazy("店铺"),
    "name": gettext_lazy("名字"),
    "courier_code": gettext_lazy("快递"),
    "warehouse_id": gettext_lazy("仓库"),
    "ship_hours": gettext_lazy("发货时限（小时）"),
    "unpaid_minutes": gettext_lazy("待付款锁定（分钟）"),
    "flag": gettext_lazy("旗标"),
    "seller_memo": gettext_lazy("卖家备注"),
    "fulfilment": gettext_lazy("履约状态"),
    "is_active": gettext_lazy("启用"),
    "on_hand": gettext_lazy("库存"),
    "quantity": gettext_lazy("数量"),
}
ROOMS = {
    "order": gettext_lazy("订单"),
    "parcel": gettext_lazy("包裹"),
    "stock": gettext_lazy("库存"),
    "listing": gettext_lazy("对码"),
    "shop": gettext_lazy("店铺"),
    "person": gettext_lazy("人员"),
    "people": gettext_lazy("收件人信息"),
    "job": gettext_lazy("任务"),
    "reaction": gettext_lazy("事件"),
    "orders": gettext_lazy("收进订单"),
    "imports": gettext_lazy("导入"),
    "sku": gettext_lazy("商品"),
    "view": gettext_lazy("视图"),
    "warehouse": gettext_lazy("仓库"),
    "batch": gettext_lazy("打印批次"),
    "courier": gettext_lazy("快递"),
    "range": gettext_lazy("号段"),
    "printer": gettext_lazy("打印机"),
    "template": gettext_lazy("发货模板"),
    "ship_file": gettext_lazy("发货文件"),
}


def choices() -> list[tuple[str, str]]:
    """What the filter offers: the kinds of things that have verbs, as `order.`."""
    kinds = dict.fromkeys(verb.split(".")[0] for verb in VERBS)
    return [(f"{kind}.", str(ROOMS.get(kind, kind))) for kind in kinds]


def role(label: str) -> str:
    """A role's name in the reader's language; any other label as it is."""
    return str(Role(label).label) if label in Role.values else label


def change(name: str, pair: list[Any]) -> tuple[str, str, str]:
    """(field, before, after) in words."""
    return str(FIELDS.get(name, name)), _value(pair[0]), _value(pair[1])


def _value(value: Any) -> str:
    if value in (None, "", [], {}):
        return _("（空）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return role(str(value))
