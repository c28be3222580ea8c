"""The design system's tags and filters. Built in: templates need no {% load %}. docs/mechanisms/ui.md shows each with an example."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.channels.platforms import PLATFORMS
from danshu.core import clock, money
from danshu.core.actor import SYSTEM
from danshu.web import drawing, moments

register = template.Library()

TONES = {"amber", "violet", "green", "rose", "sky", "grey", "brand"}
MACHINES: dict[str, str | Promise] = {  # names of actors that are no people
    SYSTEM.name: gettext_lazy("系统"),
    "监控文件夹": gettext_lazy("监控文件夹"),
    "命令行": gettext_lazy("命令行"),
    "terminal": gettext_lazy("命令行"),
}
FLAG_NAMES = {
    "red": gettext_lazy("红旗"),
    "yellow": gettext_lazy("黄旗"),
    "green": gettext_lazy("绿旗"),
    "blue": gettext_lazy("蓝旗"),
    "purple": gettext_lazy("紫旗"),
}
FLAGS = {"red": "r", "yellow": "y", "green": "g", "blue": "b", "purple": "p"}


@register.simple_tag
def asset(path: str) -> str:
    """The address of a built file; before `collectstatic` has hashed the names, the plain one."""
    try:
        return static(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A Tabler icon as decoration; a button that has nothing else needs an aria-label."""
    return _drawn(name, css, asset("icons.svg"))


@lru_cache(maxsize=1024)
def _drawn(name: str, css: str, sprite: str) -> SafeString:
    return format_html('<svg class="i {}" aria-hidden="true"><use href="{}#{}"/></svg>', css, sprite, name)


@register.simple_tag
def platform(code: str, size: str = "") -> SafeString:
    """The coloured square with the platform's one character. Sizes: sm, (20 px), lg."""
    known = PLATFORMS.get(code)
    name, mark = (known.name, known.mark) if known else (code, (code or "?")[:1])
    return format_html(
        '<span class="pf pf-{} {}" role="img" aria-label="{}" title="{}">{}</span>', code or "manual", size, name, name, mark
    )


@register.simple_tag
def pill(tone: str, text: object, icon: str = "", *, dot: bool = False, css: str = "") -> SafeString:
    """A state in a word. Tones: amber violet green rose sky grey brand."""
    sign = _icon(icon)
    return format_html(
        '<span class="pill{} tone-{} {}">{}{}</span>', " dot" if dot else "", tone if tone in TONES else "grey", css, sign, text
    )


@register.simple_tag
def flag(code: str) -> SafeString:
    """The seller's memo flag (red yellow green blue purple); nothing for none."""
    if code not in FLAGS:
        return SafeString("")
    return format_html(
        '<svg class="sf {}" viewBox="0 0 12 14" role="img" aria-label="{}"><path d="M2 1v12.5" stroke-width="1.6"/>'
        '<path d="M2 1.5h8.5L8 4.5l2.5 3.2H2z" stroke="none"/></svg>',
        FLAGS[code],
        FLAG_NAMES[code],
    )


@register.simple_tag
def countdown(moment: datetime | None, done_at: datetime | None = None) -> SafeString:
    """Time left to a deadline, kept ticking by the browser. With `done_at`: whether it was met."""
    if moment is None:
        return SafeString("")
    at = clock.local(moment)
    if done_at is not None:
        late = done_at > moment
        text = _("晚了 %s") % moments.span(done_at - moment) if late else _("按时")
        return format_html('<span class="cd {} num" title="{}">{}</span>', "hot" if late else "ok", at.strftime("%Y-%m-%d %H:%M"), text)
    left = moment - clock.now()
    css = moments.urgency(left)
    return format_html(
        '<ds-countdown class="cd {} num" data-at="{}" data-left="{}" data-over="{}" data-units="{}" title="{}">'
        "{}<span>{}</span></ds-countdown>",
        css,
        moment.isoformat(),
        _("剩 %s"),
        _("已超时 %s"),
        "|".join(moments.units()),
        at.strftime("%Y-%m-%d %H:%M"),
        icon("alert-triangle" if css == "over" else "clock"),
        moments.left(left),
    )


@register.simple_tag
def remaining(moment: datetime, over: str) -> SafeString:
    """Time to a moment to the second, `4 分 10 秒`, kept ticking by the browser; `over` from then on."""
    left = moment - clock.now()
    return format_html(
        '<ds-remaining data-at="{}" data-over="{}" data-units="{}">{}</ds-remaining>',
        moment.isoformat(),
        over,
        "|".join(moments.fine_units()),
        moments.fine(left) if left > timedelta() else over,
    )


@register.simple_tag
def thumb(picture: str, alt: str = "", size: str = "") -> SafeString:
    """A product's picture: an address, a path under /static/ or MEDIA_ROOT; a grey square with a box where there is none.

    Sizes: sm 28 px, (36 px), lg 48 px, xl 72 px.
    """
    address = picture_url(picture)
    if not address:
        return format_html('<span class="th {}" role="img" aria-label="{}">{}</span>', size, alt or _("没有图片"), icon("photo"))
    return format_html('<img class="th {}" src="{}" alt="{}" loading="lazy" decoding="async" width="36" height="36">', size, address, alt)


def picture_url(picture: str) -> str:
    """Only our own files: the policy of the pages loads no picture from elsewhere."""
    if not picture:
        return ""
    if picture.startswith(("/static/", "/files/", "data:image/")):
        return picture
    if picture.startswith("static/"):
        return asset(picture.removeprefix("static/"))
    if picture.startswith(("http:", "https:", "//", "/")):
        return ""
    try:
        return reverse("products-picture", args=[picture])
    except NoReverseMatch:
        return f"/files/{quote(picture)}"


@register.filter
def yuan(amount: int | None) -> str:
    """Fen → `1,234.56`; empty for None."""
    return "" if amount is None else money.text(amount)


@register.filter
def when(moment: datetime | None, style: str = "") -> str:
    """A moment as short as it stays clear: `09:05` today, `11-22 09:05` this year, `2025-11-22` before. `|when:"full"` for all of it."""
    return "" if moment is None else moments.short(moment, style)


@register.filter
def ago(moment: datetime | None) -> str:
    """`3 分钟前`."""
    return "" if moment is None else moments.ago(moment)


@register.filter
def actor(name: str) -> str:
    """Who did it: people as they are called, parts of the house in the reader's language. The books keep their names as written."""
    return str(MACHINES.get(name, name))


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    return "" if share is None else f"{share * 100:.{digits}f} %"


@register.simple_tag
def qs(request: HttpRequest, **changes: Any) -> str:
    """This page's query string with changes: None or "" removes a key. Paging starts again unless `after` is among the changes."""
    query = request.GET.copy()
    query.pop("after", None)
    for name, value in changes.items():
        if value in {None, ""}:
            query.pop(name, None)
        else:
            query[name] = str(value)
    text = query.urlencode()
    return f"?{text}" if text else request.path


@register.simple_tag
def spark(values: Sequence[float], target: float | None = None, tone: str = "brand") -> SafeString:
    """A sparkline with the target as a dashed level."""
    points, area, level = drawing.spark(values, target)
    if not points:
        return SafeString("")
    line = format_html('<line x1="0" x2="300" y1="{}" y2="{}"/>', level, level) if level is not None else ""
    return format_html(
        '<svg class="spark tone-{}" viewBox="0 0 300 52" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon points="{}"/>{}<polyline points="{}"/></svg>',
        tone, area, line, points,
    )  # fmt: skip


@register.simple_tag
def ring(share: float, tone: str = "brand") -> SafeString:
    """A small ring, `share` 0–1 of it filled."""
    return format_html(
        '<svg class="ring tone-{}" viewBox="0 0 18 18" aria-hidden="true"><circle cx="9" cy="9" r="7"/>'
        '<circle class="ring-on" cx="9" cy="9" r="7" stroke-dasharray="{} 44"/></svg>',
        tone,
        round(44 * min(max(share, 0), 1), 1),
    )


@register.simple_tag
def progress(done: int, total: int, label: str = "", tone: str = "brand") -> SafeString:
    """A progress bar; without a total it shows that something is under way."""
    if not total:
        return format_html('<progress class="tone-{}" aria-label="{}"></progress>', tone, label or _("进度"))
    return format_html(
        '<progress class="tone-{}" max="{}" value="{}" aria-label="{}">{}/{}</progress>',
        tone, total, min(done, total), label or _("进度"), done, total,
    )  # fmt: skip


@register.inclusion_tag("_pager.html", takes_context=True)
def pager(context: dict[str, Any], page: Any, target: str = "") -> dict[str, Any]:
    """Previous and next of a `core.paging.Page`; `target` (a selector) lets htmx swap only the list."""
    request = context["request"]
    link = {name: qs(request, after=cursor) if cursor else "" for name, cursor in (("previous", page.previous), ("next", page.next))}
    return {"previous": link["previous"], "next": link["next"], "first": qs(request), "target": target}


@register.inclusion_tag("_field.html")
def field(bound: BoundField, css: str = "") -> dict[str, Any]:
    """A form field with its label, help and error; attributes tie them together for screen readers."""
    widget = bound.field.widget
    kind = "check" if isinstance(widget, CheckboxInput) else "many" if isinstance(widget, CheckboxSelectMultiple | RadioSelect) else "one"
    attributes: dict[str, Any] = {"class": "cb"} if kind == "check" else {} if kind == "many" else {"class": "input"}
    said_by = [f"{bound.id_for_label}-{part}" for part in ("help", "error") if (bound.help_text if part == "help" else bound.errors)]
    if said_by and kind != "many":
        attributes["aria-describedby"] = " ".join(said_by)
    return {"bound": bound, "kind": kind, "css": css, "control": bound.as_widget(attrs=attributes)}


@register.inclusion_tag("_empty.html")
def nothing(title: str, why: str = "", url: str = "", action: str = "", *, art: bool = True) -> dict[str, Any]:
    """The empty state: why there is nothing here, and one thing to do about it."""
    return {"title": title, "why": why, "url": url, "action": action, "art": art}


@register.simple_tag
def reverse_or(name: str, default: str = "", *args: Any) -> str:
    """A URL by its name, or the default while no page has that name."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return default


@register.simple_tag
def skeleton(rows: int = 4) -> SafeString:
    """Grey shapes of rows that are on their way."""
    row = mark_safe(
        '<div class="row"><span class="sk square"></span><span class="grow stack gap-s"><span class="sk"></span>'
        '<span class="sk thin"></span></span></div>'
    )
    return format_html('<div class="stack" aria-hidden="true">{}</div>', format_html_join("", "{}", ((row,) for _i in range(rows))))


@register.filter
def last_line(text: str) -> str:
    """The line of a traceback that says what went wrong."""
    return (text.strip().splitlines() or [""])[-1]


@register.filter
def may(user: Any, code: str) -> bool:
    """`{% if user|may:"ship.print" %}`."""
    return bool(getattr(user, "is_authenticated", False)) and user.may(code)


def _icon(name: str) -> SafeString:
    return icon(name) if name else SafeString("")
