"""Count sheets on a page: opened, scanned, handed in, approved by somebody who may."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.stock.models import CountLine, CountSheet, Warehouse
from danshu.stock.tests.goods import counters, fill, sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(clerk, towel):
    opened = clerk.post("/stock/sheets/", {"warehouse": Warehouse.objects.get().pk, "shelf": ""})
    assert opened.status_code == 302
    return opened["Location"]


def test_a_scanner_counts_one_by_one_and_shows_the_last(clerk, towel, sheet):
    for _ in range(2):
        page = clerk.post(sheet, {"do": "scan", "code": "my tw 1"}, follow=True)
    assert 'data-result="right"' in page.text
    assert CountLine.objects.get().counted == 2
    clerk.post(sheet, {"do": "scan", "code": "MY-TW-1", "quantity": "9"})
    assert CountLine.objects.get().counted == 9
    wrong = clerk.post(sheet, {"do": "scan", "code": "NO"})
    assert wrong.status_code == 422
    assert 'data-result="wrong"' in wrong.text


def test_the_warehouse_counts_and_the_owner_approves(clerk, owner, client_of, towel, sheet):
    clerk.post(sheet, {"do": "fill", f"counted-{towel.pk}": "8"})
    assert "−2" in clerk.get(sheet).text.replace("-2", "−2")
    clerk.post(sheet, {"do": "hand_in"})
    assert "等老板或运营审核入账" in clerk.get(sheet).text
    assert clerk.post(sheet, {"do": "post"}).status_code == 403
    assert counters(towel) == (10, 3)
    assert client_of(owner).post(sheet, {"do": "post", "reason": "月底盘点"}).status_code == 302
    assert counters(towel) == (8, 3)
    assert "已入账" in clerk.get("/stock/sheets/").text


def test_fewer_than_locked_needs_a_tick_and_a_reason(clerk, owner, client_of, towel, sheet):
    clerk.post(sheet, {"do": "scan", "code": "MY-TW-1", "quantity": "1"})
    clerk.post(sheet, {"do": "hand_in"})
    owner = client_of(owner)
    refused = owner.post(sheet, {"do": "post", "force": "on"})
    assert refused.status_code == 422
    assert "照此盘点会有订单缺货" in refused.text
    owner.post(sheet, {"do": "post", "force": "on", "reason": "破损没记账"})
    assert counters(towel) == (1, 0)


def test_a_sheet_goes_back_or_away(clerk, towel, sheet):
    clerk.post(sheet, {"do": "scan", "code": "MY-TW-1"})
    for step, state in (("hand_in", "review"), ("reopen", "open"), ("cancel", "cancel")):
        clerk.post(sheet, {"do": step})
        assert CountSheet.objects.get().state == state
    assert clerk.post(sheet, {"do": "scan", "code": "MY-TW-1"}).status_code == 422
    assert counters(towel) == (10, 3)


def test_an_empty_shelf_is_refused(clerk, towel):
    answer = clerk.post("/stock/sheets/", {"warehouse": Warehouse.objects.get().pk, "shelf": "Z"})
    assert answer.status_code == 422
    assert "没有商品" in answer.text


def test_who_may_not_move_stock_counts_nothing(viewer, client_of, towel):
    assert client_of(viewer).get("/stock/sheets/").status_code == 403


def test_a_long_sheet_costs_as_many_statements_as_a_short_one(clerk, towel):
    def cost():
        (address,) = [clerk.post("/stock/sheets/", {"warehouse": Warehouse.objects.get().pk})["Location"]]
        with CaptureQueriesContext(connection) as seen:
            clerk.get(address)
            clerk.get("/stock/sheets/")
        return len(seen)

    cost()
    few = cost()
    fill(Warehouse.objects.get(), {sku(f"S{i}"): 1 for i in range(50)})
    assert cost() == few
