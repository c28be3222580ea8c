"""Do the books agree? One check per kind of book; each returns what is wrong, a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from danshu.core import jobs, reactions
from danshu.core.actor import SYSTEM
from danshu.stock import checking
from danshu.stock import operations as stock


def stock_counts() -> Iterator[str]:
    """Counters against the ledger and the held reservations."""
    for item in checking.check():
        yield _("%(sku)s 在 %(place)s：在库 %(hand)d（流水 %(ledger)d），锁定 %(locked)d（预占 %(held)d，流水 %(booked)d）") % {
            "sku": item.sku,
            "place": item.warehouse,
            "hand": item.on_hand,
            "ledger": item.on_hand_by_ledger,
            "locked": item.locked,
            "held": item.locked_by_reservations,
            "booked": item.locked_by_ledger,
        } + (_("；订单 %s") % "、".join(item.owners) if item.owners else "")


def set_aside_facts() -> Iterator[str]:
    """Facts that a reaction could not digest."""
    for failure in reactions.failures():
        yield f"{failure.event.kind} #{failure.event_id} → {failure.reaction}: {failure.error.strip().splitlines()[-1]}"


def dead_jobs() -> Iterator[str]:
    """Jobs that failed for good."""
    for error in jobs.dead():
        yield f"{error.name} {error.arguments}: {error.error.strip().splitlines()[-1]}"


CHECKS: dict[str, Callable[[], Iterator[str]]] = {"stock": stock_counts, "events": set_aside_facts, "jobs": dead_jobs}


def repair_stock(now: datetime) -> int:
    """Let the counters follow ledger and reservations; written into the ledger and the book. Returns the balances repaired."""
    return len(stock.repair((), by=SYSTEM, now=now))
