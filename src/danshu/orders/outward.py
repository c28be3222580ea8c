"""An order as programs outside see it: plain JSON values under names that stay. People's data is masked; `reveal` opens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from danshu.orders.models import OrderLine
from danshu.orders.receiver import PlainReceiver
from danshu.orders.states import Issue

PLAIN = (
    "id", "no", "shop_id", "platform", "platform_no", "source", "payment", "fulfilment", "refund", "is_held", "hold_reason", "is_urgent",
    "flag", "tags", "goods_fen", "freight_fen", "discount_fen", "paid_fen", "buyer_nick", "buyer_message", "seller_memo", "courier_code",
    "merged_into_id", "split_from_id",
)  # fmt: skip
MOMENTS = ("hold_until", "placed_at", "paid_at", "ship_by", "shipped_at", "cancelled_at", "created_at", "updated_at")
PEOPLE = ("receiver_name", "receiver_phone", "receiver_address", "province", "city", "district")
COLUMNS = (*PLAIN, *MOMENTS, *PEOPLE, "issues")  # what `told` reads
LINE = (
    "id", "order_id", "oid", "sku_id", "sku__code", "title", "spec", "merchant_code", "quantity", "price_fen", "paid_fen", "refund",
    "is_gift", "is_short",
)  # fmt: skip
Row = Mapping[str, Any]


def told(rows: Sequence[Row], people: Mapping[int, PlainReceiver] | None = None) -> list[dict[str, Any]]:
    """Orders from rows of `COLUMNS`, with their lines; one statement for any number. `people`: opened receivers by order."""
    lines: dict[int, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for line in OrderLine.objects.filter(order__in=lines).order_by("order_id", "id").values(*LINE):
        lines[line.pop("order_id")].append({"sku": line.pop("sku__code") or "", **line})
    return [_order(row, lines[row["id"]], (people or {}).get(row["id"])) for row in rows]


def _order(row: Row, lines: list[dict[str, Any]], person: PlainReceiver | None) -> dict[str, Any]:
    return {
        **{name: row[name] for name in PLAIN},
        **{name: moment(row[name]) for name in MOMENTS},
        "issues": [issue.name.lower() for issue in Issue if row["issues"] & issue.value],
        "receiver": _masked(row) if person is None else _opened(person),
        "lines": lines,
    }


def _masked(row: Row) -> dict[str, Any]:
    return {
        "name": row["receiver_name"], "phone": row["receiver_phone"], "province": row["province"], "city": row["city"],
        "district": row["district"], "address": row["receiver_address"], "is_masked": True,
    }  # fmt: skip


def _opened(to: PlainReceiver) -> dict[str, Any]:
    """What a platform hid from us stays hidden: cipher text is of no use to anybody."""
    is_cipher = to.kind == "cipher"
    return {
        "name": "" if is_cipher else to.name, "phone": "" if is_cipher else to.phone, "province": to.province, "city": to.city,
        "district": to.district, "address": "" if is_cipher else to.address, "is_masked": to.kind != "plain",
    }  # fmt: skip


def moment(at: datetime | None) -> str | None:
    """`2026-11-22T04:00:00.123456Z`: exact, so that it can be asked with again."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
