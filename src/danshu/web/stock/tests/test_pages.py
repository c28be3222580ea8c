"""The stock pool in the browser's eyes."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.core import jobs
from danshu.core.models import Run
from danshu.stock.models import Balance, Warehouse
from danshu.stock.tests.goods import counters, demand, fill, reserve, sku, warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def towel(towel):
    """Another order, not paid yet, holds one more."""
    reserve(demand(2, towel, 1, kind="unpaid"))
    return towel


def test_the_list_shows_what_can_be_sold(clerk, towel):
    page = clerk.get("/stock/").content.decode()
    assert "竹纤维毛巾" in page
    assert "待付款 1 + 已付未发 3" in page


def test_the_drawer_shows_the_formula_and_the_ledger(clerk, towel):
    page = clerk.get("/stock/?open=MY-TW-1").content.decode()
    assert "锁定 = 待付 1 + 待发 3" in page
    assert "1122-0001" in page
    locks = clerk.get("/stock/?open=MY-TW-1&tab=locks").content.decode()
    assert "1122-0002" in locks


def test_htmx_gets_the_drawer_alone(clerk, towel):
    answer = clerk.get("/stock/?open=MY-TW-1", headers={"HX-Request": "true", "HX-Target": "drawer-slot"})
    assert answer.content.decode().strip().startswith("<ds-drawer")
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize(("text", "found"), [("my tw", True), ("竹纤维", True), ("杯", False)])
def test_search_by_any_spelling(clerk, towel, text, found):
    assert ("竹纤维毛巾" in clerk.get("/stock/", {"q": text}).content.decode()) is found


def test_out_of_stock_and_low_stock_are_filters(clerk, towel):
    sku("EMPTY", name="空货架")
    low = sku("LOW", name="快没了")
    fill(Warehouse.objects.get(), {low: 2})
    type(low).objects.filter(pk=low.pk).update(safety_stock=5)
    out = clerk.get("/stock/?v=out").content.decode()
    assert "空货架" in out
    assert "竹纤维毛巾" not in out
    assert "快没了" in clerk.get("/stock/?v=low").content.decode()


def test_goods_are_received_counted_adjusted_and_moved(clerk, towel):
    place, other = Warehouse.objects.get(), warehouse("义乌仓")
    send = lambda name, **data: clerk.post(f"/stock/{name}/", {"warehouse": place.pk, **data})  # noqa: E731 - a short name for this test alone
    assert send("receive", code=["my tw 1", ""], quantity=["5", ""]).status_code == 302
    assert counters(towel) == (15, 4)
    assert send("adjust", code="MY-TW-1", quantity="-2", reason="破损").status_code == 302
    assert send("move", code="MY-TW-1", quantity="3", to=other.pk).status_code == 302
    assert send("count", code="MY-TW-1", quantity="20").status_code == 302
    assert counters(towel, place) == (20, 4)
    assert counters(towel, other) == (3, 0)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("receive", {"code": "NO", "quantity": "1"}, "没有找到这些商品"),
        ("receive", {"code": "MY-TW-1", "quantity": "x"}, "要写整数"),
        ("receive", {"code": "", "quantity": ""}, "至少填一行"),
        ("receive", {"code": ["MY-TW-1", "MYTW1"], "quantity": ["1", "1"]}, "写了两行"),
        ("adjust", {"code": "MY-TW-1", "quantity": "-9", "reason": "丢了"}, "已被订单锁定"),
        ("adjust", {"code": "MY-TW-1", "quantity": "1", "reason": ""}, "要写原因"),
        ("count", {"code": "MY-TW-1", "quantity": "1"}, "照此盘点会有订单缺货"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(clerk, towel, name, data, said):
    answer = clerk.post(f"/stock/{name}/", {"warehouse": Warehouse.objects.get().pk, **data})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert counters(towel) == (10, 4)


def test_a_forced_count_is_one_tick_away(clerk, towel):
    clerk.post("/stock/count/", {"warehouse": Warehouse.objects.get().pk, "code": "MY-TW-1", "quantity": "3", "force": "on"})
    assert counters(towel) == (3, 3)


def test_opening_stock_is_previewed_and_then_taken_in(clerk, towel, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    mug = sku("MG")
    upload = SimpleUploadedFile("库存.csv", "编码,数量\nMG,12\nNO,1\n".encode())
    preview = clerk.post("/stock/import/", {"file": upload}, follow=True)
    assert "没有编码是「NO」的商品" in preview.content.decode()
    assert counters(mug) == (0, 0)
    token = preview.context["token"]
    started = clerk.post("/stock/import/", {"token": token})
    run = Run.objects.get()
    assert started.url == f"/jobs/{run.pk}/"
    jobs.drain()
    run.refresh_from_db()
    assert (run.state, run.failed, counters(mug)) == ("done", 1, (12, 0))
    assert clerk.get(run.result_url).status_code == 200


def test_strange_files_are_refused(clerk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    warehouse()
    answer = clerk.post("/stock/import/", {"file": SimpleUploadedFile("x.exe", b"MZ")})
    assert answer.status_code in {400, 422}
    assert clerk.get("/stock/import/?file=../../secret.key").status_code == 422


def test_the_ledger_goes_out_as_a_table(clerk, towel):
    assert clerk.get(f"/stock/{towel.pk}/ledger.xlsx").content[:2] == b"PK"


def test_warehouses_are_kept_in_the_settings(owner, client_of):
    owner = client_of(owner)
    assert owner.post("/settings/warehouses/new/", {"name": "义乌仓", "priority": "5", "is_active": "on"}).status_code == 302
    again = owner.post("/settings/warehouses/new/", {"name": "义乌仓", "priority": "5", "is_active": "on"})
    assert "已经有叫" in again.content.decode()
    assert "义乌仓" in owner.get("/settings/warehouses/").content.decode()
    place = Warehouse.objects.get()
    last = owner.post(f"/settings/warehouses/{place.pk}/", {"name": "义乌仓", "priority": "5"})
    assert "至少要留一个" in last.content.decode()


def test_a_warehouse_says_which_provinces_it_serves_first(owner, client_of):
    form = {"name": "广州仓", "priority": "5", "is_active": "on", "regions": ["广西", "广东"], "is_emptied_first": "on"}
    owner = client_of(owner)
    owner.post("/settings/warehouses/new/", form)
    place = Warehouse.objects.get()
    assert (place.regions, place.is_emptied_first) == ("广东 广西", True)
    page = owner.get(f"/settings/warehouses/{place.pk}/").text
    assert page.count("checked") == 4  # two provinces, emptied first, active
    assert "广东 广西" in owner.get("/settings/warehouses/").text


@pytest.mark.parametrize("path", ["/stock/receive/", "/stock/import/", "/settings/warehouses/"])
def test_who_only_reads_may_not_write(path, viewer, client_of, towel):
    viewer = client_of(viewer)
    assert viewer.get(path).status_code == 403
    assert viewer.get("/stock/").status_code == 200
    assert Balance.objects.get().on_hand == 10


def test_a_full_page_costs_as_many_statements_as_one_row(clerk, towel):
    def statements():
        with CaptureQueriesContext(connection) as seen:
            clerk.get("/stock/?open=MY-TW-1")
        return len(seen)

    statements()
    one = statements()
    fill(Warehouse.objects.get(), {sku(f"S{i:02}"): 1 for i in range(49)})
    assert statements() == one
