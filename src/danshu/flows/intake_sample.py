"""What a preview may show and keep of a file: people's data masked."""

from __future__ import annotations

import re
from typing import Any

from danshu.channels.files.translate import BadOrder, Outcome
from danshu.core import clock, money
from danshu.orders import receiver

PHONE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")
PEOPLE = frozenset({"receiver_name", "receiver_phone", "address", "new_address", "street", "merge_key"})
PEOPLE_WORDS = re.compile(r"姓名|身份证|电话|手机|地址|支付宝|收件人|收货人|联系")


def masked(layout: dict[str, Any]) -> dict[str, Any]:
    """A layout as plain values, the samples of people's columns masked."""
    return {
        **layout,
        "columns": [{**column, "samples": [_mask(column, text) for text in column["samples"]]} for column in layout["columns"]],
    }


def _mask(column: dict[str, Any], text: str) -> str:
    meaning = column["meaning"]
    if meaning == "receiver_name":
        return receiver.mask_name(text)
    if meaning == "receiver_phone":
        return receiver.mask_phone(text)
    if meaning in PEOPLE or (not meaning and PEOPLE_WORDS.search(column["name"])):
        return text if "*" in text else text[:6] + "***"
    return PHONE.sub(r"\1****\2", text)


def plain(outcome: Outcome) -> dict[str, Any]:
    """One order of the preview: what a person needs to see that it was read right."""
    order = outcome.result
    row = f"{outcome.rows[0]}–{outcome.rows[-1]}" if len(outcome.rows) > 1 else str(outcome.rows[0])
    if isinstance(order, BadOrder):
        return {"row": row, "no": order.platform_no, "reason": order.reason}
    to = order.receiver
    name = to.name if to.masked else "***" if to.cipher else receiver.mask_name(to.name)
    phone = to.phone if to.masked else "***" if to.cipher else receiver.mask_phone(to.phone)
    titles = [f"{line.title} {line.spec}".strip() + f" ×{line.quantity}" for line in order.lines]
    placed = order.placed_at or order.paid_at
    return {
        "row": row,
        "no": order.platform_no,
        "status": order.status_text or "—",
        "progress": order.progress.value,
        "payment": order.payment.value,
        "goods": titles[0][:60] if titles else "",
        "more": len(titles) - 1 if len(titles) > 1 else 0,
        "pieces": sum(line.quantity for line in order.lines),
        "amount": money.text(order.paid_fen),
        "receiver": " ".join(part for part in (name, phone if to.phone else "") if part) if to.name or to.phone else "",
        "place": " ".join(part for part in (to.province, to.city, to.district) if part),
        "placed": clock.local(placed).strftime("%Y-%m-%d %H:%M") if placed else "",
        "reason": "",
    }
