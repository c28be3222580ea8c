"""Count sheets: counted while orders go on, reviewed, then booked."""

import pytest

from danshu.audit.models import Entry
from danshu.core.errors import DomainError
from danshu.core.models import EventRow
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import CountLine, CountSheet, LedgerEntry
from danshu.stock.tests.goods import CLERK, NOW, counters, demand, fill, reserve, sku, warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return warehouse()


@pytest.fixture
def towel(place):
    item = sku("TW")
    type(item).objects.filter(pk=item.pk).update(shelf="A-01")
    fill(place, {item: 10})
    return item


def opened(place, shelf=""):
    (pk,) = stock.open_sheets([stock.SheetDraft(place.pk, shelf)], by=CLERK, now=NOW)
    return pk


def counted(sheet, item, pieces, *, is_more=False):
    stock.enter_counts(sheet, [stock.Counted(item.pk, pieces, is_more)], by=CLERK, now=NOW)


def post(sheet, **more):
    stock.hand_in([sheet], by=CLERK, now=NOW)
    return stock.post_sheets([sheet], by=CLERK, now=NOW, **more)


def test_a_sheet_holds_what_its_shelf_should_have(place, towel):
    other = sku("MG")
    fill(place, {other: 3})
    sheet = opened(place, "a-0")
    assert list(CountLine.objects.filter(sheet=sheet).values_list("sku", "expected", "counted")) == [(towel.pk, 10, None)]
    with pytest.raises(DomainError, match="没有商品"):
        opened(place, "Z")


def test_a_difference_is_booked_only_when_it_was_reviewed(place, towel):
    sheet = opened(place)
    counted(sheet, towel, 8)
    assert counters(towel) == (10, 0)
    with pytest.raises(DomainError, match="不在这一步"):
        stock.post_sheets([sheet], by=CLERK, now=NOW)
    assert post(sheet, reason="月底") == ()
    assert counters(towel) == (8, 0)
    entry = LedgerEntry.objects.get(kind="count")
    assert (entry.on_hand_delta, entry.cause_label, entry.reason) == (-2, f"PD-{sheet:05d}", "月底")
    assert Entry.objects.filter(verb="stock.sheet_posted").count() == 1
    with pytest.raises(DomainError, match="不在这一步"):
        stock.post_sheets([sheet], by=CLERK, now=NOW)
    assert queries.check() == []


def test_what_was_sold_before_and_after_the_count_is_no_difference(place, towel):
    sheet = opened(place)
    for number, story in ((1, None), (2, lambda: counted(sheet, towel, 7))):
        reserve(demand(number, towel, 2))
        stock.consume([1000 + number], by=CLERK, now=NOW)
        if story:
            story()  # 6 by the book, 7 on the shelf
    line = CountLine.objects.get()
    assert (line.expected, line.moved, line.book, line.difference) == (10, -4, 6, 1)
    reserve(demand(3, towel, 5))
    stock.consume([1003], by=CLERK, now=NOW)
    post(sheet)
    assert counters(towel) == (2, 0)


def test_a_scanner_adds_one_by_one_and_finds_what_nobody_expected(place, towel):
    stray = sku("STRAY")
    sheet = opened(place)
    for item in (towel, towel, stray, towel):
        counted(sheet, item, 1, is_more=True)
    assert dict(CountLine.objects.values_list("sku", "counted")) == {towel.pk: 3, stray.pk: 1}
    counted(sheet, towel, 9)
    fill(place, {stray: 2})
    post(sheet)
    assert (counters(towel), counters(stray)) == ((9, 0), (3, 0))


def test_lines_that_nobody_counted_change_nothing(place, towel):
    mug = sku("MG")
    fill(place, {mug: 4})
    sheet = opened(place)
    with pytest.raises(DomainError, match="一件都还没有数"):
        stock.hand_in([sheet], by=CLERK, now=NOW)
    counted(sheet, mug, 5)
    post(sheet)
    assert (counters(towel), counters(mug)) == ((10, 0), (5, 0))


def test_a_count_goes_down_to_what_is_locked_and_further_only_with_a_reason(place, towel):
    reserve(demand(1, towel, 4), demand(2, towel, 2))
    sheet = opened(place)
    counted(sheet, towel, 5)
    for more in ({}, {"is_forced": True}, {"reason": "少了"}):
        with pytest.raises(DomainError) as refused:
            post(sheet, **more) if not more else stock.post_sheets([sheet], by=CLERK, now=NOW, **more)
        assert refused.value.code == "stock.count_below_locked"
    assert stock.post_sheets([sheet], by=CLERK, now=NOW, is_forced=True, reason="少了 5 件") == (1002,)
    assert counters(towel) == (5, 4)
    assert EventRow.objects.filter(kind__endswith="ReservationsLost").exists()
    assert queries.check() == []


def test_a_sheet_can_be_counted_again_or_thrown_away(place, towel):
    sheet = opened(place)
    counted(sheet, towel, 5)
    stock.hand_in([sheet], by=CLERK, now=NOW)
    with pytest.raises(DomainError):
        counted(sheet, towel, 6)
    stock.reopen_sheets([sheet], by=CLERK, now=NOW)
    counted(sheet, towel, 6)
    stock.cancel_sheets([sheet], by=CLERK, now=NOW)
    assert CountSheet.objects.get().state == "cancel"
    assert counters(towel) == (10, 0)


def test_fifty_lines_cost_as_many_statements_as_two(same_queries):
    def story(name, goods):
        place = warehouse(name)
        fill(place, dict.fromkeys(goods, 5))
        sheet = opened(place)
        stock.enter_counts(sheet, [stock.Counted(item.pk, 4) for item in goods], by=CLERK, now=NOW)
        post(sheet)

    few, many = [sku("A1"), sku("A2")], [sku(f"B{i}") for i in range(50)]
    same_queries(lambda: story("甲", few), lambda: story("乙", many))
