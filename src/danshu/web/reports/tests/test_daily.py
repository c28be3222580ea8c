"""/reports/daily/: numbers per shop and platform, each a link to its orders."""

from __future__ import annotations

import re
from typing import Any

import pytest

from danshu.accounts.models import User
from danshu.web.reports.tests.sample import at, order, orders, shop
from tests.people import make

pytestmark = pytest.mark.django_db
URL = "/reports/daily/?first=2026-11-20&last=2026-11-20"


def table(page: Any) -> list[list[str]]:
    """The report as the page's context holds it: name and cells of each shop."""
    return [[line.name, *(cell.text for cell in line.cells)] for line in page.context["shops"]]


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("operations", 200), ("viewer", 200), ("warehouse", 403), ("service", 403)])
def test_who_may_open_it(role: str, status: int, client_of: Any) -> None:
    assert client_of(make(role)).get(URL).status_code == status


def test_strangers_are_asked_to_sign_in(client_of: Any) -> None:
    assert client_of(None).get(URL).status_code == 302


def test_a_shop_is_a_row_of_numbers(owner: User, client_of: Any) -> None:
    mine = shop()
    order(mine, shipped_at=at(15), fulfilment="shipped", paid_at=at(9))
    order(mine, is_held=True)
    assert table(client_of(owner).get(URL)) == [["木屿家居", "2", "200.00", "1", "6.0", "0.00%", "0", "1", "0"]]


def test_each_number_opens_exactly_its_orders(owner: User, client_of: Any) -> None:
    client, mine = client_of(owner), shop()
    order(mine, shipped_at=at(15), fulfilment="shipped", ship_by=at(14), tags=["错发"])
    order(mine, issues=2)
    order(shop("另一家", "pdd"))
    html = client.get(URL).content.decode()
    links = re.findall(r'<a class="num[^"]*" href="([^"]+)">([\d,]+)</a>', html)
    assert len(links) > 15
    for link, number in links:
        page = client.get(link.replace("&amp;", "&"))
        assert len(page.context["rows"]) == int(number), link


def test_amounts_are_for_those_who_may_see_them(viewer: User, client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order(shop())
    assert "金额" in client_of(viewer).get(URL).content.decode()
    monkeypatch.setattr(User, "may", lambda self, code: code in {"reports.view", "orders.view"})
    assert "金额" not in client_of(viewer).get(URL).content.decode()


def test_a_person_of_one_shop_sees_its_numbers_only(client_of: Any) -> None:
    mine, other = shop(), shop("另一家", "pdd")
    order(mine)
    orders(other, 3)
    page = client_of(make("viewer", shop_ids=[mine.pk])).get(URL)
    assert [line[0] for line in table(page)] == ["木屿家居"]
    assert page.context["total"].cells[0].text == "1"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("first=2026-11-21&last=2026-11-20", "开始日期晚于结束日期"),
        ("first=2020-01-01&last=2026-11-20", "一次最多看 366 天"),
        ("first=yesterday", "日期"),
    ],
)
def test_a_bad_range_says_what_is_wrong(query: str, told: str, owner: User, client_of: Any) -> None:
    page = client_of(owner).get(f"/reports/daily/?{query}")
    assert page.status_code == 200
    assert told in page.content.decode()


def test_fifty_shops_cost_as_many_statements_as_one(owner: User, client_of: Any, statements: Any) -> None:
    client = client_of(owner)
    order(shop("第一家"))
    client.get(URL)
    one = len(statements(lambda: client.get(URL)))
    for number in range(50):
        order(shop(f"店 {number}"))
    assert len(statements(lambda: client.get(URL))) == one


@pytest.mark.browser
@pytest.mark.looks
@pytest.mark.django_db(transaction=True)
def test_it_reads_well_by_ear_and_on_a_phone(owner: User, page_of: Any, axe: Any) -> None:
    order(shop(), ship_by=at(12))
    page = page_of(owner)
    for address in (URL, "/reports/daily/orders/?figure=late&first=2026-11-20"):
        page.goto(address)
        assert axe(page) == []
    phone = page_of(owner, phone=True)
    phone.goto(URL)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
