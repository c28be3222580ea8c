"""What runs out, and what lies there for nothing."""

from datetime import timedelta

import pytest

from danshu.catalogue.models import Sku
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.stock import operations as stock
from danshu.stock.models import LedgerEntry, Warehouse
from danshu.stock.tests.goods import CLERK, demand, fill, reserve, sku, warehouse
from danshu.web.stock.alerts import VIEWS, narrow

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return warehouse()


def shelf(place, code, pieces, *, sold=0, days_ago=1, came=60):
    """A SKU that came so many days ago and of which some were sold; the pieces are what is left."""
    item = sku(code)
    fill(place, {item: pieces + sold})
    if sold:
        number = item.pk
        reserve(demand(number, item, sold))
        stock.consume([1000 + number], by=CLERK, now=clock.now())
    now = clock.now()
    LedgerEntry.objects.filter(sku=item, kind="ship").update(at=now - timedelta(days=days_ago))
    LedgerEntry.objects.filter(sku=item, kind="receive").update(at=now - timedelta(days=came))
    return item


def codes(view, place=None):
    return set(narrow(Sku.objects.all(), view, place, Shop.objects.all()).values_list("code", flat=True))


def test_cover_is_reckoned_from_the_faster_of_a_week_and_a_month(place):
    shelf(place, "FAST-WEEK", 4, sold=7)  # one a day this week: four days
    shelf(place, "FAST-MONTH", 9, sold=60, days_ago=20)  # two a day this month: four and a half
    shelf(place, "ENOUGH", 5, sold=7)
    shelf(place, "STILL", 5)
    shelf(place, "OUT", 0, sold=7)
    assert codes("cover") == {"FAST-WEEK", "FAST-MONTH"}
    assert codes("out") == {"OUT"}


def test_dead_stock_lay_there_for_a_month_and_none_was_sold(place):
    shelf(place, "DEAD", 5)
    shelf(place, "OLD-SALE", 5, sold=2, days_ago=31)
    shelf(place, "SOLD", 5, sold=1, days_ago=29)
    shelf(place, "NEW", 5, came=3)
    shelf(place, "GONE", 0, sold=1, days_ago=40)
    assert codes("dead") == {"DEAD", "OLD-SALE"}
    assert codes("dead", warehouse("义乌仓").pk) == set()


def test_each_alert_is_a_filter_with_its_number_on_the_page(clerk, place):
    shelf(place, "DEAD", 5)
    page = clerk.get("/stock/?v=dead").text
    assert "DEAD" in page
    for view, word in VIEWS.items():
        assert f"?v={view}" in page.replace("&amp;", "&")
        assert str(word) in page
    assert "DEAD" not in clerk.get("/stock/?v=cover").text
    assert Warehouse.objects.count() == 1
