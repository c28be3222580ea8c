"""The buyers' requests of one order, as its page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from danshu.flows import after_sales
from danshu.orders import refunds
from danshu.orders.models import Order, Refund

TONES = {"asked": "rose", "returned": "rose", "agreed": "amber", "waiting_return": "amber", "refused": "amber", "done": "green"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as the order's page shows it. `order_no` where it speaks of another order of the box; `clock` while the seller's word
    is awaited."""

    refund: Refund
    tone: str
    order_no: str
    goods: Sequence[str]
    may_answer: bool

    @property
    def clock(self) -> datetime | None:
        return self.refund.answer_by if self.refund.is_answerable else None


def shown(group: Sequence[Order], *, may_answer: bool) -> list[Shown]:
    """Those of the order (the first of `group`) and of what travels with it, living ones first."""
    found = refunds.of(group)
    names = refunds.goods(found)
    numbers = {order.split_from_id or order.pk: order.short_no for order in reversed(group)}
    first = group[0].split_from_id or group[0].pk
    rows = [
        Shown(
            each, TONES.get(each.state, "grey"), "" if each.order_id == first else numbers.get(each.order_id or 0, ""), names[each.pk],
            may_answer and each.is_answerable and after_sales.can_answer(each.shop),
        )
        for each in found
    ]  # fmt: skip
    return sorted(rows, key=lambda row: not row.refund.is_living)
