"""What is asked of the stock, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from danshu.core.errors import DomainError


class Demand(NamedTuple):
    """What one order line wants held in all: `quantity` pieces of a SKU or sets of a bundle.

    What the line holds already counts, so asking twice holds once and asking for more tops up. `warehouse_id` is tried first, then the
    warehouses that serve `region`, the receiver's province; `label` is what the ledger calls the owner.
    Kinds: unpaid, paid, presale, manual, exchange; unpaid ones end at `expires_at`.
    """

    owner_id: int
    demand_id: int
    sku_id: int
    quantity: int
    kind: str = "paid"
    expires_at: datetime | None = None
    warehouse_id: int | None = None
    label: str = ""
    region: str = ""


class Outcome(NamedTuple):
    """All of a demand is held, or nothing more than before: then `left` says how many could still be had, `short` how many lack.

    `promised` of the short ones are sold on presale: they count against the quota and are held when goods arrive.
    """

    held: int
    short: int
    left: int
    warehouse_id: int | None
    promised: int = 0


# the columns of a new reservation
RESERVATION = ("owner_id", "demand_id", "label", "sku_id", "warehouse_id", "quantity", "kind", "state", "expires_at", "created_at")


class ShortError(DomainError):
    """Not all demands can be met, so none was. `owners`: whose demands they are → the goods as `details` names them; `places` says the
    same by the place in a batch, for those who made the owners."""

    def __init__(self, message: str, *, skus: list[dict[str, Any]], owners: dict[int, list[dict[str, Any]]]) -> None:
        super().__init__(message, "stock.short", details={"skus": skus})
        self.owners = owners
        self.places: dict[int, list[dict[str, Any]]] = {}
