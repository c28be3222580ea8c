"""A dropped file becomes orders: whole, once, and from where it stopped."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.channels.files.vocabulary import normal
from danshu.channels.models import ImportBatch, Shop
from danshu.core import jobs, tables
from danshu.core.actor import SYSTEM
from danshu.core.errors import DomainError
from danshu.flows import intake, intake_beside, intake_files, intake_reader, intake_rows, intake_running
from danshu.flows.intake_reader import HeadStart
from danshu.fulfilment.models import Parcel
from danshu.orders.models import Order, OrderLine
from tests import exports

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def shop(name, platform):
    return Shop.objects.create(name=name, platform=platform, created_at=NOW)


def bring(path, **more):
    batch = intake.import_file(path, by=SYSTEM, now=NOW, **more)
    jobs.drain()
    batch.refresh_from_db()
    return batch


def counts(batch):
    return (batch.state, batch.new_count, batch.updated_count, batch.unchanged_count, batch.reject_count)


@pytest.mark.django_db
def test_a_file_becomes_orders_and_again_changes_nothing(tmp_path):
    shop("木由家居", "pdd")
    path = exports.write(tmp_path, "pdd", exports.sales("pdd", 40))
    assert counts(bring(path)) == ("done", 40, 0, 0, 0)
    before = list(Order.objects.order_by("pk").values("platform_no", "digest", "updated_at"))
    again = intake.preview(path, by=SYSTEM, now=NOW)
    assert again.layout["again"]
    assert counts(bring(path)) == ("done", 0, 0, 40, 0)
    assert list(Order.objects.order_by("pk").values("platform_no", "digest", "updated_at")) == before


@pytest.mark.django_db
def test_taobao_s_two_files_meet_in_either_order(tmp_path):
    shop("旗舰店", "taobao")
    sales = exports.sales("taobao_2022", 12)
    orders, items = exports.write(tmp_path, "taobao_2022", sales), exports.write(tmp_path, "taobao_detail_2023", sales)
    seen = []
    for first, second in ((orders, items), (items, orders)):
        assert counts(bring(first))[:2] == ("done", 12)
        bring(second)
        lines = list(
            OrderLine.objects.order_by("order__platform_no", "oid").values_list(
                "order__platform_no", "oid", "title", "quantity", "paid_fen"
            )
        )
        heads = list(
            Order.objects.order_by("platform_no").values_list("platform_no", "paid_fen", "freight_fen", "receiver_name", "payment")
        )
        seen.append((lines, heads))
        OrderLine.objects.all().delete()
        Parcel.objects.all().delete()
        Order.objects.all().delete()
    assert seen[0] == seen[1]
    assert len(seen[0][0]) == sum(len(sale.items) for sale in sales)
    assert {head[1] for head in seen[0][1]} >= {int(sale.paid * 100) for sale in sales if sale.is_paid}


@pytest.mark.django_db
def test_taobao_s_two_files_again_change_nothing(tmp_path):
    shop("旗舰店", "taobao")
    sales = exports.sales("taobao_2022", 12)
    files = [exports.write(tmp_path, "taobao_2022", sales), exports.write(tmp_path, "taobao_detail_2023", sales)]
    for path in files:
        bring(path)
    before = list(Order.objects.order_by("pk").values())
    for path in (*files, *files, *reversed(files)):
        assert counts(bring(path)) == ("done", 0, 0, 12, 0)
    after = list(Order.objects.order_by("pk").values())
    assert [{**order, "digest": ""} for order in after] == [{**order, "digest": ""} for order in before]


@pytest.mark.django_db
def test_after_sales_reach_the_orders_they_are_about(tmp_path):
    shop("抖音店", "douyin")
    sales = [sale for sale in exports.sales("douyin", 60) if sale.state in {"refunding", "refunded"}]
    plain = exports.sales("douyin", 60)
    bring(
        exports.write(
            tmp_path, "douyin", [replace(sale, state="shipped") if sale.state in {"refunding", "refunded"} else sale for sale in plain]
        )
    )
    batch = bring(exports.write(tmp_path, "douyin_refunds", plain))
    assert batch.updated_count == len(sales)
    refunds = dict(Order.objects.values_list("platform_no", "refund"))
    wanted = {"refunding": "requested", "refunded": "refunded"}
    assert {sale.no: refunds[sale.no] for sale in sales} == {sale.no: wanted[sale.state] for sale in sales}
    assert [refunds[sale.no] for sale in plain if sale.state == "paid"] == ["none" for sale in plain if sale.state == "paid"]


@pytest.mark.django_db
def test_bad_rows_come_back_as_a_file_that_can_be_mended_and_dropped_again(tmp_path):
    shop("抖音店", "douyin")
    grid = exports.table("douyin", exports.sales("douyin", 8))
    number, quantity = grid[0].index("主订单编号"), grid[0].index("商品数量")
    grid[1][number] = "6.91793E+18"
    bad_order = grid[-1][number]
    grid[-1][quantity] = "两件"
    batch = bring(exports.write(tmp_path, "douyin", [], grid=grid))
    assert batch.state == "done"
    assert {each["code"] for each in batch.rejects} == {"id.scientific", "quantity.unreadable"}
    assert "科学计数法" in next(each["reason"] for each in batch.rejects if each["code"] == "id.scientific")
    assert not Order.objects.filter(platform_no=bad_order.strip()).exists()
    assert not intake_files.path_of(batch.path).exists()
    rejected = intake_files.rejects_of(batch.path)
    rows = tables.read(rejected).sheets[0].rows
    assert rows[0] == [*[name.strip() for name in grid[0]], "原因"]
    assert all(row[-1] for row in rows[1:])
    mended = [["1" if (r and c == quantity and cell == "两件") else cell for c, cell in enumerate(row)] for r, row in enumerate(rows)]
    path = exports.write(tmp_path, "douyin", [], name="mended", suffix="xlsx", grid=[row for row in mended if "E+" not in row[number]])
    assert counts(bring(path))[1:] == (1, 0, 0, 0)
    assert Order.objects.filter(platform_no=bad_order.strip()).exists()


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_goes_on_and_doubles_nothing(tmp_path, monkeypatch):
    shop("木由家居", "pdd")
    monkeypatch.setattr(intake_reader, "STRETCH", 10)
    path = exports.write(tmp_path, "pdd", exports.sales("pdd", 55))
    batch = intake.import_file(path, by=SYSTEM, now=NOW)
    real, calls = intake_running.orders.ingest, []

    class Killed(BaseException):
        pass

    def dying(*args, **kwargs):
        report = real(*args, **kwargs)
        calls.append(1)
        if len(calls) in {2, 5}:
            raise Killed
        return report

    monkeypatch.setattr(intake_running.orders, "ingest", dying)
    for _attempt in range(2):
        with pytest.raises(Killed):
            intake.run_import(batch.pk)
    intake.run_import(batch.pk)
    intake.run_import(batch.pk)
    batch.refresh_from_db()
    assert counts(batch) == ("done", 55, 0, 0, 0)
    assert (batch.position, Order.objects.count()) == (55, 55)


TRIGGERS = {
    "sqlite": """CREATE TRIGGER picky BEFORE INSERT ON orders_order WHEN NEW.platform_no = '{no}'
        BEGIN SELECT RAISE(ABORT, 'not this one'); END""",
    "postgresql": """CREATE FUNCTION picky() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE 'not this one' USING ERRCODE = 'check_violation'; END $$;
        CREATE TRIGGER picky BEFORE INSERT ON orders_order FOR EACH ROW WHEN (NEW.platform_no = '{no}') EXECUTE FUNCTION picky()""",
}


@pytest.mark.django_db
def test_one_order_that_the_database_refuses_holds_up_no_other(tmp_path):
    shop("木由家居", "pdd")
    sales = exports.sales("pdd", 30)
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor].format(no=sales[7].no))
    batch = bring(exports.write(tmp_path, "pdd", sales))
    assert counts(batch) == ("done", 29, 0, 0, 1)
    assert [(each["no"], each["code"]) for each in batch.rejects] == [(sales[7].no, "order.refused")]
    assert (batch.position, Order.objects.count()) == (30, 29)


@pytest.mark.django_db
@pytest.mark.slow
def test_an_import_at_once_is_one_after_the_other(tmp_path, monkeypatch):
    """The other process begins while the preview reads; what comes of the file is what comes of it in two steps."""
    shop("木由家居", "pdd")
    monkeypatch.setattr(intake_reader, "WORTH", 30)
    monkeypatch.setattr(intake_reader, "BIG", 1)
    monkeypatch.setattr(intake_reader, "STRETCH", 10)
    monkeypatch.setattr(intake_rows, "WORTH", 10)
    taken = []
    real = HeadStart.taken
    monkeypatch.setattr(HeadStart, "taken", lambda self, task: taken.append(real(self, task)) or taken[-1])
    path = exports.write(tmp_path, "pdd", exports.sales("pdd", 55))
    assert counts(intake.import_at_once(path, by=SYSTEM, now=NOW)) == ("done", 55, 0, 0, 0)
    assert [bool(process) for process in taken] == [True]
    assert counts(bring(path)) == ("done", 0, 0, 55, 0)


@pytest.mark.django_db
def test_the_rows_of_a_preview_are_not_read_again_and_go_with_the_copy(tmp_path, monkeypatch):
    shop("木由家居", "pdd")
    monkeypatch.setattr(intake_rows, "WORTH", 10)
    batch = intake.import_file(exports.write(tmp_path, "pdd", exports.sales("pdd", 30)), by=SYSTEM, now=NOW)
    copy = intake_files.path_of(batch.path)
    assert intake_rows.beside(copy).exists()
    with monkeypatch.context() as patched:
        patched.setattr(intake_beside, "sheet_of", lambda *_args: pytest.fail("The file was read again."))
        intake.run_import(batch.pk)
    batch.refresh_from_db()
    assert counts(batch) == ("done", 30, 0, 0, 0)
    assert not copy.exists()
    assert not intake_rows.beside(copy).exists()


@pytest.mark.django_db
def test_undo_takes_the_orders_and_their_parcels_back(tmp_path):
    shop("快手店", "kuaishou")
    batch = bring(exports.write(tmp_path, "kuaishou", exports.sales("kuaishou", 20)))
    assert Parcel.objects.filter(waybill_source="platform").count() == sum(s.is_shipped for s in exports.sales("kuaishou", 20))
    report = intake.undo(batch, by=SYSTEM, now=NOW)
    batch.refresh_from_db()
    assert (report.removed, batch.state, Order.objects.count(), Parcel.objects.count()) == (20, "undone", 0, 0)
    with pytest.raises(DomainError):
        intake.undo(batch, by=SYSTEM, now=NOW)


@pytest.mark.django_db
def test_a_corrected_column_is_remembered_for_the_shop(tmp_path):
    kitchen = shop("小厨房", "own")
    grid = [["编码", "谁买的", "东西", "多少", "状态"], ["A-1", "王小婷", "雪平锅", "2", "待发货"]]
    path = tmp_path / "自己的表.csv"
    path.write_text("\n".join(",".join(row) for row in grid), encoding="utf-8")
    batch = intake.preview(path, shop_id=kitchen.pk, by=SYSTEM, now=NOW)
    with pytest.raises(DomainError) as refused:
        intake.confirm(batch, shop_id=kitchen.pk, by=SYSTEM, now=NOW)
    assert refused.value.code in {"file.columns", "file.other_kind"}
    mapping = {"编码": "order_no", "谁买的": "receiver_name", "东西": "title", "多少": "quantity"}
    intake.confirm(batch, shop_id=kitchen.pk, mapping=mapping, by=SYSTEM, now=NOW)
    jobs.drain()
    order = Order.objects.get()
    line = order.lines.get()
    assert (order.platform_no, line.title, line.quantity) == ("A-1", "雪平锅", 2)
    path.write_text("\n".join(",".join(row[::-1]) for row in [grid[0], ["A-2", "李婷", "炒锅", "1", "待发货"]]), encoding="utf-8")
    assert counts(bring(path)) == ("done", 1, 0, 0, 0)


@pytest.mark.django_db
def test_the_shop_is_guessed_and_never_a_wrong_one(tmp_path):
    shop("一号店", "pdd")
    two = shop("二号店", "pdd")
    path = exports.write(tmp_path, "pdd", exports.sales("pdd", 3))
    assert intake.preview(path, by=SYSTEM, now=NOW).shop_id is None
    with pytest.raises(DomainError) as refused:
        intake.import_file(path, by=SYSTEM, now=NOW)
    assert refused.value.code == "file.no_shop"
    named = tmp_path / "二号店_11月订单.csv"
    shutil.copy(path, named)
    assert intake.preview(named, by=SYSTEM, now=NOW).shop_id == two.pk
    assert ImportBatch.objects.filter(state="running").count() == 0


@pytest.mark.django_db
def test_a_preview_shows_masked_people(tmp_path):
    shop("有赞店", "youzan")
    sales = exports.sales("youzan", 5)
    batch = intake.preview(exports.write(tmp_path, "youzan", sales), by=SYSTEM, now=NOW)
    text = str(batch.layout)
    assert [sale for sale in sales if sale.phone in text or sale.name in text or sale.detail in text] == []
    assert len(batch.layout["sample"]) == 5


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow_with_the_orders(tmp_path):
    shop("木由家居", "pdd")
    spent = []
    for count, start in ((3, 1), (60, 100)):
        path = exports.write(tmp_path, "pdd", exports.sales("pdd", count, start=start))
        batch = intake.import_file(path, by=SYSTEM, now=NOW)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            intake.run_import(batch.pk)
        spent.append(len(queries))
    assert spent[1] <= spent[0] + 3


def test_names_are_compared_without_their_decoration():
    assert {normal(name) for name in ("订单 编号", "【订单编号】", "订单编号（必填）", "*订单编号:", "订单编号\t")} == {"订单编号"}
    assert normal("商品总价(元)") == normal("商品总价（元）") == normal("商品总价") == "商品总价"
    assert normal("SKU编码（自定义）") == "sku编码自定义"
