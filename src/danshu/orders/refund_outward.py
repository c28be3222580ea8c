"""A buyer's request for money or goods as programs outside see it: plain JSON values under names that stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from danshu.orders.outward import moment

PLAIN = (
    "id", "shop_id", "refund_no", "platform_no", "order_id", "kind", "state", "oids", "amount_fen", "quantity", "is_before_shipping",
    "reason", "status_text", "return_courier", "return_waybill_no",
)  # fmt: skip
MOMENTS = ("asked_at", "answer_by", "created_at", "updated_at")
COLUMNS = (*PLAIN, *MOMENTS)


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """From a row of `COLUMNS`."""
    return {**{name: row[name] for name in PLAIN}, **{name: moment(row[name]) for name in MOMENTS}}
