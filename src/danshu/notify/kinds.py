"""What webhooks can be told of."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEST = "webhook.test"  # goes to one webhook, by a person's click

KINDS: dict[str, str | Promise] = {
    "order.placed": _("新订单"),
    "order.paid": _("订单已付款"),
    "order.shipped": _("订单已发货"),
    "order.cancelled": _("订单已取消"),
    "order.short": _("订单缺货"),
    "refund.requested": _("买家申请退款"),
    "refund.changed": _("售后申请有进展"),
    "shipment.shipped": _("包裹已发出（带运单号）"),
    "stock.changed": _("库存变了（几秒汇总一次）"),
    "shop.access_ending": _("店铺授权快到期（剩 7、3、1 天各一次）"),
    "shop.access_refused": _("平台不再接受店铺的授权"),
    "shop.quarantined": _("有订单或售后几次都没读进来"),
}
