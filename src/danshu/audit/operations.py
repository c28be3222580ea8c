"""Writing the book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from danshu.audit.models import Entry
from danshu.core import bulk
from danshu.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Deed:
    verb: str
    target_kind: str
    target_id: int | None
    target_label: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def record(deeds: Iterable[Deed], *, by: Actor, now: datetime) -> None:
    """Append one entry per deed, in one statement, inside the caller's transaction."""
    rows = [
        (now, by.id, by.name, deed.verb, deed.target_kind, deed.target_id, deed.target_label[:120], dict(deed.changes), deed.note)
        for deed in deeds
    ]
    bulk.insert(Entry, COLUMNS, rows)


COLUMNS = ("at", "actor_id", "actor_name", "verb", "target_kind", "target_id", "target_label", "changes", "note")
