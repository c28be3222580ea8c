"""How deeds on orders are told: verbs of the audit trail, names of fields, words for their values."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from danshu.orders.states import Flag, Fulfilment, Payment, Refund

SENTENCES: dict[str, str | Promise] = {
    "orders.taken_in": _("收进一批订单"),
    "refunds.taken_in": _("收进一批售后"),
    "orders.import_undone": _("撤销了一次导入"),
    "order.import_undone": _("随导入撤销恢复到导入前"),
    "order.updated": _("平台更新了订单"),
    "order.created": _("手工建单"),
    "order.paid": _("记为已付款"),
    "order.held": pgettext_lazy("deed", "挂起"),
    "order.released": _("解除挂起"),
    "order.flagged": _("改旗标"),
    "order.noted": _("改卖家备注"),
    "order.urged": _("改加急"),
    "order.tagged": _("改标签"),
    "order.courier_set": _("选快递"),
    "order.readdressed": _("改收件信息"),
    "order.merged": _("合到另一单"),
    "order.joined": _("别的订单合了进来"),
    "order.unmerged": _("取消合单"),
    "order.left": _("合进来的订单又分开了"),
    "order.split": _("拆单"),
    "order.split_off": _("从原单拆出"),
    "order.printed": pgettext_lazy("deed", "打印"),
    "order.unprinted": _("退回待处理"),
    "order.checked": _("复核通过"),
    "order.seen": _("核对了打印后的变更"),
    "order.shipped": pgettext_lazy("deed", "发货"),
    "order.unshipped": _("撤销发货"),
    "order.cancelled": _("取消订单"),
    "order.reopened": _("恢复订单"),
    "refund.agreed": _("同意了售后"),
    "refund.refused": _("拒绝了售后"),
    "people.revealed": _("查看完整收件信息"),
}

NAMES: dict[str, str | Promise] = {
    "payment": _("付款"),
    "fulfilment": _("履约"),
    "refund": _("退款"),
    "address": _("收件"),
    "lines": _("件数"),
    "buyer_message": _("买家备注"),
    "seller_memo": _("卖家备注"),
    "flag": _("旗标"),
    "is_urgent": _("加急"),
    "courier_code": _("快递"),
    "tags": _("标签"),
    "until": _("截止"),
    "into": _("去向"),
    "courier": _("快递"),
    "waybill_no": _("运单号"),
    "batch": _("打印批次"),
    "papers": _("单据"),
    "sequence": _("第几个包裹"),
    "left": _("没扫到的件数"),
    "refund_no": _("售后单号"),
}

MANY = frozenset({"papers"})  # their list is several values, not before and after

VALUES: dict[str, str | Promise] = {
    **{value: label for axis in (Payment, Fulfilment, Refund, Flag) for value, label in axis.choices if value},
    "pick": _("拣货单"),
    "slip": _("发货单"),
    "label": _("送货标签"),
    "True": _("是"),
    "False": _("否"),
}
