"""Files back to platforms: only courier and waybill cells change, as text; everything else stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from danshu.channels.models import Shop
from danshu.core.errors import DomainError
from danshu.fulfilment import columns, ship_sheets
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel, ShipFile, ShipTemplate
from danshu.fulfilment.operations import ship_files
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


def shipped(at: Shop, number: str, waybill: str, courier: str = "zto", **given: object) -> Parcel:
    order = making.order(at=at, number=number, courier=courier, **given)
    return making.parcel(order, waybill_no=waybill, state="shipped", shipped_at=NOW)


def rows(path: Path, sheet: int = 0) -> list[list[object]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).worksheets[sheet].iter_rows()]


def made(at: Shop, media: Path, **more: object) -> list[Path]:
    return [media / one.path for one in fulfilment.make_ship_files(at.pk, by=BY, now=NOW, **more)]


class TestPinduoduo:
    def test_the_built_in_format_has_two_head_rows_and_text_cells(self, media: Path) -> None:
        shop = making.shop("拼多多店", "pdd")
        shipped(shop, "240101-123456789012345", "78912206330393")
        (path,) = made(shop, media)
        assert rows(path) == [
            list(ship_sheets.PDD_HEAD[0]),
            list(ship_sheets.PDD_HEAD[1]),
            ["240101-123456789012345", "中通快递", "78912206330393", None],
        ]
        cells = next(openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=3, max_col=3))
        assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}

    def test_more_than_5000_rows_are_several_files(self, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ship_files, "PDD_LIMIT", 2)
        shop = making.shop("拼多多店", "pdd")
        for n in range(5):
            shipped(shop, f"2401-{n}", f"7891220633039{n}")
        assert ship_files.PDD_LIMIT == 2
        assert [len(rows(path)) - 2 for path in made(shop, media)] == [2, 2, 1]
        assert [one.parcel_count for one in ShipFile.objects.order_by("id")] == [2, 2, 1]

    def test_what_was_told_is_not_told_again_unless_asked(self, media: Path) -> None:
        shop = making.shop("拼多多店", "pdd")
        parcel = shipped(shop, "1", "78912206330393")
        made(shop, media)
        with pytest.raises(DomainError) as refused:
            made(shop, media)
        assert refused.value.code == "ship_file.nothing"
        assert len(made(shop, media, parcel_ids=[parcel.pk])) == 1

    def test_a_parcel_that_came_back_and_left_again_is_told_with_its_new_number(self, media: Path) -> None:
        shop = making.shop("拼多多店", "pdd")
        parcel = shipped(shop, "1", "78912206330393")
        made(shop, media)
        fulfilment.unship([parcel.pk], by=BY, now=NOW)
        Parcel.objects.filter(pk=parcel.pk).update(state="shipped", shipped_at=NOW, waybill_no="78912206330394")
        (path,) = made(shop, media)
        assert "78912206330394" in rows(path)[-1]


class TestTemplates:
    @pytest.fixture
    def shop(self) -> Shop:
        return making.shop("抖音店", "douyin")

    def workbook(self, folder: Path, head: list[str], *body: list[object], second: list[str] | None = None) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(["请按说明填写"])
        sheet.append(head)
        if second:
            sheet.append(second)
        for row in body:
            sheet.append(row)
        sheet["A2"].font = Font(bold=True, color="FF0000")
        sheet["A2"].fill = PatternFill("solid", fgColor="FFFF00")
        sheet["B2"].comment = Comment("只填列表里的名称", "平台")
        sheet.column_dimensions["A"].width = 31
        sheet.add_data_validation(DataValidation(type="list", formula1='"韵达速递,中通"', sqref="B3:B99"))
        names = book.create_sheet("快递公司")
        for row in (["快递公司名称", "编码"], ["中通快递(推荐)", "zhongtong"], ["顺丰速运", "shunfeng"]):
            names.append(row)
        book.save(folder / "模板.xlsx")
        return folder / "模板.xlsx"

    def test_an_empty_template_gets_rows_and_keeps_everything_else(self, tmp_path: Path, media: Path, shop: Shop) -> None:
        path = self.workbook(tmp_path, ["订单编号（必填）", "* 物流公司", "物流单号(必填)", "备注"])
        fulfilment.save_template(shop.pk, path, "批量发货.xlsx", by=BY, now=NOW)
        shipped(shop, "6920001", "78912206330393")
        shipped(shop, "6920002", "1234567890123", courier="yunda")
        (target,) = made(shop, media)
        assert rows(target)[2:] == [
            ["6920001", "中通快递(推荐)", "78912206330393", None],
            ["6920002", "韵达速递", "1234567890123", None],
        ]
        book, before = openpyxl.load_workbook(target), openpyxl.load_workbook(path)
        sheet, old = book.worksheets[0], before.worksheets[0]
        assert rows(target, 1) == rows(path, 1)
        assert rows(target)[:2] == rows(path)[:2]
        assert (sheet["A2"].font.b, sheet["A2"].fill.fgColor.rgb) == (old["A2"].font.b, old["A2"].fill.fgColor.rgb)
        assert sheet["B2"].comment.text == "只填列表里的名称"
        assert sheet.column_dimensions["A"].width == 31
        assert len(sheet.data_validations.dataValidation) == 1
        assert sheet["C3"].number_format == "@"

    def test_a_second_head_row_of_identifiers_stays(self, tmp_path: Path, media: Path, shop: Shop) -> None:
        head = ["订单号", "快递公司", "快递单号"]
        path = self.workbook(tmp_path, head, second=["order_sn", "shipping_name", "shipping_sn"])
        fulfilment.save_template(shop.pk, path, "t.xlsx", by=BY, now=NOW)
        shipped(shop, "6920001", "78912206330393")
        (target,) = made(shop, media)
        assert rows(target)[2:] == [["order_sn", "shipping_name", "shipping_sn"], ["6920001", "中通快递(推荐)", "78912206330393"]]

    def test_an_export_is_filled_where_its_orders_stand(self, tmp_path: Path, media: Path, shop: Shop) -> None:
        head = ["收货人", "订单号", "物流公司", "物流单号"]
        path = self.workbook(tmp_path, head, ["王", "6920009", None, None], ["李", "6920001", "旧", None], ["赵", "6920002", None, None])
        one = shipped(shop, "6920001", "78912206330393")
        extra = Parcel.objects.create(
            order=one.order, sequence=2, courier_code="sf", waybill_no="SF1234567890123", state="shipped", shipped_at=NOW, created_at=NOW
        )
        shipped(shop, "6920005", "78912206330395")
        (target,) = made(shop, media, export=path, export_name="待发货.xlsx")
        assert rows(target)[2:] == [
            ["王", "6920009", None, None],
            ["李", "6920001", "中通快递(推荐)", "78912206330393"],
            ["赵", "6920002", None, None],
            ["李", "6920001", "顺丰速运", extra.waybill_no],
            [None, "6920005", "中通快递(推荐)", "78912206330395"],
        ]

    def test_merged_orders_each_get_the_head_s_number_and_split_ones_the_platform_s_own(
        self, tmp_path: Path, media: Path, shop: Shop
    ) -> None:
        path = self.workbook(tmp_path, ["订单号", "快递公司", "快递单号"])
        fulfilment.save_template(shop.pk, path, "t.xlsx", by=BY, now=NOW)
        head = shipped(shop, "6920001", "78912206330393")
        making.order(at=shop, number="6920002", merged_into=head.order)
        shipped(shop, "6920001-2", "78912206330394", split_from=head.order)
        (target,) = made(shop, media)
        assert sorted(row[0::2] for row in rows(target)[2:]) == [
            ["6920001", "78912206330393"], ["6920001", "78912206330394"], ["6920002", "78912206330393"],
        ]  # fmt: skip

    def test_sub_order_columns_get_a_row_per_line(self, tmp_path: Path, media: Path, shop: Shop) -> None:
        path = self.workbook(tmp_path, ["子订单号", "物流单号", "物流公司"])
        fulfilment.save_template(shop.pk, path, "t.xlsx", by=BY, now=NOW)
        order = making.order({making.sku("A"): 1, making.sku("B"): 1}, at=shop, number="77")
        making.parcel(order, waybill_no="78912206330393", state="shipped", shipped_at=NOW)
        (target,) = made(shop, media)
        assert [row[0] for row in rows(target)[2:]] == ["77-1", "77-2"]

    @pytest.mark.parametrize(("encoding", "mark"), [("gb18030", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-8", b"")])
    def test_a_csv_keeps_its_encoding_and_its_other_cells(
        self, tmp_path: Path, media: Path, shop: Shop, encoding: str, mark: bytes
    ) -> None:
        text = '订单号,收货人,快递公司,快递单号\r\n6920001,"王, 小婷",,\r\n6920009,李,,\r\n'
        path = tmp_path / "t.csv"
        path.write_bytes(mark + text.encode(encoding))
        fulfilment.save_template(shop.pk, path, "t.csv", by=BY, now=NOW)
        shipped(shop, "6920001", "78912206330393")
        shipped(shop, "6920003", "SF1234567890123", courier="sf")
        (target,) = made(shop, media)
        assert target.read_bytes() == mark + (
            '订单号,收货人,快递公司,快递单号\r\n6920001,"王, 小婷",中通快递,78912206330393\r\n6920009,李,,\r\n'
            "6920003,,顺丰速运,SF1234567890123\r\n"
        ).encode(encoding)

    def test_a_new_template_takes_the_place_of_the_old(self, tmp_path: Path, media: Path, shop: Shop) -> None:
        path = self.workbook(tmp_path, ["订单号", "快递公司", "快递单号"])
        for name in ("旧.xlsx", "新.xlsx"):
            fulfilment.save_template(shop.pk, path, name, by=BY, now=NOW)
        assert ShipTemplate.objects.get().name == "新.xlsx"
        assert len(list((media / "ship-templates").iterdir())) == 1

    def test_what_is_no_template_says_why(self, tmp_path: Path, shop: Shop) -> None:
        path = tmp_path / "x.csv"
        path.write_text("姓名,电话\n王,1\n")
        for name, code in (("x.csv", "template.columns"), ("x.xls", "template.kind")):
            with pytest.raises(DomainError) as refused:
                fulfilment.save_template(shop.pk, path, name, by=BY, now=NOW)
            assert refused.value.code == code
        shipped(shop, "1", "78912206330393")
        with pytest.raises(DomainError) as refused:
            fulfilment.make_ship_files(shop.pk, by=BY, now=NOW)
        assert refused.value.code == "ship_file.template"

    def test_many_parcels_cost_as_many_statements_as_one(self, media: Path) -> None:
        def cost(n: int) -> int:
            shop = making.shop(f"拼 {n}", "pdd")
            for k in range(n):
                shipped(shop, f"{n}-{k}", f"789122063{k:05d}")
            with CaptureQueriesContext(connection) as seen:
                made(shop, media)
            return len(seen)

        assert cost(1) == cost(50)


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("订单号(必填)", "order"), ("*快递公司（必填）", "courier"), (" 物流单号 ", "waybill"), ("order_sn", "order"),
        ("子订单编号", "line"), ("收货人", ""), ("运单号码", "waybill"), ("\ufeff订单编号", "order"), ("快递公司名称【必填】", "courier"),
    ],
)  # fmt: skip
def test_headers_are_known_by_meaning(header: str, meaning: str) -> None:
    assert columns.meaning(header) == meaning


def test_no_layout_without_an_order_and_a_number() -> None:
    find: Callable[[list[list[str]]], object] = columns.find
    assert find([["订单号", "快递公司"]]) is None
    assert find([]) is None
