"""Requests for refunds: kept, followed into orders and stock, whatever came first."""

import pytest
from django.db import connection

from danshu.channels.contract import Payment, Progress, RefundKind, RefundState
from danshu.channels.contract import Refund as Word
from danshu.orders import operations as orders
from danshu.orders.models import Order, Refund
from danshu.orders.states import Issue
from danshu.orders.tests.conftest import CLERK, LATER, NOW, asked, incoming, line
from danshu.stock import operations as stock_room
from danshu.stock import queries as stock

ASKED, DONE, CLOSED, REFUSED = RefundState.ASKED, RefundState.DONE, RefundState.CLOSED, RefundState.REFUSED


@pytest.fixture(autouse=True)
def _stock_adds_up(db):
    yield
    assert stock.check() == []


def test_a_request_shows_on_its_order_and_is_announced(take, hear, order_of, told):
    take(incoming())
    report = hear(asked(reason="不想要了", answer_by=NOW + LATER))
    assert (report.new, report.updated, report.unchanged, report.rejects) == (1, 0, 0, [])
    assert (order_of().refund, order_of().issues) == ("requested", Issue.REFUNDING)
    assert [(r.kind, r.state, r.reason) for r in order_of().refunds.all()] == [("refund_only", "asked", "不想要了")]
    assert {"RefundsRequested", "RefundsChanged", "OrdersChanged"} <= {*told()}


def test_the_same_again_changes_nothing(take, hear):
    take(incoming())
    hear(asked())
    seen = list(Order.objects.values()), list(Refund.objects.values())
    assert hear(asked(), at=NOW + LATER).unchanged == 1
    assert (list(Order.objects.values()), list(Refund.objects.values())) == seen


def test_older_word_is_ignored_and_newer_wins(take, hear, order_of):
    take(incoming())
    hear(asked(state=CLOSED, at=2))
    assert hear(asked(at=1)).unchanged == 1
    assert order_of().refund == "none"
    assert hear(asked(at=3)).updated == 1
    assert order_of().refund == "requested"


def test_one_number_twice_in_a_batch_counts_once_and_the_newer_wins(take, hear, order_of):
    take(incoming())
    report = hear(asked(state=CLOSED, at=2), asked(at=1))
    assert (report.new, report.unchanged, order_of().refund) == (1, 1, "none")


@pytest.mark.parametrize("when", [{"modified_at": NOW}, {"modified_at": None}])
def test_of_one_moment_an_end_stands_above_what_was_before_it(take, hear, order_of, when):
    take(incoming())
    hear(asked(**when), asked(state=CLOSED, **when))
    assert hear(asked(**when)).unchanged == 1
    assert order_of().refund == "none"


@pytest.mark.parametrize("state", [CLOSED, RefundState.DONE])
def test_a_closed_request_and_a_done_exchange_leave_nothing(take, hear, order_of, left, state):
    take(incoming())
    kind = RefundKind.EXCHANGE if state == DONE else RefundKind.REFUND_ONLY
    hear(asked(kind=kind))
    assert order_of().refund == "requested"
    hear(asked(state=state, kind=kind, at=1))
    assert (order_of().refund, order_of().issues, order_of().fulfilment, left()) == ("none", 0, "waiting", (10, 1))


@pytest.mark.parametrize("state", [RefundState.AGREED, RefundState.WAITING_RETURN, RefundState.RETURNED, REFUSED])
def test_a_request_that_may_still_end_in_a_refund_keeps_the_order_in_it(take, hear, order_of, state):
    take(incoming())
    hear(asked(state=state))
    assert order_of().refund == "requested"


def test_all_of_it_before_shipping_cancels_and_lets_go(take, hear, order_of, left, told):
    take(incoming())
    hear(asked(state=DONE, at=1))
    assert (order_of().fulfilment, order_of().refund, order_of().issues, left()) == ("cancelled", "refunded", 0, (10, 0))
    assert order_of().cancelled_at == NOW + LATER
    assert "OrdersCancelled" in told()


def test_a_part_before_shipping_lets_its_lines_go(take, hear, order_of, left):
    take(incoming("A1", line("MUG"), line("MAT", 2)))
    hear(asked(state=DONE, oids=("o-MAT",), amount_fen=2000))
    order = order_of()
    assert (order.fulfilment, order.refund, order.item_count, order.kind_count) == ("waiting", "partial", 1, 1)
    assert (left("MUG"), left("MAT")) == ((10, 1), (10, 0))
    assert order.lines.get(oid="o-MAT").refund == "refunded"


def test_line_by_line_until_all_is_gone_and_a_gift_goes_along(take, hear, order_of, left):
    take(incoming("A1", line("MUG"), line("MAT"), line("LAMP", is_gift=True)))
    hear(asked("R1", state=DONE, oids=("o-MUG",), amount_fen=1000), asked("R2", state=DONE, oids=("o-MAT",), amount_fen=1000))
    assert (order_of().fulfilment, left("MUG"), left("MAT"), left("LAMP")) == ("cancelled", (10, 0), (10, 0), (10, 0))


def test_a_price_difference_before_shipping_is_still_packed(take, hear, order_of, left):
    take(incoming())
    hear(asked(state=DONE, amount_fen=500))
    assert (order_of().fulfilment, order_of().refund, left()) == ("waiting", "partial", (10, 1))
    hear(asked("R2", state=DONE, amount_fen=2500))  # and the rest of the money
    assert (order_of().fulfilment, left()) == ("cancelled", (10, 0))


def test_after_shipping_stock_is_not_touched(take, hear, order_of, left):
    take(incoming())
    orders.mark_shipped([order_of().pk], by=CLERK, now=NOW)
    hear(asked(state=DONE, kind=RefundKind.RETURN, is_before_shipping=False, quantity=1, amount_fen=2800, at=1))
    assert (order_of().fulfilment, order_of().refund, left()) == ("shipped", "refunded", (9, 0))


def test_a_refund_after_shipping_that_overtakes_the_word_shipped_waits_for_it(take, hear, order_of, left):
    take(incoming(modified_at=NOW))
    hear(asked(state=DONE, is_before_shipping=False, at=2))
    assert (order_of().fulfilment, order_of().refund, left()) == ("waiting", "requested", (10, 1))
    take(incoming(modified_at=NOW + LATER, progress=Progress.SHIPPED))
    assert (order_of().fulfilment, order_of().refund, left()) == ("shipped", "refunded", (9, 0))


def test_an_order_that_still_waits_at_the_refunds_moment_shows_that_it_was_before_shipping(take, hear, order_of, left):
    take(incoming(modified_at=NOW + LATER))
    hear(asked(state=DONE, is_before_shipping=False, at=1))
    assert (order_of().fulfilment, left()) == ("cancelled", (10, 0))


def test_a_request_waits_for_its_order(take, hear, order_of, left, told):
    assert hear(asked()).new == 1
    assert (Refund.objects.get().order_id, "RefundsRequested" in told()) == (None, False)
    take(incoming())
    assert (Refund.objects.get().order_id, order_of().refund, order_of().issues) == (order_of().pk, "requested", Issue.REFUNDING)
    assert "RefundsRequested" in told()
    assert left() == (10, 1)


def test_an_order_that_was_refunded_before_it_came_locks_nothing(take, hear, order_of, left):
    hear(asked(state=DONE))
    take(incoming())
    assert (order_of().fulfilment, order_of().refund, left()) == ("cancelled", "refunded", (10, 0))


def test_the_same_number_in_another_shop_is_another_order(take, hear, house, order_of):
    other = type(house.shop).objects.create(name="别家", platform="douyin", created_at=NOW)
    take(incoming())
    orders.ingest_refunds(other.pk, [asked()], by=CLERK, now=NOW)
    assert (order_of().refund, Refund.objects.get().order_id) == ("none", None)


def test_an_order_list_that_says_no_refund_does_not_end_a_living_request(take, hear, order_of):
    take(incoming(modified_at=NOW))
    hear(asked(at=1))
    take(incoming(modified_at=NOW + 9 * LATER, seller_memo="x"))
    assert (order_of().refund, order_of().seller_memo) == ("requested", "x")


def test_an_order_list_that_says_no_refund_does_not_bring_back_what_was_paid(take, hear, order_of, left):
    take(incoming("A1", line("MUG"), line("MAT"), modified_at=NOW))
    hear(asked(state=DONE, oids=("o-MAT",), amount_fen=1000, at=1))
    take(incoming("A1", line("MUG"), line("MAT"), modified_at=NOW + 9 * LATER, seller_memo="x"))
    assert (order_of().refund, left("MAT"), order_of().item_count) == ("partial", (10, 0), 1)


def test_the_order_lists_request_fades_when_its_request_is_closed_later(take, hear, order_of):
    take(incoming(modified_at=NOW + LATER, refund=Word.REQUESTED))
    hear(asked(state=CLOSED, at=0))
    assert order_of().refund == "requested"  # the order list knows of a newer one
    hear(asked(state=CLOSED, at=2))
    assert (order_of().refund, order_of().issues) == ("none", 0)


def test_what_the_order_list_said_is_remembered_under_a_request(take, hear, order_of):
    take(incoming("A1", line("MUG"), line("MAT", refund=Word.REFUNDED), refund=Word.PARTIAL, modified_at=NOW))
    hear(asked(oids=("o-MUG",), at=1))
    assert order_of().refund == "requested"
    hear(asked(state=CLOSED, oids=("o-MUG",), at=2))
    assert (order_of().refund, order_of().lines.get(oid="o-MUG").refund) == ("partial", "none")


def test_an_unknown_line_speaks_of_the_order(take, hear, order_of):
    take(incoming())
    hear(asked(oids=("nobody",)))
    assert order_of().refund == "requested"
    hear(asked(oids=("nobody",), state=DONE, at=1))
    assert order_of().fulfilment == "cancelled"


def test_parts_of_a_split_order_follow_the_requests_for_their_lines(take, hear, order_of, left):
    take(incoming("A1", line("MUG"), line("MAT")))
    mat = order_of().lines.get(oid="o-MAT")
    orders.split(order_of().pk, [[(mat.pk, 1)]], by=CLERK, now=NOW)
    hear(asked(oids=("o-MAT",), amount_fen=1000))
    assert (order_of("A1").refund, order_of("A1-2").refund) == ("none", "requested")
    hear(asked(state=DONE, oids=("o-MAT",), amount_fen=1000, at=1))
    assert (order_of("A1").fulfilment, order_of("A1-2").fulfilment, left("MAT"), left("MUG")) == ("waiting", "cancelled", (10, 0), (10, 1))
    take(incoming("A1", line("MUG"), line("MAT"), seller_memo="x"))
    assert (order_of("A1").refund, order_of("A1-2").fulfilment, order_of("A1-2").refund) == ("none", "cancelled", "refunded")


def test_a_refund_of_the_whole_split_order_cancels_every_part_that_is_here(take, hear, order_of, left):
    take(incoming("A1", line("MUG", 4)))
    orders.split(order_of().pk, [[(order_of().lines.get().pk, 3)]], by=CLERK, now=NOW)
    orders.mark_shipped([order_of("A1-2").pk], by=CLERK, now=NOW)
    hear(asked(state=DONE, oids=("o-MUG",), amount_fen=4000))
    assert (order_of("A1").fulfilment, order_of("A1-2").fulfilment, left()) == ("cancelled", "shipped", (7, 0))


def test_a_member_of_a_merged_parcel_leaves_the_box(take, hear, order_of):
    take(incoming("A1"), incoming("A2", line("MAT")))
    orders.merge([order_of("A1").pk, order_of("A2").pk], by=CLERK, now=NOW)
    hear(asked(order="A1", state=DONE))
    assert (order_of("A1").fulfilment, order_of("A2").fulfilment, order_of("A2").merged_into_id) == ("cancelled", "waiting", None)


def test_a_refund_after_printing_marks_the_papers_as_changed(take, hear, order_of):
    take(incoming("A1", line("MUG"), line("MAT")))
    orders.mark_printed([order_of().pk], by=CLERK, now=NOW)
    hear(asked(state=DONE, oids=("o-MAT",), amount_fen=1000))
    assert (order_of().fulfilment, order_of().issues) == ("printed", Issue.CHANGED)


def test_goods_that_nobody_could_name_go_with_their_refund(take, hear, order_of):
    take(incoming("A1", line("MUG"), line("NOBODY")))
    assert order_of().issues == Issue.UNMAPPED
    hear(asked(state=DONE, oids=("o-NOBODY",), amount_fen=1000))
    assert order_of().issues == 0


def test_an_order_cancelled_here_stays_so_and_still_shows_its_refund(take, hear, order_of):
    take(incoming())
    orders.cancel([order_of().pk], by=CLERK, now=NOW)
    hear(asked(state=DONE))
    assert (order_of().fulfilment, order_of().refund) == ("cancelled", "refunded")


def test_undoing_an_import_lets_requests_wait_again(take, hear, batch, order_of):
    take(incoming(), batch=batch.pk)
    hear(asked())
    orders.undo_batch(batch.pk, by=CLERK, now=NOW)
    assert Refund.objects.get().order_id is None
    take(incoming())
    assert order_of().refund == "requested"


def test_undoing_an_update_keeps_requests_that_came_since(take, hear, batch, order_of):
    take(incoming())
    take(incoming(seller_memo="x"), batch=batch.pk)
    hear(asked())
    orders.undo_batch(batch.pk, by=CLERK, now=NOW)
    assert (order_of().seller_memo, order_of().refund, order_of().issues) == ("", "requested", Issue.REFUNDING)


def test_what_cannot_be_saved_comes_back_with_its_reason(take, hear):
    take(incoming())
    report = hear(asked(""), asked(order=" "), asked("R" * 65), asked(amount_fen=-1), asked("GOOD"))
    assert [reject.code for reject in report.rejects] == ["refund.no_number", "refund.no_number", "refund.number_too_long", "refund.amount"]
    assert (report.new, Refund.objects.get().refund_no) == (1, "GOOD")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the character")
def test_what_the_database_refuses_is_found_by_halving(hear):
    report = hear(*(asked(f"R{i}", reason="\x00" if i == 3 else "") for i in range(8)))
    assert (report.new, [(reject.refund_no, reject.code) for reject in report.rejects]) == (7, [("R3", "refund.refused")])


def test_an_unpaid_order_follows_too(take, hear, order_of, left):
    take(incoming(payment=Payment.UNPAID, paid_at=None))
    hear(asked(state=DONE))
    assert (order_of().fulfilment, left()) == ("cancelled", (10, 0))


def test_a_batch_that_is_cut_short_leaves_nothing_and_can_be_taken_again(take, hear, order_of, left, monkeypatch):
    take(incoming())
    with monkeypatch.context() as cut:
        cut.setattr(stock_room, "release", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            hear(asked(state=DONE))
    assert (Refund.objects.count(), order_of().fulfilment, left()) == (0, "waiting", (10, 1))
    assert hear(asked(state=DONE)).new == 1
    assert (order_of().fulfilment, left()) == ("cancelled", (10, 0))
