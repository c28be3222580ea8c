"""What JOS alone writes so; the rest is `channels/text_bodies.py`."""

from __future__ import annotations

from collections.abc import Mapping

from danshu.channels.connecting import Body
from danshu.channels.text_bodies import unreadable


def rows(body: Body, name: str) -> list[Body]:
    found = body.get(name)
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise unreadable(name)
    return found


def inner(body: Body, name: str) -> Body:
    """An object inside the object."""
    found = body.get(name)
    if not isinstance(found, Mapping):
        raise unreadable(name)
    return found
