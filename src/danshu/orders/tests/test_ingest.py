from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.channels.contract import Payment, Progress, Receiver, Refund
from danshu.orders import operations as orders
from danshu.orders import receiver
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Issue
from danshu.orders.tests.conftest import HOME, NOW, incoming, line
from danshu.stock import operations as stock
from danshu.stock.models import Balance, Reservation

LATER = timedelta(minutes=5)


def test_a_new_order_gets_a_number_a_deadline_and_its_stock(take, order_of, left, house):
    report = take(incoming("A1", line("MUG", 2), line("MAT")))
    order = order_of()
    assert (report.new, report.updated, report.unchanged, report.rejects) == (1, 0, 0, [])
    assert order.no == "261122-0001"
    assert order.ship_by == order.paid_at + timedelta(hours=48)
    assert (order.courier_code, order.kind_count, order.item_count, order.issues) == ("zto", 2, 3, 0)
    assert (left("MUG"), left("MAT")) == ((10, 2), (10, 1))


def test_the_receiver_is_sealed_and_lists_see_a_mask(take, order_of):
    take(incoming())
    order = order_of()
    assert (order.receiver_name, order.receiver_phone, order.phone_tail) == ("王*婷", "186****2290", "2290")
    assert "王小婷" not in str(bytes(order.receiver_sealed))
    assert receiver.plain(order).name == "王小婷"
    assert order.phone_hash == receiver.phone_index("+86 186-1234-2290")


def test_masked_and_cipher_receivers_stay_as_they_came(take, order_of):
    take(
        incoming("M", receiver=Receiver("王*婷", "186****2290", "浙江省", "杭州市", "余杭区", "文一****", masked=True)),
        incoming("C", receiver=Receiver("##x##", "$$y$$", "浙江省", "杭州市", "余杭区", "##z##", cipher=True, merge_key="oaid-1")),
    )
    masked, cipher = order_of("M"), order_of("C")
    assert (masked.receiver_name, masked.phone_tail, masked.phone_hash, masked.merge_hash) == ("王*婷", "2290", "", "")
    assert (cipher.receiver_name, cipher.phone_tail, bool(cipher.merge_hash)) == ("***", "", True)
    assert receiver.plain(cipher) == receiver.PlainReceiver("##x##", "$$y$$", "浙江省", "杭州市", "余杭区", "##z##", "cipher")


def test_the_same_again_changes_nothing(take, left):
    take(incoming())
    seen = list(Order.objects.values())
    assert take(incoming(), at=NOW + LATER).unchanged == 1
    assert list(Order.objects.values()) == seen
    assert left() == (10, 1)


def test_older_word_is_ignored_and_newer_wins(take, order_of):
    take(incoming(modified_at=NOW, seller_memo="新"))
    assert take(incoming(modified_at=NOW - LATER, seller_memo="旧")).unchanged == 1
    assert order_of().seller_memo == "新"
    assert take(incoming(modified_at=NOW + LATER, seller_memo="更新")).updated == 1
    assert order_of().seller_memo == "更新"


def test_a_state_that_goes_backwards_is_ignored_without_times(take, order_of):
    take(incoming(progress=Progress.SHIPPED))
    assert take(incoming(progress=Progress.WAITING)).unchanged == 1
    assert order_of().fulfilment == "shipped"


def test_an_unpaid_order_locks_for_a_while_and_paying_keeps_the_lock(take, order_of, left):
    take(incoming(payment=Payment.UNPAID, paid_at=None))
    held = Reservation.objects.get()
    assert (held.kind, held.expires_at, order_of().ship_by) == ("unpaid", NOW + timedelta(minutes=30), None)
    take(incoming())
    held.refresh_from_db()
    assert (held.kind, held.expires_at, order_of().payment) == ("paid", None, "paid")
    assert left() == (10, 1)


def test_paying_after_the_lock_ran_out_locks_again(take, left, clerk):
    take(incoming(payment=Payment.UNPAID, paid_at=None))
    stock.expire_due(NOW + timedelta(hours=1))
    assert left() == (10, 0)
    take(incoming())
    assert left() == (10, 1)


def test_closed_lets_go_at_once(take, order_of, left, told):
    take(incoming())
    take(incoming(progress=Progress.CLOSED))
    assert (order_of().fulfilment, left()) == ("cancelled", (10, 0))
    assert "OrdersCancelled" in told()


def test_a_platform_that_reopens_asks_for_the_goods_again(take, order_of, left):
    take(incoming(modified_at=NOW))
    take(incoming(modified_at=NOW + LATER, progress=Progress.CLOSED))
    take(incoming(modified_at=NOW + 2 * LATER))
    assert (order_of().fulfilment, left()) == ("waiting", (10, 1))


def test_an_order_cancelled_here_stays_cancelled(take, order_of, clerk):
    take(incoming(modified_at=NOW))
    orders.cancel([order_of().pk], by=clerk, now=NOW)
    take(incoming(modified_at=NOW + LATER, seller_memo="备注"))
    assert (order_of().fulfilment, order_of().seller_memo) == ("cancelled", "备注")


def test_shipped_elsewhere_consumes_what_is_held(take, order_of, left):
    take(incoming())
    take(incoming(progress=Progress.SHIPPED, shipped_at=NOW))
    assert (order_of().fulfilment, left()) == ("shipped", (9, 0))


def test_history_locks_nothing(take, order_of, left):
    take(
        incoming(progress=Progress.DELIVERED, finished_at=NOW),
        incoming("A2", progress=Progress.CLOSED),
        incoming("A3", refund=Refund.REFUNDED),
    )
    assert (order_of().fulfilment, order_of("A2").fulfilment, order_of("A3").fulfilment) == ("delivered", "cancelled", "cancelled")
    assert left() == (10, 0)


def test_scarce_stock_goes_to_the_earlier_deadline_and_the_other_is_marked_short(take, order_of, left, told):
    late = incoming("A1", line("MUG", 6), ship_by=NOW + timedelta(hours=9))
    soon = incoming("A2", line("MUG", 6), ship_by=NOW + timedelta(hours=3))
    report = take(late, soon)
    assert report.short_ids == (order_of("A1").pk,)
    assert (order_of("A1").issues, order_of("A2").issues) == (Issue.SHORT, 0)
    assert left() == (10, 6)
    assert "OrdersShort" in told()


def test_unmapped_goods_and_bad_addresses_are_exceptions_of_a_saved_order(take, order_of):
    report = take(incoming("A1", line("NOBODY")), incoming("A2", receiver=Receiver("王小婷", "", "浙江省")))
    assert report.unmapped_ids == (order_of("A1").pk,)
    assert (order_of("A1").issues, order_of("A2").issues) == (Issue.UNMAPPED, Issue.ADDRESS)


def test_what_cannot_be_saved_comes_back_with_its_reason_and_the_rest_is_saved(take):
    report = take(
        incoming(""), incoming("B", line(quantity=0)), replace(incoming("C"), lines=()), incoming("D", line(), line()),
        incoming("E" * 65), incoming("F", paid_fen=2**60), incoming("G"),
    )  # fmt: skip
    assert [r.code for r in report.rejects] == [
        "order.no_number", "order.quantity", "order.no_lines", "order.line_twice", "order.number_too_long", "order.amount",
    ]  # fmt: skip
    assert list(Order.objects.values_list("platform_no", flat=True)) == ["G"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the character")
def test_what_the_database_refuses_is_found_by_halving(take):
    report = take(*(incoming(f"N{i}", seller_memo="\x00" if i == 3 else "") for i in range(8)))
    assert (report.new, [(r.platform_no, r.code) for r in report.rejects]) == (7, [("N3", "order.refused")])


def test_one_order_twice_in_a_batch_is_taken_twice(take, order_of):
    report = take(incoming(), incoming(seller_memo="第二次"))
    assert (report.new, report.updated, order_of().seller_memo) == (1, 1, "第二次")


def test_a_list_without_lines_waits_for_the_file_that_has_them(take, order_of, left):
    take(replace(incoming(), lines=(), has_lines=False))
    assert order_of().issues & Issue.UNMAPPED
    bare = replace(incoming("A1", line("MUG", 2)), receiver=Receiver(), placed_at=None, paid_at=None, paid_fen=0, goods_fen=0)
    take(bare)
    order = order_of()
    assert (order.issues, order.paid_fen, order.receiver_name, order.item_count) == (0, 3000, "王*婷", 2)
    assert left() == (10, 2)


def test_empty_words_erase_nothing(take, order_of):
    take(incoming(seller_memo="易碎", flag="red", buyer_message="快点", modified_at=NOW))
    take(incoming(modified_at=NOW + LATER, status_text="x"))
    order = order_of()
    assert (order.seller_memo, order.flag, order.buyer_message) == ("易碎", "red", "快点")


def test_other_goods_let_the_old_ones_go(take, order_of, left):
    take(incoming("A1", line("MUG", 2), line("MAT")))
    take(incoming("A1", line("MUG", 3), line("LAMP")))
    assert (left("MUG"), left("MAT"), left("LAMP")) == ((10, 3), (10, 0), (10, 1))
    assert sorted(order_of().lines.values_list("merchant_code", "refund")) == [("LAMP", "none"), ("MAT", "refunded"), ("MUG", "none")]


def test_a_refunded_line_is_not_packed(take, order_of, left):
    take(incoming("A1", line("MUG"), line("MAT")))
    take(incoming("A1", line("MUG"), line("MAT", refund=Refund.REFUNDED), refund=Refund.PARTIAL))
    assert (left("MAT"), order_of().item_count, order_of().refund) == ((10, 0), 1, "partial")


def test_a_refund_request_shows_and_can_be_withdrawn_by_newer_word(take, order_of, told):
    take(incoming(modified_at=NOW))
    take(incoming(modified_at=NOW + LATER, refund=Refund.REQUESTED))
    assert (order_of().refund, order_of().issues) == ("requested", Issue.REFUNDING)
    assert "RefundsRequested" in told()
    take(incoming(modified_at=NOW + 2 * LATER))
    assert (order_of().refund, order_of().issues) == ("none", 0)


def test_changes_after_printing_are_marked(take, order_of, clerk):
    take(incoming())
    orders.mark_printed([order_of().pk], by=clerk, now=NOW)
    take(incoming(receiver=replace(HOME, address="文二路 1 号")))
    assert order_of().issues & Issue.CHANGED
    assert receiver.plain(order_of()).address == "文二路 1 号"


def test_late_joiners_are_announced(take, order_of, clerk, told):
    take(incoming())
    orders.mark_printed([order_of().pk], by=clerk, now=NOW)
    take(incoming("A2", line("MAT")))
    assert order_of("A1").issues & order_of("A2").issues & Issue.LATE_JOINER
    assert "LateJoiners" in told()


def test_fifty_orders_cost_as_many_statements_as_two(take):
    def cost(*some):
        with CaptureQueriesContext(connection) as queries:
            take(*some)
        return len(queries)

    def wave(prefix, count, **more):
        return [incoming(f"{prefix}{i}", line("MUG", oid=f"{prefix}{i}"), **more) for i in range(count)]

    Balance.objects.update(on_hand=1000)
    take(*wave("warm", 1))
    assert cost(*wave("a", 2, receiver=Receiver())) == cost(*wave("b", 50, receiver=Receiver()))
    assert cost(*wave("c", 1, receiver=Receiver())) <= 15  # one line alone takes the short way to its goods
    shipped = {"progress": Progress.SHIPPED, "receiver": Receiver()}
    assert cost(*wave("a", 1, **shipped)) == cost(*wave("b", 50, **shipped))


def test_fifty_updates_cost_as_many_statements_as_one(take, house):
    def cost(*some):
        with CaptureQueriesContext(connection) as queries:
            take(*some)
        return len(queries)

    lines = [line("MUG", oid="1"), line("NOBODY", oid="2")]
    take(*(incoming(f"{p}{i}", *lines, receiver=Receiver()) for p, n in (("a", 1), ("b", 50)) for i in range(n)))
    one = cost(incoming("a0", *lines, receiver=Receiver(), seller_memo="x", progress=Progress.CLOSED))
    many = cost(*(incoming(f"b{i}", *lines, receiver=Receiver(), seller_memo="x", progress=Progress.CLOSED) for i in range(50)))
    assert one == many
    assert OrderLine.objects.filter(is_short=True, order__is_open=True).count() == 0


def test_a_region_alone_follows_the_buyer_until_somebody_is_named(take, order_of):
    """An unpaid order names a region at most, and its buyer may still move; a person who is known is never emptied by a bare region."""
    take(incoming(receiver=Receiver(province="重庆市", city="重庆市", district="渝北区")))
    take(incoming(receiver=Receiver(province="上海市", city="上海市", district="浦东新区"), modified_at=NOW + LATER), at=NOW + LATER)
    assert (order_of().city, order_of().district) == ("上海市", "浦东新区")
    take(incoming(receiver=HOME, modified_at=NOW + 2 * LATER), at=NOW + 2 * LATER)
    take(incoming(receiver=Receiver(province="重庆市", city="重庆市"), modified_at=NOW + 3 * LATER), at=NOW + 3 * LATER)
    assert (order_of().city, receiver.plain(order_of()).phone) == (HOME.city, HOME.phone)


@pytest.mark.parametrize(("region", "is_same"), [
    (("浙江省", "杭州市", "余杭区"), True), (("浙江", "杭州", "余杭"), True), (("浙江", "杭州市", ""), True),
    (("浙江省", "杭州市", "西湖区"), False), (("江苏省", "南京市", "玄武区"), False),
])  # fmt: skip
def test_a_mask_of_the_same_place_replaces_no_plain_receiver(take, region, is_same):
    """However the other source writes the place."""
    take(incoming())
    mask = Receiver("王*婷", "186****2290", *region, "文****", masked=True)
    take(incoming(receiver=mask, seller_memo="x", modified_at=NOW + LATER), at=NOW + LATER)
    assert (receiver.plain(Order.objects.get()).phone == HOME.phone) is is_same
