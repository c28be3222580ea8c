"""The corpus: messages as buyers write them, persons and houses invented, and what a careful person makes of each.

A value as it stands must be read so. `?value` cannot be known for sure: read so, or left to a person with this guess; `?` alone must
be left to a person. A field that a case does not name is not compared.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from danshu.channels import chat
from danshu.channels.chat.found import Found

CASES = [
    {"file": path.stem, **case}
    for path in sorted(Path(__file__).with_name("corpus").glob("*.json"))
    for case in json.loads(path.read_text("utf-8"))
]


@dataclass
class Score:
    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    silent: list[str] = field(default_factory=list)  # sure and wrong
    missed: list[str] = field(default_factory=list)

    def compare(self, case: dict, part: str, found: Found, wanted: str) -> None:
        value, is_open = wanted.removeprefix("?"), wanted.startswith("?")
        label = f"{case['file']}: {case['what']}: {part} {found.value!r} ({found.confidence:.2f}), wanted {wanted!r}"
        if found.is_sure and (found.value != value or wanted == "?"):
            self.silent.append(label)
        if not value:
            return
        self.asked[part] += 1
        self.filled[part] += found.is_sure and found.value == value
        if found.value == value or (is_open and value in found.others):
            self.right[part] += 1
        else:
            self.missed.append(label)


def score() -> Score:
    result = Score()
    for case in CASES:
        reading = chat.read(case["text"])
        if len(reading.orders) != len(case["orders"]):
            result.silent.append(f"{case['file']}: {case['what']}: {len(reading.orders)} orders, wanted {len(case['orders'])}")
            continue
        for order, wanted in zip(reading.orders, case["orders"], strict=True):
            for part in ("name", "phone", "province", "city", "district", "address"):
                if part in wanted:
                    result.compare(case, part, getattr(order, part), wanted[part])
            result.compare(case, "paid", order.paid, wanted.get("paid", ""))
            result.compare(case, "remark", order.remark, wanted.get("remark", ""))
            _goods(result, case, order, wanted["goods"])
    return result


def _goods(result: Score, case: dict, order: chat.ChatOrder, wanted: list[list[str]]) -> None:
    if len(order.goods) != len(wanted):
        result.silent.append(
            f"{case['file']}: {case['what']}: goods {[(g.text.value, g.quantity.value) for g in order.goods]}, wanted {wanted}"
        )
        return
    for goods, (text, quantity) in zip(order.goods, wanted, strict=True):
        result.compare(case, "goods", goods.text, text)
        result.compare(case, "quantity", goods.quantity, quantity)
