"""Values that WooCommerce alone writes so: amounts of any currency, moments without a zone, PHP's empty objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from danshu.channels import bodies

MOST = 10**15


def part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A group of fields; PHP's empty list counts as empty."""
    return {} if body.get(name) == [] else bodies.item(body, name)


def amount(body: Mapping[str, Any], name: str) -> Decimal:
    """Money as written, "23.00"; absent and blank are 0."""
    value = body.get(name)
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise bodies.bad(name, value)
    try:
        found = Decimal(value.strip() if isinstance(value, str) else value)
        if abs(found) < MOST:
            return found
    except (ValueError, ArithmeticError):
        raise bodies.bad(name, value) from None
    raise bodies.bad(name, value)


def fen(value: Decimal) -> int:
    """Hundredths; sites that reckon with more places are rounded as their own pages do."""
    return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def moment(body: Mapping[str, Any], name: str) -> datetime | None:
    """`date_…_gmt`: ISO 8601 without a zone, in GMT; null means not yet."""
    written = bodies.text(body, name)
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise bodies.bad(name, written) from None
