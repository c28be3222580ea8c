"""An export file of Pinduoduo's seller pages with a shop's orders, and three rows that nobody can read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from danshu.channels.contract import IncomingOrder, Payment
from danshu.core import clock, money

HEADER = (
    "订单成交时间", "商品", "订单号", "订单状态", "商品总价(元)", "邮费(元)", "店铺优惠折扣(元)", "平台优惠折扣(元)", "用户实付金额(元)",
    "商家实收金额(元)", "商品数量(件)", "商品id", "商品规格", "样式ID", "商家编码-规格维度", "商家备注", "售后状态", "收货人", "手机",
    "省", "市", "区", "详细地址",
)  # fmt: skip
WRONG = (("商品数量(件)", "两件"), ("用户实付金额(元)", "待定"), ("商品数量(件)", "0"))


def write(path: Path, orders: Sequence[IncomingOrder], *, day: datetime) -> None:
    """One row per line of each order, and after them copies of rows with new order numbers in which one cell is wrong."""
    rows = [row for order in orders for row in _rows(order)]
    bad = [
        {**rows[i % len(rows)], "订单号": f"{clock.local(day):%y%m%d}-{900_000_000_000_000 + i}", column: cell}
        for i, (column, cell) in enumerate(WRONG)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows([*rows, *bad])


def _rows(order: IncomingOrder) -> Iterator[dict[str, str]]:
    to = order.receiver
    for line in order.lines:
        whole = line.price_fen * line.quantity
        yield {
            "订单成交时间": _said(order.paid_at),
            "商品": line.title,
            "订单号": order.platform_no,
            "订单状态": "待发货" if order.payment == Payment.PAID else "待付款",
            "商品总价(元)": f"{money.yuan(whole)}",
            "邮费(元)": "0",
            "店铺优惠折扣(元)": f"{money.yuan(whole - line.paid_fen)}",
            "平台优惠折扣(元)": "0",
            "用户实付金额(元)": f"{money.yuan(line.paid_fen)}",
            "商家实收金额(元)": f"{money.yuan(line.paid_fen)}",
            "商品数量(件)": str(line.quantity),
            "商品id": line.item_id,
            "商品规格": line.spec,
            "样式ID": line.sku_id,
            "商家编码-规格维度": line.merchant_code,
            "商家备注": order.seller_memo,
            "售后状态": "无售后或售后取消",
            "收货人": to.name,
            "手机": to.phone,
            "省": to.province,
            "市": to.city,
            "区": to.district,
            "详细地址": to.address,
        }


def _said(moment: datetime | None) -> str:
    return clock.local(moment).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
