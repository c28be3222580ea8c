"""Paid, and the platform does not let it go yet: 审核中, 暂停, 等成团."""

import pytest

from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.states import Issue
from danshu.orders.tests.conftest import CLERK, LATER, NOW, asked, incoming
from danshu.stock.models import Balance, Reservation

pytestmark = pytest.mark.django_db


def is_blocked() -> bool:
    return bool(Order.objects.get().issues & Issue.BLOCKED)


def test_its_goods_are_held_without_end(take, house):
    take(incoming(is_blocked=True))
    assert is_blocked()
    held = Reservation.objects.get()
    assert (held.state, held.kind, held.expires_at) == ("held", "paid", None)
    assert Balance.objects.get(sku=house.skus["MUG"]).locked == 1


def test_it_goes_as_soon_as_the_platform_says_so(take):
    take(incoming(is_blocked=True))
    take(incoming(is_blocked=False, modified_at=NOW + LATER), at=NOW + LATER)
    assert not is_blocked()


def test_it_can_be_stopped_later(take):
    take(incoming(is_blocked=False))
    take(incoming(is_blocked=True, modified_at=NOW + LATER), at=NOW + LATER)
    assert is_blocked()


def test_a_source_that_does_not_say_changes_nothing(take, house):
    take(incoming(is_blocked=True))
    take(incoming(seller_memo="送小样"), at=NOW + LATER)
    assert is_blocked()
    orders.ingest_refunds(house.shop.pk, [asked()], by=CLERK, now=NOW + LATER)
    assert is_blocked()
