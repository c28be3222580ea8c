"""What every page's frame shows: navigation, the state of intake, who is signed in, how they like their pages; and `toast`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from danshu.accounts import queries as accounts
from danshu.accounts.models import User
from danshu.channels import shops as channels
from danshu.core import clock
from danshu.web.live import kinds

SILENT_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the side navigation. `key` is what a page calls `nav`; `permission` what shows the line."""

    key: str
    icon: str
    name: str | Promise
    url_name: str
    permission: str
    counts: bool = False  # orders-counts answers with a number for it


Groups = list[tuple[str | Promise, list[Entry]]]

NAVIGATION: Groups = [
    ("", [Entry("today", "home", _("今日"), "home-today", "today.view")]),
    (
        _("履约"),
        [
            Entry("board", "layout-kanban", _("订单看板"), "orders-board", "orders.view", counts=True),
            Entry("orders", "list-details", _("订单列表"), "orders-list", "orders.view", counts=True),
            Entry("print", "printer", _("打印与发货"), "shipping-print", "ship.print", counts=True),
            Entry("scan", "barcode", _("扫描复核"), "shipping-scan", "ship.check"),
        ],
    ),
    (
        _("商品与客户"),
        [
            Entry("stock", "stack-2", _("库存池"), "stock-list", "stock.view", counts=True),
            Entry("products", "package", _("商品与对码"), "products-list", "products.view", counts=True),
            Entry("tickets", "lifebuoy", _("售后工单"), "tickets-list", "orders.view", counts=True),
        ],
    ),
    (
        _("管理"),
        [
            Entry("rules", "bolt", _("自动化"), "rules-list", "settings.shops"),
            Entry("imports", "file-import", _("导入"), "imports-list", "import.run"),
            Entry("reports", "chart-bar", _("报表"), "reports-daily", "reports.view"),
            Entry("settings", "building-store", _("店铺与设置"), "settings-home", ""),
        ],
    ),
]

# The phone's tab bar: what a thumb needs in a warehouse. The last one is the order list until there are tickets.
TABS = [
    Entry("today", "home", _("今日"), "home-today", "today.view"),
    Entry("board", "layout-kanban", pgettext_lazy("tab", "看板"), "orders-board", "orders.view"),
    Entry("scan", "scan", _("扫码"), "shipping-scan", "ship.check"),
    Entry("stock", "stack-2", pgettext_lazy("tab", "库存"), "stock-list", "stock.view"),
    Entry("tickets", "lifebuoy", pgettext_lazy("tab", "售后"), "tickets-list", "orders.view"),
    Entry("orders", "list-details", pgettext_lazy("tab", "订单"), "orders-list", "orders.view"),
]


# What the pages of the settings show beside them. Names that no room has yet are left out.
SETTINGS: Groups = [
    (
        _("做生意"),
        [
            Entry("shops", "building-store", pgettext_lazy("nav", "店铺"), "settings-shops", "settings.shops"),
            Entry("warehouses", "building-warehouse", _("仓库"), "stock-warehouses", "settings.ship"),
            Entry("couriers", "truck", _("快递"), "shipping-couriers", "settings.ship"),
            Entry("printers", "printer", _("打印机"), "shipping-printers", "settings.ship"),
        ],
    ),
    (
        _("人和系统"),
        [
            Entry("people", "users", _("人员"), "people-list", "settings.people"),
            Entry("api", "plug", pgettext_lazy("nav", "接口"), "api-tokens", "settings.api"),
            Entry("webhooks", "webhook", "Webhook", "webhooks", "settings.api"),
            Entry("audit", "history", _("操作记录"), "audit-list", "audit.view"),
            Entry("jobs", "progress", _("后台任务"), "jobs-list", ""),
            Entry("system", "heart-rate-monitor", _("系统"), "jobs-system", "settings.system"),
            Entry("setup", "checklist", _("开店清单"), "setup-home", "settings.shops"),
            Entry("me", "user", _("我的设置"), "people-profile", ""),
        ],
    ),
]

# One key each, shown under `?` to those who may do it (any of the codes). The board, the list and the scan page listen to them;
# ds-keys.js does the rest. A key that is not here does nothing.
KEYS: list[tuple[list[str], str | Promise, tuple[str, ...]]] = [
    (["/"], _("搜索或扫码"), ()),
    (["Ctrl", "K"], _("搜索或扫码"), ()),
    (["J", "K"], _("下一单 / 上一单"), ("orders.view",)),
    (["X"], _("勾选，Shift + 点击连选"), ("orders.view",)),
    (["Enter"], _("打开详情"), ("orders.view",)),
    (["Esc"], _("关闭详情"), ("orders.view",)),
    (["P"], _("打印"), ("ship.print",)),
    (["M"], _("合单"), ("orders.merge",)),
    (["F"], _("分配快递"), ("orders.edit", "ship.waybill")),
    (["E"], _("挂起"), ("orders.hold",)),
    (["G", "+", "B"], _("去看板"), ("orders.view",)),
    (["G", "+", "L"], _("去列表"), ("orders.view",)),
    (["G", "+", "S"], _("去库存"), ("stock.view",)),
    (["G", "+", "T"], _("去今日"), ("today.view",)),
    (["Ctrl", "Z"], _("撤销上一步"), ()),
    (["?"], _("看这张表"), ()),
]
GOTO = {
    "b": ("orders-board", "orders.view"),
    "l": ("orders-list", "orders.view"),
    "s": ("stock-list", "stock.view"),
    "t": ("home-today", "today.view"),
    "p": ("shipping-print", "ship.print"),
    "i": ("imports-list", "import.run"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """`is_here`: the page that is asked for is this one or lies below it."""

    entry: Entry
    url: str
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Sync:
    """When each shop last brought orders. `tone` rose (a platform takes our credentials no more), amber (some shop silent), green,
    grey (no shop yet). `url` leads there, empty for those who may not look after shops."""

    tone: str
    done: int
    total: int
    silent: list[str]
    refused: list[str]
    latest: datetime | None
    url: str


def context(request: HttpRequest) -> dict[str, Any]:
    """For every template. Everything that costs a statement is read only when the frame shows it."""
    someone = getattr(request, "user", None)
    user = someone if isinstance(someone, User) else None
    shell: dict[str, Any] = {
        "language": (get_language() or "zh-hans").split("-")[0],
        "theme": user.theme if user else "auto",
        "density": user.density if user else "dense",
        "here": here(request),
    }
    if isinstance(user, User):
        shell |= {
            "navigation": SimpleLazyObject(lambda: _grouped(NAVIGATION, user)),
            "settings": SimpleLazyObject(lambda: _with_here(_grouped(SETTINGS, user), request.path)),
            "tabs": SimpleLazyObject(lambda: _tabs(user)),
            "sync": SimpleLazyObject(lambda: _sync(user)),
            "house": SimpleLazyObject(accounts.house_name),
            "live_kinds": " ".join(sorted(kinds.PERMISSIONS)),
            "keys": [(keys, text) for keys, text, codes in KEYS if not codes or any(map(user.may, codes))],
            "goto": [(key, url) for key, (name, code) in GOTO.items() if user.may(code) and (url := address(name))],
        }
    return {"shell": shell}


def toast(request: HttpRequest, text: str, undo_url: str | None = None, *, error: bool = False) -> None:
    """Say what was done, at the bottom of the next page; `undo_url` (a POST address) adds 撤销."""
    messages.add_message(request, messages.ERROR if error else messages.SUCCESS, text, extra_tags=undo_url or "")


def here(request: HttpRequest) -> str:
    """The page the person is on, as a path with its query: what a form of this answer sends as `next`.

    That is the page itself when it is asked for; for an answer to a script or to a form it is the page that asked. Empty when unknown.
    """
    asked = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if request.method in {"GET", "HEAD"} and request.headers.get("HX-Request") != "true":
        return request.get_full_path()
    return ours(request, asked)


def ours(request: HttpRequest, target: str) -> str:
    """The path and query of an address of this house; empty for anything else."""
    found = urlsplit(target)
    if found.path.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return found._replace(scheme="", netloc="").geturl()
    return ""


def address(name: str) -> str:
    """The URL of a page by name; empty while no room has that page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _links(entries: list[Entry], user: User) -> list[Link]:
    allowed = [entry for entry in entries if not entry.permission or user.may(entry.permission)]
    return [Link(entry, url) for entry in allowed if (url := address(entry.url_name))]


def _grouped(groups: Groups, user: User) -> list[tuple[str | Promise, list[Link]]]:
    return [(title, links) for title, entries in groups if (links := _links(entries, user))]


def _with_here(groups: list[tuple[str | Promise, list[Link]]], path: str) -> list[tuple[str | Promise, list[Link]]]:
    """The one line marked that the page belongs to: the longest address that the page's own begins with."""
    fitting = [link.url for _title, links in groups for link in links if path.startswith(link.url)]
    best = max(fitting, key=len, default="")
    return [(title, [replace(link, is_here=link.url == best) for link in links]) for title, links in groups]


def _tabs(user: User) -> list[Link]:
    return _links(TABS, user)[:5]


def _sync(user: User) -> Sync:
    """One statement, and one more for people of some shops only."""
    shops = channels.intake_states(accounts.shops_of(user))
    now = clock.now()
    refused = [shop for shop in shops if shop.is_refused]
    silent = [shop.name for shop in shops if shop.last_intake_at is None or now - shop.last_intake_at > SILENT_AFTER]
    latest = max((shop.last_intake_at for shop in shops if shop.last_intake_at), default=None)
    tone = "grey" if not shops else "rose" if refused else "amber" if silent else "green"
    url = ""
    if user.may("settings.shops"):
        url = reverse("settings-shop-connect", args=[refused[0].shop_id]) if refused else address("settings-shops")
    return Sync(tone, len(shops) - len(silent), len(shops), silent, [shop.name for shop in refused], latest, url)
