"""Marks on the order that come from its papers and numbers: set when they are true, gone when somebody saw to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from danshu.audit.models import Entry
from danshu.core import jobs
from danshu.fields import criteria
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.operations import Number
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.states import Issue

pytestmark = pytest.mark.django_db
EXCEPTIONS = {"all": [{"field": "order.is_open", "op": "is", "value": True}, {"field": "order.issues", "op": "is_set"}]}
GOOD, ODD = "78912206330393", "SF1234567890123"


@pytest.fixture(autouse=True)
def _files(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def issues(order: Order) -> int:
    return Order.objects.values_list("issues", flat=True).get(pk=order.pk)


def number(parcel: Parcel, text: str, courier: str = "zto") -> None:
    fulfilment.set_waybills([Number(parcel.pk, text, courier)], source="typed", by=BY, now=NOW)


class TestChanged:
    def test_a_paper_printed_anew_ends_the_mark(self) -> None:
        order = making.order(issues=Issue.CHANGED | Issue.NO_COURIER)
        fulfilment.print_papers(order_ids=[order.pk], accept_changed=True, by=BY, now=NOW)
        jobs.drain()
        assert issues(order) == Issue.NO_COURIER
        assert Entry.objects.filter(verb="order.seen", target_id=order.pk).count() == 1

    def test_a_reprint_ends_it_too_and_a_pick_list_does_not(self) -> None:
        order = making.order(issues=Issue.CHANGED)
        parcel = making.parcel(order)
        fulfilment.print_papers([parcel.pk], papers=["pick"], accept_changed=True, by=BY, now=NOW)
        assert issues(order) == Issue.CHANGED
        fulfilment.reprint([parcel.pk], papers=["label"], by=BY, now=NOW)
        assert issues(order) == 0

    def test_looking_ends_it_for_the_whole_parcel_and_is_written_down_once(self) -> None:
        head = making.order()
        other = making.order(merged_into=head, issues=Issue.CHANGED | Issue.LATE_JOINER | Issue.SHORT)
        assert orders.mark_seen([head.pk], by=BY, now=NOW) == 1
        assert issues(other) == Issue.SHORT
        assert orders.mark_seen([head.pk], by=BY, now=NOW) == 0
        assert list(Entry.objects.filter(verb="order.seen").values_list("target_id", flat=True)) == [other.pk]

    def test_papers_thrown_away_end_it(self) -> None:
        order = making.order(issues=Issue.CHANGED, fulfilment="printed", printed_at=NOW)
        orders.unprint([order.pk], by=BY, now=NOW)
        assert issues(order) == 0


class TestRejected:
    def test_a_doubtful_number_shows_the_order_among_the_exceptions_until_it_is_mended(self) -> None:
        order = making.order()
        parcel = making.parcel(order)
        number(parcel, ODD)
        assert issues(order) == Issue.REJECTED
        assert [row.pk for row in Order.objects.filter(criteria.compile(EXCEPTIONS, now=NOW))] == [order.pk]
        number(parcel, GOOD)
        assert issues(order) == 0

    def test_one_doubtful_parcel_of_two_is_enough_and_voiding_it_ends_it(self) -> None:
        order = making.order({making.sku(): 2})
        first = making.parcel(order)
        second = fulfilment.add_parcel(order.pk, {order.lines.get().pk: 1}, by=BY, now=NOW)
        number(first, GOOD)
        number(second, ODD)
        assert issues(order) == Issue.REJECTED
        fulfilment.void_parcels([second.pk], by=BY, now=NOW)
        assert issues(order) == 0

    def test_shipping_ends_it_and_undo_brings_it_back(self) -> None:
        order = making.stocked(making.order())
        parcel = making.parcel(order)
        number(parcel, ODD)
        fulfilment.ship([parcel.pk], by=BY, now=NOW)
        assert issues(order) == 0
        fulfilment.unship([parcel.pk], by=BY, now=NOW)
        assert issues(order) == Issue.REJECTED

    def test_fifty_numbers_cost_as_many_statements_as_one(self, same_queries: Callable[..., int]) -> None:
        parcels = [making.parcel() for _ in range(51)]

        def doubt(some: list[Parcel]) -> None:
            wanted = [Number(parcel.pk, f"SF123456789{parcel.pk:04d}", "zto") for parcel in some]
            fulfilment.set_waybills(wanted, source="typed", by=BY, now=NOW)

        same_queries(lambda: doubt(parcels[:1]), lambda: doubt(parcels[1:]))
        assert Order.objects.filter(issues=Issue.REJECTED).count() == 51

    def test_looking_at_fifty_costs_as_many_statements_as_at_one(self, same_queries: Callable[..., int]) -> None:
        ids = [making.order(issues=Issue.CHANGED).pk for _ in range(51)]
        same_queries(lambda: orders.mark_seen(ids[:1], by=BY, now=NOW), lambda: orders.mark_seen(ids[1:], by=BY, now=NOW))
