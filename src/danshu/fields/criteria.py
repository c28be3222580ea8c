"""The one criteria language: a tree over registered fields, compiled to one Django `Q`, which is its only evaluator.

    {"all": [tree, …]}   every one holds        {"any": [tree, …]}   at least one holds        {"none": [tree, …]}   not one holds
    {"field": "order.payment", "op": "is", "value": "paid"}
    {"field": "line.sku_code", "op": "contains", "value": "MUG", "lines": "all"}     any (default), all or none of the lines

A moment is an ISO text with zone, `{"within_hours": 4}` (four hours from now), `{"hours_ago": 24}`, or `{"day": "today"}` (also
yesterday, tomorrow, a number of days from today, an ISO date): a business day, cut where the seller says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.fields import registry
from danshu.fields.registry import JOINTS, Field, Tree
from danshu.fields.sentences import describe

__all__ = ["Tree", "compile", "describe", "span", "validate"]

DEEPEST, MOST_LEAVES, LONGEST_LIST, LONGEST_TEXT = 8, 100, 500, 500
NEGATED = {"is_not": "is", "not_in": "in", "not_contains": "contains", "has_not": "has", "is_set": "is_empty"}
LOOKUPS = {
    "is": "",
    "in": "__in",
    "contains": "__icontains",
    "starts": "__istartswith",
    "gt": "__gt",
    "gte": "__gte",
    "lt": "__lt",
    "lte": "__lte",
}
EVERYTHING, NOTHING = Q(), Q(pk__in=[])
DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def compile(tree: Tree, *, now: datetime) -> Q:  # noqa: A001 -- the field's own word; called as criteria.compile
    """The tree as a condition on orders. Raises `DomainError("criteria.bad")` for what `validate` refuses."""
    validate(tree)
    return _compile(tree, now)


def _compile(tree: Tree, now: datetime) -> Q:
    joint = next((name for name in JOINTS if name in tree), "")
    if not joint:
        return _leaf(tree, now)
    parts = [_compile(part, now) for part in tree[joint]]
    if joint == "all":
        return reduce(and_, parts, EVERYTHING)
    either = _any(parts)
    return either if joint == "any" else _not(either)


def _any(parts: list[Q]) -> Q:
    if any(part == EVERYTHING for part in parts):  # an empty Q would vanish in an OR instead of winning it
        return EVERYTHING
    return reduce(or_, parts) if parts else NOTHING


def _not(part: Q) -> Q:
    return NOTHING if part == EVERYTHING else ~part


def _leaf(leaf: Tree, now: datetime) -> Q:
    field = registry.FIELDS[leaf["field"]]
    has_one = registry.SCOPES.get(field.scope)
    if has_one is None:
        return _test(field, leaf["op"], leaf.get("value"), now)
    test = _test(field, leaf["op"], leaf.get("value"), now)
    lines = leaf.get("lines", "any")
    if lines == "all":
        return has_one(EVERYTHING) & ~has_one(~test)
    return has_one(test) if lines == "any" else ~has_one(test)


def _test(field: Field, op: str, value: Any, now: datetime) -> Q:
    if field.compiler is not None:
        return field.compiler(op, value, now)
    if op == "is_set" and field.kind != "text":  # said so, a partial index over `IS NOT NULL` is found
        return Q(**{f"{field.column}__isnull": False})
    if op in NEGATED:
        return ~_test(field, NEGATED[op], value, now)
    if op == "is_empty":
        empty = Q(**{f"{field.column}__isnull": True}) if field.is_nullable or field.kind in ("moment", "ref") else NOTHING
        return empty | Q(**{field.column: ""}) if field.kind == "text" else empty
    if field.kind == "moment":
        return _moment(field.column, op, value, now)
    return Q(**{f"{field.column}{LOOKUPS[op]}": value})


def _moment(column: str, op: str, value: Any, now: datetime) -> Q:
    start, end = span(value, now)
    if op == "on":
        return Q(**{f"{column}__gte": start, f"{column}__lt": end})
    if op == "before":
        return Q(**{f"{column}__lt": start})
    if op == "from":
        return Q(**{f"{column}__gte": start})
    is_day = start != end
    if op == "until":
        return Q(**{f"{column}__lt" if is_day else f"{column}__lte": end})
    return Q(**{f"{column}__gte" if is_day else f"{column}__gt": end})


def span(value: Any, now: datetime) -> tuple[datetime, datetime]:
    """[start, end) of a moment's value; both the same unless it is a day. Raises `ValueError`."""
    if isinstance(value, str):
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(value)
        return at, at
    if not isinstance(value, Mapping) or len(value) != 1:
        raise ValueError(value)
    ((name, given),) = value.items()
    if name == "day":
        return clock.day_bounds(_day(given, now))
    if name not in {"within_hours", "hours_ago"} or isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 24 * 3660:
        raise ValueError(value)
    at = now + timedelta(hours=given if name == "within_hours" else -given)
    return at, at


def _day(given: Any, now: datetime) -> date:
    today = clock.business_day(now)
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) <= 3660:
        return today + timedelta(days=given)
    if isinstance(given, str):
        return today + timedelta(days=DAYS[given]) if given in DAYS else date.fromisoformat(given)
    raise ValueError(given)


def validate(tree: Any) -> None:
    """Raises `DomainError("criteria.bad")` that says which part cannot be used and what is expected."""
    leaves = 0
    for at, part in _walk(tree, ""):
        leaves += "field" in part
        if at.count("/") > DEEPEST:
            raise _bad(at, _("嵌套超过 %(most)d 层") % {"most": DEEPEST})
        if "field" in part:
            _validate_leaf(at, part)
    if leaves > MOST_LEAVES:
        raise _bad("", _("条件超过 %(most)d 个") % {"most": MOST_LEAVES})


def _walk(tree: Any, at: str) -> Iterator[tuple[str, Tree]]:
    if not isinstance(tree, Mapping):
        raise _bad(at, _("这里要一个条件"))
    joints = [name for name in JOINTS if name in tree]
    is_leaf = "field" in tree
    if (is_leaf and joints) or (not is_leaf and (len(joints) != 1 or len(tree) != 1)):
        raise _bad(at, _("要么是 all、any、none 之一，要么是一个 field"))
    yield at, tree
    if joints:
        parts = tree[joints[0]]
        if not isinstance(parts, list | tuple):
            raise _bad(f"{at}/{joints[0]}", _("这里要一组条件"))
        if at.count("/") > DEEPEST:
            return
        for place, part in enumerate(parts):
            yield from _walk(part, f"{at}/{joints[0]}.{place}")


def _validate_leaf(at: str, leaf: Tree) -> None:
    field = registry.get(str(leaf["field"]))
    if field is None:
        raise _bad(at, _("没有「%(name)s」这个字段") % {"name": leaf["field"]})
    op = leaf.get("op")
    if op not in field.takes():
        raise _bad(at, _("「%(name)s」不能用「%(op)s」比较") % {"name": field.label, "op": op})
    if leaf.keys() - {"field", "op", "value", "lines"} or (leaf.get("lines", "any") not in JOINTS):
        raise _bad(at, _("「%(name)s」带有不认识的设置") % {"name": field.label})
    if "lines" in leaf and field.scope not in registry.SCOPES:
        raise _bad(at, _("「%(name)s」不是明细的字段，不能说「全部」或「任一」") % {"name": field.label})
    if op in registry.EMPTY:
        return
    if not _fits(field, op, leaf.get("value")):
        raise _bad(at, _("「%(name)s」的值不能是「%(value)s」") % {"name": field.label, "value": leaf.get("value")})


def _fits(field: Field, op: str, value: Any) -> bool:
    if field.kind == "moment":
        try:
            start, end = span(value, clock.now())
        except (ValueError, OverflowError):
            return False
        return op != "on" or start != end
    if op in ("in", "not_in", "has_any", "has_all"):
        return isinstance(value, list | tuple) and len(value) <= LONGEST_LIST and all(_one(field, each) for each in value)
    return _one(field, value)


def _one(field: Field, value: Any) -> bool:
    if field.kind in ("number", "ref"):
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
    if field.kind == "flag":
        return isinstance(value, bool)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        return False
    return field.kind == "text" or not field.words() or value in field.words()


def _bad(at: str, reason: str) -> DomainError:
    where = _("条件 %(at)s：") % {"at": at.strip("/")} if at.strip("/") else _("条件：")
    return DomainError(f"{where}{reason}。", "criteria.bad", details={"at": at})
