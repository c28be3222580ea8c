"""The platforms, each with the one character that stands for it (never a logo) and its colour token in `danshu.css`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Platform:
    code: str
    name: str | Promise
    mark: str
    ship_hours: int = 48  # usual promise from payment to shipping where an order names none
    is_ours: bool = False  # its orders are made at our own doors: a quiet hour says nothing


PLATFORMS: dict[str, Platform] = {
    p.code: p
    for p in (
        Platform("taobao", _("淘宝"), "淘"),
        Platform("tmall", _("天猫"), "猫"),
        Platform("pdd", _("拼多多"), "拼"),
        Platform("douyin", _("抖音"), "抖"),
        Platform("jd", _("京东"), "京"),
        Platform("channels", _("视频号"), "视"),
        Platform("kuaishou", _("快手"), "快"),
        Platform("xiaohongshu", _("小红书"), "红"),
        Platform("youzan", _("有赞"), "赞"),
        Platform("woocommerce", "WooCommerce", "W"),
        Platform("own", _("自有店"), "店", is_ours=True),
        Platform("wechat", _("微信私域"), "微", is_ours=True),
        Platform("manual", _("手工单"), "手", is_ours=True),
        Platform("sandbox", _("演练店"), "练", is_ours=True),  # in-house: a shop without buyers that takes stock numbers like a real one
    )
}

OURS = frozenset(code for code, platform in PLATFORMS.items() if platform.is_ours)
