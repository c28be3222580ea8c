"""Counters that drifted: shown with the orders behind them, repaired when somebody says so. And what is kept back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.audit.models import Entry
from danshu.stock import queries
from danshu.stock.models import Balance
from danshu.stock.tests.goods import counters, fill, sku

pytestmark = pytest.mark.django_db


def test_a_house_in_order_says_so(clerk, towel):
    assert "库存都对得上" in clerk.get("/stock/check/").text


def test_a_difference_shows_its_orders_and_looking_changes_nothing(clerk, towel):
    Balance.objects.update(on_hand=9, locked=1)
    page = clerk.get("/stock/check/").text
    for said in ("1 处对不上", "MY-TW-1", "9 → ", "1 → ", "1122-0001"):
        assert said in page
    assert counters(towel) == (9, 1)


def test_a_repair_follows_the_ledger_and_is_written_down(clerk, towel):
    Balance.objects.update(on_hand=9, locked=1)
    assert clerk.post("/stock/check/", {"sku": towel.pk}).status_code == 302
    assert counters(towel) == (10, 3)
    assert queries.check() == []
    assert Entry.objects.get(verb="stock.repaired").changes["on_hand"] == [9, 10]


def test_all_are_repaired_at_once_and_nothing_ticked_is_refused(clerk, towel):
    Balance.objects.update(on_hand=9)
    assert clerk.post("/stock/check/", {}).status_code == 422
    clerk.post("/stock/check/", {"all": "1"})
    assert counters(towel) == (10, 3)


def test_fifty_differences_cost_as_many_statements_as_one(clerk, towel):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            clerk.get("/stock/check/")
        return len(seen)

    Balance.objects.update(on_hand=9)
    cost()
    one = cost()
    fill(Balance.objects.get().warehouse, {sku(f"X{i}"): 1 for i in range(50)})
    Balance.objects.update(on_hand=20)
    assert cost() == one


def test_who_may_not_move_stock_may_not_repair_it(viewer, client_of, towel):
    client = client_of(viewer)
    assert client.get("/stock/check/").status_code == 403
    assert client.post(f"/stock/{towel.pk}/buffers/", {}).status_code == 403


def test_the_drawer_takes_what_is_kept_back(clerk, towel):
    place = Balance.objects.get().warehouse
    assert f'name="kept-{place.pk}"' in clerk.get("/stock/?open=MY-TW-1").text
    answer = clerk.post(f"/stock/{towel.pk}/buffers/", {f"kept-{place.pk}": "4", "next": "/stock/?open=MY-TW-1"})
    assert (answer.status_code, answer["Location"]) == (302, "/stock/?open=MY-TW-1")
    assert queries.sellable([towel.pk]) == {towel.pk: 3}
    assert Entry.objects.filter(verb="stock.buffered", target_id=towel.pk).count() == 1


@pytest.mark.parametrize("text", ["-1", "两件", "1.5"])
def test_a_buffer_that_is_no_number_changes_nothing(clerk, towel, text):
    place = Balance.objects.get().warehouse
    assert clerk.post(f"/stock/{towel.pk}/buffers/", {f"kept-{place.pk}": text}).status_code == 422
    assert Balance.objects.get().buffer == 0
