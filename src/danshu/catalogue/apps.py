from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "danshu.catalogue"
    label = "catalogue"

    def ready(self) -> None:
        from danshu.audit import verbs  # noqa: PLC0415 -- apps are loading until now

        verbs.register(
            {
                "sku.created": _("新建商品 %(target)s"),
                "sku.changed": _("改了商品 %(target)s"),
                "sku.activated": _("上架了商品 %(target)s"),
                "sku.deactivated": _("停售了商品 %(target)s"),
                "listing.mapped": _("给平台商品「%(target)s」对了码"),
                "listing.ignored": _("忽略了平台商品「%(target)s」"),
                "listing.unmapped": _("把平台商品「%(target)s」退回待对码"),
            }
        )
