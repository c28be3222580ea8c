"""Moments and spans of time in words, short and in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from danshu.core import clock

HOT, WARM = timedelta(hours=4), timedelta(hours=12)


def units() -> tuple[str, str, str]:
    """The words for day, hour and minute, which the browser's ticking uses too."""
    return _("天"), _("时"), _("分")


def span(length: timedelta) -> str:
    """`38分`, `1时52分`, `2天3时`: minutes only under an hour, days over 24 hours."""
    day, hour, minute = units()
    minutes = abs(int(length.total_seconds())) // 60
    if minutes < 60:
        return f"{minutes}{minute}"
    if minutes < 24 * 60:
        return f"{minutes // 60}{hour}{minutes % 60:02d}{minute}"
    return f"{minutes // 1440}{day}{minutes % 1440 // 60}{hour}"


def fine_units() -> tuple[str, str, str]:
    """The words for hour, minute and second, which the browser's ticking uses too."""
    _day, hour, minute = units()
    return hour, minute, _("秒")


def fine(length: timedelta) -> str:
    """`2 时 5 分`, `4 分 10 秒`, `9 秒`."""
    hour, minute, second = fine_units()
    seconds = max(0, int(length.total_seconds()))
    if seconds >= 3600:
        return f"{seconds // 3600} {hour} {seconds // 60 % 60} {minute}"
    return f"{seconds // 60} {minute} {seconds % 60} {second}" if seconds >= 60 else f"{seconds} {second}"


def left(length: timedelta) -> str:
    return _("剩 %s") % span(length) if length > timedelta() else _("已超时 %s") % span(length)


def urgency(length: timedelta) -> str:
    """The class of a countdown: over, hot (under 4 hours), warm (under 12), calm."""
    if length <= timedelta():
        return "over"
    return "hot" if length < HOT else "warm" if length < WARM else "calm"


def short(moment: datetime, style: str = "") -> str:
    """`09:05` today, `11-22 09:05` this year, else the date; `full` for everything, `day` for the date alone."""
    at, today = clock.local(moment), clock.local(clock.now())
    if style == "full":
        return at.strftime("%Y-%m-%d %H:%M:%S")
    if style == "day":
        return at.strftime("%m-%d" if at.year == today.year else "%Y-%m-%d")
    if at.date() == today.date():
        return at.strftime("%H:%M")
    return at.strftime("%m-%d %H:%M" if at.year == today.year else "%Y-%m-%d")


def ago(moment: datetime) -> str:
    minutes = max(0, int((clock.now() - moment).total_seconds()) // 60)
    if minutes < 1:
        return _("刚刚")
    if minutes < 60:
        return ngettext("%d 分钟前", "%d 分钟前", minutes) % minutes
    if minutes < 24 * 60:
        return ngettext("%d 小时前", "%d 小时前", minutes // 60) % (minutes // 60)
    return ngettext("%d 天前", "%d 天前", minutes // 1440) % (minutes // 1440)
