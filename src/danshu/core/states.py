"""State machines as tables: `{from: {to, …}}`, one per axis, checked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from django.utils.translation import gettext as _

from danshu.core.errors import DomainError

S = TypeVar("S", bound=str)
Moves = Mapping[S, frozenset[S]]


def allowed(moves: Mapping[S, frozenset[S]], before: S, after: S) -> bool:
    return after in moves.get(before, frozenset())


def check(moves: Mapping[S, frozenset[S]], before: S, after: S, *, label: str) -> None:
    """Raises `DomainError("state.not_allowed")` unless the table allows the move. `label` names the thing, as the user knows it."""
    if not allowed(moves, before, after):
        shown = getattr(before, "label", before)
        wanted = getattr(after, "label", after)
        raise DomainError(
            _("%(thing)s 现在是「%(before)s」，不能改成「%(after)s」。") % {"thing": label, "before": shown, "after": wanted},
            "state.not_allowed",
            details={"before": str(before), "after": str(after)},
        )
