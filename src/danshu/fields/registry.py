"""What criteria can ask about. Rooms register their fields and the words for them in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Tree = Mapping[str, Any]
JOINTS = ("all", "any", "none")
Words = Mapping[Any, str | Promise]
Compiler = Callable[[str, Any, datetime], Q]  # (operator, value, now)
EMPTY = ("is_empty", "is_set")

# kind → the operators it takes
OPERATORS: dict[str, tuple[str, ...]] = {
    "text": ("is", "is_not", "in", "not_in", "contains", "not_contains", "starts", *EMPTY),
    "choice": ("is", "is_not", "in", "not_in"),
    "ref": ("is", "is_not", "in", "not_in", *EMPTY),
    "number": ("is", "is_not", "gt", "gte", "lt", "lte", "in"),
    "flag": ("is", "is_not"),
    "moment": ("before", "until", "from", "after", "on", *EMPTY),
    "set": ("has", "has_not", "has_any", "has_all", *EMPTY),
}

OPERATOR_WORDS: Words = {
    "is": pgettext_lazy("criteria", "是"), "is_not": _("不是"), "in": _("是其中之一"), "not_in": _("不在其中"), "contains": _("包含"),
    "not_contains": _("不包含"), "starts": _("开头是"), "is_empty": _("为空"), "is_set": _("不为空"), "gt": _("大于"), "gte": _("至少"),
    "lt": _("小于"), "lte": _("最多"), "before": _("早于"), "until": _("不晚于"), "from": _("不早于"), "after": _("晚于"), "on": _("在"),
    "has": _("带有"), "has_not": _("不带"), "has_any": _("带有任一"), "has_all": _("全都带有"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """`name` is dotted: `order.payment`, `line.sku_code`; its first part is the scope. `column` is a lookup path from the scope's model.

    `choices` are the allowed values with their words (for `choice` and `set`; a callable where rows of the database are the choices).
    `compiler` stands in for the column where a value is not one, and takes care of every operator of `kind`.
    """

    name: str
    label: str | Promise
    kind: str
    column: str = ""
    choices: Words | Callable[[], Words] | None = None
    compiler: Compiler | None = None
    operators: tuple[str, ...] = field(default=())
    is_nullable: bool = False
    unit: str | Promise = ""

    @property
    def scope(self) -> str:
        return self.name.partition(".")[0]

    def takes(self) -> tuple[str, ...]:
        return self.operators or OPERATORS[self.kind]

    def words(self) -> Words:
        return self.choices() if callable(self.choices) else self.choices or {}


FIELDS: dict[str, Field] = {}
SCOPES: dict[str, Callable[[Q], Q]] = {}  # scope → "the order has one of these for which …"


def register(*fields: Field) -> None:
    """Make fields known. Registering the same name again replaces it."""
    for each in fields:
        if each.kind not in OPERATORS:
            raise ValueError(f"{each.name}: there is no kind {each.kind!r}.")
        FIELDS[each.name] = each


def register_scope(name: str, has_one: Callable[[Q], Q]) -> None:
    """A scope of things an order has many of, such as `line`."""
    SCOPES[name] = has_one


def get(name: str) -> Field | None:
    return FIELDS.get(name)
