"""Ends of reservations."""

from datetime import timedelta

import pytest

from danshu.core.errors import DomainError
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import Balance, LedgerEntry, Reservation
from danshu.stock.tests.goods import CLERK, NOW, counters, demand, fill, reserve, sku, warehouse

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=31)


@pytest.fixture
def towel():
    item = sku("TW")
    fill(warehouse(), {item: 10})
    return item


def test_release_gives_back_once_however_often_it_is_asked(towel):
    reserve(demand(1, towel, 4))
    assert stock.release([1001], by=CLERK, now=NOW) == 4
    assert stock.release([1001], by=CLERK, now=NOW) == 0
    assert stock.release(demand_ids=[1], by=CLERK, now=NOW) == 0
    assert counters(towel) == (10, 0)
    assert LedgerEntry.objects.filter(kind="release").count() == 1


def test_a_released_line_can_be_locked_again(towel):
    reserve(demand(1, towel, 4))
    stock.release([1001], by=CLERK, now=NOW)
    reserve(demand(1, towel, 3))
    assert counters(towel) == (10, 3)


def test_unpaid_locks_end_in_time_and_paid_ones_never(towel):
    soon = NOW + timedelta(minutes=30)
    reserve(demand(1, towel, 1, kind="unpaid", expires_at=soon), demand(2, towel, 2, kind="unpaid", expires_at=soon), demand(3, towel, 4))
    stock.mark_paid([1002], by=CLERK, now=NOW)
    assert stock.expire_due(NOW) == 0
    assert stock.expire_due(LATER) == 1
    assert stock.expire_due(LATER) == 0
    assert counters(towel) == (10, 6)
    assert Reservation.objects.get(demand_id=1).state == "expired"


def test_shipping_takes_from_the_shelf_and_undoing_puts_it_back_locked(towel):
    reserve(demand(1, towel, 4))
    assert stock.consume([1001], by=CLERK, now=NOW) == 4
    assert stock.consume([1001], by=CLERK, now=NOW) == 0
    assert counters(towel) == (6, 0)
    assert stock.release([1001], by=CLERK, now=NOW) == 0
    assert stock.unconsume([1001], by=CLERK, now=NOW) == 4
    assert stock.unconsume([1001], by=CLERK, now=NOW) == 0
    assert counters(towel) == (10, 4)


def test_one_line_of_an_order_can_ship_alone(towel):
    reserve(stock.Demand(5, 1, towel.pk, 1), stock.Demand(5, 2, towel.pk, 2))
    stock.consume(demand_ids=[2], by=CLERK, now=NOW)
    assert counters(towel) == (8, 1)


def test_locks_follow_their_lines_to_another_order(towel):
    reserve(demand(1, towel, 2))
    stock.move_owner([1], 77)
    assert stock.release([1001], by=CLERK, now=NOW) == 0
    assert stock.release([77], by=CLERK, now=NOW) == 2


def test_returned_goods_are_sellable_and_defective_ones_are_not(towel):
    place = Balance.objects.get().warehouse_id
    stock.give_back([stock.Piece(towel.pk, place, 2), stock.Piece(towel.pk, place, 1, is_defective=True)], by=CLERK, now=NOW)
    assert counters(towel) == (12, 0)
    assert Balance.objects.get().defective == 1
    assert queries.check() == []


def test_a_count_may_go_down_to_what_is_locked(towel):
    place = Balance.objects.get().warehouse_id
    reserve(demand(1, towel, 4))
    stock.count([stock.Count(towel.pk, place, 4)], by=CLERK, now=NOW)
    assert counters(towel) == (4, 4)
    with pytest.raises(DomainError) as refused:
        stock.count([stock.Count(towel.pk, place, 3)], by=CLERK, now=NOW)
    assert refused.value.code == "stock.count_below_locked"


def test_a_forced_count_gives_up_the_newest_locks(towel):
    place = Balance.objects.get().warehouse_id
    reserve(demand(1, towel, 4), demand(2, towel, 3), demand(3, towel, 2))
    assert stock.count([stock.Count(towel.pk, place, 5)], by=CLERK, now=NOW, is_forced=True) == (1002, 1003)
    assert counters(towel) == (5, 4)
    assert queries.check() == []


def test_locked_pieces_can_be_neither_adjusted_away_nor_moved(towel):
    place, other = Balance.objects.get().warehouse_id, warehouse("义乌仓")
    reserve(demand(1, towel, 8))
    with pytest.raises(DomainError, match="锁定"):
        stock.adjust([stock.Piece(towel.pk, place, -3)], by=CLERK, now=NOW, reason="破损")
    with pytest.raises(DomainError, match="没有锁定"):
        stock.move([stock.Transfer(towel.pk, place, other.pk, 3)], by=CLERK, now=NOW)
    stock.move([stock.Transfer(towel.pk, place, other.pk, 2)], by=CLERK, now=NOW)
    assert counters(towel, other) == (2, 0)
    assert counters(towel) == (10, 8)


def test_bundles_are_not_received_themselves(towel):
    gift = sku("GIFT", parts={towel: 2})
    with pytest.raises(DomainError) as refused:
        stock.receive([stock.Piece(gift.pk, 1, 1)], by=CLERK, now=NOW)
    assert refused.value.code == "stock.bundle"


def test_drifted_counters_are_explained_and_repaired_and_never_block_a_parcel(towel):
    reserve(demand(1, towel, 4), demand(2, towel, 2))
    Balance.objects.update(locked=1, on_hand=9)
    (difference,) = queries.check()
    assert (difference.locked, difference.locked_by_reservations, difference.on_hand_by_ledger) == (1, 6, 10)
    assert difference.owners == ("1122-0002", "1122-0001")
    stock.consume([1001], by=CLERK, now=NOW)
    stock.repair(by=CLERK, now=NOW)
    assert queries.check() == []
    assert counters(towel)[1] == 2
    assert LedgerEntry.objects.filter(kind="repair").count() == 1


def test_repair_gives_up_locks_that_have_no_goods(towel):
    reserve(demand(1, towel, 4), demand(2, towel, 6))
    LedgerEntry.objects.filter(kind="receive").update(on_hand_delta=5)
    stock.repair(by=CLERK, now=NOW)
    assert counters(towel) == (5, 4)
    assert queries.check() == []
    assert stock.repair(by=CLERK, now=NOW) == []


def test_the_overview_knows_how_long_the_goods_last(towel):
    reserve(demand(1, towel, 4), demand(2, towel, 1, kind="unpaid"))
    stock.consume([1001], by=CLERK, now=NOW)
    (line,) = queries.overview([towel], now=NOW)
    assert (line.total, line.unpaid, line.paid, line.sellable) == (6, 1, 0, 5)
    assert (line.shipped_7, line.shipped_28, line.days_of_cover) == (4, 4, 8)
