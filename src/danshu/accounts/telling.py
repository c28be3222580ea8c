"""How this room tells what was done in it: the same words as an audit entry, carried by a fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from danshu.accounts.events import PeopleChanged
from danshu.core import events
from danshu.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Deed:
    verb: str
    target_kind: str
    target_id: int
    target_label: str
    changes: Mapping[str, list[Any]] = field(default_factory=dict)
    note: str = ""


def tell(deeds: Iterable[Deed], *, by: Actor, now: datetime) -> None:
    """One fact for all deeds of a story; nothing for none."""
    rows = tuple((deed.verb, deed.target_kind, deed.target_id, str(deed.target_label), dict(deed.changes), deed.note) for deed in deeds)
    if rows:
        events.publish(PeopleChanged(rows, by.id, by.name, now.isoformat()))
