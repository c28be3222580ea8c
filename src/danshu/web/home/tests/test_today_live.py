"""The dashboard in a real browser: it changes by itself when orders come in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from danshu.accounts.models import User
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Receiver
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.orders import operations as orders
from danshu.web.reports.tests.sample import shop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),  # the live stream outlives its test's database
]


@pytest.mark.parametrize("address", ["/today/", "/today/?chart=7d"])
def test_an_order_that_comes_in_is_counted_without_reloading(owner: User, page_of: Any, address: str) -> None:
    mine, now = shop(), clock.now()
    page = page_of(owner)
    page.goto(address)
    page.evaluate("window.isTheSamePage = true")
    assert "现在没有要赶的事" in page.inner_text("#today")
    with page.expect_response("**/today/**") as refreshed:
        line = IncomingLine("1", "平台标题", 1, merchant_code="MY-MG-1", price_fen=5800, paid_fen=5800)
        home = Receiver("王小婷", "13800130001", "浙江省", "杭州市", "余杭区", "文一西路 969 号")
        late = IncomingOrder(
            "3984471100000001", (line,), payment=Payment.PAID, placed_at=now - timedelta(hours=50), paid_at=now - timedelta(hours=50),
            ship_by=now - timedelta(hours=2), receiver=home,
        )  # fmt: skip
        orders.ingest(mine.pk, [late], source="file", by=SYSTEM, now=now)
    assert refreshed.value.url.endswith(address)
    page.locator("#today .todo").wait_for()
    assert "1 单已超时" in page.inner_text("#today")
    assert page.evaluate("window.isTheSamePage")
