"""Our own goods."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.audit.models import Entry
from danshu.catalogue import importing, product_tables, queries
from danshu.catalogue import operations as catalogue
from danshu.catalogue.models import Listing, Sku
from danshu.catalogue.operations import SkuDraft, Want
from danshu.catalogue.suggestions import suggest
from danshu.channels.models import Shop
from danshu.core import runs, tables
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.core.models import Run

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BY = Actor(None, "小方")


def save(*drafts):
    return catalogue.save_skus(drafts, by=BY, now=NOW)


def test_skus_are_made_and_changed_with_a_trace():
    (pk,) = save(SkuDraft("A-1", "毛巾", cost_fen=500, tags=("热销",)))
    save(SkuDraft("A-1", "毛巾", id=pk, cost_fen=600, tags=("热销",)))
    assert Sku.objects.get().cost_fen == 600
    assert list(Entry.objects.order_by("id").values_list("verb", "changes")) == [
        ("sku.created", {}), ("sku.changed", {"cost_fen": [500, 600]}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (SkuDraft(" ", "毛巾"), "sku.incomplete"),
        (SkuDraft("A-9", ""), "sku.incomplete"),
        (SkuDraft("TAKEN", "毛巾"), "sku.code_taken"),
        (SkuDraft("A-9", "毛巾", weight_g=-1), "sku.number"),
        (SkuDraft("A-9", "毛巾", id=999), "sku.gone"),
        (SkuDraft("A-9", "毛巾", parts=((999, 1),)), "sku.parts"),
    ],
)
def test_what_cannot_be_saved_says_why(draft, code):
    save(SkuDraft("TAKEN", "马克杯"))
    with pytest.raises(DomainError) as refused:
        save(draft)
    assert refused.value.code == code
    assert Sku.objects.count() == 1


def test_bundles_hold_base_skus_only():
    towel, mug = save(SkuDraft("T", "毛巾"), SkuDraft("M", "杯"))
    (gift,) = save(SkuDraft("G", "礼盒", parts=((towel, 2), (mug, 1))))
    assert queries.explode([(gift, 3), (mug, 1)]) == [[(towel, 6), (mug, 3)], [(mug, 1)]]
    for wrong in (
        SkuDraft("G2", "礼盒", parts=((gift, 1),)),
        SkuDraft("T", "毛巾", id=towel, parts=((mug, 1),)),
        SkuDraft("G", "x", id=gift, parts=((gift, 1),)),
    ):
        with pytest.raises(DomainError) as refused:
            save(wrong)
        assert refused.value.code == "sku.parts"


def test_saving_without_parts_keeps_them():
    (towel,) = save(SkuDraft("T", "毛巾"))
    (gift,) = save(SkuDraft("G", "礼盒", parts=((towel, 2),)))
    save(SkuDraft("G", "大礼盒", id=gift))
    assert Sku.objects.get(pk=gift).is_bundle
    assert queries.explode([(gift, 1)]) == [[(towel, 2)]]
    save(SkuDraft("G", "大礼盒", id=gift, parts=()))
    assert not Sku.objects.get(pk=gift).is_bundle


def test_the_number_of_statements_does_not_grow():
    def statements(count):
        with CaptureQueriesContext(connection) as seen:
            ids = save(*[SkuDraft(f"N{count}-{i}", "毛巾") for i in range(count)])
            save(*[SkuDraft(f"N{count}-{i}", "浴巾", id=pk) for i, pk in enumerate(ids)])
            catalogue.switch_skus(ids, is_active=False, by=BY, now=NOW)
        return len(seen)

    statements(1)
    assert statements(2) == statements(50)


def test_suggestions_find_the_similar_one():
    towel, _mug = save(SkuDraft("MY-TW-1137", "竹纤维毛巾三条装", spec="米白"), SkuDraft("MY-MG-0412", "手作陶瓷马克杯", spec="雾蓝"))
    shop = Shop.objects.create(name="木屿家居", platform="taobao", created_at=NOW)
    catalogue.resolve(shop.pk, [Want(merchant_code="TW1137-X", title="木屿 竹纤维 毛巾 三条装 柔软吸水", spec="米白")], now=NOW)
    listing = Listing.objects.get()
    assert suggest([listing])[listing.pk][0].sku_id == towel


def take(importer, path):
    run = runs.start("import", "导入", total=0, by=BY, now=NOW)
    rejected = importer.take(path, run_id=run.pk, extra={}, by=BY, now=NOW, result_url="/x/")
    return Run.objects.get(pk=run.pk), rejected


def test_a_table_of_products_comes_in_and_hands_back_its_bad_rows(tmp_path):
    save(SkuDraft("OLD", "旧名", cost_fen=100, shelf="A-1"), SkuDraft("SAME", "没变"))
    path = tmp_path / "goods.xlsx"
    rows = [
        ["商品表", "", ""], ["货号", "商品名称", "成本价"], ["NEW", "新品", "12.50"], ["OLD", "新名", ""], ["SAME", "没变", ""],
        ["", "无编码", ""], ["BAD", "坏成本", "abc"], ["NEW", "又一次", ""],
    ]  # fmt: skip
    tables.write_xlsx(path, {"表": rows}, text_columns=["货号"])
    plan = product_tables.SKUS.plan(path)
    assert (plan.new, plan.changed, plan.unchanged, len(plan.problems)) == (1, 1, 1, 3)
    run, rejected = take(product_tables.SKUS, path)
    assert Sku.objects.get(code="NEW").cost_fen == 1250
    old = Sku.objects.get(code="OLD")
    assert (old.name, old.cost_fen, old.shelf) == ("新名", 100, "A-1")
    assert (run.state, run.failed, run.summary["bad"]) == ("done", 3, 3)
    handed_back = tables.read(rejected).sheets[0].rows
    assert handed_back[0] == ["货号", "商品名称", "成本价", "原因"]
    assert {row[1] for row in handed_back[1:]} == {"无编码", "坏成本", "又一次"}
    again = product_tables.SKUS.plan(path)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)


def test_an_exported_catalogue_can_be_imported_again(tmp_path):
    towel, _mug = save(SkuDraft("T", "毛巾", cost_fen=1, tags=("a", "b")), SkuDraft("M", "=杯"))
    save(SkuDraft("G", "礼盒", parts=((towel, 2),)))
    path = tmp_path / "all.xlsx"
    product_tables.export(path, with_cost=True)
    plan = product_tables.SKUS.plan(path)
    assert (plan.new, plan.problems) == (0, [])
    bundles = product_tables.BUNDLES.plan(path)
    assert [item.parts for _line, item in bundles.ready] == [((towel, 2),)]
    product_tables.export(path, with_cost=False)
    assert "成本" not in tables.read(path).sheets[0].rows[0]


def test_a_table_without_the_columns_is_refused_by_name(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(DomainError, match="商家编码") as refused:
        product_tables.SKUS.plan(path)
    assert refused.value.code == "table.columns"


def test_one_refused_row_costs_only_itself(tmp_path, monkeypatch):
    path = tmp_path / "goods.csv"
    path.write_text("编码,名称\nA,甲\nB,乙\nC,丙\n", encoding="utf-8")
    saved = importing.Importer(
        "x", "x", product_tables.SKU_COLUMNS, ("code",), product_tables.SKUS.fill,
        lambda items, *_: (_ for _ in ()).throw(DomainError("不行", "no")) if any(i.code == "B" for i in items) else save(*items),
    )  # fmt: skip
    _run, rejected = take(saved, path)
    assert sorted(Sku.objects.values_list("code", flat=True)) == ["A", "C"]
    assert tables.read(rejected).sheets[0].rows[1][-1] == "不行"


def test_mappings_travel_as_a_table(tmp_path):
    (towel,) = save(SkuDraft("T", "毛巾"))
    shop = Shop.objects.create(name="木屿家居", platform="taobao", created_at=NOW)
    catalogue.resolve(shop.pk, [Want(merchant_code="P-1", title="毛巾")], now=NOW)
    path = tmp_path / "map.csv"
    path.write_text("店铺,平台商家编码,对应商家编码,件数\n木屿家居,P-1,T,2\n别家,P-1,T,1\n", encoding="utf-8")
    run, _rejected = take(product_tables.MAPPINGS, path)
    assert Listing.objects.values_list("sku", "quantity").get() == (towel, 2)
    assert run.summary["bad"] == 1
