from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StockConfig(AppConfig):
    name = "danshu.stock"
    label = "stock"

    def ready(self) -> None:
        from danshu.audit import verbs  # noqa: PLC0415 -- apps are loading until now
        from danshu.catalogue import guards  # noqa: PLC0415 -- as above
        from danshu.stock import holdings  # noqa: PLC0415 -- models are loaded only now

        guards.before_bundling(holdings.reasons)
        verbs.register(
            {
                "stock.received": _("入库 %(target)s"),
                "stock.opened": _("记了 %(target)s 的期初库存"),
                "stock.returned": _("退货入库 %(target)s"),
                "stock.adjusted": _("调整了 %(target)s 的库存"),
                "stock.counted": _("盘点了 %(target)s"),
                "stock.moved": _("移仓 %(target)s"),
                "stock.buffered": _("改了 %(target)s 的缓冲"),
                "stock.announced": _("登记了在途 %(target)s"),
                "stock.arrived": _("收货 %(target)s"),
                "stock.called_off": _("结束了 %(target)s，未到的取消"),
                "stock.shifted": _("转区 %(target)s"),
                "stock.sheet_opened": _("开了盘点单 %(target)s"),
                "stock.sheet_handed_in": _("提交了盘点单 %(target)s"),
                "stock.sheet_reopened": _("退回重盘 %(target)s"),
                "stock.sheet_cancelled": _("作废了盘点单 %(target)s"),
                "stock.sheet_posted": _("审核入账盘点单 %(target)s"),
                "order.gave_stock": _("把锁定的货让给了别的订单"),
                "order.got_stock": _("从别的订单调来了货"),
                "stock.presold": _("改了 %(target)s 的预售"),
                "stock.repaired": _("修复了 %(target)s 的库存"),
                "warehouse.saved": _("保存了仓库 %(target)s"),
            }
        )
