"""What other rooms and pages read of the stock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet, Sum

from danshu.catalogue import queries as catalogue
from danshu.catalogue.models import Sku
from danshu.stock.checking import Difference, check
from danshu.stock.models import Balance, LedgerEntry, Presale, Promise, Reservation, Warehouse

__all__ = [
    "Difference", "Overview", "Place", "check", "ledger", "locks", "overview", "presale", "presale_left", "promises",
    "sellable", "totals", "totals_by_warehouse", "warehouses",
]  # fmt: skip


def sellable(sku_ids: Iterable[int]) -> dict[int, int]:
    """SKU → pieces (sets, for a bundle) that can be sold now, over all active warehouses; 0 for what was never received."""
    wanted = list(dict.fromkeys(sku_ids))
    parts = catalogue.explode([(sku_id, 1) for sku_id in wanted])
    base = {sku_id for needs in parts for sku_id, _ in needs}
    free: dict[int, int] = dict.fromkeys(base, 0)
    for sku_id, left in Balance.objects.filter(sku__in=base, warehouse__is_active=True).values_list(
        "sku", F("on_hand") - F("locked") - F("buffer")
    ):
        free[sku_id] += max(0, left)  # a warehouse that lacks some does not take from the others
    return {sku_id: min((free[part] // each for part, each in needs), default=0) for sku_id, needs in zip(wanted, parts, strict=True)}


def presale_left(sku_ids: Iterable[int]) -> dict[int, int]:
    """SKU → pieces (sets, for a bundle) that may still be sold before they are here; SKUs without an open presale are left out."""
    return {found.sku_id: found.left for found in Presale.objects.filter(sku__in=list(sku_ids), is_open=True)}


def presale(sku_id: int) -> Presale | None:
    """The SKU's quota, open or closed."""
    return Presale.objects.filter(sku=sku_id).first()


def promises(sku_id: int, *, size: int = 100) -> list[Promise]:
    """Who waits for presold pieces of the SKU, the oldest first."""
    return list(Promise.objects.filter(sku=sku_id, state=Promise.State.OPEN).order_by("id")[:size])


@dataclass(slots=True)
class Place:
    """One SKU in one warehouse."""

    warehouse_id: int
    name: str
    on_hand: int
    locked: int
    defective: int
    buffer: int
    inspecting: int = 0
    incoming: int = 0
    in_transit: int = 0

    @property
    def sellable(self) -> int:
        return max(0, self.on_hand - self.locked - self.buffer)


@dataclass(slots=True)
class Overview:
    """One line of the stock page. total − unpaid − paid − buffer = sellable, as long as no warehouse is below its buffer."""

    sku: Sku
    places: list[Place] = field(default_factory=list)
    unpaid: int = 0
    paid: int = 0
    shipped_7: int = 0
    shipped_28: int = 0

    @property
    def total(self) -> int:
        return sum(place.on_hand for place in self.places)

    @property
    def locked(self) -> int:
        return sum(place.locked for place in self.places)

    @property
    def buffer(self) -> int:
        return sum(place.buffer for place in self.places)

    @property
    def defective(self) -> int:
        return sum(place.defective for place in self.places)

    @property
    def inspecting(self) -> int:
        return sum(place.inspecting for place in self.places)

    @property
    def incoming(self) -> int:
        return sum(place.incoming for place in self.places)

    @property
    def in_transit(self) -> int:
        return sum(place.in_transit for place in self.places)

    @property
    def sellable(self) -> int:
        return sum(place.sellable for place in self.places)

    @property
    def is_low(self) -> bool:
        return 0 < self.sellable < self.sku.safety_stock

    @property
    def is_out(self) -> bool:
        return self.sellable == 0

    @property
    def shares(self) -> tuple[int, int, int]:
        """Percent of the total that is locked and paid, locked and unpaid, and free; for the bar."""
        whole = self.total or 1
        paid, unpaid = min(100, 100 * self.paid // whole), min(100, 100 * self.unpaid // whole)
        return paid, unpaid, max(0, 100 - paid - unpaid) if self.total else 0

    @property
    def days_of_cover(self) -> int | None:
        """For how many days the sellable pieces last at the speed of the last 28 days, or of the last 7 when they sell faster now;
        None when nothing was shipped."""
        per_28_days = max(self.shipped_28, self.shipped_7 * 4)
        return self.sellable * 28 // per_28_days if per_28_days else None


def overview(skus: Sequence[Sku], *, now: datetime, warehouse_id: int | None = None) -> list[Overview]:
    """Numbers of these SKUs, aligned, of one warehouse or of all; three statements for any number of them."""
    found = {sku.pk: Overview(sku) for sku in skus}
    here = {"warehouse": warehouse_id} if warehouse_id else {}
    for balance in (
        Balance.objects.filter(sku__in=found, **here).select_related("warehouse").order_by("warehouse__priority", "warehouse_id")
    ):
        found[balance.sku_id].places.append(
            Place(
                balance.warehouse_id,
                balance.warehouse.name,
                balance.on_hand,
                balance.locked,
                balance.defective,
                balance.buffer,
                balance.inspecting,
                balance.incoming,
                balance.in_transit,
            )
        )
    held = Reservation.objects.filter(sku__in=found, state=Reservation.State.HELD, **here).values("sku", "kind")
    for row in held.annotate(pieces=Sum("quantity")).order_by():
        if row["kind"] == Reservation.Kind.UNPAID:
            found[row["sku"]].unpaid += row["pieces"]
        else:
            found[row["sku"]].paid += row["pieces"]
    _add_speed(found, now)
    return list(found.values())


def _add_speed(found: dict[int, Overview], now: datetime) -> None:
    week = Q(at__gte=now - timedelta(days=7))
    shipped = LedgerEntry.objects.filter(sku__in=found, kind=LedgerEntry.Kind.SHIP, at__gte=now - timedelta(days=28)).values("sku")
    for row in shipped.annotate(month=-Sum("on_hand_delta"), week=-Sum("on_hand_delta", filter=week, default=0)).order_by():
        found[row["sku"]].shipped_28 = row["month"]
        found[row["sku"]].shipped_7 = row["week"]


def ledger(sku_id: int, *, before: int | None = None, size: int = 50) -> list[LedgerEntry]:
    """The newest entries of a SKU, or those older than the entry `before`."""
    entries = LedgerEntry.objects.filter(sku=sku_id).select_related("warehouse").order_by("-id")
    return list((entries.filter(pk__lt=before) if before else entries)[:size])


def locks(sku_id: int, *, size: int = 100) -> list[Reservation]:
    """Who holds pieces of the SKU now, newest first."""
    held = Reservation.objects.filter(sku=sku_id, state=Reservation.State.HELD).select_related("warehouse")
    return list(held.order_by("-id")[:size])


def warehouses(*, with_closed: bool = False) -> QuerySet[Warehouse]:
    """In shipping order."""
    found = Warehouse.objects.order_by("priority", "pk")
    return found if with_closed else found.filter(is_active=True)


def totals_by_warehouse() -> dict[int, int]:
    """Warehouse → pieces on its shelves."""
    return dict(Balance.objects.values_list("warehouse").annotate(pieces=Sum("on_hand")).order_by())


def totals() -> dict[str, int]:
    """Pieces of the whole house: on_hand, locked, unpaid, paid, sellable."""
    sums = Balance.objects.aggregate(on_hand=Sum("on_hand", default=0), locked=Sum("locked", default=0))
    free = Balance.objects.filter(warehouse__is_active=True, on_hand__gt=F("locked") + F("buffer"))
    left = free.aggregate(left=Sum(F("on_hand") - F("locked") - F("buffer"), default=0))["left"]
    held = Reservation.objects.filter(state=Reservation.State.HELD)
    unpaid = held.filter(kind=Reservation.Kind.UNPAID).aggregate(pieces=Sum("quantity", default=0))["pieces"]
    return {"on_hand": sums["on_hand"], "locked": sums["locked"], "unpaid": unpaid, "paid": sums["locked"] - unpaid, "sellable": left}
