from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from danshu.channels.contract import Payment, Progress, Refund
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Issue
from danshu.orders.tests.conftest import CLERK, HOME, NOW, incoming, line
from danshu.stock import queries as stock
from danshu.stock.models import Reservation
from tests.chance import examples


@pytest.fixture
def three(take):
    take(incoming("A1"), incoming("A2", line("MAT")), incoming("B1", receiver=replace(HOME, name="李四")))
    return list(Order.objects.order_by("platform_no").values_list("pk", flat=True))


def test_orders_of_one_person_get_one_parcel_and_come_apart_again(three, order_of, clerk, now):
    assert orders.merge(three[:2], by=clerk, now=now) == [three[0]]
    assert order_of("A2").merged_into_id == three[0]
    assert orders.unmerge([three[0]], by=clerk, now=now) == 1
    assert order_of("A2").merged_into_id is None


def test_a_third_order_joins_the_head(take, three, order_of, clerk, now):
    orders.merge(three[:2], by=clerk, now=now)
    take(incoming("A3", line("LAMP")))
    assert orders.merge([order_of("A3").pk, three[1]], by=clerk, now=now) == [three[0]]
    assert order_of("A3").merged_into_id == three[0]


def refused(call, *arguments):
    with pytest.raises(DomainError) as error:
        call(*arguments, by=CLERK, now=NOW)
    return error.value.code


def test_strangers_held_printed_refunding_and_unpaid_orders_are_not_merged(take, three, order_of, clerk, now):
    assert refused(orders.merge, three) == "order.merge_alone"
    orders.hold([three[0]], by=clerk, now=now)
    assert refused(orders.merge, three[:2]) == "order.held"
    orders.unhold([three[0]], by=clerk, now=now)
    take(incoming("U1", payment=Payment.UNPAID, paid_at=None), incoming("R1", refund=Refund.REQUESTED), incoming("C1", payment=Payment.COD))
    assert refused(orders.merge, [three[0], order_of("U1").pk]) == "order.not_payable"
    assert refused(orders.merge, [three[0], order_of("C1").pk]) == "order.not_payable"
    assert refused(orders.merge, [three[0], order_of("R1").pk]) == "order.refunding"
    orders.mark_printed([three[0]], by=clerk, now=now)
    assert refused(orders.merge, three[:2]) == "order.not_waiting"


def test_holding_one_order_of_a_parcel_holds_the_parcel(three, order_of, clerk, now):
    orders.merge(three[:2], by=clerk, now=now)
    assert orders.hold([three[1]], by=clerk, now=now) == 2
    assert order_of("A1").is_held


def test_a_split_part_takes_its_goods_its_lock_and_its_share(take, order_of, left, clerk, now):
    take(incoming("A1", line("MUG", 3), line("MAT"), paid_fen=4000, goods_fen=4000))
    order = order_of()
    mug, mat = order.lines.order_by("oid").values_list("pk", flat=True)[::-1]
    (part_id,) = orders.split(order.pk, [[(mug, 1), (mat, 1)]], by=clerk, now=now)
    part = Order.objects.get(pk=part_id)
    assert (part.no, part.platform_no, part.split_from_id) == (f"{order.no}-2", "A1-2", order.pk)
    assert (part.paid_fen, order_of().paid_fen) == (2000, 2000)
    assert (part.item_count, order_of().item_count) == (2, 2)
    assert (left("MUG"), left("MAT")) == ((10, 3), (10, 1))
    held = Reservation.objects.filter(state="held", owner_id=part_id).values_list("quantity", flat=True)
    assert sorted(held) == [1, 1]
    (third,) = orders.split(part_id, [[(part.lines.first().pk, 1)]], by=clerk, now=now)
    assert Order.objects.get(pk=third).no == f"{order.no}-3"


def test_a_platform_that_closes_the_order_closes_its_parts(take, order_of, left, clerk, now):
    take(incoming("A1", line("MUG", 2)))
    orders.split(order_of().pk, [[(order_of().lines.get().pk, 1)]], by=clerk, now=now)
    take(incoming("A1", line("MUG", 2), progress=Progress.CLOSED))
    assert set(Order.objects.values_list("fulfilment", flat=True)) == {"cancelled"}
    assert left() == (10, 0)


def test_a_part_that_is_still_here_does_not_leave_with_another_ones_number(take, order_of, left, clerk, now):
    """The platform knows one order: it says 已发货 as soon as it was told the number of the first parcel."""
    take(incoming("A1", line("MUG", 2)))
    (part_id,) = orders.split(order_of().pk, [[(order_of().lines.get().pk, 1)]], by=clerk, now=now)
    orders.mark_shipped([order_of().pk], by=clerk, now=now)
    take(incoming("A1", line("MUG", 2), progress=Progress.SHIPPED))
    assert (order_of().fulfilment, Order.objects.get(pk=part_id).fulfilment) == ("shipped", "waiting")
    assert left() == (9, 1)


def test_a_split_order_that_left_without_us_has_left_with_all_its_parts(take, order_of, left, clerk, now):
    take(incoming("A1", line("MUG", 2)))
    orders.split(order_of().pk, [[(order_of().lines.get().pk, 1)]], by=clerk, now=now)
    take(incoming("A1", line("MUG", 2), progress=Progress.SHIPPED))
    assert set(Order.objects.values_list("fulfilment", flat=True)) == {"shipped"}
    assert left() == (8, 0)


@pytest.fixture
def box(take, order_of, clerk, now):
    """Three orders that travel together."""
    take(incoming("A1"), incoming("A2", line("MAT")), incoming("A3", line("LAMP")))
    ids = [order_of(number).pk for number in ("A1", "A2", "A3")]
    orders.merge(ids, by=clerk, now=now)
    return ids


def test_a_member_that_its_platform_closes_leaves_the_box_and_the_papers_are_wrong(take, box, order_of, clerk, now):
    orders.mark_printed(box, by=clerk, now=now)
    take(incoming("A2", line("MAT"), progress=Progress.CLOSED))
    assert (order_of("A2").fulfilment, order_of("A2").merged_into_id) == ("cancelled", None)
    assert all(order_of(number).issues & Issue.CHANGED for number in ("A1", "A3"))
    assert orders.move([box[0]], "todo", by=clerk, now=now) == {box[0]: "printed"}
    assert (order_of("A1").fulfilment, order_of("A3").merged_into_id) == ("waiting", box[0])


def test_a_box_whose_head_is_closed_gets_another_head_and_waits(take, box, order_of, clerk, now):
    orders.mark_printed(box, by=clerk, now=now)
    take(incoming("A1", progress=Progress.CLOSED))
    assert (order_of("A2").merged_into_id, order_of("A3").merged_into_id) == (None, box[1])
    assert {order_of(number).fulfilment for number in ("A2", "A3")} == {"waiting"}
    assert orders.unmerge([box[1]], by=clerk, now=now) == 1


def test_cancelling_a_member_here_says_that_the_papers_are_wrong(box, order_of, clerk, now):
    orders.mark_printed(box, by=clerk, now=now)
    orders.cancel([box[2]], by=clerk, now=now)
    assert (order_of("A3").merged_into_id, bool(order_of("A1").issues & Issue.CHANGED)) == (None, True)


def test_a_split_must_leave_something(take, order_of):
    take(incoming())
    line_id = order_of().lines.get().pk
    for parts in ([[(line_id, 1)]], [[]], [], [[(line_id, 9)]]):
        assert refused(orders.split, order_of().pk, parts) == "order.split"


@pytest.mark.django_db
@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_parts_add_up_to_the_last_fen_and_the_last_piece(house, data):
    quantities = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda some: sum(some) > 1))
    paid, freight = data.draw(st.integers(0, 10_000)), data.draw(st.integers(0, 999))
    codes = ["MUG", "MAT", "LAMP"]
    with transaction.atomic():
        lines = [line(codes[i], quantity) for i, quantity in enumerate(quantities)]
        orders.ingest(
            house.shop.pk,
            [incoming("S", *lines, paid_fen=paid, freight_fen=freight, discount_fen=freight // 2)],
            source="file",
            by=CLERK,
            now=NOW,
        )
        order = Order.objects.get(platform_no="S")
        before = sum(order.lines.values_list("paid_fen", flat=True))
        moved = [(row.pk, data.draw(st.integers(0, row.quantity))) for row in order.lines.all()]
        part = [(pk, pieces) for pk, pieces in moved if pieces]
        if part and sum(p for _, p in part) < sum(quantities):
            orders.split(order.pk, [part], by=CLERK, now=NOW)
            both = list(Order.objects.all())
            assert sum(o.paid_fen for o in both) == (paid or 0)
            assert sum(o.freight_fen for o in both) == freight
            assert sum(o.discount_fen for o in both) == freight // 2
            assert sum(o.item_count for o in both) == sum(quantities)
            assert sum(OrderLine.objects.values_list("paid_fen", flat=True)) == before
            assert sum(Reservation.objects.filter(state="held").values_list("quantity", flat=True)) == sum(quantities)
            assert stock.check() == []
        transaction.set_rollback(True)
