"""The amounts of an order from the cells of its rows: some files repeat the order's amounts on each row, some write them on the first
row only, some write each row's own share. All in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from danshu.core import money

Cells = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Amounts:
    goods: int
    freight: int
    discount: int
    paid: int
    lines: tuple[int, ...]  # what the buyer pays for each line
    prices: tuple[int, ...]  # of one piece of each line, before discounts where the file tells


@dataclass(frozen=True, slots=True)
class LineCells:
    """What one line's own cells say."""

    price: int | None
    quantity: int
    paid: int | None
    row: int  # which of the order's rows it stands on


def settle(rows: Sequence[Cells], lines: Sequence[LineCells], *, per_line: bool, is_unpaid: bool) -> Amounts:
    """The order's amounts. `per_line` is the format's habit, used where the cells leave it open."""
    gross = _gross(lines)
    by_row = _is_per_row(rows, gross, per_line=per_line)

    def whole(name: str) -> int | None:
        found = None
        for row in rows:
            if (value := row.get(name)) is not None:
                if not by_row:
                    return value
                found = value if found is None else found + value
        return found

    freight = whole("freight") or 0
    total = whole("discount_total")
    discount = abs(total if total is not None else whole("discount_part") or 0)
    goods, payable, paid = whole("goods_total"), whole("payable"), whole("paid")
    own = [line.paid for line in lines if line.paid is not None]
    final = next((amount for amount in ((payable, paid) if is_unpaid else (paid, payable)) if amount is not None), None)
    if is_unpaid and not final and paid:
        final = paid
    if goods is None:
        goods = gross if gross is not None else (sum(own) if own else max(0, (final or 0) + discount - freight))
    if final is None:
        final = sum(own) + freight if own else max(0, goods + freight - discount)
    shares = _shares(rows, lines, final - freight, by_row=by_row)
    if len(lines) == 1:
        totals: list[int | None] = [goods]
    else:
        alone = by_row and len({line.row for line in lines}) == len(lines)
        totals = [rows[line.row].get("goods_total") if alone else None for line in lines]
    prices = [
        line.price if line.price is not None else (total if total is not None else share) // line.quantity
        for line, total, share in zip(lines, totals, shares, strict=True)
    ]
    return Amounts(goods, freight, discount, final, shares, tuple(prices))


def _gross(lines: Sequence[LineCells]) -> int | None:
    prices = [line.price * line.quantity for line in lines if line.price is not None]
    return sum(prices) if lines and len(prices) == len(lines) else None


def _is_per_row(rows: Sequence[Cells], gross: int | None, *, per_line: bool) -> bool:
    if len(rows) == 1:
        return False
    for name in ("paid", "payable", "goods_total"):
        filled = [value for row in rows if (value := row.get(name)) is not None]
        if len(filled) == 1:
            return False
        if len(set(filled)) > 1:
            return True
        if filled and gross is not None and len(filled) == len(rows):
            once, summed = abs(gross - filled[0]), abs(gross - filled[0] * len(filled))
            if once != summed:
                return summed < once
    return per_line


def _shares(rows: Sequence[Cells], lines: Sequence[LineCells], goods_paid: int, *, by_row: bool) -> tuple[int, ...]:
    """What each line costs the buyer: its own cell, its row's amount, or a share of the order's by price; shares add up exactly."""
    if not lines:
        return ()
    if all(line.paid is not None for line in lines):
        return tuple(line.paid or 0 for line in lines)
    if by_row and len({line.row for line in lines}) == len(lines):
        of_rows = [next((row[name] for name in ("paid", "payable") if row.get(name) is not None), None) for row in rows]
        if all(of_rows[line.row] is not None for line in lines):
            return tuple(max(0, (of_rows[line.row] or 0) - (rows[line.row].get("freight") or 0)) for line in lines)
    weights = [(line.price or 0) * line.quantity for line in lines]
    if not any(weights):
        weights = [line.quantity for line in lines]
    return tuple(money.split(max(0, goods_paid), weights))
