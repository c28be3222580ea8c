"""The pages of printing, numbers, shipping, files and settings, as their people use them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from danshu.accounts.models import User
from danshu.core import clock, jobs
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.jobs import sweep_papers
from danshu.fulfilment.models import CourierSetting, NumberRange, Parcel, PrintBatch, Printer, ShipFile, ShipTemplate
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


def person(role: str = "owner", shop_ids: list[int] | None = None) -> Client:
    found, _made = User.objects.get_or_create(
        username=f"{role}-{shop_ids}", defaults={"name": "李建明", "role": role, "shop_ids": shop_ids or [], "created_at": NOW}
    )
    client = Client()
    client.force_login(found, backend="django.contrib.auth.backends.ModelBackend")
    return client


def queries_of(work: Callable[[], object]) -> int:
    work()
    with CaptureQueriesContext(connection) as seen:
        work()
    return len(seen)


def page(client: Client, name: str, *args: object, **query: object) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


class TestStation:
    def test_groups_queue_and_masked_preview(self) -> None:
        making.order()
        making.order(courier="sf")
        making.order(courier="")
        html = page(person(), "shipping-print", courier="zto")
        for words in ("中通快递", "顺丰速运", "未分配快递", "桌面分格收纳盒", "黄*明", "打印全部 1", "自用标签，不是快递电子面单"):
            assert words in html
        assert "17612349034" not in html

    def test_the_picker_sees_no_phone_and_no_amount(self) -> None:
        making.order(paid_fen=123456)
        html = page(person("warehouse"), "shipping-print")
        assert "9034" not in html
        assert "1,234.56" not in html
        assert "完整收件信息" not in html

    def test_printing_a_group_leads_to_a_batch_whose_pdf_opens(self) -> None:
        for _ in range(3):
            making.order()
        client = person("warehouse")
        answer = client.post(reverse("shipping-start"), {"courier": "zto", "all": "1", "paper": ["label", "pick"]})
        batch = PrintBatch.objects.get()
        assert answer["Location"] == reverse("shipping-batch", args=[batch.pk])
        assert "正在生成" in page(client, "shipping-batch", batch.pk)
        jobs.drain()
        html = page(client, "shipping-batch", batch.pk, open=2)
        assert "打开打印" in html
        assert "2 / 3" in html
        pdf = client.get(reverse("shipping-papers", args=[batch.pk]))
        assert (pdf["Content-Type"], pdf["Cache-Control"], pdf.content[:5]) == ("application/pdf", "no-store", b"%PDF-")
        assert set(Order.objects.values_list("fulfilment", flat=True)) == {"printed"}

    def test_chosen_orders_of_other_pages_arrive_by_post(self) -> None:
        order = making.order()
        answer = person().post(reverse("shipping-print"), {"ids": [order.pk]})
        assert answer["Location"].endswith(f"?ids={order.pk}")
        assert "选中的订单" in person().get(answer["Location"]).content.decode()

    def test_what_is_left_out_stands_on_the_batch(self) -> None:
        good, bad = making.order(), making.order(is_held=True)
        person().post(reverse("shipping-start"), {"id": [good.pk, bad.pk], "paper": "label"})
        html = page(person(), "shipping-batch", PrintBatch.objects.get().pk)
        assert "1 单没有打" in html
        assert "订单挂起中" in html

    def test_nothing_chosen_says_what_to_do(self) -> None:
        answer = person().post(reverse("shipping-start"), {"paper": "label"})
        assert answer.status_code == 422
        assert "没有勾选订单" in answer.content.decode()

    def test_plain_receivers_need_the_permission(self) -> None:
        Printer.objects.create(name="送货", size="100x180", is_plain=True)
        making.order()
        data = {"all": "1", "courier": "zto", "paper": "label", "printer": Printer.objects.get().pk, "plain": "1"}
        person("warehouse").post(reverse("shipping-start"), data)
        assert PrintBatch.objects.get().is_plain is False
        Order.objects.all()
        making.order()
        person().post(reverse("shipping-start"), data)
        plain = PrintBatch.objects.get(is_plain=True)
        jobs.drain()
        assert person("warehouse").get(reverse("shipping-papers", args=[plain.pk])).status_code == 403
        assert person().get(reverse("shipping-papers", args=[plain.pk])).status_code == 200

    def test_reprint_and_going_on_after_a_jam(self) -> None:
        order = making.order()
        batch = fulfilment.print_papers(order_ids=[order.pk], by=BY, now=NOW)
        jobs.drain()
        client = person()
        client.post(reverse("shipping-reprint"), {"parcel": Parcel.objects.get().pk, "paper": "label"})
        assert "补打 1" in page(client, "shipping-batch", PrintBatch.objects.latest("id").pk)
        client.post(reverse("shipping-continue", args=[batch.pk]), {"position": "1"})
        batch.refresh_from_db()
        assert batch.state == "waiting"

    def test_other_shops_stay_out_of_sight(self) -> None:
        mine, other = making.shop("甲"), making.shop("乙")
        making.order(at=mine)
        hidden = making.order(at=other)
        batch = fulfilment.print_papers(order_ids=[hidden.pk], by=BY, now=NOW)
        client = person("warehouse", [mine.pk])
        assert "打印全部 1" in page(client, "shipping-print")
        assert client.get(reverse("shipping-batch", args=[batch.pk])).status_code == 404
        assert client.post(reverse("shipping-start"), {"id": [hidden.pk]}).status_code == 422

    def test_many_rows_cost_as_many_statements_as_one(self) -> None:
        client = person()
        first = making.order()
        batch = fulfilment.print_papers(order_ids=[first.pk], papers=["pick"], by=BY, now=clock.now())
        one = queries_of(lambda: page(client, "shipping-print")), queries_of(lambda: page(client, "shipping-batch", batch.pk))
        orders = [making.order() for _ in range(50)]
        big = fulfilment.print_papers(order_ids=[o.pk for o in orders], papers=["pick"], by=BY, now=clock.now())
        many = queries_of(lambda: page(client, "shipping-print")), queries_of(lambda: page(client, "shipping-batch", big.pk))
        assert many == one


class TestNumbers:
    def test_typed_numbers_are_saved_and_doubts_are_said(self) -> None:
        good, odd = making.parcel(), making.parcel()
        data = {f"number-{good.pk}": "78912206330393", f"number-{odd.pk}": "YT1234567890123", f"courier-{odd.pk}": "zto"}
        client = person("warehouse")
        answer = client.post(reverse("shipping-waybills-save"), data, follow=True)
        assert answer.status_code == 200
        assert set(Parcel.objects.values_list("waybill_no", flat=True)) == {"78912206330393", "YT1234567890123"}
        assert "单号像是另一家快递的" in answer.content.decode()

    def test_numbers_come_from_a_block(self) -> None:
        CourierSetting.objects.create(code="zto", adapter="number_range")
        fulfilment.add_range("zto", "73100000000001", "73100000000009", by=BY, now=NOW)
        making.parcel()
        person().post(reverse("shipping-waybills-take"), {"all": "1"})
        assert Parcel.objects.get().waybill_no == "73100000000001"

    def test_an_export_is_imported_with_its_bad_rows_shown(self) -> None:
        order = making.order()
        text = f"订单号,快递单号\n{order.platform_no},78912206330393\n999,78912206330394\n"
        file = SimpleUploadedFile("打单.csv", text.encode("gb18030"))
        answer = person().post(reverse("shipping-waybills-import"), {"file": file})
        html = answer.content.decode()
        assert "找不到订单 999" in html
        assert Parcel.objects.get().waybill_no == "78912206330393"

    def test_the_bad_rows_come_back_as_a_table_that_can_be_mended_and_imported(self) -> None:
        order, late = making.order(), "690000000000000001"
        text = f"导出明细\n订单号,备注,快递单号\n{order.platform_no},,78912206330393\n{late},=1+1,78912206330394\n{late},x\n"
        client = person("warehouse")
        html = client.post(reverse("shipping-waybills-import"), {"file": SimpleUploadedFile("打单.csv", text.encode())}).content.decode()
        url = re.search(r'href="([^"]*/rejects/[^"]*)"', html)
        assert url
        raw = b"".join(client.get(url[1]).streaming_content)
        rows = [list(row) for row in openpyxl.load_workbook(BytesIO(raw)).active.values]
        assert rows[0] == ["订单号", "备注", "快递单号", "原因"]
        assert rows[1][:3] == [late, "'=1+1", "78912206330394"]
        assert "找不到订单" in rows[1][3]
        assert rows[2] == [late, "x", "", "没有运单号。"]
        made = making.order(number=late)
        client.post(reverse("shipping-waybills-import"), {"file": SimpleUploadedFile("改好.xlsx", raw)})
        assert Parcel.objects.get(order=made).waybill_no == "78912206330394"
        assert person("operations").get(url[1]).status_code == 404  # names orders: for who imported it alone
        assert person("service").get(url[1]).status_code == 403
        assert client.get(reverse("shipping-waybills-rejects", args=["nonsense"])).status_code == 404

    def test_a_file_without_bad_rows_offers_none_and_old_ones_go(self, media: Path) -> None:
        order = making.order()
        file = SimpleUploadedFile("打单.csv", f"订单号,快递单号\n{order.platform_no},78912206330393\n".encode())
        html = person().post(reverse("shipping-waybills-import"), {"file": file}).content.decode()
        assert "下载没有用上的行" not in html
        old = media / "waybills" / "1-0123456789abcdef.xlsx"
        old.parent.mkdir(parents=True)
        old.write_bytes(b"")
        os.utime(old, (0, 0))
        sweep_papers()
        assert not old.exists()

    def test_many_rows_cost_as_many_statements_as_one(self) -> None:
        client = person()
        making.parcel()
        one = queries_of(lambda: page(client, "shipping-waybills"))
        for _ in range(50):
            making.parcel()
        assert queries_of(lambda: page(client, "shipping-waybills")) == one


class TestShipping:
    def ready(self) -> Parcel:
        order = making.stocked(making.order({making.sku("A"): 1}))
        return making.parcel(order, waybill_no=f"789122063{order.pk:05d}", state="checked")

    def test_ship_lists_and_undo(self) -> None:
        parcel, client = self.ready(), person("warehouse")
        assert parcel.waybill_no in page(client, "shipping-handover")
        answer = client.post(reverse("shipping-ship"), {"parcel": [parcel.pk]}, follow=True)
        html = answer.content.decode()
        assert "1 个包裹已发货" in html
        assert "撤销这些发货" in html
        listed = client.get(reverse("shipping-handover-list", args=["zto"]))
        assert listed.content[:5] == b"%PDF-"
        client.post(reverse("shipping-unship") + f"?parcel={parcel.pk}")
        parcel.refresh_from_db()
        assert parcel.shipped_at is None

    def test_refused_parcels_are_named(self) -> None:
        parcel = self.ready()
        Order.objects.update(is_held=True)
        html = person().post(reverse("shipping-ship"), {"parcel": [parcel.pk]}, follow=True).content.decode()
        assert "订单挂起中" in html

    def test_many_are_shipped_in_the_background(self) -> None:
        ids = [self.ready().pk for _ in range(21)]
        answer = person().post(reverse("shipping-ship"), {"parcel": ids})
        assert answer.status_code == 302
        jobs.drain()
        assert Parcel.objects.filter(state="shipped").count() == 21

    def test_many_rows_cost_as_many_statements_as_one(self) -> None:
        client = person()
        self.ready()
        one = queries_of(lambda: page(client, "shipping-handover"))
        for _ in range(50):
            self.ready()
        assert queries_of(lambda: page(client, "shipping-handover")) == one


class TestFiles:
    def test_template_make_and_download(self) -> None:
        shop, client = making.shop("抖音店", "douyin"), person()
        parcel = making.parcel(making.order(at=shop, number="692001"), waybill_no="78912206330393", state="shipped", shipped_at=NOW)
        book = openpyxl.Workbook()
        book.active.append(["订单编号", "物流公司", "物流单号"])
        raw = BytesIO()
        book.save(raw)
        assert "还没有模板" in page(client, "shipping-files")
        client.post(reverse("shipping-template", args=[shop.pk]), {"file": SimpleUploadedFile("批量发货.xlsx", raw.getvalue())})
        assert ShipTemplate.objects.get().name == "批量发货.xlsx"
        assert "待回传 1 个" in page(client, "shipping-files")
        client.post(reverse("shipping-files-make", args=[shop.pk]))
        made = ShipFile.objects.get()
        answer = client.get(reverse("shipping-file", args=[made.pk]))
        content = BytesIO(b"".join(answer.streaming_content))
        rows = list(openpyxl.load_workbook(content).active.values)
        assert rows[1] == ("692001", "中通快递", parcel.waybill_no)
        assert "待回传 0 个" in page(client, "shipping-files")

    def test_an_export_is_filled_at_once(self) -> None:
        shop = making.shop("快店", "kuaishou")
        making.parcel(making.order(at=shop, number="1"), waybill_no="78912206330393", state="shipped", shipped_at=NOW)
        file = SimpleUploadedFile("待发货.csv", "订单号,快递公司,快递单号\n1,,\n2,,\n".encode())
        person().post(reverse("shipping-files-make", args=[shop.pk]), {"file": file})
        answer = person().get(reverse("shipping-file", args=[ShipFile.objects.get().pk]))
        assert b"".join(answer.streaming_content).decode() == "订单号,快递公司,快递单号\n1,中通快递,78912206330393\n2,,\n"

    def test_files_of_other_shops_are_not_found(self) -> None:
        mine, other = making.shop("甲"), making.shop("乙", "pdd")
        making.parcel(making.order(at=other), waybill_no="1", state="shipped", shipped_at=NOW)
        (made,) = fulfilment.make_ship_files(other.pk, by=BY, now=NOW)
        client = person("warehouse", [mine.pk])
        assert client.get(reverse("shipping-file", args=[made.pk])).status_code == 404
        assert client.post(reverse("shipping-files-make", args=[other.pk])).status_code == 404
        assert "乙" not in page(client, "shipping-files")


class TestSettings:
    def test_a_courier_and_its_block(self) -> None:
        client = person()
        client.post(reverse("shipping-couriers"), {"code": "yto", "adapter": "number_range", "account": "K1", "is_active": "on"})
        client.post(reverse("shipping-ranges"), {"courier": "yto", "first": "YT1000000000001", "last": "YT1000000000100"})
        html = page(client, "shipping-couriers")
        assert NumberRange.objects.get().last == 1000000000100
        for words in ("圆通速递", "从号段取号", "YT1000000000001", "100"):
            assert words in html
        bad = client.post(reverse("shipping-ranges"), {"courier": "yto", "first": "YT1", "last": "YT22"})
        assert bad.status_code == 422
        assert "一样长" in bad.content.decode()

    def test_a_printer_its_test_page_and_its_end(self) -> None:
        client = person()
        data = {"name": "1 号机", "size": "76x130", "offset_x": "-5", "offset_y": "3", "is_default": "on"}
        client.post(reverse("shipping-printers"), data)
        printer = Printer.objects.get()
        assert (printer.offset_x, printer.is_default) == (-5, True)
        client.post(reverse("shipping-printer", args=[printer.pk]), {**data, "name": "改名"})
        assert "改名" in page(client, "shipping-printer", printer.pk)
        assert client.get(reverse("shipping-printer-test", args=[printer.pk])).content[:5] == b"%PDF-"
        assert client.post(reverse("shipping-printers"), {**data, "name": "改名"}).status_code == 422
        assert client.post(reverse("shipping-printers"), {**data, "offset_x": "999"}).status_code == 422
        client.post(reverse("shipping-printer-remove", args=[printer.pk]))
        assert not Printer.objects.exists()

    def test_a_picker_may_not_change_settings(self) -> None:
        assert person("warehouse").get(reverse("shipping-printers")).status_code == 403
        assert person("viewer").get(reverse("shipping-print")).status_code == 403
        assert person("service").get(reverse("shipping-scan")).status_code == 403
