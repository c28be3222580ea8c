"""Facts about people. The book of deeds stands above this room, so it reads what happened here from the fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from danshu.core.events import Event


@dataclass(frozen=True, slots=True)
class PeopleChanged(Event):
    """Invites, roles, passwords: `deeds` are rows of (verb, target kind, target id, label, changes, note)."""

    deeds: tuple[tuple[str, str, int, str, dict[str, list[Any]], str], ...]
    actor_id: int | None
    actor_name: str
    at: str  # ISO 8601
