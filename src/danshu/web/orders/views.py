"""The views of the list: the built-in ones, then people's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise

from danshu.accounts.models import User
from danshu.boards import builtin
from danshu.boards.models import SavedView
from danshu.fields import criteria

ALARMS = frozenset({"due-today", "issues"})  # their numbers are red unless zero


@dataclass(frozen=True, slots=True)
class View:
    slug: str
    name: str | Promise
    criteria: dict[str, Any]
    order: tuple[str, ...]  # field names, the last one unique
    is_saved: bool = False
    is_mine: bool = False


def of(user: User) -> list[View]:
    """Built-in views first, then the team's and the person's own; one statement."""
    saved = SavedView.objects.filter(Q(owner=None) | Q(owner=user)).order_by("position", "id")
    return [
        *(View(view.slug, view.name, view.criteria, order(view.ordering)) for view in builtin.VIEWS),
        *(_own(row, user) for row in saved),
    ]


def _own(row: SavedView, user: User) -> View:
    """A saved view; the team's belong to everybody who may change orders."""
    is_mine = user.may("orders.edit") if row.owner_id is None else row.owner_id == user.pk
    return View(row.slug, row.name, row.criteria, order(row.ordering), is_saved=True, is_mine=is_mine)


def pick(known: list[View], slug: str) -> View:
    """The view with this slug; an unknown one opens the first."""
    return next((view for view in known if view.slug == slug), known[0])


def order(ordering: str | tuple[str, ...]) -> tuple[str, ...]:
    names = (ordering,) if isinstance(ordering, str) else tuple(ordering)
    return names if names[-1] in {"id", "-id"} else (*names, "-id" if names[-1].startswith("-") else "id")


def compiled(trees: list[dict[str, Any]], *, now: datetime) -> Q:
    return criteria.compile({"all": trees}, now=now)
