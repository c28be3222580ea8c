"""Nobody packs for an order that was cancelled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from danshu.audit.models import Entry
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.orders.models import Order

pytestmark = pytest.mark.django_db


def void(*order_ids: int) -> int:
    return fulfilment.void_cancelled(order_ids, by=BY, now=NOW)


def state(parcel: Parcel) -> str:
    return Parcel.objects.values_list("state", flat=True).get(pk=parcel.pk)


def test_its_open_parcels_are_given_up_once() -> None:
    order = making.order(fulfilment="cancelled")
    parcel = making.parcel(order, state="printed")
    assert (void(order.pk), void(order.pk)) == (1, 0)
    assert state(parcel) == "void"
    assert Entry.objects.get(verb="parcel.voided").note == "订单已取消"


def test_what_left_already_stays_on_record_and_what_waits_again_keeps_its_parcel() -> None:
    gone, back = making.order(fulfilment="cancelled"), making.order()
    shipped, waiting = making.parcel(gone, state="shipped", shipped_at=NOW), making.parcel(back)
    assert void(gone.pk, back.pk) == 0
    assert (state(shipped), state(waiting)) == ("shipped", "open")


def test_a_box_with_a_living_order_in_it_stays() -> None:
    head = making.order(fulfilment="cancelled")
    member = making.order(merged_into=head)
    parcel = making.parcel(head)
    assert void(head.pk) == 0
    assert state(parcel) == "open"
    type(member).objects.filter(pk=member.pk).update(fulfilment="cancelled")
    assert void(head.pk, member.pk) == 1


def test_fifty_cost_as_many_statements_as_one(same_queries: Callable[..., int]) -> None:
    made = [making.order() for _ in range(51)]
    fulfilment.open_parcels([order.pk for order in made], by=BY, now=NOW)
    Order.objects.filter(pk__in=[order.pk for order in made]).update(fulfilment="cancelled")
    same_queries(lambda: void(made[0].pk), lambda: void(*(order.pk for order in made[1:])))
    assert not Parcel.objects.exclude(state="void").exists()


def test_nothing_is_opened_or_printed_for_what_was_cancelled_or_has_left_without_us() -> None:
    """A row that is still ticked on an open page, when its platform has sent the order off meanwhile."""
    gone, dropped, waiting = making.order(fulfilment="shipped", shipped_at=NOW), making.order(fulfilment="cancelled"), making.order()
    ids = [gone.pk, dropped.pk, waiting.pk]
    batch = fulfilment.print_papers(fulfilment.open_parcels(ids, by=BY, now=NOW), order_ids=ids, by=BY, now=NOW)
    assert [(one["order"], one["code"]) for one in batch.left_out] == [(gone.short_no, "gone"), (dropped.short_no, "cancelled")]
    assert list(Parcel.objects.values_list("order", flat=True)) == [waiting.pk]


def test_a_parcel_whose_order_has_left_without_us_is_printed_only_when_asked_again() -> None:
    parcel = making.parcel(making.order(fulfilment="shipped", shipped_at=NOW))
    assert [one.code for one in fulfilment.check_sheet([parcel.pk]).left_out] == ["gone"]
    assert fulfilment.check_sheet([parcel.pk], again=True).left_out == []
