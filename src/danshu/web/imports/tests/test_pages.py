"""The import pages, clicked through without JavaScript."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.accounts.permissions import Role
from danshu.channels.models import ImportBatch, Shop
from danshu.core import clock, jobs
from danshu.flows import intake
from danshu.orders.models import Order
from tests import exports
from tests.people import client_of, make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def shop(name="木由家居", platform="pdd"):
    return Shop.objects.create(name=name, platform=platform, created_at=clock.now())


def drop(client, *paths):
    files = [path.open("rb") for path in paths]
    return client.post("/import/", {"files": files}, follow=True)


def test_drop_look_import_and_take_back(tmp_path):
    shop()
    client = client_of(make(Role.OPERATIONS))
    page = drop(client, exports.write(tmp_path, "pdd", exports.sales("pdd", 12)))
    batch = ImportBatch.objects.get()
    text = page.content.decode()
    assert page.redirect_chain == [(f"/import/{batch.pk}/", 302)]
    assert "拼多多订单" in text
    assert "导入 12 单" in text
    data = {f"col:{c['name']}": c["meaning"] for c in batch.layout["columns"]}
    page = client.post(f"/import/{batch.pk}/start/", {**data, "shop": batch.shop_id, "do": "import"}, follow=True)
    assert "正在导入" in page.content.decode()
    jobs.drain()
    page = client.get(f"/import/{batch.pk}/").content.decode()
    assert "12 单：新增 12，更新 0，退回 0" in page
    assert "撤销导入" in client.get(f"/import/{batch.pk}/undo/").content.decode()
    page = client.post(f"/import/{batch.pk}/undo/", follow=True).content.decode()
    assert "这次导入已撤销" in page
    assert Order.objects.count() == 0


def test_refused_rows_are_told_and_can_be_downloaded(tmp_path):
    shop()
    client = client_of(make(Role.OWNER))
    grid = exports.table("pdd", exports.sales("pdd", 5))
    grid[2][grid[0].index("商品数量(件)")] = "很多"
    drop(client, exports.write(tmp_path, "pdd", [], grid=grid))
    batch = ImportBatch.objects.get()
    client.post(f"/import/{batch.pk}/start/", {"shop": batch.shop_id, "do": "import"})
    jobs.drain()
    page = client.get(f"/import/{batch.pk}/").content.decode()
    assert "新增 4，更新 0，退回 1" in page
    assert "件数「很多」不是正整数" in page
    answer = client.get(f"/import/{batch.pk}/rejects/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content)[:2] == b"PK"


def test_several_files_and_one_that_cannot_be_read(tmp_path):
    shop()
    bad = tmp_path / "坏.xlsx"
    bad.write_bytes(b"PK\x03\x04 nothing")
    page = drop(client_of(make(Role.OWNER)), exports.write(tmp_path, "pdd", exports.sales("pdd", 2)), bad)
    assert ImportBatch.objects.count() == 1
    assert "坏.xlsx：文件已损坏" in page.content.decode()


def test_a_column_can_be_changed_and_looked_at_again(tmp_path):
    shop("小店", "own")
    path = tmp_path / "a.csv"
    path.write_text("单据,货名,件数,状态\nA-1,雪平锅,2,待发货\n", encoding="utf-8")
    client = client_of(make(Role.OWNER))
    drop(client, path)
    batch = ImportBatch.objects.get()
    data = {"col:单据": "order_no", "col:货名": "title", "col:件数": "quantity", "col:状态": "status"}
    page = client.post(f"/import/{batch.pk}/start/", {**data, "do": "look"}).content.decode()
    assert "雪平锅 ×2" in page
    refused = client.post(f"/import/{batch.pk}/start/", {**data, "do": "import", "shop": ""})
    assert refused.status_code == 422
    assert "哪家店铺" in refused.content.decode()
    ImportBatch.objects.update(state=ImportBatch.State.DONE, path="imports/swept.csv")
    for do in ("look", "import"):  # an old tab: our copy of the file is gone
        answer = client.post(f"/import/{batch.pk}/start/", {**data, "do": do})
        assert (answer.status_code, answer["Location"]) == (302, f"/import/{batch.pk}/")


def test_a_courier_s_file_is_sent_elsewhere(tmp_path):
    shop()
    path = tmp_path / "k.csv"
    path.write_text("订单号,运单号,快递公司,收件人\n1,YT123456789,圆通,王小婷\n", encoding="utf-8")
    page = drop(client_of(make(Role.OWNER)), path).content.decode()
    assert "快递单号表" in page


def test_only_those_who_may_import_and_only_their_shops(tmp_path):
    mine, other = shop("一店"), shop("二店")
    batch = intake.preview(
        exports.write(tmp_path, "pdd", exports.sales("pdd", 2)), shop_id=other.pk, by=make(Role.OWNER).actor, now=clock.now()
    )
    assert client_of(make(Role.WAREHOUSE)).get("/import/").status_code == 403
    operator = client_of(make(Role.OPERATIONS, shop_ids=[mine.pk]))
    assert operator.get(f"/import/{batch.pk}/").status_code == 404
    assert batch.file_name not in operator.get("/import/").content.decode()


def test_the_list_costs_the_same_with_many_batches(tmp_path):
    one = shop()
    client = client_of(make(Role.OWNER))
    path = exports.write(tmp_path, "pdd", exports.sales("pdd", 1))
    spent = []
    for count in (1, 12):
        for _n in range(count):
            intake.preview(path, shop_id=one.pk, by=make(Role.OWNER, username=f"u{count}{_n}").actor, now=clock.now())
        client.get("/import/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/import/")
        spent.append(len(queries))
    assert spent[0] == spent[1]
