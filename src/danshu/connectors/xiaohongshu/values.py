"""What Xiaohongshu alone says so: moments are milliseconds; orders speak of fen, after-sales of yuan. The rest is
`channels/documented_bodies.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from danshu.channels.connecting import Body
from danshu.channels.documented_bodies import MOST, bad, whole
from danshu.core import money

LAST_MOMENT = 4_102_444_800_000  # 2100


def fen_of_yuan(body: Body, key: str) -> int:
    """Yuan as a number or a text → fen; 0 where there is none."""
    value = body.get(key)
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise bad(key)
    try:
        amount = money.fen(_cents(value) if isinstance(value, Decimal) else value)
    except (ValueError, ArithmeticError):
        raise bad(key) from None
    if not 0 <= amount <= MOST:
        raise bad(key)
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
        raise bad(key)
    return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(milliseconds=milliseconds % 1000)
