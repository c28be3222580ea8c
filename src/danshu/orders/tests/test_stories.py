"""Hold, mark, cancel, readdress, along the bench, on the board."""

import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.audit.models import Entry
from danshu.catalogue import operations as catalogue
from danshu.catalogue.models import Listing
from danshu.channels.contract import Payment, Progress, Receiver
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.operations import Draft, DraftLine
from danshu.orders.states import Issue
from danshu.orders.tests.conftest import CLERK, HOME, NOW, incoming, line
from danshu.stock import operations as stock
from danshu.stock.models import Balance
from danshu.stock.operations import Piece

STORIES = {
    "hold": lambda ids: orders.hold(ids, reason="等补货", by=CLERK, now=NOW),
    "flag": lambda ids: orders.set_flag(ids, "red", by=CLERK, now=NOW),
    "memo": lambda ids: orders.set_memo(ids, "易碎", by=CLERK, now=NOW),
    "tags": lambda ids: orders.set_tags(ids, add=["易碎"], by=CLERK, now=NOW),
    "courier": lambda ids: orders.set_courier(ids, "yto", by=CLERK, now=NOW),
    "urgent": lambda ids: orders.set_urgent(ids, True, by=CLERK, now=NOW),
    "receiver": lambda ids: orders.edit_receiver(ids, replace(HOME, name="李四"), by=CLERK, now=NOW),
    "merge": lambda ids: orders.merge(ids, by=CLERK, now=NOW),
    "printed": lambda ids: orders.mark_printed(ids, by=CLERK, now=NOW),
    "checked": lambda ids: orders.mark_checked(ids, by=CLERK, now=NOW),
    "shipped": lambda ids: orders.mark_shipped(ids, by=CLERK, now=NOW),
    "cancel": lambda ids: orders.cancel(ids, by=CLERK, now=NOW),
    "move": lambda ids: orders.move(ids, "printed", by=CLERK, now=NOW),
}


@pytest.mark.parametrize("story", STORIES)
def test_fifty_cost_as_many_statements_as_two(take, house, story):
    Balance.objects.update(on_hand=1000)
    take(*(incoming(f"A{i}", line("MUG", oid=f"o{i}")) for i in range(52)))
    ids = list(Order.objects.order_by("pk").values_list("pk", flat=True))

    def cost(some):
        with CaptureQueriesContext(connection) as queries:
            STORIES[story](some)
        return len(queries)

    assert cost(ids[:2]) == cost(ids[2:])
    assert Entry.objects.filter(target_kind="order").count() >= 50


@pytest.fixture
def one(take, order_of):
    take(incoming())
    return order_of().pk


def refused(call, *arguments, **more):
    with pytest.raises(DomainError) as error:
        call(*arguments, **more, by=CLERK, now=NOW)
    return error.value.code


def test_a_due_hold_ends_by_itself_and_is_urgent(one, order_of):
    orders.hold([one], until=NOW + timedelta(hours=1), by=CLERK, now=NOW)
    assert orders.release_due(now=NOW + timedelta(minutes=59)) == 0
    assert orders.release_due(now=NOW + timedelta(hours=1)) == 1
    assert (order_of().is_held, order_of().is_urgent, order_of().hold_until) == (False, True, None)


def test_tags_come_and_go(one, order_of):
    orders.set_tags([one], add=["易碎", "送礼"], by=CLERK, now=NOW)
    orders.set_tags([one], remove=["易碎"], by=CLERK, now=NOW)
    assert order_of().tags == ["送礼"]


def test_cancelling_frees_stock_and_reopening_asks_again(one, left, order_of):
    orders.cancel([one], reason="买家不要了", by=CLERK, now=NOW)
    assert (order_of().fulfilment, left()) == ("cancelled", (10, 0))
    orders.reopen([one], by=CLERK, now=NOW)
    assert (order_of().fulfilment, left()) == ("waiting", (10, 1))


def test_another_address_completes_the_order(take, order_of):
    take(incoming(receiver=Receiver("王小婷", "", "")))
    assert order_of().issues == Issue.ADDRESS
    orders.edit_receiver([order_of().pk], HOME, by=CLERK, now=NOW)
    assert (order_of().issues, order_of().receiver_phone) == (0, "186****2290")


def test_shipping_consumes_and_undo_brings_everything_back(one, left, order_of):
    orders.mark_printed([one], by=CLERK, now=NOW)
    orders.mark_checked([one], by=CLERK, now=NOW)
    assert orders.mark_shipped([one], by=CLERK, now=NOW) == 1
    assert (order_of().fulfilment, left()) == ("shipped", (9, 0))
    assert orders.mark_shipped([one], by=CLERK, now=NOW) == 0
    orders.unship([one], by=CLERK, now=NOW)
    assert (order_of().fulfilment, order_of().shipped_at, left()) == ("checked", None, (10, 1))


def test_a_cancelled_order_is_not_shipped(one):
    orders.cancel([one], by=CLERK, now=NOW)
    assert refused(orders.mark_shipped, [one]) == "state.not_allowed"


def test_the_board_moves_both_ways_and_says_why_not(take, one, order_of):
    assert orders.move([one], "printed", by=CLERK, now=NOW) == {one: "todo"}
    assert orders.move([one], "todo", by=CLERK, now=NOW) == {one: "printed"}
    assert refused(orders.move, [one], "after") == "order.after_sales"
    orders.hold([one], by=CLERK, now=NOW)
    assert refused(orders.move, [one], "printed") == "order.held"
    take(incoming("S", line("MUG", 99)), incoming("U", line("NOBODY")), incoming("P", payment=Payment.UNPAID, paid_at=None))
    for number, code in (("S", "order.short"), ("U", "order.unmapped"), ("P", "order.not_payable")):
        assert refused(orders.move, [order_of(number).pk], "printed") == code


def draft(house, *lines, **more):
    return Draft(house.shop.pk, tuple(lines), HOME, **more)


def test_a_manual_order_takes_its_stock_or_is_refused_with_what_is_left(house, left, told):
    (order_id,) = orders.create_manual([draft(house, DraftLine(house.skus["MUG"].pk, 4, 2500), freight_fen=600)], by=CLERK, now=NOW)
    order = Order.objects.get(pk=order_id)
    assert (order.paid_fen, order.platform_no, order.issues, left()) == (10_600, order.no, 0, (10, 4))
    with pytest.raises(DomainError) as error:
        orders.create_manual([draft(house, DraftLine(house.skus["MUG"].pk, 7))], by=CLERK, now=NOW)
    assert error.value.code == "stock.short"
    assert "6" in error.value.message
    assert (Order.objects.count(), left()) == (1, (10, 4))


def test_a_manual_number_is_used_once(house):
    some = draft(house, DraftLine(house.skus["MUG"].pk, 1), platform_no="微信-1")
    orders.create_manual([some], by=CLERK, now=NOW)
    assert refused(orders.create_manual, [some]) == "order.known"


def test_mapping_fills_lines_locks_stock_and_clears_the_mark(take, order_of, house, left):
    take(incoming("A1", line("NOBODY", 2)))
    listing = Listing.objects.get()
    catalogue.map_listings([listing.pk], sku_id=house.skus["MUG"].pk, quantity=2, by=CLERK, now=NOW)
    assert orders.remap([listing.pk], by=CLERK, now=NOW) == [order_of().pk]
    assert (order_of().issues, order_of().lines.get().sku_quantity, left()) == (0, 4, (10, 4))
    assert orders.remap([listing.pk], by=CLERK, now=NOW) == []


def test_arrived_stock_goes_to_the_most_urgent_short_order(take, order_of, house, left):
    take(incoming("A", line("MUG", 12), ship_by=NOW + timedelta(hours=9)), incoming("B", line("MUG", 11), ship_by=NOW + timedelta(hours=3)))
    mug = house.skus["MUG"].pk
    stock.receive([Piece(mug, house.warehouse.pk, 3)], by=CLERK, now=NOW)
    assert orders.fill_short([mug], by=CLERK, now=NOW) == [order_of("B").pk]
    assert (order_of("B").issues, order_of("A").issues, left()) == (0, Issue.SHORT, (13, 11))


def test_undoing_an_import_removes_new_orders_and_restores_changed_ones(take, batch, order_of, left, told):
    take(incoming("OLD", line("MUG", 2), seller_memo="原来"))
    take(incoming("OLD", line("MUG", 3), seller_memo="改了"), incoming("NEW", line("MAT")), batch=batch.pk)
    report = orders.undo_batch(batch.pk, by=CLERK, now=NOW)
    assert (report.removed, report.restored, report.kept) == (1, 1, ())
    assert (order_of("OLD").seller_memo, left("MUG"), left("MAT")) == ("原来", (10, 2), (10, 0))
    assert not Order.objects.filter(platform_no="NEW").exists()


def test_a_big_import_is_taken_back_in_parts(take, batch, left, monkeypatch):
    """SQLite takes 32,766 values in a statement, PostgreSQL 65,535; a file may bring 100,000 orders."""
    monkeypatch.setattr(sys.modules["danshu.orders.operations.undo_batch"], "AT_ONCE", 2)
    take(*(incoming(f"A{n}", line("MUG")) for n in range(5)), batch=batch.pk)
    report = orders.undo_batch(batch.pk, by=CLERK, now=NOW)
    assert (report.removed, Order.objects.count(), left()) == (5, 0, (10, 0))
    assert Entry.objects.get(verb="orders.import_undone").changes == {"removed": 5, "restored": 0, "kept": 0}


def test_printed_orders_stay_and_are_named(take, batch, order_of):
    take(incoming("A"), incoming("B"), batch=batch.pk)
    orders.mark_printed([order_of("A").pk], by=CLERK, now=NOW)
    report = orders.undo_batch(batch.pk, by=CLERK, now=NOW)
    assert (report.removed, [(kept.no, kept.reason) for kept in report.kept]) == (1, [(order_of("A").no, "已打印")])


def test_history_that_was_imported_by_mistake_can_go(take, batch):
    take(incoming("A", progress=Progress.DELIVERED), batch=batch.pk)
    assert orders.undo_batch(batch.pk, by=CLERK, now=NOW).removed == 1


def test_reopening_and_unshipping_bring_back_what_stood_in_the_way(take, order_of):
    take(incoming("B1", line("MUG", 20), receiver=Receiver("王小婷", "", "", "", "", "")))
    pk, marks = order_of("B1").pk, Issue.SHORT | Issue.ADDRESS
    assert order_of("B1").issues == marks
    orders.cancel([pk], by=CLERK, now=NOW)
    orders.reopen([pk], by=CLERK, now=NOW)
    assert order_of("B1").issues == marks
    orders.mark_shipped([pk], by=CLERK, now=NOW)
    orders.unship([pk], by=CLERK, now=NOW)
    assert order_of("B1").issues == marks
