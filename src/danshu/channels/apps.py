from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "danshu.channels"
    label = "channels"

    def ready(self) -> None:
        from danshu.audit import verbs  # noqa: PLC0415 -- apps are loading until now

        verbs.register(
            {
                "imports.opened": _("拖入了文件 %(target)s"),
                "imports.started": _("开始导入 %(target)s"),
                "imports.done": _("导入完 %(target)s"),
                "imports.failed": _("没能导入 %(target)s"),
                "imports.undone": _("撤销了 %(target)s 的导入"),
                "imports.withdrawn": _("放弃了 %(target)s，没有导入"),
                "offers.ruled": _("改了 %(target)s 的可售规则"),
                "offers.unruled": _("让 %(target)s 跟随店铺的可售规则"),
                "offers.pushed_again": _("重新推送了 %(target)s 的库存"),
                "shop.connected": _("填写了 %(target)s 的连接信息"),
                "shop.authorised": _("授权了 %(target)s"),
                "shop.refused": _("平台不再接受 %(target)s 的授权"),
                "shop.disconnected": _("断开了 %(target)s 和平台的连接"),
                "shop.hook_renewed": _("换了 %(target)s 的推送地址"),
                "shop.hook_secret_renewed": _("换了 %(target)s 的签名密钥"),
                "shop.span_pulled": _("补拉了 %(target)s 一段时间的单"),
                "shop.stream_paused": _("暂停了 %(target)s 的拉取"),
                "shop.stream_resumed": _("恢复了 %(target)s 的拉取"),
                "payloads.retried": _("重试了 %(target)s 没能入库的单"),
                "payloads.translated_again": _("重新解析了 %(target)s 的平台原文"),
            }
        )
