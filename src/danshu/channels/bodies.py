"""Values out of what a platform sent, as adapters read them: absent, null and "" are the same nothing, and everything else either is what
the documents promise or raises `BadPayload`.

Platforms send one thing in many clothes: ids as numbers here and as strings there, amounts as `"12.30"`, `12.3` or fen, moments as wall
clock or as seconds. Bodies come from JSON read with `parse_float=Decimal`, so a float here is a mistake of ours and refused like any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
from danshu.core import clock, money

MOST_PIECES = 2**31 - 1  # what a quantity's column holds
LONGEST = 20_000  # characters of one text; more is no name, memo or address
OLDEST, NEWEST = 1_000_000_000, 10_000_000_000  # seconds: moments before 2001 are how platforms say "not yet"; later ones are milliseconds
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_NUMBER = 32  # digits of an id
_PLAIN = re.compile(r"-?[0-9]{1,19}(\.0+)?")
_WALL = "%Y-%m-%d %H:%M:%S"


def bad(key: str, value: object) -> BadPayload:
    """The error to raise for a value that cannot be understood; its text is cut, and a mapping or list is named, not shown."""
    shown = str(value)[:40] if _is_sane(value) and not isinstance(value, Mapping | list) else type(value).__name__
    return BadPayload(
        _("平台发来的数据看不懂：%(key)s 是「%(value)s」。这一条先放下，别的照常；请把它报给维护者。") % {"key": key, "value": shown}
    )


def missing(key: str) -> BadPayload:
    return BadPayload(_("平台发来的数据缺少 %(key)s。这一条先放下，别的照常；请把它报给维护者。") % {"key": key})


def text(body: Body, key: str) -> str:
    """As it came, stripped; numbers as digits. NUL never stands in a text: PostgreSQL has no place for it."""
    value = body.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or not _is_sane(value):
        raise bad(key, value)
    said = value if isinstance(value, str) else f"{value:f}" if isinstance(value, Decimal) else str(value)
    if len(said) > LONGEST:
        raise bad(key, said)
    return said.replace("\x00", "").strip()


def identity(body: Body, key: str) -> str:
    """An id: text, where 0 means that there is none."""
    said = text(body, key)
    return "" if said in {"0", "-1"} else said


def needed(body: Body, key: str) -> str:
    """An id without which nothing can be done."""
    said = identity(body, key)
    if not said:
        raise missing(key)
    return said


def digits(body: Body, key: str) -> str:
    """An id without which nothing can be done, and that is a number wherever this platform writes it."""
    said = needed(body, key)
    if not (said.isascii() and said.isdigit()) or not said.strip("0") or len(said) > LONGEST_NUMBER:
        raise bad(key, said)
    return said


def number(body: Body, key: str, *, most: int = MOST_PIECES) -> int:
    """A whole number; nothing is 0."""
    value = body.get(key)
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise bad(key, value)
    if isinstance(value, str):
        if not _PLAIN.fullmatch(value.strip()):
            raise bad(key, value)
        value = Decimal(value.strip())
    if not _is_sane(value) or not -most <= value <= most or value != int(value):
        raise bad(key, value)
    return int(value)


def pieces(body: Body, key: str) -> int:
    """How many of a thing somebody bought: at least 1."""
    count = number(body, key)
    if count < 1:
        raise bad(key, body.get(key))
    return count


def fen(body: Body, key: str) -> int:
    """An amount that the platform counts in fen. One with a point is refused: it would be yuan, a hundred times as much."""
    value = body.get(key)
    if isinstance(value, str | Decimal) and "." in str(value):
        raise bad(key, value)
    return number(body, key, most=money.MOST)


def yuan(body: Body, key: str) -> int:
    """An amount that the platform writes in yuan, in fen, exactly; nothing is 0."""
    value = body.get(key)
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or not _is_sane(value):
        raise bad(key, value)
    try:
        return money.fen(value)
    except (ValueError, ArithmeticError):
        raise bad(key, value) from None


def moment(body: Body, key: str) -> datetime | None:
    """`2026-11-20 09:30:00` of Shanghai's wall clock, or seconds since 1970; nothing, 0 and moments before 2001 are None."""
    value = body.get(key)
    if isinstance(value, str) and not _PLAIN.fullmatch(value.strip()):
        said = value.strip()
        if not said or said.startswith("0000"):
            return None
        try:
            found = clock.from_platform(datetime.strptime(said[:19], _WALL)).astimezone(UTC)  # noqa: DTZ007 - from_platform gives the zone
        except (ValueError, OverflowError):
            raise bad(key, value) from None
        return found if found.timestamp() >= OLDEST else None
    seconds = number(body, key, most=NEWEST)
    return datetime.fromtimestamp(seconds, UTC) if seconds >= OLDEST else None


def millis(body: Body, *keys: str) -> datetime | None:
    """Milliseconds since 1970 of the first of these that says something; as `moment` otherwise."""
    for key in keys:
        if count := number(body, key, most=NEWEST * 1000):
            return EPOCH + timedelta(milliseconds=count) if count >= OLDEST * 1000 else None
    return None


def item(body: Body, key: str) -> Body:
    """An object; nothing is an empty one."""
    value = body.get(key)
    if value is None or value == "":
        return {}
    if not isinstance(value, Mapping):
        raise bad(key, value)
    return value


def listed(body: Body, key: str) -> list[Any]:
    """A list of whatever; nothing is an empty one."""
    value: Any = body.get(key)
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise bad(key, value)
    return value


def items(body: Body, key: str) -> list[Body]:
    """A list of objects; nothing is an empty one, and empty members (platforms pad with `{}`) are left out."""
    found = listed(body, key)
    if not all(isinstance(one, Mapping) for one in found):
        raise bad(key, found)
    return [one for one in found if one]


def is_no(value: object) -> bool:
    """`false` in any of its clothes: an answer that says so is no success."""
    return value is False or (isinstance(value, str) and value.strip().lower() in {"false", "0"}) or (value is not None and value == 0)


def _is_sane(value: object) -> bool:
    """No Decimal that is not a number, and nothing whose digits would fill the memory (`1E+999999999` is valid JSON)."""
    if isinstance(value, int):
        return value.bit_length() < 140
    return not isinstance(value, Decimal) or (value.is_finite() and abs(value.adjusted()) < 40)
