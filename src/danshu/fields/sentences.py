"""Criteria as a sentence, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from danshu.core import clock
from danshu.fields import registry
from danshu.fields.registry import JOINTS, Field, Tree

SHOWN = 5


def describe(tree: Tree) -> str:
    """`付款 是 已付款，且（旗标 是 红旗，或 缺货）`; 全部订单 for no condition at all."""
    return _said(tree) or _("全部订单")


def _said(tree: Tree, *, inner: bool = False) -> str:
    joint = next((name for name in JOINTS if name in tree), "")
    if not joint:
        return _leaf(tree)
    parts = [said for part in tree[joint] if (said := _said(part, inner=True))]
    if joint == "none":
        return _("不满足（%(parts)s）") % {"parts": _("，或").join(parts)} if parts else ""
    if not parts:
        return "" if joint == "all" else _("没有订单")
    text = (_("，且") if joint == "all" else _("，或")).join(parts)
    return _("（%(parts)s）") % {"parts": text} if inner and len(parts) > 1 else text


def _leaf(leaf: Tree) -> str:
    field, op = registry.FIELDS[leaf["field"]], leaf["op"]
    if field.kind == "flag":
        is_wanted = leaf["value"] == (op == "is")
        said = str(field.label) if is_wanted else _("不是「%(label)s」") % {"label": field.label}
        return said if field.scope not in registry.SCOPES else _of_lines(leaf, said)
    said = f"{field.label} {registry.OPERATOR_WORDS[op]}"
    if op not in registry.EMPTY:
        said = f"{said} {_value(field, leaf['value'])}"
    return said if field.scope not in registry.SCOPES else _of_lines(leaf, said)


def _of_lines(leaf: Tree, said: str) -> str:
    many = {"any": _("任一明细"), "all": _("全部明细"), "none": _("没有明细")}[leaf.get("lines", "any")]
    return _("%(many)s的%(said)s") % {"many": many, "said": said}


def _value(field: Field, value: Any) -> str:
    if isinstance(value, list | tuple):
        words = [_value(field, each) for each in value[:SHOWN]]
        return "、".join(words) + (_(" 等 %(count)d 个") % {"count": len(value)} if len(value) > SHOWN else "")
    if field.kind == "moment":
        return _moment(value)
    word = str(field.words().get(value, value)) if value != "" else _("（空）")
    return f"{word} {field.unit}" if field.unit else word


def _moment(value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"{clock.local(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
    ((name, given),) = value.items()
    if name == "within_hours":
        return _("%(n)d 小时后") % {"n": given} if given else _("现在")
    if name == "hours_ago":
        return _("%(n)d 小时前") % {"n": given}
    days = {"yesterday": _("昨天"), "today": _("今天"), "tomorrow": _("明天")}
    return days.get(given, _("%(n)+d 天") % {"n": given} if isinstance(given, int) else str(given))
