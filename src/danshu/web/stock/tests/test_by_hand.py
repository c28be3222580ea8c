"""The pool in a real browser."""

from __future__ import annotations

import pytest

from danshu.catalogue.models import Sku
from danshu.core import clock, jobs
from danshu.flows import stock_sync
from danshu.flows.tests.sync_world import listing, offer, shop
from danshu.stock.models import Balance, Warehouse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),  # the live stream outlives its test's database
]


@pytest.fixture
def mug():
    now = clock.now()
    mug = Sku.objects.create(code="MY-MG-1", loose_code="mymg1", name="手作陶瓷马克杯", spec="雾蓝", created_at=now, updated_at=now)
    Balance.objects.create(sku=mug, warehouse=Warehouse.objects.create(name="杭州仓"), on_hand=7)
    return mug


def test_a_click_on_a_row_opens_its_drawer_and_esc_closes_it(mug, owner, page_of, axe):
    page = page_of(owner)
    page.goto("/stock/")
    page.locator(".stock-rows tbody tr td").nth(1).click()
    page.locator("ds-drawer").wait_for()
    assert "open=MY-MG-1" in page.url
    assert page.locator("#stock").count() == 1  # the drawer alone came, not the list again
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.locator("ds-drawer").wait_for(state="detached")


def test_what_stands_in_the_drawer_works_and_the_cross_closes_it(mug, owner, page_of):
    where = shop()
    one = listing(where, mug)
    stock_sync.compare_all()
    jobs.drain()
    page = page_of(owner)
    page.goto("/stock/")
    page.locator("#stock a[data-open]").click()
    page.locator("ds-drawer .stock-shares").click()  # beside every button: the drawer stays
    page.locator("ds-drawer nav a", has_text="店铺分配").click()
    page.locator("ds-drawer button", has_text="再推").click()
    page.locator("ds-toast", has_text="马上再推一次").wait_for()
    assert "tab=shops" in page.url
    assert offer(one).is_due
    page.locator("ds-drawer nav a", has_text="流水").click()
    page.locator("ds-drawer summary", has_text="改安全缓冲").click()
    page.locator("ds-drawer .stock-kept").first.fill("2")
    page.locator("ds-drawer button", has_text="保存缓冲").click()
    page.locator("ds-toast", has_text="缓冲改好了").wait_for()
    assert Balance.objects.get().buffer == 2
    page.locator("ds-drawer header a[data-close]").click()
    page.locator("ds-drawer").wait_for(state="detached")
    assert "open=" not in page.url
