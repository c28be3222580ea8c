"""A browser that runs no scripts does every page's main job."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from danshu.accounts.models import User
from danshu.catalogue.models import Listing
from danshu.core import clock, jobs
from danshu.fulfilment.models import Parcel
from danshu.orders.models import Order
from danshu.stock import queries
from danshu.stock.models import Balance
from tests import exports
from tests.journeys.pages import ON_HAND, Business, open_business, quiet, sale
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_day_without_scripts(owner: User, page_of: Any, tmp_path: Path) -> None:
    business = open_business(owner)
    page = quiet(page_of(None, javascript=False))
    sign_in(page)
    import_and_confirm(page, business, tmp_path)
    map_what_nobody_knows(page)
    first = move_an_order_by_its_button(page)
    filter_and_search(page, first)
    print_label(page)
    check(page)
    ship(page)
    receive(page)
    enter_an_order(page, business)
    report(page)
    assert queries.check() == []
    assert page.complaints == []


def sign_in(page: Any) -> None:
    page.goto("/orders/")
    page.fill("[name=username]", "owner")
    page.fill("[name=password]", PASSWORD)
    page.click("form.form button.pri")
    page.wait_for_url("**/orders/")


def import_and_confirm(page: Any, business: Business, folder: Path) -> None:
    day = clock.local(clock.now()).replace(tzinfo=None, microsecond=0) - timedelta(hours=2)
    sold = [sale("douyin", n, day, (n, 1), unknown=n == 5) for n in range(1, 6)]
    page.goto("/import/")
    page.set_input_files("#files", exports.write(folder, "douyin", sold))
    page.click("form.imports-drop button.pri")
    page.wait_for_url(re.compile(r"/import/\d+/"))
    page.select_option("select[name=shop]", str(business.shops["douyin"].pk))
    page.click("button[value=import]")
    jobs.drain()
    page.goto(page.url.replace("start/", ""))
    assert "5 单：新增 5，更新 0，退回 0" in page.locator("#imports-result").inner_text()


def map_what_nobody_knows(page: Any) -> None:
    page.goto("/products/mapping/")
    page.locator("[name=listing]").first.check()
    page.fill("[name=code]", "MY-CD-0180")
    page.click("button[value=map]")
    jobs.drain()
    page.goto("/products/mapping/")
    assert "全部对上了" in page.locator("#mapping").inner_text()
    assert not Listing.objects.filter(sku=None).exists()


def move_an_order_by_its_button(page: Any) -> Order:
    order = Order.objects.order_by("pk")[0]
    page.goto("/board/")
    page.locator(f"#card-{order.pk} .quick > button").click(force=True)
    page.locator(f"#col-printed #card-{order.pk}").wait_for()
    jobs.drain()
    return order


def filter_and_search(page: Any, order: Order) -> None:
    page.goto("/orders/")
    assert page.locator("#rows tr").count() == 5
    page.goto(f"/orders/?q={order.no}")
    assert page.locator("#rows tr").count() == 1
    page.goto("/orders/")
    page.locator("form[role=search] input[type=search]").first.fill(order.platform_no)
    page.locator("form[role=search] input[type=search]").first.press("Enter")
    page.wait_for_url(f"**/orders/{order.no}/")
    assert order.short_no in page.locator("main").inner_text()


def print_label(page: Any) -> None:
    page.goto("/print/")
    page.locator("[name=id]").first.check()
    page.click("button[name=some]")
    page.wait_for_url(re.compile(r"/print/batches/\d+/"))
    jobs.drain()
    page.reload()
    assert page.locator("a[href$='?download']").count() == 1
    page.goto("/print/waybills/")
    for parcel in Parcel.objects.order_by("pk"):
        page.fill(f"[name=number-{parcel.pk}]", f"7891{parcel.pk:010d}")
    page.click("button:has-text('保存运单号')")
    assert not Parcel.objects.filter(waybill_no="").exists()


def check(page: Any) -> None:
    parcel = Parcel.objects.select_related("order").order_by("pk")[0]
    thing = parcel.order.lines.get().sku
    page.goto("/scan/")
    page.fill("#code", parcel.waybill_no)
    page.locator(".shipping-dock form button.pri").click()
    page.wait_for_url(f"**/scan/parcel/{parcel.pk}/")
    page.fill("#code", "MY-XX")
    page.locator(".shipping-dock form button.pri").first.click()
    assert page.locator(".shipping-answer.wrong").is_visible()
    page.fill("#code", thing.barcode)
    page.locator(".shipping-dock form button.pri").first.click()
    page.wait_for_url(f"**/scan/?done={parcel.pk}")
    parcel.refresh_from_db()
    assert parcel.state == Parcel.State.CHECKED


def ship(page: Any) -> None:
    page.goto("/print/handover/")
    page.click("button:has-text('全部发货')")
    jobs.drain()
    assert set(Parcel.objects.values_list("state", flat=True)) == {"shipped"}


def receive(page: Any) -> None:
    before = Balance.objects.get(sku__code="MY-BX-0021").on_hand
    page.goto("/stock/receive/")
    page.locator("[name=code]").first.fill("MY-BX-0021")
    page.locator("[name=quantity]").first.fill("12")
    page.click("form.stock-act button.pri")
    page.wait_for_url("**/stock/")
    assert Balance.objects.get(sku__code="MY-BX-0021").on_hand == before + 12


def enter_an_order(page: Any, business: Business) -> None:
    """What is not there is refused, and what was typed stays."""
    page.goto("/orders/new/")
    page.select_option("[name=shop]", str(business.shops["taobao"].pk))
    page.locator("input[name=code]").first.fill("MY-PT-0018")
    page.locator("input[name=quantity]").first.fill(str(ON_HAND * 2))
    for name, text in {"name": "王小婷", "phone": "18612342290", "province": "浙江省", "city": "杭州市", "district": "余杭区",
                       "address": "文一西路 969 号"}.items():  # fmt: skip
        page.fill(f"[name={name}]", text)
    page.click("button:has-text('建单并锁库存')")
    page.locator("main [role=alert]").first.wait_for()
    assert "库存不足" in page.locator("main").inner_text()
    page.locator("input[name=quantity]").first.fill("2")
    page.click("button:has-text('建单并锁库存')")
    page.wait_for_url(re.compile(r"/orders/\d{6}-\d+/"))
    assert Balance.objects.get(sku__code="MY-PT-0018").locked >= 2


def report(page: Any) -> None:
    today = clock.business_day(clock.now())
    page.goto("/reports/daily/")
    page.fill("[name=first]", str(today - timedelta(days=1)))
    page.fill("[name=last]", str(today))
    page.click("form.report-range button.pri")
    orders = page.locator("tfoot a[href*='figure=orders&']").first
    assert orders.inner_text().strip() == "6"
    orders.click()
    assert page.locator(".report-orders tbody tr").count() == 6
