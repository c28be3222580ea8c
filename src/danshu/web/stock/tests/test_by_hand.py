"""The pool in a real browser."""

from __future__ import annotations

import pytest

from danshu.catalogue.models import Sku
from danshu.core import clock
from danshu.stock.models import Balance, Warehouse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),  # the live stream outlives its test's database
]


def test_a_click_on_a_row_opens_its_drawer_and_esc_closes_it(owner, page_of, axe):
    now = clock.now()
    mug = Sku.objects.create(code="MY-MG-1", loose_code="mymg1", name="手作陶瓷马克杯", spec="雾蓝", created_at=now, updated_at=now)
    Balance.objects.create(sku=mug, warehouse=Warehouse.objects.create(name="杭州仓"), on_hand=7)
    page = page_of(owner)
    page.goto("/stock/")
    page.locator(".stock-rows tbody tr td").nth(1).click()
    page.locator("ds-drawer").wait_for()
    assert "open=MY-MG-1" in page.url
    assert page.locator("#stock").count() == 1  # the drawer alone came, not the list again
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.locator("ds-drawer").wait_for(state="detached")
