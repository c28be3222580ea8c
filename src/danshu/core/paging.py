"""Pages by key, not by number: the next page starts after the last row, so page 1,000 costs what page 1 costs, and nothing is counted."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import total_ordering
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _

from danshu.core.errors import DomainError

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`next` and `previous` are cursors for the query string, empty where there is nothing more."""

    rows: list[Row]
    next: str
    previous: str


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class CappedCount:
    """A count that stopped at its cap: shows as `1000+` then, in texts and in templates.

    It is no `int` on purpose: templates write numbers as the language does, past `__str__`, and would lose the `+`.
    """

    number: int
    is_more: bool = False

    def __str__(self) -> str:
        return format(self)

    def __format__(self, how: str) -> str:
        return format(self.number, how) + ("+" if self.is_more else "")

    def __int__(self) -> int:
        return self.number

    def __bool__(self) -> bool:
        return bool(self.number)

    def __hash__(self) -> int:
        return hash(self.number)

    def __eq__(self, other: object) -> bool:
        return self.number == int(other) if isinstance(other, int | CappedCount) else NotImplemented

    def __lt__(self, other: int | CappedCount) -> bool:
        return self.number < int(other)


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    is_descending: bool
    is_nullable: bool

    def order(self, *, backwards: bool) -> OrderBy:
        """Rows without a value stand last, on both databases and from both ends."""
        field = F(self.name)
        last = {"nulls_last": True} if self.is_nullable and not backwards else {}
        first = {"nulls_first": True} if self.is_nullable and backwards else {}
        return field.desc(**last, **first) if self.is_descending != backwards else field.asc(**last, **first)

    def beyond(self, value: Any, *, backwards: bool) -> Q:
        """Rows that stand strictly after the value in this column."""
        if value is None:
            return Q(**{f"{self.name}__isnull": False}) if backwards else Q(pk__in=[])
        way = "lt" if self.is_descending != backwards else "gt"
        beyond = Q(**{f"{self.name}__{way}": value})
        return beyond | Q(**{f"{self.name}__isnull": True}) if self.is_nullable and not backwards else beyond

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})


def page(queryset: QuerySet[Any, Row], ordering: Sequence[str], after: str = "", size: int = 50) -> Page[Row]:
    """One page of the queryset: at most `size` rows, one statement.

    `ordering` holds field names, `-` for descending, and must end in a unique one (`-id`). `after` is a cursor of an earlier page or
    empty; a cursor that cannot be read raises `DomainError("paging.cursor")`. Works on model rows and on `.values()` rows.
    """
    keys = [_key(queryset.model, name) for name in ordering]
    backwards, values = _read(after, len(keys))
    rows_of = queryset.order_by(*(key.order(backwards=backwards) for key in keys))
    if values is not None:
        rows_of = rows_of.filter(_after(keys, values, backwards=backwards))
    rows = list(rows_of[: size + 1])
    is_more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], "", "")
    has_next, has_previous = (True, is_more) if backwards else (is_more, values is not None)
    return Page(
        rows,
        _cursor("n", rows[-1], keys) if has_next else "",
        _cursor("p", rows[0], keys) if has_previous else "",
    )


def neighbours(queryset: QuerySet[Any, Row], ordering: Sequence[str], row: Row) -> tuple[Row | None, Row | None]:
    """The rows before and after this one in the queryset's ordering, whether it is in the queryset itself or not; None at an end. Two
    statements."""
    keys = [_key(queryset.model, name) for name in ordering]
    values = [_value(row, key.name) for key in keys]
    found = []
    for backwards in (True, False):
        beyond = queryset.filter(_after(keys, values, backwards=backwards))
        found.append(beyond.order_by(*(key.order(backwards=backwards) for key in keys)).first())
    return found[0], found[1]


def capped_count(queryset: QuerySet[Any, Any], cap: int = 1000) -> CappedCount:
    """How many rows, at most `cap`: never reads more than cap + 1 index entries."""
    found = queryset.order_by()[: cap + 1].count()
    return CappedCount(min(found, cap), found > cap)


def _key(model: type[Model], name: str) -> _Key:
    plain = name.lstrip("-")
    nullable = False
    current: Any = model
    try:
        for part in plain.split("__"):
            field = current._meta.pk if part == "pk" else current._meta.get_field(part)  # noqa: SLF001 - Django's public meta API
            nullable = nullable or bool(getattr(field, "null", False))
            current = getattr(field, "related_model", None)
    except (FieldDoesNotExist, AttributeError):
        nullable = False  # an annotation
    return _Key(plain, name.startswith("-"), nullable)


def _after(keys: Sequence[_Key], values: Sequence[Any], *, backwards: bool) -> Q:
    """(a, b, c) beyond (x, y, z), with the bound on the first column said separately so that an index can start there."""
    beyond = Q(pk__in=[])
    for depth, key in enumerate(keys):
        step = key.beyond(values[depth], backwards=backwards)
        for earlier in range(depth):
            step &= keys[earlier].same(values[earlier])
        beyond = step if depth == 0 else beyond | step
    first = keys[0].beyond(values[0], backwards=backwards) | keys[0].same(values[0])
    return first & beyond if len(keys) > 1 else beyond


def _cursor(way: str, row: Any, keys: Sequence[_Key]) -> str:
    text = json.dumps([_pack(_value(row, key.name)) for key in keys], separators=(",", ":"), ensure_ascii=False)
    return way + urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _value(row: Any, name: str) -> Any:
    if isinstance(row, dict):
        return row[name]
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _pack(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return {"n": str(value)} if isinstance(value, Decimal) else value


def _unpack(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        opener: Any = {"t": datetime.fromisoformat, "d": date.fromisoformat, "n": Decimal}[kind]
        return opener(text)
    if not isinstance(value, int | str | float | None):
        raise TypeError
    return value


def _read(cursor: str, width: int) -> tuple[bool, list[Any] | None]:
    if not cursor:
        return False, None
    try:
        raw = json.loads(urlsafe_b64decode(cursor[1:] + "=" * (-len(cursor[1:]) % 4)))
        values = [_unpack(value) for _place, value in zip(range(width), raw, strict=True)]
        backwards = {"n": False, "p": True}[cursor[0]]
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        raise DomainError(_("这一页的位置读不出来了，可能是链接不完整。请回到第一页重新翻。"), "paging.cursor") from None
    return backwards, values
