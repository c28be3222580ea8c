"""Who does something: a person, or a part of the system. Plain values, so that every room can carry them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is the user's id, or None for the system; `name` is what a timeline shows."""

    id: int | None
    name: str


SYSTEM = Actor(None, "系统")
