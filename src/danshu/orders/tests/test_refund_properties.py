"""Two streams tell of one order, each late, twice and in any order: the same orders, requests and stock in the end."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from danshu.channels.contract import IncomingOrder, Progress, Refund, RefundKind, RefundState
from danshu.orders import models
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.tests.conftest import CLERK, NOW, asked, incoming, line
from danshu.orders.tests.test_intake_properties import state
from danshu.stock import queries as stock
from tests.chance import examples

LINES = (line("MUG", 2), line("MAT"))
MAT = {"oids": ("o-MAT",), "amount_fen": 1000}


def order(minute, **more):
    lines = [line("MUG", 2), line("MAT", refund=more.pop("mat", Refund.NONE))]
    return incoming("A1", *lines, modified_at=NOW + timedelta(minutes=minute), **more)


def request(no, minute, state, **more):
    return asked(no, state=state, modified_at=NOW + timedelta(minutes=minute), **more)


LIVES = {  # one order's life as its platform tells it: words of the order list and of the refund list, by their minute
    "a line goes before shipping, and the order list never mentions it": [
        order(0), request("R1", 1, RefundState.ASKED, **MAT), order(2, seller_memo="x"), request("R1", 3, RefundState.DONE, **MAT),
        order(4, seller_memo="y"),
    ],
    "the order list tells of it too": [
        order(0), request("R1", 1, RefundState.ASKED, **MAT), order(1, refund=Refund.REQUESTED, mat=Refund.REQUESTED),
        request("R1", 3, RefundState.DONE, **MAT), order(3, refund=Refund.PARTIAL, mat=Refund.REFUNDED),
    ],
    "all of it goes": [
        order(0), request("R1", 1, RefundState.ASKED, amount_fen=3000), request("R1", 2, RefundState.DONE, amount_fen=3000),
        order(2, refund=Refund.REFUNDED, progress=Progress.CLOSED),
    ],
    "withdrawn, and the order list was late": [
        order(0), order(1, refund=Refund.REQUESTED), request("R1", 1, RefundState.ASKED), request("R1", 4, RefundState.CLOSED),
    ],
    "refused, asked again, one line after the other": [
        order(0), request("R1", 1, RefundState.ASKED), request("R1", 2, RefundState.REFUSED), request("R1", 3, RefundState.CLOSED),
        request("R2", 4, RefundState.DONE, **MAT), request("R3", 5, RefundState.DONE, oids=("o-MUG",), amount_fen=2000),
    ],
    "an exchange beside a price difference": [
        order(0), request("R1", 1, RefundState.ASKED, kind=RefundKind.EXCHANGE, amount_fen=0, is_before_shipping=False),
        request("R2", 2, RefundState.DONE, amount_fen=100), request("R1", 3, RefundState.AGREED, kind=RefundKind.EXCHANGE, amount_fen=0),
    ],
}  # fmt: skip
SHIPPED = [  # begins with the order here, as it had to be to be shipped
    order(0), request("R1", 1, RefundState.ASKED, is_before_shipping=False, **MAT), order(2, progress=Progress.SHIPPED),
    request("R1", 3, RefundState.DONE, is_before_shipping=False, **MAT), order(4, progress=Progress.DELIVERED),
]  # fmt: skip


def after(house, words):
    """The state after these words, undone again."""
    with transaction.atomic():
        for word in words:
            if isinstance(word, IncomingOrder):
                orders.ingest(house.shop.pk, [word], source="api", by=CLERK, now=NOW)
            else:
                orders.ingest_refunds(house.shop.pk, [word], by=CLERK, now=NOW)
        requests = models.Refund.objects.order_by("refund_no").values("refund_no", "state", "order__platform_no", "amount_fen")
        found = (*state(), list(requests), list(Order.objects.values("refund_word", "modified_at")))
        assert stock.check() == []
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("life", LIVES)
@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_comes_first_the_end_is_the_same(house, life, data):
    words = LIVES[life]
    assert after(house, data.draw(st.permutations(words * 2))) == after(house, words)


@pytest.mark.django_db
@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_so_it_is_when_the_goods_have_left(house, data):
    first, *rest = SHIPPED
    assert after(house, [first, *data.draw(st.permutations(rest * 2))]) == after(house, SHIPPED)
