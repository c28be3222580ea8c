"""A platform in memory for the tests of flows that speak to one: it keeps what it was told, and fails as it is bidden."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from danshu.channels.connecting import (
    Abilities,
    Connector,
    Fetched,
    Paging,
    Reading,
    RefundAnswer,
    Shipment,
    ShipResult,
    ShopAccess,
    Stream,
)
from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, IncomingRefund, Payment, Progress, RefundKind, RefundState

READING = Reading(timedelta(days=1), timedelta(days=90), 50, Paging.FORWARD)
CAN = {
    "streams": {Stream.ORDERS: READING, Stream.REFUNDS: READING}, "can_ship": True, "can_ship_parts": True, "can_change_waybill": True,
    "can_answer_refunds": True, "fetch_size": 20,
}  # fmt: skip


class Platform(Connector):
    """`parcels` and `requests` are its memory; `calls` what it was asked; `answers` what it says next instead of taking (an exception
    is raised, a `ShipResult` returned), first in, first out; `dies` raises after a shipment was taken, as a worker that is killed."""

    def __init__(self, **changes):
        self.abilities = Abilities(**{**CAN, **changes})
        self.parcels: dict[str, list[Shipment]] = {}
        self.whole: set[str] = set()
        self.requests: dict[str, IncomingRefund] = {}
        self.calls: list[Shipment | RefundAnswer] = []
        self.fetched: list[tuple[Stream, tuple[str, ...]]] = []
        self.answers: list[Exception | ShipResult] = []
        self.dies: BaseException | None = None
        self.is_slow = False  # takes shipments, but does not show them yet

    def ship(self, shop: ShopAccess, shipment: Shipment) -> ShipResult:
        self.calls.append(shipment)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return ShipResult(shipment.platform_no, answer.refusal, answer.message)
        told = self.parcels.setdefault(shipment.platform_no, [])
        if shipment.is_change:
            told[:] = [each for each in told if each.waybill_no != shipment.old_waybill_no]
        if shipment.waybill_no not in [each.waybill_no for each in told]:
            told.append(shipment)
        if shipment.is_last:
            self.whole.add(shipment.platform_no)
        if self.dies:
            dies, self.dies = self.dies, None
            raise dies
        return ShipResult(shipment.platform_no)

    def answer_refund(self, shop: ShopAccess, answer: RefundAnswer) -> None:
        self.calls.append(answer)
        if self.answers:
            raise self.answers.pop(0)
        before = self.requests[answer.refund_no]
        agreed = RefundState.WAITING_RETURN if before.kind == RefundKind.RETURN else RefundState.DONE
        state = agreed if answer.agrees else RefundState.REFUSED
        moment = before.modified_at + timedelta(minutes=1) if before.modified_at else None
        values = {name: getattr(before, name) for name in before.__dataclass_fields__}
        self.requests[answer.refund_no] = IncomingRefund(**(values | {"state": state, "modified_at": moment}))
        if self.dies:
            dies, self.dies = self.dies, None
            raise dies

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        assert len(numbers) <= self.abilities.fetch_size
        self.fetched.append((stream, tuple(numbers)))
        if stream == Stream.REFUNDS:
            return [Fetched(no, {"no": no}) if no in self.requests else Fetched(no, is_unknown=True, message="没有") for no in numbers]
        return [Fetched(no, {"no": no}) for no in numbers]

    def refund(self, body):
        return self.requests[body["no"]]

    def order(self, body):
        told = [] if self.is_slow else self.parcels.get(body["no"], [])
        whole = Progress.SHIPPED if body["no"] in self.whole else Progress.PART_SHIPPED
        parcels = tuple(IncomingParcel(each.courier_name, each.waybill_no) for each in told)
        progress = whole if told else Progress.WAITING
        return IncomingOrder(body["no"], (IncomingLine("1", "杯子", 1),), payment=Payment.PAID, progress=progress, parcels=parcels)
