"""The page of oversells, and the number that a shop keeps back from then on."""

import pytest

from danshu.channels.models import OfferRule
from danshu.flows.tests.test_oversell import story
from danshu.orders.models import Order

pytestmark = pytest.mark.django_db
__all__ = ["story"]


@pytest.fixture
def boss(owner, client_of):
    return client_of(owner)


def test_a_house_without_shortfalls_says_so(boss):
    assert "近 30 天没有缺货的平台订单" in boss.get("/stock/shops/oversell/").text


def test_an_oversell_is_told_to_the_second(story, boss):
    short = Order.objects.get(platform_no="P2")
    page = boss.get("/stock/shops/oversell/").text
    assert short.no in page
    assert "还缺货" in page
    replay = boss.get(f"/stock/shops/oversell/{short.pk}/").text
    reckoned = "10 − 4 + 1 = 留底 7 件", "远店 56 秒里最多卖 8 件", "这单要 4 件，卖出 23 秒后才得知"
    for said in ("11-22 17:30:10", "11-22 17:30:40", *reckoned):
        assert said in replay


def test_a_suggestion_is_applied_from_the_page(story, boss):
    _time, _place, cup, near, _far, here = story
    assert boss.post("/stock/shops/oversell/keep/", {"sku": cup.pk, "shop": near.pk}).status_code == 302
    assert list(OfferRule.objects.values_list("listing_id", "keep")) == [(here.pk, 8)]


def test_nobody_chosen_is_said(story, boss):
    _time, _place, cup, *_rest = story
    assert boss.post("/stock/shops/oversell/keep/", {"sku": cup.pk}).status_code in {302, 409, 422}
    assert OfferRule.objects.count() == 0


def test_other_peoples_shops_stay_nameless(story, operator, client_of):
    _time, _place, _cup, near, far, _here = story
    operator.shop_ids = [near.pk]
    operator.save()
    client = client_of(operator)
    short, theirs = Order.objects.get(platform_no="P2"), Order.objects.get(platform_no="P1")
    page = client.get(f"/stock/shops/oversell/{short.pk}/").text
    assert "近店" in page
    assert far.name not in page
    assert theirs.no not in page
    assert client.get(f"/stock/shops/oversell/{theirs.pk}/").status_code == 404
