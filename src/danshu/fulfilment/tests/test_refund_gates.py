"""Three gates before a parcel leaves: printing, the packing table, the truck. A request for a refund stops it at each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.core.errors import DomainError
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.orders.models import Order, Refund

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def ask(order: Order, *, at: object = NOW, **given: object) -> Refund:
    """The buyer asks for his money."""
    Order.objects.filter(pk=order.pk).update(refund="requested", issues=8)
    values = {"state": "asked", "kind": "refund_only", "digest": "x", "created_at": at, "updated_at": at, **given}
    made, _new = Refund.objects.update_or_create(
        shop=order.shop, refund_no="R1", defaults={"order": order, "platform_no": order.platform_no, **values}
    )
    return made


def refused(work: object) -> str:
    with pytest.raises(DomainError) as error:
        work()  # type: ignore[operator]  # a test's lambda
    return error.value.code


def ship(parcel: Parcel, at: object = LATER) -> list[str]:
    return [one.code for one in fulfilment.ship([parcel.pk], by=BY, now=at).refused]


def force(parcel: Parcel, at: object = NOW, reason: str = "买家电话说要货") -> None:
    fulfilment.force_check(parcel.pk, reason, by=BY, now=at)


@pytest.mark.parametrize("state", ["open", "printed", "checked"])
def test_no_gate_lets_it_through(state: str) -> None:
    parcel = making.parcel(making.stocked(making.order()), "78912206330393", state=state)
    ask(parcel.order)
    assert [one.code for one in fulfilment.check_sheet([parcel.pk]).left_out] == ["refunding"]
    if state != "checked":
        assert refused(lambda: fulfilment.scan(parcel.pk, "MB-01", by=BY, now=NOW)) == "scan.refunding"
    assert ship(parcel) == ["refunding"]


@pytest.mark.parametrize("state", ["printed", "checked"])
def test_with_a_reason_it_leaves_after_all(state: str) -> None:
    parcel = making.parcel(making.stocked(making.order(fulfilment=state)), "78912206330393", state=state)
    ask(parcel.order)
    assert refused(lambda: force(parcel, reason=" ")) == "scan.reason"
    force(parcel)
    assert ship(parcel) == []
    parcel.refresh_from_db()
    assert (parcel.state, parcel.force_reason, parcel.order.refund) == ("shipped", "买家电话说要货", "requested")


def test_news_of_the_request_stops_it_again() -> None:
    parcel = making.parcel(making.stocked(making.order()), "78912206330393", state="printed")
    ask(parcel.order)
    force(parcel)
    ask(parcel.order, at=LATER, state="agreed")
    assert ship(parcel) == ["refunding"]
    force(parcel, at=LATER)
    assert ship(parcel) == []


def test_a_check_that_was_forced_for_another_reason_lets_no_request_through() -> None:
    parcel = making.parcel(making.stocked(making.order()), "78912206330393", state="printed")
    force(parcel, reason="条码破损")
    ask(parcel.order)
    assert ship(parcel) == ["refunding"]


def test_what_was_paid_back_cannot_be_forced() -> None:
    parcel = making.parcel(making.stocked(making.order()), "78912206330393", state="printed")
    Order.objects.update(refund="refunded")
    assert refused(lambda: force(parcel)) == "scan.refunded"
    assert ship(parcel) == ["refunded"]


def test_other_reasons_stand_although_the_request_was_forced() -> None:
    parcel = making.parcel(making.stocked(making.order()), "78912206330393", state="printed")
    ask(parcel.order)
    force(parcel)
    Order.objects.update(is_held=True)
    assert ship(parcel) == ["held"]


def test_a_request_for_one_order_stops_the_whole_box() -> None:
    head = making.stocked(making.order())
    member = making.stocked(making.order({making.sku("B"): 1}, merged_into=head))
    parcel = making.parcel(head, "78912206330393", state="printed")
    ask(member)
    assert ship(parcel) == ["refunding"]


def test_a_box_that_is_filled_anew_is_to_be_forced_anew() -> None:
    parcel = making.parcel(making.stocked(making.order({making.sku(): 2})), "78912206330393", state="printed")
    ask(parcel.order)
    force(parcel)
    fulfilment.add_parcel(parcel.order_id, {parcel.order.lines.get().pk: 1}, by=BY, now=NOW)
    parcel.refresh_from_db()
    assert parcel.refund_forced_at is None
