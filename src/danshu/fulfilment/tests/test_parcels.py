"""More boxes than one, and boxes that are given up again."""

from __future__ import annotations

from collections.abc import Callable

import pypdfium2
import pytest
from django.conf import settings

from danshu.audit.models import Entry
from danshu.core import jobs
from danshu.core.errors import DomainError
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel, PrintBatch, PrintBatchParcel
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.orders.models import Order

pytestmark = pytest.mark.django_db


def two_boxes(**given: object) -> tuple[Order, Parcel, Parcel]:
    order = making.order({making.sku("A"): 3})
    first = making.parcel(order, **given)
    return order, first, fulfilment.add_parcel(order.pk, {order.lines.get().pk: 1}, by=BY, now=NOW)


def inside() -> dict[int, int]:
    return dict(Parcel.objects.filter(contents__isnull=False).values_list("sequence", "contents__quantity"))


def void(*parcels: Parcel) -> int:
    return fulfilment.void_parcels([parcel.pk for parcel in parcels], by=BY, now=NOW, reason="箱子破了")


def test_an_order_without_a_box_gets_two_at_once() -> None:
    order = making.order({making.sku("A"): 3})
    fulfilment.add_parcel(order.pk, {order.lines.get().pk: 1}, by=BY, now=NOW)
    assert inside() == {1: 2, 2: 1}


@pytest.mark.parametrize("state", ["shipped", "cancelled"])
def test_an_order_that_is_over_gets_none(state: str) -> None:
    order = making.order({making.sku("A"): 3}, fulfilment=state)
    with pytest.raises(DomainError) as refused:
        fulfilment.add_parcel(order.pk, {order.lines.get().pk: 1}, by=BY, now=NOW)
    assert (refused.value.code, Parcel.objects.count()) == ("parcel.shipped", 0)


def test_a_checked_box_is_checked_again_when_its_contents_change() -> None:
    order, first, second = two_boxes(state="checked", checked_at=NOW, checked_by="阿杰")
    first.refresh_from_db()
    assert (first.state, first.checked_at) == ("printed", None)
    Parcel.objects.filter(pk=first.pk).update(state="checked", checked_at=NOW)
    void(second)
    first.refresh_from_db()
    assert (first.state, first.checked_at, order.lines.get().quantity) == ("printed", None, 3)


def test_the_first_box_here_takes_the_goods_of_the_void_one() -> None:
    order, first, second = two_boxes()
    third = fulfilment.add_parcel(order.pk, {order.lines.get().pk: 1}, by=BY, now=NOW)
    Parcel.objects.filter(pk=first.pk).update(state="shipped", shipped_at=NOW)
    void(second)
    assert dict(third.contents.values_list("line__merchant_code", "quantity")) == {"A": 2}


def test_the_rest_of_an_order_that_left_in_part_keeps_its_box() -> None:
    order, first, second = two_boxes()
    Parcel.objects.filter(pk=first.pk).update(state="shipped", shipped_at=NOW)
    with pytest.raises(DomainError) as refused:
        void(second)
    assert refused.value.code == "parcel.rest"
    Order.objects.filter(pk=order.pk).update(fulfilment="cancelled")
    assert fulfilment.void_cancelled([order.pk], by=BY, now=NOW) == 1  # nothing has to leave any more
    order.refresh_from_db()
    assert (order.fulfilment, order.cancelled_at, order.shipped_at) == ("shipped", None, NOW)  # what left has left


def test_an_order_without_a_box_waits_again_and_its_papers_are_not_made() -> None:
    order = making.order()
    batch = fulfilment.print_papers(order_ids=[order.pk], by=BY, now=NOW)
    Order.objects.update(fulfilment="printed", printed_at=NOW)
    void(Parcel.objects.get())
    jobs.drain()
    order.refresh_from_db()
    batch.refresh_from_db()
    assert (order.fulfilment, order.printed_at, batch.state) == ("waiting", None, "failed")
    assert Entry.objects.get(verb="parcel.voided").note == "箱子破了"


def test_a_cancelled_companion_stays_cancelled() -> None:
    head = making.order(fulfilment="printed", printed_at=NOW)
    child = making.order(merged_into=head, fulfilment="cancelled")
    void(making.parcel(head, state="printed"))
    assert [Order.objects.get(pk=one.pk).fulfilment for one in (head, child)] == ["waiting", "cancelled"]


def reprints() -> list[tuple[int, int]]:
    return list(PrintBatchParcel.objects.order_by("batch_id", "position").values_list("parcel__sequence", "reprint"))


def test_a_box_that_came_back_goes_on_counting_its_papers() -> None:
    order = making.stocked(making.order(courier="self"))
    for _ in range(2):
        fulfilment.print_papers(order_ids=[order.pk], papers=["label"], again=True, by=BY, now=NOW)
        jobs.drain()
        (parcel,) = Parcel.objects.all()
        assert fulfilment.ship([parcel.pk], by=BY, now=NOW).refused == ()
        fulfilment.unship([parcel.pk], by=BY, now=NOW)
    fulfilment.withdraw_papers([order.pk], by=BY, now=NOW)
    fulfilment.print_papers(order_ids=[order.pk], papers=["label"], by=BY, now=NOW)
    assert reprints() == [(1, 0), (1, 1), (1, 2)]


def test_a_box_in_place_of_a_void_one_has_its_own_first_paper() -> None:
    order = making.order()
    fulfilment.print_papers(order_ids=[order.pk], papers=["label"], by=BY, now=NOW)
    jobs.drain()
    void(Parcel.objects.get())
    fulfilment.print_papers(order_ids=[order.pk], papers=["label"], by=BY, now=NOW)
    assert reprints() == [(1, 0), (2, 0)]


def test_labels_count_the_boxes_that_travel() -> None:
    order, first, _second = two_boxes()
    fulfilment.add_parcel(order.pk, {order.lines.get().pk: 1}, by=BY, now=NOW)
    void(first)
    batch: PrintBatch = fulfilment.print_papers(order_ids=[order.pk], papers=["label"], by=BY, now=NOW)
    jobs.drain()
    batch.refresh_from_db()
    pages = pypdfium2.PdfDocument(settings.MEDIA_ROOT / batch.path)
    texts = [page.get_textpage().get_text_range() for page in pages]
    assert ["1/2" in texts[0], "2/2" in texts[1], len(texts)] == [True, True, 2]


def test_giving_up_printed_ones_costs_the_same_for_two_as_for_fifty(same_queries: Callable[..., int]) -> None:
    ids = fulfilment.open_parcels([making.order(fulfilment="printed").pk for _ in range(52)], by=BY, now=NOW)
    same_queries(lambda: fulfilment.void_parcels(ids[:2], by=BY, now=NOW), lambda: fulfilment.void_parcels(ids[2:], by=BY, now=NOW))
    assert set(Order.objects.values_list("fulfilment", flat=True)) == {"waiting"}
