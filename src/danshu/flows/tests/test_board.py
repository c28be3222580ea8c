"""Cards that go to 已发货 and back: the same rules as on the hand-over page."""

from __future__ import annotations

import pytest

from danshu.core.errors import DomainError
from danshu.flows import board
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.tests.making import BY, NOW, order, parcel, shop, stocked
from danshu.orders.models import Order
from danshu.orders.states import Issue

pytestmark = pytest.mark.django_db
NUMBER = "78912206330393"


@pytest.fixture
def homeless():
    """An order as Pinduoduo's files tell it: paid, with goods, and without a receiver."""
    return stocked(order(at=shop("木屿拼多多", "pdd"), issues=Issue.ADDRESS, receiver_sealed=None, receiver_name="", receiver_phone=""))


def state(one):
    return Order.objects.get(pk=one.pk).fulfilment


def test_a_waybill_number_stands_for_the_address_that_the_platform_keeps(homeless):
    parcel(homeless, waybill_no=NUMBER)
    assert board.move([homeless.pk], "shipped", by=BY, now=NOW) == {homeless.pk: "todo"}
    assert state(homeless) == "shipped"


@pytest.mark.parametrize("back", ["printed", "todo"])
def test_such_a_shipping_can_be_taken_back(homeless, back):
    parcel(homeless, waybill_no=NUMBER, state="printed", printed_at=NOW)
    Order.objects.update(fulfilment="printed", printed_at=NOW)
    board.move([homeless.pk], "shipped", by=BY, now=NOW)
    Order.objects.update(issues=Issue.ADDRESS)  # the platform's next file says again that it tells no address
    board.move([homeless.pk], back, by=BY, now=NOW)
    assert state(homeless) == {"printed": "printed", "todo": "waiting"}[back]


@pytest.mark.parametrize("box", [None, "", "void"])
def test_without_a_number_the_missing_address_holds_it_up(homeless, box):
    if box is not None:
        parcel(homeless, waybill_no=NUMBER if box else "", state=box or "open")
    with pytest.raises(DomainError, match="收件地址不全"):
        board.move([homeless.pk], "shipped", by=BY, now=NOW)
    assert state(homeless) == "waiting"


def test_orders_with_and_without_parcels_leave_together():
    boxed, loose = stocked(order()), stocked(order())
    parcel(boxed, waybill_no=NUMBER)
    board.move([boxed.pk, loose.pk], "shipped", by=BY, now=NOW)
    assert [state(boxed), state(loose)] == ["shipped", "shipped"]
    assert Parcel.objects.get().state == "shipped"
