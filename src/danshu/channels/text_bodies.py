"""Values out of the JSON of platforms that write nearly everything as text (TOP, JOS): absent is empty, the wrong type is `BadPayload`,
never a crash and never a guess. `bodies` reads those that keep to JSON's own types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadAnswer, BadPayload
from danshu.core import clock, money

MOST_PIECES = 1_000_000
FIRST_YEAR = 2000  # earlier moments are fillers such as 0001-01-01


def text(body: Body, *names: str) -> str:
    """The first of these that says something, stripped; numbers as their digits."""
    for name in names:
        value = body.get(name)
        if value is None or isinstance(value, bool):
            continue
        if not isinstance(value, str | int | Decimal):
            raise unreadable(name)
        if said := str(value).strip():
            return said
    return ""


def needed(body: Body, *names: str) -> str:
    if said := text(body, *names):
        return said
    raise BadPayload(_("平台的数据里缺少 %(name)s。") % {"name": names[0]})


def fen(body: Body, name: str) -> int:
    """Yuan, as text or number → fen; absent is 0."""
    said = text(body, name)
    try:
        return money.fen(said) if said else 0
    except ValueError:
        raise unreadable(name) from None


def pieces(body: Body, name: str) -> int:
    said = text(body, name)
    if said.isascii() and said.isdigit() and 0 < len(said) < 8 and 0 < int(said) <= MOST_PIECES:
        return int(said)
    raise unreadable(name)


def whole(body: Body, name: str) -> int:
    """A whole number that must be there; stock that is oversold is below zero."""
    said = text(body, name)
    if said.removeprefix("-").isdigit() and said.isascii() and len(said) < 16:
        return int(said)
    raise unreadable(name)


def flag(body: Body, name: str) -> bool:
    """Truth as `true`, "true" or 1."""
    return str(body.get(name)).strip().lower() in {"true", "1"}


def moment(body: Body, name: str) -> datetime | None:
    """`2026-11-22 10:00:00`, in Shanghai; fillers are None."""
    said = text(body, name)
    if not said:
        return None
    try:
        naive = datetime.strptime(said, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the platform's zone is added below
    except ValueError:
        raise unreadable(name) from None
    return clock.from_platform(naive) if naive.year >= FIRST_YEAR else None


def hint(body: Body, name: str) -> datetime | None:
    """As `moment`, where it only saves work: one row with a moment nobody can read must not stop its whole list."""
    try:
        return moment(body, name)
    except BadPayload:
        return None


@contextmanager
def answers() -> Iterator[None]:
    """What is read in here is an answer to a call, not an order: unreadable is `BadAnswer`."""
    try:
        yield
    except BadPayload as error:
        raise BadAnswer(error.message) from None


def unreadable(name: str) -> BadPayload:
    """No value in it: it may be somebody's address."""
    return BadPayload(_("平台的数据读不懂：%(name)s 不是约定的样子。") % {"name": name})
