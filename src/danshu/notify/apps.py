from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    name = "danshu.notify"
    label = "notify"

    def ready(self) -> None:
        from danshu.audit import verbs  # noqa: PLC0415 - rooms are imported when all apps are loaded

        verbs.register(
            {
                "webhook.added": _("加了 Webhook %(target)s"),
                "webhook.changed": _("改了 Webhook %(target)s"),
                "webhook.removed": _("删了 Webhook %(target)s"),
                "webhook.switched_on": _("启用了 Webhook %(target)s"),
                "webhook.switched_off": _("停用了 Webhook %(target)s"),
                "webhook.stopped": _("Webhook %(target)s 长时间送不到，自动停用了"),
                "webhook.secret_changed": _("换了 Webhook %(target)s 的签名密钥"),
                "webhook.replayed": _("重发了给 Webhook %(target)s 的消息"),
            }
        )
