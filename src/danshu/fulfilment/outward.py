"""A parcel as programs outside see it: plain JSON values under names that stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from danshu.fulfilment import couriers
from danshu.orders.outward import moment

COLUMNS = (
    "id", "order_id", "order__no", "order__platform_no", "order__shop_id", "sequence", "state", "courier_code", "waybill_no", "warnings",
    "created_at", "shipped_at",
)  # fmt: skip


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """From a row of `COLUMNS`."""
    return {
        "id": row["id"], "order_id": row["order_id"], "order_no": row["order__no"], "platform_no": row["order__platform_no"],
        "shop_id": row["order__shop_id"], "sequence": row["sequence"], "state": row["state"], "courier": row["courier_code"],
        "courier_name": couriers.name(row["courier_code"]), "waybill_no": row["waybill_no"], "warnings": row["warnings"],
        "created_at": moment(row["created_at"]), "shipped_at": moment(row["shipped_at"]),
    }  # fmt: skip
