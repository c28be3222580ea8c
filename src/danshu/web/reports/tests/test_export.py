"""/reports/daily/export/: the report as a workbook that adds up."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from danshu.accounts.models import User
from danshu.web.reports.tests.sample import order, shop
from tests.people import make

pytestmark = pytest.mark.django_db
URL = "/reports/daily/export/?first=2026-11-20&last=2026-11-20"


def sheet(answer: Any) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0].values)


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("operations", 200), ("viewer", 200), ("warehouse", 403), ("service", 403)])
def test_who_may_have_it(role: str, status: int, client_of: Any) -> None:
    assert client_of(make(role)).get(URL).status_code == status


def test_numbers_are_numbers(owner: User, client_of: Any) -> None:
    mine = shop()
    order(mine)
    order(mine, paid_fen=1_50)
    head, row, _platform, total = sheet(client_of(owner).get(URL))
    assert head[:4] == ("店铺", "平台", "订单", "金额 (元)")
    assert row[:4] == ("木屿家居", "淘宝", 2, 101.5)
    assert total[0] == "合计"
    assert total[2:4] == (2, 101.5)


def test_a_shop_name_is_never_a_formula(owner: User, client_of: Any) -> None:
    order(shop("=HYPERLINK(1)"))
    assert sheet(client_of(owner).get(URL))[1][0] == "'=HYPERLINK(1)"


def test_each_column_is_explained(owner: User, client_of: Any) -> None:
    book = openpyxl.load_workbook(BytesIO(client_of(owner).get(URL).content))
    assert ("订单", "这段时间付款的订单；货到付款按下单时间算。") in [row[:2] for row in book.worksheets[1].values]


def test_amounts_stay_out_without_the_permission(viewer: User, client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order(shop())
    monkeypatch.setattr(User, "may", lambda self, code: code == "reports.view")
    assert not any("金额" in str(cell) for cell in sheet(client_of(viewer).get(URL))[0])


def test_only_shops_that_the_person_may_see(client_of: Any) -> None:
    mine, other = shop(), shop("另一家", "pdd")
    order(mine)
    order(other)
    rows = sheet(client_of(make("viewer", shop_ids=[mine.pk])).get(URL))
    assert [row[0] for row in rows[1:]] == ["木屿家居", None, "合计"] or [row[0] for row in rows[1:]] == ["木屿家居", "", "合计"]


def test_a_bad_range_goes_back_to_the_page(owner: User, client_of: Any) -> None:
    answer = client_of(owner).get("/reports/daily/export/?first=2026-11-21&last=2026-11-20", follow=True)
    assert "开始日期晚于结束日期" in answer.content.decode()
