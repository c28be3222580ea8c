"""What was done in the room of people goes into the book of deeds, which stands above it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from danshu.accounts.events import PeopleChanged
from danshu.audit import operations as audit
from danshu.audit import queries
from danshu.audit.operations import Deed
from danshu.core.actor import Actor


def record(events: Sequence[PeopleChanged]) -> None:
    """Once per fact, also when it is handed over twice."""
    for event in events:
        at = datetime.fromisoformat(event.at)
        deeds = [Deed(verb, kind, target, label, changes, note) for verb, kind, target, label, changes, note in event.deeds]
        known = queries.recorded(at, event.actor_id)
        fresh = [deed for deed in deeds if (deed.verb, deed.target_kind, deed.target_id) not in known]
        audit.record(fresh, by=Actor(event.actor_id, event.actor_name), now=at)
