"""The stock list and what shops show: in a browser on desk and phone, read by axe, and in English without a Chinese word of ours."""

from __future__ import annotations

import pytest

from danshu.core import jobs
from danshu.flows import stock_sync
from danshu.flows.tests.sync_world import listing, shelf, shop
from danshu.flows.tests.test_oversell import story
from danshu.orders.models import Order
from tests.journeys.test_english import chinese_on

__all__ = ["story"]


def addresses(where, sku, one):
    short = Order.objects.get(platform_no="P2")
    drawer = f"/stock/?open={sku.code}"
    return [
        "/stock/", "/stock/?v=failed", drawer, f"{drawer}&tab=shops", f"{drawer}&tab=pushes", f"{drawer}&tab=locks",
        "/stock/shops/?v=all", "/stock/shops/", f"/stock/shops/sku/{sku.pk}/", f"/stock/shops/{where.pk}/",
        f"/stock/shops/{where.pk}/listing/{one.pk}/", "/stock/shops/oversell/", f"/stock/shops/oversell/{short.pk}/",
    ]  # fmt: skip


@pytest.fixture
def pages(story):
    """All of them with something to show: one listing drifts, one shop rests."""
    _time, _place, cup, near, far, here = story
    by_hand = shop("Hand", platform="youzan")
    listing(by_hand, cup, quantity=2)
    shelf(far).behave(fail="expired")
    shelf(near).drift(stock_sync.key_of(here), 80)
    for each in (near, far):
        stock_sync.compare_shop(each.pk)
    near.name, far.name, cup.name = "Near", "Far", "Cup"
    for row in (near, far, cup):
        row.save()
    here.title = here.sku.name = "Cup"
    here.save()
    return addresses(near, cup, here)


@pytest.mark.django_db
def test_no_page_in_english_shows_a_chinese_word_of_ours(pages, owner, client_of):
    owner.language, owner.name = "en", "Owner"
    owner.save()
    client = client_of(owner)
    data = {
        "毛巾",
        "杯",
        "杭州仓",
        "小方",
        "演练店的授权过期了",
        "请重新授权",
        "然后再推",
        "。",
        "，",
    }  # goods, people, and what a platform said
    found = {path: [text for text in chinese_on(client, path) if not any(word in text for word in data)] for path in pages}
    assert {path: texts for path, texts in found.items() if texts} == {}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.looks
@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the live stream outlives its test's database
@pytest.mark.parametrize("phone", [False, True])
def test_they_fit_and_read_well(pages, owner, page_of, axe, phone):
    jobs.drain(raising=False)
    page = page_of(owner, phone=phone)
    wrong = []
    for path in pages:
        page.goto(path)
        wrong += [f"{path}: {line}" for line in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{path}: wider than the screen")
    assert wrong == [], "\n".join(wrong)
