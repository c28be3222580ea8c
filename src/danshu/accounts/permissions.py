"""Roles and every permission code in one list. Pages, endpoints and fields ask `user.may(code)`; nothing asks for a role."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OWNER = "owner", _("老板")
    OPERATIONS = "operations", _("运营")
    WAREHOUSE = "warehouse", _("仓库")
    SERVICE = "service", _("客服")
    VIEWER = "viewer", _("只读")


CODES: dict[str, str | Promise] = {
    "today.view": _("看今日面板"),
    "orders.view": _("看订单"),
    "orders.edit": _("改订单：备注、旗标、地址、快递、手工单、取消"),
    "orders.hold": _("挂起和解除挂起"),
    "orders.merge": _("合单和拆单"),
    "orders.amounts": _("看订单金额"),
    "orders.refund": _("同意、拒绝买家的售后申请"),
    "people.reveal": _("查看完整收件信息（会留痕）"),
    "products.view": _("看商品"),
    "products.edit": _("改商品、组合装、对码"),
    "products.cost": _("看成本"),
    "stock.view": _("看库存"),
    "stock.edit": _("入库、调整、盘点、移仓"),
    "stock.approve": _("审核盘点差异并入账"),
    "ship.print": _("打印"),
    "ship.waybill": _("填运单号、换快递"),
    "ship.check": _("扫描复核"),
    "ship.force": _("强制通过复核（要写原因）"),
    "ship.send": _("发货、导出平台发货文件"),
    "import.run": _("导入文件、撤销导入"),
    "reports.view": _("看报表"),
    "settings.shops": _("店铺设置"),
    "settings.ship": _("仓库、快递、打印机设置"),
    "settings.people": _("人员与邀请"),
    "settings.system": _("系统：任务、失败的事件、备份"),
    "settings.api": _("接口令牌和 Webhook"),
    "audit.view": _("看操作记录"),
}

_WAREHOUSE = {
    "orders.view", "orders.hold", "products.view", "stock.view", "stock.edit",
    "ship.print", "ship.waybill", "ship.check", "ship.force", "ship.send",
}  # fmt: skip
_SERVICE = {
    "today.view", "orders.view", "orders.edit", "orders.hold", "orders.amounts", "orders.refund", "people.reveal", "products.view",
    "stock.view",
}  # fmt: skip
_OPERATIONS = set(CODES) - {"settings.people", "settings.system", "settings.api"}

ROLE_CODES: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset(CODES),
    Role.OPERATIONS: frozenset(_OPERATIONS),
    Role.WAREHOUSE: frozenset(_WAREHOUSE),
    Role.SERVICE: frozenset(_SERVICE),
    Role.VIEWER: frozenset({"today.view", "orders.view", "orders.amounts", "products.view", "stock.view", "reports.view"}),
}
