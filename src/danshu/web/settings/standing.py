"""How a shop stands with its platform, in words: of the list of shops, of its pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from danshu.channels import connections
from danshu.channels.connecting import Stream
from danshu.channels.connections import ShopHealth
from danshu.channels.models import DayCount, Shop, ShopConnection
from danshu.web import moments

State = ShopConnection.State
SOON = 7  # days before the end of an authorisation at which it turns amber


@dataclass(frozen=True, slots=True)
class Word:
    tone: str
    text: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A row of the list. `verb` is what its first button says, empty where nothing can be connected."""

    shop: Shop
    health: ShopHealth | None
    word: Word
    detail: str
    is_trouble: bool  # whether `detail` is something to look after
    heard_at: datetime | None
    lag: str
    day: Word | None
    verb: str


def standing(shop: Shop, health: ShopHealth | None) -> Standing:
    """`health` None: its platform has no adapter."""
    can_connect = connections.can_connect(shop.platform)
    if health is None or not health.is_connected:
        is_refused = health is not None and health.connection.state == State.REFUSED
        verb = "" if not can_connect else _("重新授权") if is_refused else _("连接")
        detail = _("订单停在断开的地方，没有丢") if is_refused else "" if not can_connect else _("可以用接口连接")
        return Standing(shop, health, word(health, can_connect=can_connect), detail, False, shop.last_intake_at, "", None, verb)
    orders = next((stream for stream in health.streams if stream.stream == Stream.ORDERS), None)
    lag = orders.cursor.lag_seconds if orders else None
    said = "" if lag is None else _("晚 %s") % delay(lag)
    heard_at = orders.cursor.succeeded_at if orders else health.connection.last_call_at or health.connection.last_hook_at
    day = day_word(health.yesterday, is_yesterday=True) if health.yesterday else None
    trouble = _trouble(health)
    detail = trouble or (
        left(health.days_left) if health.days_left is not None and health.days_left > SOON else health.connection.platform_shop_name
    )
    return Standing(shop, health, word(health, can_connect=True), detail, bool(trouble), heard_at, said, day, "")


def word(health: ShopHealth | None, *, can_connect: bool) -> Word:
    """The shop's connection in a word."""
    if health is None or health.connection.state == State.NONE:
        is_bare = health is not None and not can_connect
        return Word("grey", _("不用连接") if is_bare else _("文件导入"))
    if health.connection.state == State.REFUSED:
        return Word("rose", _("授权失效"), "alert-triangle")
    if health.days_left is not None and health.days_left <= SOON:
        return Word("amber", left(health.days_left), "clock")
    return Word("green", _("已连接"), "check")


def left(days: int) -> str:
    """`授权还有 3 天`."""
    return ngettext("授权还有 %d 天", "授权还有 %d 天", days) % days if days else _("授权一天内到期")


def day_word(day: DayCount, *, is_yesterday: bool = False) -> Word:
    """`昨日 412/412`, or how many were missing."""
    if day.our_count < day.platform_count:
        gap = day.platform_count - day.our_count
        return Word("amber", ngettext("还少 %d 单", "还少 %d 单", gap) % gap, "alert-triangle")
    if day.missing_count:
        return Word("sky", ngettext("少 %d 单，已补拉", "少 %d 单，已补拉", day.missing_count) % day.missing_count)
    numbers = f"{day.our_count}/{day.platform_count}"
    return Word("green", _("昨日 %s") % numbers if is_yesterday else numbers, "check")


def delay(seconds: int) -> str:
    """A lag: seconds under a minute, else as everywhere."""
    return ngettext("%d 秒", "%d 秒", seconds) % seconds if seconds < 60 else moments.span(timedelta(seconds=seconds))


def _trouble(health: ShopHealth) -> str:
    """What a connected shop suffers from, most urgent first."""
    failing = next((stream for stream in health.streams if stream.is_failing), None)
    if failing:
        return failing.cursor.error
    if any(stream.is_paused for stream in health.streams):
        return _("拉取暂停了")
    if health.quarantined:
        return ngettext("%d 单没能入库，要人看", "%d 单没能入库，要人看", health.quarantined) % health.quarantined
    return _("正在追赶，有些单还没到") if any(stream.is_late for stream in health.streams) else ""
