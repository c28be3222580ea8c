from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoardsConfig(AppConfig):
    name = "danshu.boards"
    label = "boards"

    def ready(self) -> None:
        from danshu.audit import verbs  # noqa: PLC0415 -- apps are loading until now
        from danshu.boards import fields  # noqa: PLC0415 -- models are loaded only now

        fields.register()
        verbs.register(
            {
                "view.created": _("存了视图「%(target)s」"),
                "view.changed": _("改了视图「%(target)s」"),
                "view.deleted": _("删了视图「%(target)s」"),
            }
        )
