from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FulfilmentConfig(AppConfig):
    name = "danshu.fulfilment"
    label = "fulfilment"

    def ready(self) -> None:
        from danshu.audit import verbs  # noqa: PLC0415 - rooms are imported when all apps are loaded
        from danshu.fulfilment import fields  # noqa: PLC0415 - models are loaded only now

        fields.register()

        verbs.register(
            {
                "parcel.opened": _("开了包裹"),
                "parcel.added": _("加了一个包裹"),
                "parcel.voided": _("作废了包裹"),
                "parcel.numbered": _("填了运单号"),
                "parcel.printed": _("打印了单据"),
                "parcel.withdrawn": _("撤回了打印，包裹重新等待打印"),
                "parcel.checked": _("复核通过"),
                "parcel.forced": _("强制通过了复核"),
                "parcel.recheck": _("重新开始复核"),
                "parcel.shipped": _("发出了包裹"),
                "parcel.unshipped": _("撤销了发货"),
                "parcel.told": _("告诉了平台"),
                "parcel.confirmed": _("平台确认已发货"),
                "parcel.untaken": _("平台没有接受发货"),
                "parcel.retold": _("再次回传"),
                "parcel.left_to_file": _("改用文件回传"),
                "parcels.noted": _("记下了平台已经发走的包裹：%(target)s"),
                "parcels.forgotten": _("撤销导入时删掉了平台发走的包裹：%(target)s"),
                "batch.continued": _("从中间继续打印"),
                "courier.saved": _("改了快递设置"),
                "range.added": _("加了号段"),
                "printer.saved": _("改了打印机设置"),
                "printer.removed": _("删除了打印机"),
                "template.saved": _("上传了平台发货模板"),
                "ship_file.made": _("生成了平台发货文件"),
            }
        )
