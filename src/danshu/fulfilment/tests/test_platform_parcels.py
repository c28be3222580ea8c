"""Parcels that the platform's file says have left."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from danshu.audit.models import Entry
from danshu.channels.contract import IncomingOrder, IncomingParcel, Progress
from danshu.channels.models import ImportBatch
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.orders.models import ImportedOrder, Order

pytestmark = pytest.mark.django_db


def word(order: Order, *numbers: str) -> IncomingOrder:
    parcels = tuple(IncomingParcel("中通快递", number) for number in numbers)
    return IncomingOrder(order.platform_no, (), progress=Progress.SHIPPED, shipped_at=NOW, parcels=parcels)


def note(*words: IncomingOrder) -> int:
    return fulfilment.note_platform_parcels(making.shop().pk, words, by=BY, now=NOW)


def test_they_are_noted_once_and_the_book_tells_of_the_batch() -> None:
    order = making.order(fulfilment="shipped")
    assert (note(word(order, "78912206330393", "78912206330394")), note(word(order, "78912206330393"))) == (2, 0)
    noted = Parcel.objects.order_by("sequence").values_list("waybill_no", "courier_code", "state", "waybill_source")
    assert list(noted) == [("78912206330393", "zto", "shipped", "platform"), ("78912206330394", "zto", "shipped", "platform")]
    assert Entry.objects.get(verb="parcels.noted").changes == {"count": 2}


def test_orders_with_parcels_of_ours_and_orders_that_wait_get_none() -> None:
    ours, waiting = making.order(), making.order()
    making.parcel(ours)
    bare = IncomingOrder(waiting.platform_no, (), parcels=(IncomingParcel("中通快递", "78912206330395"),))
    assert note(word(ours, "78912206330396"), bare) == 0


def test_undoing_the_import_forgets_them_and_says_so() -> None:
    order = making.order(fulfilment="shipped")
    batch = ImportBatch.objects.create(shop=making.shop(), file_name="a.xlsx", path="a", sha256="0", created_at=NOW)
    ImportedOrder.objects.create(batch=batch, order=order, before=None)
    note(word(order, "78912206330393"))
    assert fulfilment.forget_platform_parcels(batch.pk, by=BY, now=NOW) == 1
    assert fulfilment.forget_platform_parcels(batch.pk, by=BY, now=NOW) == 0
    assert not Parcel.objects.exists()
    assert Entry.objects.filter(verb="parcels.forgotten").count() == 1


def test_fifty_cost_as_many_statements_as_one(same_queries: Callable[..., int]) -> None:
    words = [word(making.order(fulfilment="shipped"), f"7891220633{place:04d}") for place in range(51)]
    same_queries(lambda: note(*words[:1]), lambda: note(*words[1:]))
    assert Parcel.objects.count() == 51
