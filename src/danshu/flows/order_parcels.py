"""What becomes of orders reaches their parcels."""

from __future__ import annotations

from collections.abc import Sequence

from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.fulfilment import operations as fulfilment
from danshu.orders.events import OrdersCancelled


def void_cancelled(events: Sequence[OrdersCancelled]) -> None:
    """Nobody packs for a cancelled order: its parcels that have not left are given up."""
    order_ids = sorted({order_id for event in events for order_id in event.order_ids})
    fulfilment.void_cancelled(order_ids, by=SYSTEM, now=clock.now())
