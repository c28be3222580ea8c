"""Values out of a body that may hold anything: what is not as documented is `BadPayload`, what is not there is empty.

Moments are milliseconds. Orders speak of fen, after-sales of yuan.
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
from danshu.core import money

MOST = 10**15  # fen and pieces: more is no amount
DIGITS = re.compile(r"[0-9]{1,20}")
LAST_MOMENT = 4_102_444_800_000  # 2100


def text(body: Body, key: str) -> str:
    value = body.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _bad(key)
    return str(value).encode(errors="replace").decode().replace("\x00", "").strip()  # neither lone surrogates nor NUL can be kept


def needed(body: Body, key: str) -> str:
    if value := text(body, key):
        return value
    raise BadPayload(_("缺少“%(key)s”。") % {"key": key})


def whole(body: Body, key: str) -> int:
    """A whole number of at least 0; 0 where there is none."""
    value = body.get(key)
    if value is None or value == "":
        return 0
    if isinstance(value, str) and DIGITS.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, Decimal) and value.is_finite() and abs(value) <= MOST and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise _bad(key)
    return value


def fen_of_yuan(body: Body, key: str) -> int:
    """Yuan as a number or a text → fen; 0 where there is none."""
    value = body.get(key)
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise _bad(key)
    try:
        amount = money.fen(_cents(value) if isinstance(value, Decimal) else value)
    except (ValueError, ArithmeticError):
        raise _bad(key) from None
    if not 0 <= amount <= MOST:
        raise _bad(key)
    return amount


def _cents(value: Decimal) -> Decimal:
    """25.200000000000003, as a platform that reckons with floats says it, is 25.20."""
    near = value.quantize(Decimal("0.01"))
    return near if abs(value - near) < Decimal("0.00001") else value


def moment(body: Body, key: str) -> datetime | None:
    """Milliseconds since 1970; 0, and -1 where after-sales wait for nobody, = none."""
    if body.get(key) in (-1, "-1"):
        return None
    milliseconds = whole(body, key)
    if milliseconds == 0:
        return None
    if milliseconds >= LAST_MOMENT:
        raise _bad(key)
    return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(milliseconds=milliseconds % 1000)


def section(body: Body, key: str) -> Body:
    value = body.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _bad(key)
    return value


def rows(body: Body, key: str) -> list[Body]:
    value: Any = body.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise _bad(key)
    return value


def _bad(key: str) -> BadPayload:
    return BadPayload(_("“%(key)s”的内容不是平台文档所说的样子。") % {"key": key})
