"""The views and columns that come with the house, as criteria trees. Their orderings are those that an index serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """`ordering` is a field name with `-` for descending; the id follows it in the same direction."""

    slug: str
    name: str | Promise
    criteria: dict[str, Any]
    ordering: str = "-id"


def _is(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": "is", "value": value}


def _in(field: str, *values: str) -> dict[str, Any]:
    return {"field": field, "op": "in", "value": list(values)}


OPEN = _is("order.is_open", True)
READY = _is("order.is_ready", True)
NOT_HELD = _is("order.is_held", False)
REFUNDING = _is("order.refund", "requested")

VIEWS: tuple[View, ...] = (
    View("open", _("全部在途"), {"all": [OPEN]}),
    View("to-ship", _("待发货"), {"all": [READY, NOT_HELD]}, "ship_by"),
    View(
        "due-today", _("今日截单"),
        {"all": [READY, NOT_HELD, {"field": "order.ship_by", "op": "until", "value": {"day": "today"}}]}, "ship_by",
    ),
    View("mergeable", _("可合单"), {"all": [_is("order.is_mergeable", True)]}, "ship_by"),
    View("short", _("缺货"), {"all": [OPEN, {"field": "order.issues", "op": "has", "value": "short"}]}),
    View("issues", _("异常"), {"all": [OPEN, {"field": "order.issues", "op": "is_set"}]}),
    View(
        "no-trace", _("已发无轨迹"),
        {"all": [{"field": "order.shipped_at", "op": "is_set"}, _is("parcel.is_untraced", True)]}, "-shipped_at",
    ),
)  # fmt: skip

COLUMNS: tuple[View, ...] = (
    View("todo", _("待处理"), {"all": [READY, _is("order.fulfilment", "waiting")]}, "ship_by"),
    View("printed", _("已打印"), {"all": [READY, _in("order.fulfilment", "printed", "checked")]}, "ship_by"),
    View(
        "shipped", _("已发货"),
        {"all": [{"field": "order.shipped_at", "op": "is_set"}, _in("order.fulfilment", "shipped", "delivered"), {"none": [REFUNDING]}]},
        "-shipped_at",
    ),
    View("after", _("售后中"), {"all": [REFUNDING, {"field": "order.fulfilment", "op": "is_not", "value": "cancelled"}]}),
)  # fmt: skip


def view(slug: str) -> View | None:
    return next((each for each in (*VIEWS, *COLUMNS) if each.slug == slug), None)
