"""Taking a print back: the parcel waits again, and a job that comes late marks nothing."""

from __future__ import annotations

import pytest

from danshu.core import jobs
from danshu.flows import board
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel, PrintBatch, PrintBatchParcel
from danshu.fulfilment.operations import printing
from danshu.fulfilment.tests.making import BY, NOW, order, stocked
from danshu.orders.models import Order

pytestmark = pytest.mark.django_db


def printed(count=1):
    made = [stocked(order()) for _i in range(count)]
    board.move([one.pk for one in made], "printed", by=BY, now=NOW)
    return made


def state(one):
    return Order.objects.get(pk=one.pk).fulfilment, Parcel.objects.get(order=one).state


def test_a_late_job_does_not_mark_an_order_that_was_taken_back():
    (one,) = printed()
    board.move([one.pk], "todo", by=BY, now=NOW)
    jobs.drain()
    assert state(one) == ("waiting", "open")
    batch = PrintBatch.objects.get()
    assert (batch.state, batch.parcel_count, batch.path) == ("failed", 0, "")
    assert "退回了待处理" in batch.error


def test_after_the_papers_came_out_the_parcel_waits_for_new_ones():
    (one,) = printed()
    jobs.drain()
    assert state(one) == ("printed", "printed")
    board.move([one.pk], "todo", by=BY, now=NOW)
    assert state(one) == ("waiting", "open")
    parcel = Parcel.objects.get()
    assert (parcel.printed_at, parcel.print_count) == (None, 1)
    board.move([one.pk], "printed", by=BY, now=NOW)
    jobs.drain()
    assert state(one) == ("printed", "printed")
    assert list(PrintBatchParcel.objects.order_by("batch").values_list("reprint", flat=True)) == [0, 1]


def test_the_others_of_the_batch_are_drawn_without_it():
    first, second, third = printed(3)
    board.move([second.pk], "todo", by=BY, now=NOW)
    jobs.drain()
    assert [state(one)[1] for one in (first, second, third)] == ["printed", "open", "printed"]
    batch = PrintBatch.objects.get()
    assert (batch.state, batch.parcel_count) == ("ready", 2)
    assert list(batch.members.order_by("position").values_list("position", flat=True)) == [1, 2]


def test_papers_drawn_while_somebody_took_them_back_do_not_count(monkeypatch):
    first, second = printed(2)
    draw = printing._draw

    def slowly(batch, members):
        path = draw(batch, members)
        board.move([second.pk], "todo", by=BY, now=NOW)
        return path

    with monkeypatch.context() as patch:
        patch.setattr(printing, "_draw", slowly)
        printing.draw_papers(PrintBatch.objects.get().pk, now=NOW)
    assert PrintBatch.objects.get().state == "waiting"
    jobs.drain()
    assert [state(one) for one in (first, second)] == [("printed", "printed"), ("waiting", "open")]


def test_one_and_fifty_orders_cost_the_same_statements(statements):
    few, many = printed(1), printed(50)
    one = statements(lambda: fulfilment.withdraw_papers([o.pk for o in few], by=BY, now=NOW))
    fifty = statements(lambda: fulfilment.withdraw_papers([o.pk for o in many], by=BY, now=NOW))
    assert len(one) == len(fifty)
