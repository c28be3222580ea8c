"""Provinces as warehouses serve them. `浙江省`, `浙江` and `浙江省杭州市` are one region: its first two characters, unique in China."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

NAMES: Final = {  # region → the province's name
    "北京": _("北京"), "天津": _("天津"), "河北": _("河北"), "山西": _("山西"), "内蒙": _("内蒙古"), "辽宁": _("辽宁"), "吉林": _("吉林"),
    "黑龙": _("黑龙江"), "上海": _("上海"), "江苏": _("江苏"), "浙江": _("浙江"), "安徽": _("安徽"), "福建": _("福建"), "江西": _("江西"),
    "山东": _("山东"), "河南": _("河南"), "湖北": _("湖北"), "湖南": _("湖南"), "广东": _("广东"), "广西": _("广西"), "海南": _("海南"),
    "重庆": _("重庆"), "四川": _("四川"), "贵州": _("贵州"), "云南": _("云南"), "西藏": _("西藏"), "陕西": _("陕西"), "甘肃": _("甘肃"),
    "青海": _("青海"), "宁夏": _("宁夏"), "新疆": _("新疆"), "台湾": _("台湾"), "香港": _("香港"), "澳门": _("澳门"),
}  # fmt: skip


def key(province: str) -> str:
    """The region's two characters; empty for what is no province."""
    found = province.strip()[:2]
    return found if found in NAMES else ""


def stored(provinces: list[str] | tuple[str, ...]) -> str:
    """As `Warehouse.regions` keeps them: keys in the usual order, a space between."""
    served = {key(name) for name in provinces}
    return " ".join(region for region in NAMES if region in served)


def named(regions: str) -> list[str]:
    """The provinces' names for people, of what `stored` made."""
    return [str(NAMES[region]) for region in regions.split() if region in NAMES]
