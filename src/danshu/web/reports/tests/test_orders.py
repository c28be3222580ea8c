"""/reports/daily/orders/: the orders behind one number."""

from __future__ import annotations

from typing import Any

import pytest

from danshu.accounts.models import User
from danshu.web.reports.tests.sample import at, order, orders, shop
from tests.people import make

pytestmark = pytest.mark.django_db
URL = "/reports/daily/orders/?first=2026-11-20&last=2026-11-20&figure="


def shown(page: Any) -> list[str]:
    return [row.order.no for row in page.context["rows"]]


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("operations", 200), ("viewer", 200), ("warehouse", 403), ("service", 403)])
def test_who_may_open_it(role: str, status: int, client_of: Any) -> None:
    assert client_of(make(role)).get(URL + "orders").status_code == status


def test_late_shows_what_left_late_and_what_is_still_here(owner: User, client_of: Any) -> None:
    mine = shop()
    gone = order(mine, ship_by=at(12), shipped_at=at(13), fulfilment="shipped")
    here = order(mine, ship_by=at(12))
    order(mine, ship_by=at(12), shipped_at=at(11), fulfilment="shipped")
    assert shown(client_of(owner).get(URL + "late")) == [here.no, gone.no]


def test_a_shop_or_a_platform_narrows_it(owner: User, client_of: Any) -> None:
    mine, other = shop(), shop("另一家", "pdd")
    first, second = order(mine), order(other)
    client = client_of(owner)
    assert shown(client.get(f"{URL}orders&shop={mine.pk}")) == [first.no]
    assert shown(client.get(f"{URL}orders&platform=pdd")) == [second.no]
    assert client.get(f"{URL}orders&shop={mine.pk}").context["narrowed"] == "木屿家居"


def test_a_person_of_one_shop_sees_its_orders_only(client_of: Any) -> None:
    mine, other = shop(), shop("另一家", "pdd")
    first = order(mine)
    order(other)
    client = client_of(make("viewer", shop_ids=[mine.pk]))
    assert shown(client.get(URL + "orders")) == [first.no]
    page = client.get(f"{URL}orders&shop={other.pk}")
    assert (shown(page), "另一家" in page.content.decode()) == ([], False)


def test_without_the_permission_there_are_no_amounts(viewer: User, client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order(shop(), paid_fen=123_45)
    assert "123.45" in client_of(viewer).get(URL + "orders").content.decode()
    monkeypatch.setattr(User, "may", lambda self, code: code in {"reports.view", "orders.view"})
    assert "123.45" not in client_of(viewer).get(URL + "orders").content.decode()
    assert client_of(viewer).get(URL + "amount").status_code == 404


def test_an_unknown_number_is_not_found(owner: User, client_of: Any) -> None:
    assert client_of(owner).get(URL + "profit").status_code == 404


def test_a_bad_range_says_what_is_wrong(owner: User, client_of: Any) -> None:
    page = client_of(owner).get("/reports/daily/orders/?figure=orders&first=2026-11-21&last=2026-11-20")
    assert "开始日期晚于结束日期" in page.content.decode()


def test_fifty_orders_cost_as_many_statements_as_one(owner: User, client_of: Any, statements: Any) -> None:
    client, mine = client_of(owner), shop()
    order(mine)
    client.get(URL + "orders")
    one = len(statements(lambda: client.get(URL + "orders")))
    orders(mine, 49)
    assert len(statements(lambda: client.get(URL + "orders"))) == one


def test_more_than_a_page_is_turned(owner: User, client_of: Any) -> None:
    mine = shop()
    orders(mine, 60)
    client = client_of(owner)
    page = client.get(URL + "orders")
    assert len(shown(page)) == 50
    rest = client.get(f"{URL}orders&after={page.context['page'].next}")
    assert len({*shown(page), *shown(rest)}) == 60
