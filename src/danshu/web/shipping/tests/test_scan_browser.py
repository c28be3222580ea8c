"""The packing table as a picker's phone shows it."""

from __future__ import annotations

from typing import Any

import pytest

from danshu.core import jobs
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_parcel_is_checked_on_a_phone_without_leaving_the_page(page_of: Any, picker: Any) -> None:
    order = making.order({making.sku("TOWEL", barcode="6901234567892"): 2})
    fulfilment.print_papers(order_ids=[order.pk], by=BY, now=NOW)
    jobs.drain()
    parcel = Parcel.objects.get()
    page = page_of(picker, phone=True)
    page.goto(f"/scan/parcel/{parcel.pk}/")
    page.evaluate("window.isSamePage = true")
    page.evaluate("document.getElementById('code').style.caretColor = 'red'")  # as a script may; the swap must not write it as text
    page.locator("#code").fill("NOPE")
    page.locator("#code").press("Enter")
    page.locator("ds-scan[data-result=wrong]").wait_for()
    for result in ("right", "done"):
        page.locator("#code").fill("6901234567892")
        page.locator("#code").press("Enter")
        page.locator(f"ds-scan[data-result={result}]").wait_for()
    assert page.evaluate("window.isSamePage")
    parcel.refresh_from_db()
    assert parcel.state == "checked"
