"""/today/: the numbers of the day, what to do, and nothing that the person may not do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from danshu.accounts.models import User
from danshu.channels.models import ImportBatch
from danshu.core import clock
from danshu.web.reports.tests.sample import order, shop
from tests.people import make

pytestmark = pytest.mark.django_db


def due(of: Any, hours: float = -1, **facts: object) -> Any:
    now = clock.now()
    return order(of, placed_at=now - timedelta(hours=30), paid_at=now - timedelta(hours=30), ship_by=now + timedelta(hours=hours), **facts)


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("operations", 200), ("service", 200), ("viewer", 200), ("warehouse", 403)])
def test_who_may_open_it(role: str, status: int, client_of: Any) -> None:
    assert client_of(make(role)).get("/today/").status_code == status


def test_an_empty_house_has_nothing_to_do(owner: User, client_of: Any) -> None:
    assert "现在没有要赶的事" in client_of(owner).get("/today/").content.decode()


def test_overdue_orders_come_first_and_can_be_printed(owner: User, client_of: Any) -> None:
    late = due(shop())
    page = client_of(owner).get("/today/")
    task, url, text = page.context["work"][0]
    assert (task.title, url, text) == ("1 单已超时", f"/print/?ids={late.pk}", "打印这 1 单")


def test_who_may_not_print_gets_the_orders_to_look_at(viewer: User, client_of: Any) -> None:
    due(shop())
    _task, url, text = client_of(viewer).get("/today/").context["work"][0]
    assert (url.endswith("?v=due-today"), text) == (True, "看订单")


def test_tiles_open_as_many_orders_as_they_say(owner: User, client_of: Any) -> None:
    mine, now = shop(), clock.now()
    order(mine, placed_at=now, paid_at=now - timedelta(seconds=1))
    client = client_of(owner)
    page = client.get("/today/")
    assert page.context["new"] == len(client.get("/reports/daily/orders/?figure=orders").context["rows"])


def test_a_person_of_one_shop_sees_its_work_only(client_of: Any) -> None:
    mine, other = shop(), shop("另一家", "pdd")
    due(other)
    ImportBatch.objects.create(
        shop=other,
        file_name="另一家.csv",
        path="",
        sha256="",
        state="done",
        reject_count=2,
        created_at=clock.now(),
        finished_at=clock.now(),
    )
    page = client_of(make("operations", shop_ids=[mine.pk])).get("/today/")
    assert page.context["tasks"] == []
    assert "另一家" not in page.content.decode().replace("木屿", "")


def test_amounts_are_for_those_who_may_see_them(viewer: User, client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    order(shop(), placed_at=now, paid_at=now - timedelta(seconds=1), paid_fen=987_65)
    assert "987.65" in client_of(viewer).get("/today/").content.decode()
    monkeypatch.setattr(User, "may", lambda self, code: code in {"today.view", "orders.view"})
    assert "987.65" not in client_of(viewer).get("/today/").content.decode()


def test_both_charts_can_be_chosen(owner: User, client_of: Any) -> None:
    order(shop())
    client = client_of(owner)
    assert client.get("/today/?chart=7d").context["by_days"] is True
    assert client.get("/today/").context["by_days"] is False


def test_fifty_orders_cost_as_many_statements_as_one(owner: User, client_of: Any, statements: Any) -> None:
    client, mine = client_of(owner), shop()
    due(mine)
    client.get("/today/")
    one = len(statements(lambda: client.get("/today/")))
    for _ in range(49):
        due(mine)
    assert len(statements(lambda: client.get("/today/"))) == one


def test_it_speaks_english(client_of: Any) -> None:
    page = client_of(make("owner", username="en", language="en")).get("/today/", headers={"accept-language": "en"}).content.decode()
    assert "Nothing is urgent" in page


@pytest.mark.browser
@pytest.mark.looks
@pytest.mark.django_db(transaction=True)
def test_it_reads_well_by_ear_and_on_a_phone(owner: User, page_of: Any, axe: Any) -> None:
    due(shop())
    page = page_of(owner)
    page.goto("/today/")
    assert axe(page) == []
    phone = page_of(owner, phone=True)
    phone.goto("/today/")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    work, tile = (phone.locator(css).first.bounding_box()["y"] for css in (".home-first", ".kpi"))
    assert work < tile
