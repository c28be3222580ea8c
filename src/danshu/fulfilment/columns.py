"""Which column of a shipping file means what, found by the meaning of its header: order, courier, waybill."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

SAID = {
    "order": (
        "订单编号", "订单号", "主订单编号", "主订单号", "平台订单号", "平台单号", "原始单号", "商家订单号", "客户订单号", "客户单号",
        "外部订单号", "交易号", "订单id", "order_sn", "orderid", "orderno", "ordernumber",
    ),
    "line": ("子订单编号", "子订单号", "商品单号"),
    "courier": ("物流公司", "物流公司名称", "快递公司", "快递公司名称", "快递名称", "承运商", "物流商", "快递", "shipping_name", "courier"),
    "waybill": (
        "物流单号", "快递单号", "运单号", "运单号码", "运单编号", "物流运单号", "快递运单号", "面单号", "邮件号", "物流编号",
        "shipping_sn", "waybill", "trackingnumber", "trackingno",
    ),
}  # fmt: skip
LOOK_AT = 20  # rows in which a header may stand


@dataclass(frozen=True, slots=True)
class Layout:
    """Zero-based places: header row, first data row, column per meaning. `by_line`: the order column holds sub-order numbers."""

    header: int
    data: int
    order: int
    courier: int | None
    waybill: int
    by_line: bool = False


def plain(header: str) -> str:
    """`"快递公司（必填）"`, `"* 快递公司 "` → `"快递公司"`."""
    text = unicodedata.normalize("NFKC", header).replace("\ufeff", "").lower()
    text = re.sub(r"[(\[【].*?[)\]】]", "", text)
    return re.sub(r"[\s*:：#]|必填|选填", "", text)


_MEANS = {plain(word): meaning for meaning, words in SAID.items() for word in words}


def meaning(header: str) -> str:
    """order, line, courier, waybill, or "" for anything else."""
    return _MEANS.get(plain(header), "")


def find(rows: Sequence[Sequence[str]]) -> Layout | None:
    """The layout of the first row that names an order and a waybill column; None when no row does."""
    for number, row in enumerate(rows[:LOOK_AT]):
        places: dict[str, int] = {}
        for place, cell in enumerate(row):
            said = meaning(cell)
            if said:
                places.setdefault(said, place)
        order = places.get("order", places.get("line"))
        if order is None or "waybill" not in places:
            continue
        after = rows[number + 1] if number + 1 < len(rows) else []
        data = number + 2 if is_second_header(after, [order, places["waybill"]]) else number + 1
        return Layout(number, data, order, places.get("courier"), places["waybill"], by_line="order" not in places)
    return None


def is_second_header(row: Sequence[str], places: Sequence[int]) -> bool:
    """Whether a row repeats the header in identifiers (`order_sn`, `shipping_sn`), as one platform's template does."""
    cells = [row[place] if place < len(row) else "" for place in places]
    return all(re.fullmatch(r"[A-Za-z][A-Za-z_]+", cell.strip()) for cell in cells)
