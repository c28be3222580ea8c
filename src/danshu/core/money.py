"""Money: integer fen inside, `Decimal` yuan at the edges, never a float."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

Fen = int
MOST = 10**17  # fen: what a column holds, with room for sums


def fen(yuan: str | Decimal | int) -> Fen:
    """Yuan as written by a person or a platform → fen: `"¥1,299.90"`, `"23.00元"`, `Decimal("0.1")`, `12`.

    Raises `ValueError` for anything that is not an amount, and for parts of a fen.
    """
    if isinstance(yuan, float):
        raise ValueError(f"{yuan!r}: money is never a float")  # noqa: TRY004 - callers catch one error for "not an amount"
    text = str(yuan).strip().replace(",", "").replace("，", "")
    for mark in ("¥", "￥", "元", "RMB", "CNY"):
        text = text.replace(mark, "")
    try:
        amount = Decimal(text.strip()) * 100
    except InvalidOperation:
        raise ValueError(f"{yuan!r} is not an amount") from None
    if not amount.is_finite() or abs(amount) > MOST:
        raise ValueError(f"{yuan!r} is not an amount")
    if amount != amount.to_integral_value():
        raise ValueError(f"{yuan!r} has parts of a fen")
    return int(amount)


def yuan(amount_fen: Fen) -> Decimal:
    return (Decimal(amount_fen) / 100).quantize(Decimal("0.01"))


def text(amount_fen: Fen) -> str:
    """`123456` → `"1,234.56"`; no currency sign, as in table columns."""
    return f"{yuan(amount_fen):,.2f}"


def split(total: Fen, weights: list[int]) -> list[Fen]:
    """Share `total` by weights so that the parts add up exactly (largest remainders get the odd fen; equal ones by position)."""
    whole = sum(weights)
    if whole <= 0:
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
