"""What the house is called: the seller's name and place under our mark, on every page."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.accounts import queries
from danshu.accounts.telling import Deed, tell
from danshu.core import preferences
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

MOST = 40  # characters


def name_house(name: str, *, by: Actor, now: datetime) -> str:
    """Returns the name as kept; an empty one is none. Raises `house.name`."""
    kept = " ".join(name.split())
    if len(kept) > MOST:
        raise DomainError(_("名称最多 %d 个字。") % MOST, "house.name")
    with transaction.atomic():
        before = queries.house_name()
        if kept == before:
            return kept
        preferences.put(queries.HOUSE_NAME, kept, by=by, now=now)
        tell([Deed("house.named", "house", 0, kept, {"name": [before, kept]})], by=by, now=now)
    return kept
