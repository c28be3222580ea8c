"""Lessons C1–C11: what other houses paid for, each tried here under its name. See docs/mechanisms/stock.md."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from danshu.audit.models import Entry
from danshu.core.errors import DomainError
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import Balance, LedgerEntry, Reservation
from danshu.stock.tests.goods import CLERK, NOW, counters, demand, fill, reserve, sku, warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def towel():
    item = sku("TW")
    fill(warehouse(), {item: 10})
    return item


def at_once(count, story):
    """Let so many threads, each with a connection of its own, do it together; returns what they said."""
    said, start = [], threading.Barrier(count)

    def run(number):
        try:
            start.wait(30)
            said.append(story(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return said


@pytest.mark.django_db(transaction=True)
def test_c1_one_piece_and_fifty_buyers_make_one_lock():
    """Checking in one transaction and allocating in the next sold more than there was, for years and in every campaign."""
    towel = sku("TW")
    fill(warehouse(), {towel: 1})
    outcomes = at_once(50, lambda number: reserve(demand(number + 1, towel))[0].held)
    assert sorted(outcomes) == [0] * 49 + [1]
    assert counters(towel) == (1, 1)
    assert Reservation.objects.filter(state="held").count() == 1
    assert queries.check() == []


def test_c1_the_database_itself_refuses_to_oversell(towel):
    """The check stood in the program alone, so every second way to the table went round it."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Balance.objects.update(locked=11)


@pytest.mark.django_db(transaction=True)
def test_c2_the_lock_is_inside_the_only_writer_so_nobody_can_go_round_it():
    """A lock around the workflow was missing when the service was called directly: updates got lost, the counter went negative."""
    towel = sku("TW")
    fill(warehouse(), {towel: 6})
    reserve(demand(1, towel, 6))

    def story(number):  # 8 callers, no lock of their own: half of them give the same six back, half want one
        return stock.release([1001], by=CLERK, now=NOW) if number % 2 else reserve(demand(number + 10, towel))[0].held

    at_once(8, story)
    on_hand, locked = counters(towel)
    held = sum(Reservation.objects.filter(state="held").values_list("quantity", flat=True))
    assert on_hand == 6
    assert 0 <= locked == held <= 4
    assert queries.check() == []


@pytest.mark.django_db(transaction=True)
def test_c3_reservations_made_at_the_same_moment_never_reserve_more_than_there_is():
    """Reservation entries created side by side each saw the same free quantity and reserved it twice."""
    towel = sku("TW")
    fill(warehouse(), {towel: 7})
    at_once(6, lambda number: [o.held for o in reserve(demand(2 * number + 1, towel, 2), demand(2 * number + 2, towel, 1))])
    assert counters(towel) == (7, 7)
    assert sum(Reservation.objects.filter(state="held").values_list("quantity", flat=True)) == 7


def test_c4_two_lines_and_a_bundle_of_one_sku_share_what_is_there(towel):
    """Two lines, or a bundle and a single of one SKU, were each checked against the same untouched number."""
    gift = sku("GIFT", parts={towel: 3})
    outcomes = reserve(demand(1, towel, 4), demand(2, gift, 1), demand(3, towel, 4), demand(4, gift, 1))
    assert [outcome.held for outcome in outcomes] == [4, 1, 0, 1]
    assert counters(towel) == (10, 10)


def test_c4_one_bad_line_does_not_stop_the_others_of_its_batch(towel):
    """One bundle that could not be served made the whole batch fail."""
    empty = sku("EMPTY", parts={sku("NONE"): 1, towel: 1})
    assert [outcome.held for outcome in reserve(demand(1, empty), demand(2, towel, 2))] == [0, 2]
    assert counters(towel) == (10, 2)


def test_c5_a_drifted_counter_is_explained_and_never_blocks_a_parcel(towel):
    """The reserved counter was not the sum of its moves, and people could not ship until support wrote to the database."""
    reserve(demand(1, towel, 4), demand(2, towel, 2))
    Balance.objects.update(locked=1)
    (difference,) = queries.check()
    assert (difference.locked, difference.locked_by_reservations) == (1, 6)
    assert difference.owners == ("1122-0002", "1122-0001")
    assert stock.consume([1001], by=CLERK, now=NOW) == 4


def test_c5_quantities_are_whole_pieces():
    """Rounding units of measure made counters drift by fractions."""
    kinds = {Balance._meta.get_field(name).get_internal_type() for name in ("on_hand", "locked", "defective", "incoming", "buffer")}
    assert kinds == {"BigIntegerField"}


def test_c6_an_admin_repairs_a_counter_and_it_is_written_down(towel):
    """A negative reserved counter could be repaired by nobody."""
    reserve(demand(1, towel, 4))
    Balance.objects.update(locked=0, on_hand=3)
    stock.repair(by=CLERK, now=NOW)
    assert counters(towel) == (10, 4)
    assert queries.check() == []
    assert LedgerEntry.objects.get(kind="repair").reason == "现有 3 → 10，锁定 0 → 4"
    assert Entry.objects.get(verb="stock.repaired").changes["locked"] == [0, 4]


def test_c7_what_was_never_locked_is_not_released(towel):
    """Cancelling took an allocation back that had never been made, so stock grew out of nothing."""
    assert stock.release([1001], by=CLERK, now=NOW) == 0
    assert stock.consume([1001], by=CLERK, now=NOW) == 0
    assert counters(towel) == (10, 0)


def test_c7_cancelling_twice_gives_back_once(towel):
    """A second cancellation released a second time."""
    reserve(demand(1, towel, 4))
    assert [stock.release([1001], by=CLERK, now=NOW) for _ in range(3)] == [4, 0, 0]
    assert counters(towel) == (10, 0)


def test_c7_allocating_twice_holds_once_and_an_edited_quantity_follows(towel):
    """Duplicate allocations were found months later, and an edited order kept its old ones."""
    for quantity in (2, 2, 5):
        reserve(demand(1, towel, quantity))
    assert counters(towel) == (10, 5)
    assert Reservation.objects.get(state="held").quantity == 5


def test_c7_undoing_a_shipment_restores_what_it_took(towel):
    """Cancelling a fulfilment did not put its goods back."""
    reserve(demand(1, towel, 4))
    stock.consume([1001], by=CLERK, now=NOW)
    stock.unconsume([1001], by=CLERK, now=NOW)
    assert counters(towel) == (10, 4)


def test_c8_a_split_takes_the_rest_from_the_next_place_not_the_whole_again():
    """Each place was asked for min(wanted, there) instead of the rest: 13 pieces from 10 + 15 took 10 + 13."""
    towel, first, second = sku("TW"), warehouse("杭州仓", 1), warehouse("义乌仓", 2)
    fill(first, {towel: 10})
    fill(second, {towel: 15})
    assert reserve(demand(1, towel, 17))[0].held == 17
    assert (counters(towel, first), counters(towel, second)) == ((10, 10), (15, 7))


def test_c9_a_place_that_lacks_some_does_not_block_another():
    """A warehouse at −4 swallowed the 3 pieces that lay in another."""
    towel, first, second = sku("TW"), warehouse("杭州仓", 1), warehouse("义乌仓", 2)
    fill(first, {towel: 1})
    fill(second, {towel: 3})
    stock.set_buffers([(towel.pk, first.pk, 5)], by=CLERK, now=NOW)
    assert queries.sellable([towel.pk]) == {towel.pk: 3}
    assert reserve(demand(1, towel, 3))[0].held == 3


def test_c10_what_others_are_told_leaves_out_locks_and_buffer(towel):
    """Shops were told the physical quantity: 80 where 51 could be sold."""
    gift, place = sku("GIFT", parts={towel: 2}), Balance.objects.get().warehouse_id
    reserve(demand(1, towel, 3), demand(2, towel, 1, kind="unpaid"))
    stock.set_buffers([(towel.pk, place, 1)], by=CLERK, now=NOW)
    assert queries.sellable([towel.pk, gift.pk]) == {towel.pk: 5, gift.pk: 2}


def test_c11_a_count_goes_on_while_orders_hold_goods(towel):
    """Any reservation blocked the stocktaking."""
    place = Balance.objects.get().warehouse_id
    reserve(demand(1, towel, 4))
    stock.count([stock.Count(towel.pk, place, 4)], by=CLERK, now=NOW)
    assert counters(towel) == (4, 4)
    with pytest.raises(DomainError) as refused:
        stock.count([stock.Count(towel.pk, place, 3)], by=CLERK, now=NOW)
    assert refused.value.code == "stock.count_below_locked"


def test_c11_all_lines_of_a_long_order_are_locked():
    """Only the first fifty lines, a page of the screen, were reserved."""
    goods, place = [sku(f"S{i}") for i in range(200)], warehouse()
    fill(place, dict.fromkeys(goods, 1))
    outcomes = stock.reserve([stock.Demand(1, i, item.pk, 1) for i, item in enumerate(goods)], by=CLERK, now=NOW)
    assert sum(outcome.held for outcome in outcomes) == 200


def test_c11_a_place_that_is_switched_off_reserves_nothing(towel):
    """Goods were reserved although the setting was off."""
    warehouse("义乌仓")
    place = Balance.objects.get().warehouse
    stock.save_warehouses([stock.WarehouseDraft(place.name, place.pk, is_active=False)], by=CLERK, now=NOW)
    assert reserve(demand(1, towel))[0].held == 0
