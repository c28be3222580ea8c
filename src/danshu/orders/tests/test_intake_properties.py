"""Whatever order the words arrive in, and however often: the same orders, the same stock."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from danshu.channels.contract import Payment, Progress, Refund
from danshu.orders import operations as orders
from danshu.orders.models import Order, OrderLine
from danshu.orders.tests.conftest import CLERK, NOW, incoming, line
from danshu.stock import queries as stock
from danshu.stock.models import Balance, Reservation
from tests.chance import examples

LIFE = [  # one order's life as a platform tells it, each word newer than the one before
    {"payment": Payment.UNPAID, "paid_at": None},
    {"payment": Payment.PAID},
    {"payment": Payment.PAID, "seller_memo": "易碎"},
    {"payment": Payment.PAID, "seller_memo": "易碎", "refund": Refund.REQUESTED},
    {"payment": Payment.PAID, "seller_memo": "易碎", "refund": Refund.NONE},
    {"payment": Payment.PAID, "seller_memo": "易碎", "progress": Progress.CLOSED},
]
WORDS = [(number, step) for number in ("A", "B") for step in range(len(LIFE))]


def word(number, step, *, timed):
    moment = {"modified_at": NOW + timedelta(minutes=step)} if timed else {}
    return incoming(number, line("MUG", 2), **LIFE[step], **moment)


def state():
    told = ("platform_no", "payment", "fulfilment", "refund", "issues", "seller_memo", "merge_hash", "kind_count", "item_count", "paid_fen")
    return (
        list(Order.objects.order_by("platform_no").values(*told)),
        list(OrderLine.objects.order_by("order__platform_no", "oid").values("order__platform_no", "oid", "quantity", "refund")),
        list(Balance.objects.order_by("sku").values("on_hand", "locked")),
        list(Reservation.objects.filter(state="held").values_list("quantity", flat=True)),
    )


def after(house, batches):
    """The state after these batches, undone again."""
    with transaction.atomic():
        for batch in batches:
            orders.ingest(house.shop.pk, batch, source="file", by=CLERK, now=NOW)
        found = state()
        assert stock.check() == []
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_reordered_and_repeated_batches_end_in_the_same_state(house, data):
    last = data.draw(st.integers(0, len(LIFE) - 1))
    words = [word(n, step, timed=True) for n, step in WORDS if step <= last]
    shuffled = data.draw(st.permutations(words * 2))
    cut = data.draw(st.integers(0, len(shuffled)))
    straight = after(house, [words])
    assert after(house, [shuffled[:cut], shuffled[cut:]]) == straight


@pytest.mark.django_db
@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_states_that_only_go_forward_need_no_times(house, data):
    steps = [0, 1, 5]
    words = [word(n, step, timed=False) for n in ("A", "B") for step in steps]
    assert after(house, [data.draw(st.permutations(words * 2))]) == after(house, [words])
