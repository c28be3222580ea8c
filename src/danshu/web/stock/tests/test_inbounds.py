"""Goods on their way, as forms that need no JavaScript."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import Balance, Inbound, InboundLine, Warehouse
from danshu.stock.tests.goods import CLERK, NOW, counters, warehouse

pytestmark = pytest.mark.django_db


def test_a_purchase_is_written_down_and_taken_in_by_parts(clerk, towel):
    place = Warehouse.objects.get()
    form = {"warehouse": place.pk, "supplier": "义乌小王", "expected_on": "2026-11-20", "code": ["MY-TW-1", ""], "quantity": ["20", ""]}
    page = clerk.post("/stock/inbound/new/", form, follow=True)
    line = InboundLine.objects.get()
    assert "义乌小王 → 杭州仓" in page.text
    assert "已过预计日" in clerk.get("/stock/inbound/").text
    assert "采购在途 20" in clerk.get("/stock/?open=MY-TW-1").text
    address = f"/stock/inbound/{line.inbound_id}/"
    clerk.post(address, {"do": "arrive", f"good-{line.pk}": "8", f"defective-{line.pk}": "1", f"inspecting-{line.pk}": "2"})
    assert counters(towel) == (18, 3)
    assert "待检 2 · 次品 1 · 采购在途 9" in clerk.get("/stock/?open=MY-TW-1").text
    clerk.post(address, {"do": "close"})
    assert Inbound.objects.get().state == "closed"
    assert Balance.objects.get().incoming == 0
    assert "DH-" in clerk.get("/stock/inbound/?v=done").text


def test_a_transfer_travels_and_may_lose_a_piece(clerk, towel):
    here, there = Warehouse.objects.get(), warehouse("义乌仓", 2)
    form = {"source": here.pk, "warehouse": there.pk, "code": "MY-TW-1", "quantity": "5"}
    clerk.post("/stock/inbound/new/?kind=transfer", form)
    line = InboundLine.objects.get()
    assert (counters(towel, here), counters(towel, there)) == ((5, 3), (0, 0))
    clerk.post(f"/stock/inbound/{line.inbound_id}/", {"do": "arrive", f"good-{line.pk}": "4", f"lost-{line.pk}": "1"})
    assert counters(towel, there) == (4, 0)
    assert queries.check() == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"code": "MY-TW-1", "quantity": "9"}, "没有锁定"),
        ({"code": "MY-TW-1", "quantity": ""}, "没有写数量"),
        ({"code": "", "quantity": ""}, "至少填一行"),
        ({"code": "MY-TW-1", "quantity": "1", "expected_on": "下周"}, "这样的日期"),
    ],
)
def test_a_refused_note_says_why(clerk, towel, data, said):
    there = warehouse("义乌仓", 2)
    answer = clerk.post("/stock/inbound/new/?kind=transfer", {"source": Warehouse.objects.first().pk, "warehouse": there.pk, **data})
    assert answer.status_code == 422
    assert said in answer.text
    assert not Inbound.objects.exists()


def test_buckets_are_changed_by_a_form(clerk, towel):
    place = Warehouse.objects.get()
    form = {"warehouse": place.pk, "source": "good", "target": "inspecting", "code": "MY-TW-1", "quantity": "2", "reason": "抽检"}
    assert clerk.post("/stock/shift/", form).status_code == 302
    assert counters(towel) == (8, 3)
    assert Balance.objects.get().inspecting == 2


def test_who_only_reads_takes_nothing_in(viewer, client_of, towel):
    (pk,) = stock.announce([stock.InboundDraft(Warehouse.objects.get().pk, ((towel.pk, 5),))], by=CLERK, now=NOW)
    line, viewer = InboundLine.objects.get(), client_of(viewer)
    assert viewer.get(f"/stock/inbound/{pk}/").status_code == 200
    assert viewer.post(f"/stock/inbound/{pk}/", {"do": "arrive", f"good-{line.pk}": "1"}).status_code == 403
    assert viewer.get("/stock/inbound/new/").status_code == 403
    assert counters(towel) == (10, 3)


def test_fifty_notes_cost_as_many_statements_as_two(clerk, towel):
    def add(count):
        stock.announce([stock.InboundDraft(Warehouse.objects.get().pk, ((towel.pk, 5),))] * count, by=CLERK, now=NOW)
        return lambda: clerk.get("/stock/inbound/")

    few = add(2)
    few()
    with CaptureQueriesContext(connection) as seen:
        few()
    many = add(48)
    with CaptureQueriesContext(connection) as more:
        many()
    assert len(more) == len(seen)
