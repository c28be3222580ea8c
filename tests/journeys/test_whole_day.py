"""One day of one seller in a real browser, from three export files to the ship files and the report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
import xlsxwriter
import zxingcpp

from danshu.accounts.models import User
from danshu.catalogue.models import Listing
from danshu.core import clock, jobs
from danshu.fulfilment.models import Parcel, ShipFile
from danshu.orders.models import Order
from danshu.orders.states import Issue
from danshu.stock import queries
from danshu.stock.models import Balance, LedgerEntry
from tests import exports
from tests.journeys.pages import ON_HAND, Business, download, open_business, quiet, sale
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

COUNTS = {"taobao": 26, "pdd": 12, "douyin": 24}
PRINTED = COUNTS["taobao"] + COUNTS["douyin"]  # Pinduoduo's file keeps the addresses: its parcels get their labels elsewhere
NEW_CODE = "XP-2601"
DPI = 203


def test_a_whole_day(owner: User, page_of: Any, tmp_path: Path) -> None:
    business = open_business(owner)
    sold = {platform: sales(platform) for platform in COUNTS}
    page = quiet(page_of(None))
    sign_in(page)
    import_files(page, tmp_path, business, sold)
    solve_the_mapping_queue(page)
    look_at_the_board(page)
    print_everything(page, tmp_path)
    bring_waybill_numbers(page, tmp_path)
    check_one_parcel(page, business)
    ship_everything(page)
    assert_the_stock_is_right(business, sold)
    make_ship_files(page, tmp_path, sold)
    read_the_report(page, sold)
    assert page.complaints == []


def sales(platform: str) -> list[exports.Sale]:
    """Paid orders of one to three pieces; one has a thing that nobody knows, one a message, one a memo."""
    day = clock.local(clock.now()).replace(tzinfo=None, microsecond=0) - timedelta(hours=2)
    made = []
    for n in range(COUNTS[platform]):
        goods = [(n % 6, 1 + n % 3)] if platform == "pdd" or n % 4 else [(n % 6, 1), ((n + 1) % 6, 2)]
        more = {"message": "请多包一层气泡膜"} if n == 2 else {"memo": "老客户，送小样"} if n == 3 else {}
        made.append(sale(platform, n + 1, day + timedelta(seconds=n), *goods, unknown=n == 5, **more))
    return made


def sign_in(page: Any) -> None:
    page.goto("/")
    page.fill("[name=username]", "owner")
    page.fill("[name=password]", PASSWORD)
    page.click("form.form button.pri")
    page.wait_for_url("**/today/")


def import_files(page: Any, folder: Path, business: Business, sold: dict[str, list[exports.Sale]]) -> None:
    """Taobao sells its buyers' addresses and its goods in two files; the others have one."""
    for code in ("taobao_2022", "taobao_detail_2023", "pdd", "douyin"):
        platform = exports.PLATFORM[code]
        page.goto("/import/")
        page.set_input_files("#files", exports.write(folder, code, sold[platform]))
        page.wait_for_url(re.compile(r"/import/\d+/"))
        count = COUNTS[platform]
        shown = page.locator("main").inner_text()
        assert "认出来了" in shown
        assert f"{count} 单" in shown
        page.select_option("select[name=shop]", str(business.shops[platform].pk))
        page.click("button[value=import]")
        page.locator("#imports-result").wait_for()
        jobs.drain()
        page.reload()
        known = code == "taobao_detail_2023"
        told = f"{count} 单：新增 {0 if known else count}，更新 {count if known else 0}，退回 0"
        assert told in page.locator("#imports-result").inner_text()
    assert Order.objects.count() == sum(COUNTS.values())


def solve_the_mapping_queue(page: Any) -> None:
    page.goto("/products/mapping/")
    assert "3 单在等对码" in page.locator("#mapping").inner_text()
    page.locator("tr", has_text=NEW_CODE).locator("[name=listing]").first.check()
    page.fill("[name=code]", "MY-CD-0180")
    page.click("button[value=map]")
    page.locator("ds-toast").first.wait_for()
    jobs.drain()
    page.goto("/products/mapping/")
    assert "全部对上了" in page.locator("#mapping").inner_text()
    assert not Listing.objects.filter(sku=None).exists()
    assert set(Order.objects.filter(issues__gt=0).values_list("platform", "issues")) == {("pdd", int(Issue.ADDRESS))}


def look_at_the_board(page: Any) -> None:
    page.goto("/board/")
    assert page.locator("#col-todo .oc").count() == 30
    assert str(sum(COUNTS.values())) in page.locator("#col-todo").inner_text()
    page.locator("#col-todo .board-more").click()
    page.locator("#col-todo .oc").nth(59).wait_for()


def print_everything(page: Any, folder: Path) -> None:
    """Labels, slips and the pick list in one batch; every code on every page is read back as a scanner at 203 dpi sees it."""
    page.goto("/print/")
    page.check("[name=paper][value=slip]")
    page.click("button[name=all]")
    page.wait_for_url(re.compile(r"/print/batches/\d+/"))
    jobs.drain()
    page.goto(page.url)
    assert f"{COUNTS['pdd']} 单没有打" in page.locator("#batch").inner_text()
    assert "收件地址不全" in page.locator("#batch").inner_text()
    path = download(page, "a[href$='?download']", folder)
    labels, slips, picks = Counter[str](), Counter[str](), 0
    with pypdfium2.PdfDocument(path) as pdf:
        for sheet in pdf:
            codes, text = read(sheet)
            if "拣货单" in text:
                picks += 1
                continue
            numbers = {number for _kind, number in codes}
            assert len(numbers) == 1, codes
            (number,) = numbers
            assert number in text or number[2:] in text
            kinds = sorted(kind for kind, _number in codes)
            assert kinds == ["Code 128", "QR Code"], codes
            (slips if "发货单" in text else labels)[number] += 1
    expected = Counter(Order.objects.exclude(platform="pdd").values_list("no", flat=True))
    assert len(expected) == PRINTED
    assert labels == expected
    assert slips == expected
    assert picks >= 1
    assert set(Order.objects.exclude(platform="pdd").values_list("fulfilment", flat=True)) == {"printed"}


def read(sheet: Any) -> tuple[list[tuple[str, str]], str]:
    picture = sheet.render(scale=DPI / 72, grayscale=True).to_pil()
    codes = [(str(code.format), code.text) for code in zxingcpp.read_barcodes(picture)]
    text = sheet.get_textpage()
    words = text.get_text_bounded()
    text.close()
    sheet.close()
    return codes, words


def waybill(parcel: Parcel) -> str:
    return f"7891{parcel.pk:010d}"


def bring_waybill_numbers(page: Any, folder: Path) -> None:
    """Two are typed, the rest comes as the table of a printing program."""
    parcels = list(Parcel.objects.select_related("order").order_by("pk"))
    page.goto("/print/waybills/")
    for parcel in parcels[:2]:
        page.fill(f"[name=number-{parcel.pk}]", waybill(parcel))
    page.click("button:has-text('保存运单号')")
    page.locator("ds-toast").first.wait_for()
    path = folder / "打单.xlsx"
    write_table(path, [["订单号", "快递公司", "运单号"], *([p.order.platform_no, "中通快递", waybill(p)] for p in parcels[2:])])
    page.goto("/print/waybills/")
    page.set_input_files("[name=file]", path)
    page.click("button:has-text('导入运单号')")
    page.locator("text=个包裹有运单号了").wait_for()
    assert {p.waybill_no for p in Parcel.objects.all()} == {waybill(p) for p in parcels}
    assert len(parcels) == sum(COUNTS.values())


def write_table(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write_string(r, c, cell)


def check_one_parcel(page: Any, business: Business) -> None:
    """A thing that does not belong is caught in rose; then the right ones close the parcel."""
    parcel = Parcel.objects.select_related("order").filter(order__item_count=3).earliest("pk")
    wanted = {line.sku.code: line.sku_quantity for line in parcel.order.lines.select_related("sku")}
    wrong = next(code for code in business.skus if code not in wanted)
    page.goto("/scan/")
    page.fill("#code", waybill(parcel))
    page.press("#code", "Enter")
    page.wait_for_url(f"**/scan/parcel/{parcel.pk}/")
    beep(page, wrong)
    page.locator(".shipping-answer.wrong").wait_for()
    assert "拿错了" in page.locator(".shipping-answer.wrong").inner_text()
    pieces = [code for code, quantity in wanted.items() for _ in range(quantity)]
    for n, code in enumerate(pieces[:-1], start=1):
        beep(page, code)
        page.locator(f"text=还差 {len(pieces) - n} 件").wait_for()
    beep(page, pieces[-1])
    page.locator(".shipping-answer.right").wait_for()
    parcel.refresh_from_db()
    assert parcel.state == Parcel.State.CHECKED


def beep(page: Any, code: str) -> None:
    page.fill("#code", code)
    page.press("#code", "Enter")


def ship_everything(page: Any) -> None:
    page.goto("/print/handover/")
    page.click("button:has-text('全部发货')")
    page.wait_for_load_state()
    jobs.drain()
    assert set(Parcel.objects.values_list("state", flat=True)) == {"shipped"}
    assert set(Order.objects.values_list("fulfilment", flat=True)) == {"shipped"}
    page.goto("/print/handover/")
    assert "没有等着发走的包裹" in page.locator("main").inner_text()
    page.goto("/board/")
    assert page.locator("#col-todo .oc, #col-printed .oc").count() == 0


def assert_the_stock_is_right(business: Business, sold: dict[str, list[exports.Sale]]) -> None:
    gone: Counter[str] = Counter()
    for each in (each for group in sold.values() for each in group):
        for item in each.items:
            gone["MY-CD-0180" if item.code == NEW_CODE else item.code] += item.quantity
    left = dict(Balance.objects.values_list("sku__code", "on_hand"))
    assert left == {code: ON_HAND - gone[code] for code in business.skus}
    assert set(Balance.objects.values_list("locked", flat=True)) == {0}
    shipped = LedgerEntry.objects.filter(kind="ship")
    assert -sum(shipped.values_list("on_hand_delta", flat=True)) == sum(gone.values())
    assert queries.check() == []


def make_ship_files(page: Any, folder: Path, sold: dict[str, list[exports.Sale]]) -> None:
    """Pinduoduo's own format, a template for Taobao, a fresh export for Douyin."""
    told = {p.order.platform_no: p.waybill_no for p in Parcel.objects.select_related("order")}
    page.goto("/print/files/")
    card(page, "pdd").locator("button:has-text('生成发货文件')").click()
    rows = ship_file(page, folder)["sheet"]
    assert [row[0] for row in rows[:2]] == ["订单号", "order_sn"]
    assert {row[0]: (row[1], row[2]) for row in rows[2:]} == {s.no: ("中通快递", told[s.no]) for s in sold["pdd"]}

    template = folder / "淘宝批量发货.xlsx"
    write_book(template, [["订单编号", "物流公司", "物流单号", "备注"]])
    page.goto("/print/files/")
    fill_in(card(page, "taobao"), template, "记住这个模板")
    page.locator("ds-toast").first.wait_for()
    card(page, "taobao").locator("button:has-text('生成发货文件')").click()
    made = ship_file(page, folder)
    assert made["sheet"][0][:4] == ["订单编号", "物流公司", "物流单号", "备注"]
    assert {row[0]: (row[1], row[2]) for row in made["sheet"][1:]} == {s.no: ("中通", told[s.no]) for s in sold["taobao"]}
    assert made["快递公司"] == [["可选快递公司"], ["中通"], ["圆通"]]

    head = ["订单编号", "商品", "数量", "物流公司", "物流单号"]
    export = folder / "抖音待发货.xlsx"
    write_book(export, [head, *([s.no, s.items[0].title, str(s.items[0].quantity), "", ""] for s in sold["douyin"])])
    page.goto("/print/files/")
    fill_in(card(page, "douyin"), export, "填好并生成")
    made = ship_file(page, folder)
    assert made["sheet"] == [
        head, *([s.no, s.items[0].title, str(s.items[0].quantity), "中通", told[s.no]] for s in sold["douyin"])
    ]  # fmt: skip
    page.goto("/print/files/")
    assert page.locator("main").inner_text().count("待回传 0 个") == 3


def card(page: Any, platform: str) -> Any:
    return page.locator("section.card", has=page.locator("h2", has_text=f"木屿 {platform}"))


def fill_in(place: Any, path: Path, verb: str) -> None:
    place.locator("summary").click()
    form = place.locator("form", has=place.page.locator(f"button:has-text('{verb}')"))
    form.locator("[name=file]").set_input_files(path)
    form.locator("button").click()


def write_book(path: Path, rows: list[list[str]]) -> None:
    """A sheet to fill and one that lists the couriers as this platform spells them."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "批量发货"
    for row in rows:
        sheet.append(row)
    sheet.column_dimensions["A"].width = 31
    names = book.create_sheet("快递公司")
    for name in ("可选快递公司", "中通", "圆通"):
        names.append([name])
    book.save(path)


def ship_file(page: Any, folder: Path) -> dict[str, list[list[Any]]]:
    """The newest ship file, downloaded and opened: the filled sheet as `sheet`, others by their names. Filled cells are text."""
    jobs.drain()
    page.goto("/print/files/")
    newest = ShipFile.objects.latest("pk")
    path = download(page, f"a[href*='/print/files/{newest.pk}/download/']", folder)
    book = openpyxl.load_workbook(path)
    first = book.worksheets[0]
    for row in first.iter_rows(min_row=2):
        assert all(cell.data_type == "s" for cell in row if cell.value is not None)
    sheets = {sheet.title: [list(row) for row in sheet.values] for sheet in book.worksheets}
    rows = [[cell or "" for cell in row] for row in sheets.pop(first.title)]
    return {**sheets, "sheet": rows}


def read_the_report(page: Any, sold: dict[str, list[exports.Sale]]) -> None:
    """Of yesterday and today, so that midnight does not matter. Every number opens the orders it counts."""
    today = clock.business_day(clock.now())
    page.goto(f"/reports/daily/?first={today - timedelta(days=1)}&last={today}")
    total = page.locator("tfoot tr").first
    count, paid = sum(COUNTS.values()), sum((s.paid for group in sold.values() for s in group), Decimal(0))
    assert number_of(total, "orders") == str(count)
    assert number_of(total, "shipped") == str(count)
    assert Decimal(number_of(total, "amount").replace(",", "")) == paid
    assert number_of(total, "late") == "0"
    for platform, group in sold.items():
        row = page.locator("tr", has_text=f"木屿 {platform}")
        assert number_of(row, "orders") == str(len(group))
    for platform, group in sold.items():
        for figure in ("orders", "shipped", "amount"):
            page.goto(f"/reports/daily/?first={today - timedelta(days=1)}&last={today}")
            page.locator("tr", has_text=f"木屿 {platform}").locator(f"a[href*='figure={figure}&']").first.click()
            page.locator(".report-orders").wait_for()
            assert page.locator(".report-orders tbody tr").count() == len(group)


def number_of(row: Any, figure: str) -> str:
    return str(row.locator(f"a[href*='figure={figure}&']").first.inner_text()).strip()
